import { columnName } from './engine.js'

/** A select list that names its items `c0`, `c1`, … */
export function aliased(items: readonly string[]): string {
  return items.map((item, index) => `${item} AS ${columnName(index)}`).join(', ')
}
