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
  return (options.get('scan.bounded.mode') ?? 'unbounded') !== 'unbounded'
}
