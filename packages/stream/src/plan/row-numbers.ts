import type { ScanNode } from './node.js'
import type { TableDefinition } from './table.js'
import type { Field } from './type.js'

/** The connector of tables that no script declares. */
const connector = 'row-numbers'

const rowNumber: Field = { name: '$row', type: { kind: 'int', nullable: false } }

/**
 * Rows that come from nowhere: numbers from 0 on, one column, once. What VALUES and a SELECT
 * without FROM are computed over, so that they are read, and not read again, like any table with
 * an end. Tables of as many rows are the same table.
 */
export function scanOfRowNumbers(rowCount: number): ScanNode {
  const table: TableDefinition = {
    name: `$rows(${rowCount})`,
    columns: [rowNumber],
    primaryKey: [],
    options: new Map([
      ['connector', connector],
      ['rows', String(rowCount)],
    ]),
  }
  return { kind: 'scan', table, fields: [rowNumber] }
}

/** How many rows the table has; undefined for tables that are read from somewhere. */
export function rowNumbersOf({ options }: Pick<TableDefinition, 'options'>): number | undefined {
  return options.get('connector') === connector ? Number(options.get('rows')) : undefined
}
