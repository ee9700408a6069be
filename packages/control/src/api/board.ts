import { controlErrors } from '../errors.js'
import type { Board } from '../project/board.js'
import type { QueryAnswer } from './query.js'
import type { BoardRows } from './types.js'

/**
 * The points of a board, from the rows that its query gave. Rows without a time, a series or a
 * value draw nothing.
 */
export function boardRows(board: Board, answer: QueryAnswer): BoardRows {
  const column = (name: string): number => {
    const index = answer.columns.findIndex((each) => each.name === name)
    if (index >= 0) return index
    const known = answer.columns.map((each) => each.name).join(', ')
    throw controlErrors.queryRefused(
      `boards/${board.name}.yaml draws the column \`${name}\`, and its query gives ${known}.`,
    )
  }
  const [time, series, value] = [column(board.time), column(board.series), column(board.value)]
  const points = answer.rows.flatMap((row) => {
    const at = milliseconds(row[time])
    const height = Number(row[value] ?? Number.NaN)
    if (at === undefined || row[series] == null || !Number.isFinite(height)) return []
    return [{ time: at, series: String(row[series]), value: height }]
  })
  return { name: board.name, points }
}

/** Numbers are milliseconds; texts are ISO 8601, in UTC where they name no zone. */
function milliseconds(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return undefined
  const text = value.trim().replace(' ', 'T')
  const zoned = /(Z|[+-]\d\d(:?\d\d)?)$/.test(text) && text.includes('T')
  const time = Date.parse(zoned ? text.replace(/([+-]\d\d)$/, '$1:00') : `${text}Z`)
  return Number.isNaN(time) ? undefined : time
}
