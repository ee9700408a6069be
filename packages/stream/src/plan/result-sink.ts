import type { TableDefinition } from './table.js'
import type { Field } from './type.js'

/** The connector of what is shown; no script declares such a table. */
const connector = 'result'

/** Does the table stand for what is shown of a query on its own? */
export function isResult({ options }: Pick<TableDefinition, 'options'>): boolean {
  return options.get('connector') === connector
}

/** A table of what is shown. */
export function resultTable(columns: readonly Field[]): TableDefinition {
  const options = new Map([['connector', connector]])
  return { name: '$result', columns, primaryKey: [], options }
}
