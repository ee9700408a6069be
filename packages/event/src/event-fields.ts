/** What a value says of its own event, in the top-level fields that its topic names for that. */

/** The event's id in a field; undefined where no field is named, or none is there. */
export function idIn(value: unknown, field: string | undefined): string | undefined {
  const text = textIn(value, field)
  return text === '' ? undefined : text
}

/** The record's key in a field, as text; undefined where no field is named, or none is there. */
export function keyIn(value: unknown, field: string | undefined): string | undefined {
  return textIn(value, field)
}

/** A moment in milliseconds since 1970; undefined where it is none, or beyond what a Date can hold. */
export function asMoment(time: number | undefined): number | undefined {
  return time !== undefined && Math.abs(time) <= dateMsMax ? time : undefined
}

/** The last moment that a Date can hold. */
const dateMsMax = 8.64e15

const scalars: readonly string[] = ['string', 'number', 'bigint', 'boolean']

function textIn(value: unknown, field: string | undefined): string | undefined {
  if (field === undefined || field === '') return undefined
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return undefined
  const given = (value as Record<string, unknown>)[field]
  return scalars.includes(typeof given) ? String(given) : undefined
}
