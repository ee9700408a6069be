import type { JsonScanner } from './scanner.js'

/**
 * Where the value of a field lies, from -1 on where there is none; `isThere` says that it is there and
 * not null.
 */
export interface JsonField {
  readonly name: string
  isThere: boolean
  start: number
  end: number
}

export function jsonField(name: string): JsonField {
  return { name, isThere: false, start: -1, end: -1 }
}

/** Where a value lies. */
export type Extent = Pick<JsonField, 'start' | 'end'>

/**
 * Goes over the object that lies there, and nothing else, and notes where these of its fields lie. Of a
 * name given twice the last counts.
 */
export function locateFields(
  scanner: JsonScanner,
  bytes: Buffer,
  { start, end }: Extent,
  fields: readonly JsonField[],
): void {
  scanner.reset(bytes, start, end)
  noteFields(scanner, fields)
  if (scanner.peek() !== -1) scanner.fail('something follows the object')
}

function noteFields(scanner: JsonScanner, fields: readonly JsonField[]): void {
  for (const field of fields) {
    field.isThere = false
    field.start = -1
  }
  scanner.expect(0x7b)
  if (scanner.accept(0x7d)) return
  do {
    if (scanner.peek() !== 0x22) scanner.fail('a field name was expected')
    const nameStart = scanner.at
    scanner.skipString()
    const name: unknown = JSON.parse(scanner.bytes.toString('utf8', nameStart, scanner.at))
    scanner.expect(0x3a)
    const isNull = scanner.peek() === 0x6e
    const start = scanner.at
    scanner.skipValue()
    const field = fields.find((each) => each.name === name)
    if (field === undefined) continue
    field.isThere = !isNull
    field.start = start
    field.end = scanner.at
  } while (scanner.accept(0x2c))
  scanner.expect(0x7d)
}

/** The text of a field: of a string what it says, of anything else how it is written. */
export function fieldText(bytes: Buffer, { isThere, start, end }: JsonField): string | undefined {
  if (!isThere) return undefined
  const text = bytes.toString('utf8', start, end)
  return text.startsWith('"') ? JSON.parse(text) : text
}
