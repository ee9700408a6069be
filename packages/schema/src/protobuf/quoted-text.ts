import { SchemaTextError } from '../schema-type.js'

const escapes =
  /\\(?:[xX]([0-9a-fA-F]{1,2})|([0-7]{1,3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([abfnrtv\\'"?])|)/g

/** What single letters mean behind a backslash. */
const letters: ReadonlyMap<string, string> = new Map([
  ...([
    ['a', '\x07'],
    ['b', '\b'],
    ['f', '\f'],
    ['n', '\n'],
    ['r', '\r'],
    ['t', '\t'],
    ['v', '\v'],
  ] as const),
])

/**
 * The text of a literal in quotes, with the escapes of Protobuf's language: bytes in hex and octal
 * are read as UTF-8. Throws a `SchemaTextError` for others.
 */
export function unquoted(literal: string): string {
  if (!literal.startsWith('"')) return literal
  const inside = literal.slice(1, -1)
  if (!inside.includes('\\')) return inside
  const bytes: Buffer[] = []
  let at = 0
  for (const match of inside.matchAll(escapes)) {
    bytes.push(Buffer.from(inside.slice(at, match.index)), bytesOf(match))
    at = match.index + match[0].length
  }
  return Buffer.concat([...bytes, Buffer.from(inside.slice(at))]).toString('utf8')
}

function bytesOf([whole, hex, octal, short, long, letter]: RegExpExecArray): Buffer {
  if (hex !== undefined) return Buffer.from([Number.parseInt(hex, 16)])
  if (octal !== undefined) return Buffer.from([Number.parseInt(octal, 8)])
  const code = Number.parseInt(short ?? long ?? '', 16)
  if (code <= 0x10ffff) return Buffer.from(String.fromCodePoint(code))
  if (letter !== undefined) return Buffer.from(letters.get(letter) ?? letter)
  throw new SchemaTextError(`a text has an escape that is none: ${whole}`)
}
