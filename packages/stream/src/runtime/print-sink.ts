import { rowText } from '../formats/row-text.js'
import { rowKind } from '../operators/operator.js'
import { storedColumns, type TableDefinition } from '../plan/table.js'
import { isNested } from '../plan/type-family.js'
import { typeName } from '../plan/type-name.js'
import type { OutboxPart } from '../state/entry.js'
import { JobError } from './errors.js'
import { refuseNulls, type Sink, type SinkRows } from './sink.js'

/** Where a printed row goes: to the standard output, or to the standard error. */
export type Print = (line: string, isError: boolean) => void

/**
 * Prints each change of a row, as Flink's print connector does. At least once: a step that a crash
 * kept from being committed is printed again.
 */
export class PrintSink implements Sink {
  private readonly table: TableDefinition
  private readonly prefix: string
  private readonly isError: boolean
  private readonly print: Print

  constructor(table: TableDefinition, print: Print) {
    this.table = table
    const identifier = table.options.get('print-identifier')
    this.prefix = identifier === undefined ? '' : `${identifier}> `
    this.isError = table.options.get('standard-error')?.toLowerCase() === 'true'
    this.print = print
    const nested = storedColumns(table).find(({ type }) => isNested(type))
    if (nested === undefined) return
    throw new JobError(
      'CONNECTOR_UNSUPPORTED',
      `table ${table.name}: ${typeName(nested.type)}, the type of the column '${nested.name}', cannot be printed`,
    )
  }

  encode({ rows, kinds }: SinkRows): OutboxPart[] {
    refuseNulls(rows, this.table)
    for (let row = 0; row < rows.rowCount; row++) {
      const kind = kinds?.int8[row] ?? rowKind.insert
      this.print(`${this.prefix}${rowText(rows, row, kind)}`, this.isError)
    }
    return []
  }
}
