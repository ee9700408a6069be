/** What a value is, as far as a schema can tell. */
export type ValueKind =
  | 'null'
  | 'boolean'
  | 'number'
  | 'string'
  | 'bytes'
  | 'array'
  | 'object'
  | 'other'

/** Longest part of a string that a refusal repeats. */
const quotedCharsMax = 60

export function kindOf(value: unknown): ValueKind {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value as 'string' | 'number' | 'boolean'
    case 'bigint':
      return 'number'
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return 'array'
      return value instanceof Uint8Array ? 'bytes' : 'object'
    default:
      return 'other'
  }
}

/** The value in words, for a refusal: `string "abc"`, `number 1.5`, `an object`. */
export function describe(value: unknown): string {
  switch (kindOf(value)) {
    case 'null':
      return 'null'
    case 'boolean':
      return `boolean ${value}`
    case 'number':
      return typeof value === 'bigint' || Number.isFinite(value) ? `number ${value}` : `${value}`
    case 'string':
      return `string ${quote(value as string)}`
    case 'bytes':
      return `${(value as Uint8Array).length} bytes`
    case 'array':
      return 'an array'
    case 'object':
      return 'an object'
    default:
      return typeof value
  }
}

function quote(text: string): string {
  if (text.length <= quotedCharsMax) return JSON.stringify(text)
  return `${JSON.stringify(text.slice(0, quotedCharsMax))}… (${text.length} characters)`
}

/** Most names that a refusal repeats. */
const listedMax = 20

/** Names in a row; the first of them where there are many. */
export function listed(names: readonly string[]): string {
  if (names.length <= listedMax) return names.join(', ')
  return `${names.slice(0, listedMax).join(', ')} … (${names.length})`
}
