import { isFileTable } from './filesystem-options.js'
import { rowNumbersOf } from './row-numbers.js'
import type { TableDefinition } from './table.js'

/** Has reading of the table an end? */
export function isBoundedTable(table: TableDefinition): boolean {
  const { options } = table
  if (rowNumbersOf(table) !== undefined) return true
  if (options.get('connector') === 'datagen') {
    const kinds = [...options].filter(([key]) => /^fields\..*\.kind$/.test(key))
    return options.has('number-of-rows') || kinds.some(([, kind]) => kind === 'sequence')
  }
  // The files that are there when the job starts are all, where none is looked for again.
  if (isFileTable(table)) return !options.has('source.monitor-interval')
  return (options.get('scan.bounded.mode') ?? 'unbounded') !== 'unbounded'
}
