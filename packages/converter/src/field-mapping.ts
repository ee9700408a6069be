import type { UnknownFields } from '@millrace/schema'

/**
 * How the fields of a raw event become those of a typed one. Names of fields are paths with dots,
 * `pickup.area`. In this order: fields move to where they are wanted; what is still missing gets
 * its default; what the schema does not know is dropped, or refused, when the value is encoded.
 */
export interface FieldMapping {
  /** Where each field comes from: typed path to raw path. Fields not named keep their names. */
  readonly fields: Readonly<Record<string, string>>
  /** Values of typed fields that are missing; a field that is null is not. */
  readonly defaults: Readonly<Record<string, unknown>>
  /** What becomes of fields that the schema does not have. */
  readonly unknown: UnknownFields
}

/** What an event is that has the shape of the typed one already. */
export const asItIs: FieldMapping = { fields: {}, defaults: {}, unknown: 'refuse' }

type Fields = Record<string, unknown>

/**
 * The typed value of a raw one, which is changed on the way: it is the caller's no longer. What is
 * no object comes back as it is, for the check to refuse.
 */
export function mapFields(raw: unknown, mapping: FieldMapping): unknown {
  if (!isFields(raw)) return raw
  const moves = Object.entries(mapping.fields).map(([to, from]) => {
    return { to: segments(to), from: segments(from), value: read(raw, segments(from)) }
  })
  // All are taken before the first is put, so that two fields may change places.
  for (const { from } of moves) remove(raw, from)
  for (const { to, value } of moves) if (value !== undefined) put(raw, to, value)
  for (const [path, value] of Object.entries(mapping.defaults)) {
    const to = segments(path)
    if (read(raw, to) === undefined) put(raw, to, structuredClone(value))
  }
  return raw
}

function segments(path: string): string[] {
  return path.split('.')
}

function read(from: Fields, path: readonly string[]): unknown {
  let at: unknown = from
  for (const name of path) {
    if (!isFields(at) || !Object.hasOwn(at, name)) return undefined
    at = at[name]
  }
  return at
}

/** Removes a field, and each object that is empty after it. */
function remove(from: Fields, [name = '', ...rest]: readonly string[]): void {
  if (!Object.hasOwn(from, name)) return
  const inner = from[name]
  if (rest.length > 0) {
    if (!isFields(inner)) return
    const wasEmpty = Object.keys(inner).length === 0
    remove(inner, rest)
    if (wasEmpty || Object.keys(inner).length > 0) return
  }
  delete from[name]
}

/** Puts a value; what is no object on the way there becomes one. */
function put(into: Fields, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    // A name like `__proto__` is a field like any other.
    Object.defineProperty(into, name, {
      ...{ value, writable: true, enumerable: true, configurable: true },
    })
    return
  }
  const inner = Object.hasOwn(into, name) ? into[name] : undefined
  if (isFields(inner)) {
    put(inner, rest, value)
    return
  }
  const made: Fields = {}
  put(into, [name], made)
  put(made, rest, value)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
