import { FormatError } from './errors.js'

/** How text lies in bytes, where that is not UTF-8. */
export interface Charset {
  decode(bytes: Buffer): string
  encode(text: string): Buffer
}

const latin1: Charset = {
  decode: (bytes) => bytes.toString('latin1'),
  encode: (text) => Buffer.from(Array.from(text, (each) => byteBelow(each, 0x100))),
}
const ascii: Charset = {
  decode: (bytes) => bytes.toString('latin1').replaceAll(/[^\0-\x7f]/g, '\uFFFD'),
  encode: (text) => Buffer.from(Array.from(text, (each) => byteBelow(each, 0x80))),
}
const utf16le: Charset = {
  decode: (bytes) => bytes.toString('utf16le'),
  encode: (text) => Buffer.from(text, 'utf16le'),
}
const utf16be: Charset = {
  decode: (bytes) =>
    Buffer.from(bytes.subarray(0, bytes.length & ~1))
      .swap16()
      .toString('utf16le'),
  encode: (text) => Buffer.from(text, 'utf16le').swap16(),
}

/** What a charset does not have becomes a question mark, as in Java. */
function byteBelow(character: string, limit: number): number {
  const code = character.codePointAt(0) ?? 0
  return code < limit ? code : 0x3f
}

/** Undefined for UTF-8, which is how text lies here anyway. */
export function charsetNamed(name: string): Charset | undefined {
  switch (name.toUpperCase()) {
    case 'UTF-8':
      return undefined
    case 'ISO-8859-1':
      return latin1
    case 'US-ASCII':
      return ascii
    case 'UTF-16LE':
      return utf16le
    case 'UTF-16BE':
      return utf16be
    default:
      throw new FormatError('OPTION_UNKNOWN', `raw.charset '${name}' is not known`)
  }
}
