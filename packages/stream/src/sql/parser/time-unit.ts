import type { TimeUnit } from '../tree/expression.js'
import type { Cursor } from './cursor.js'

const timeUnits: readonly TimeUnit[] = [
  ...(['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND'] as const),
  ...(['MILLISECOND', 'MICROSECOND', 'NANOSECOND', 'EPOCH', 'DOW', 'ISODOW', 'DOY'] as const),
  ...(['ISOYEAR', 'DECADE', 'CENTURY', 'MILLENNIUM'] as const),
]

/** A unit of time; the plural is as good. */
export function parseTimeUnit(cursor: Cursor): TimeUnit {
  const unit = timeUnitAhead(cursor)
  if (unit === undefined) {
    const isInQuotes = cursor.previous.kind === 'string'
    const hint = isInQuotes ? "write it behind the quotes: INTERVAL '1' MINUTE" : undefined
    throw cursor.unexpected('a unit of time such as MINUTE', hint)
  }
  cursor.take()
  return unit
}

/** The unit at hand, if it is one. */
export function timeUnitAhead(cursor: Cursor): TimeUnit | undefined {
  if (cursor.token.kind !== 'word') return undefined
  const { upper } = cursor.token
  return timeUnits.find((unit) => unit === upper || `${unit}S` === upper)
}
