import { notSupported, type Span } from '../../sql/index.js'
import type { DataType } from '../type.js'

const dateUnits = ['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY']
const clockUnits = ['HOUR', 'MINUTE', 'SECOND', 'MILLISECOND']
const longUnits = ['DECADE', 'CENTURY', 'MILLENNIUM']
const fractions = ['MICROSECOND', 'NANOSECOND']
const fields = ['EPOCH', 'DOW', 'ISODOW', 'DOY', 'ISOYEAR']

/** Is it a part of a day? */
export function isUnitOfClock(unit: string): boolean {
  return clockUnits.includes(unit)
}

/** @throws SqlError where the function, of a value of the type, does not take the unit. */
export function checkUnit(name: string, unit: string, type: DataType | undefined, at: Span): void {
  const known = unitsOf(name, type?.kind)
  if (known.includes(unit)) return
  const of =
    type?.kind === 'time' || type?.kind === 'date' ? ` of a ${type.kind.toUpperCase()}` : ''
  throw notSupported(`${name}${of} with ${unit}`, at, `the units are ${known.join(', ')}`)
}

function unitsOf(name: string, kind: DataType['kind'] | undefined): readonly string[] {
  switch (name) {
    case 'EXTRACT':
      if (kind === 'time') return [...clockUnits, ...fractions]
      return [...dateUnits, ...clockUnits, ...fractions, ...fields, ...longUnits]
    case 'FLOOR':
    case 'CEIL':
    case 'CEILING':
      if (kind === 'time') return clockUnits
      // What a date's beginning of an hour is can be said, its end not.
      if (kind === 'date' && name !== 'FLOOR') return [...dateUnits, ...longUnits]
      return [...dateUnits, ...clockUnits, ...longUnits]
    case 'TIMESTAMPADD':
      return kind === 'time' ? clockUnits : [...dateUnits, ...clockUnits]
    default:
      return [...dateUnits, 'HOUR', 'MINUTE', 'SECOND']
  }
}
