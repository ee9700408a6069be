import { ScalarError, scalar } from './scalar-function.js'

/**
 * Functions of strings as Java computes them: in UTF-16 units where Flink counts those, and in
 * bytes of UTF-8 where it counts bytes.
 */
export const textFunctions = [
  scalar('initcap', ['text'], 'text', initCap),
  scalar('reverse', ['text'], 'text', (text) => [...text].reverse().join('')),
  scalar('overlay', ['text', 'text', 'bigint'], 'text', (text, by, from) =>
    overlaid(text, by, from, BigInt(by.length)),
  ),
  scalar('overlay_for', ['text', 'text', 'bigint', 'bigint'], 'text', overlaid),
  scalar('lpad', ['text', 'int', 'text'], 'text', (text, length, by) =>
    padded(length, by, (most) =>
      text.length >= most ? text.slice(0, most) : fill(most - text.length, by) + text,
    ),
  ),
  scalar('rpad', ['text', 'int', 'text'], 'text', (text, length, by) =>
    padded(length, by, (most) =>
      text.length >= most ? text.slice(0, most) : text + fill(most - text.length, by),
    ),
  ),
  scalar('ascii', ['text'], 'int', (text) => {
    const [byte = 0] = Buffer.from(text.slice(0, 2))
    return byte < 128 ? byte : byte - 256
  }),
  scalar('from_base64', ['text'], 'text', fromBase64),
  scalar('encode', ['text', 'text'], 'bytes', encoded),
  scalar('decode', ['bytes', 'text'], 'text', decoded),
  scalar('unhex', ['text'], 'bytes', unhexed),
]

/** A word is made of ASCII letters and digits; all other characters stay and part words. */
function initCap(text: string): string {
  return text.replaceAll(
    /[a-zA-Z0-9]+/g,
    (word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase(),
  )
}

/** Nothing is laid over what begins outside; what is as long as the rest, or no length, ends it. */
function overlaid(text: string, by: string, from: bigint, length: bigint): string {
  if (from <= 0n || from > BigInt(text.length)) return text
  const start = Number(from) - 1
  const front = text.slice(0, start) + by
  if (length <= 0n || from - 1n + length > BigInt(text.length)) return front
  return front + text.slice(start + Number(length))
}

function padded(length: number, by: string, make: (most: number) => string): string | null {
  return length < 0 || by === '' ? null : make(length)
}

function fill(length: number, by: string): string {
  return by.repeat(Math.ceil(length / by.length)).slice(0, length)
}

function fromBase64(text: string): string {
  const wrong = /[^A-Za-z0-9+/=]/.exec(text)?.[0]
  if (wrong !== undefined) throw new ScalarError(`'${wrong}' is no digit of base 64`)
  const digits = text.replace(/={1,2}$/, '')
  const malformed = digits.includes('=') || digits.length % 4 === 1
  const padding = text.length - digits.length
  if (malformed || (padding > 0 && text.length % 4 !== 0)) {
    throw new ScalarError(`'${text}' is no base 64: digits are missing, or padding is`)
  }
  return Buffer.from(digits, 'base64').toString('utf8')
}

/** How far the characters of each set reach, where it is not Unicode. */
const singleByteMax = new Map([
  ['US-ASCII', 0x7f],
  ['ASCII', 0x7f],
  ['ISO-8859-1', 0xff],
  ['LATIN1', 0xff],
])

function encoded(text: string, characterSet: string): Uint8Array {
  const name = characterSet.toUpperCase()
  const most = singleByteMax.get(name)
  if (most !== undefined) {
    return Uint8Array.from([...text], (character) => {
      const code = character.codePointAt(0) ?? 0
      return code <= most ? code : '?'.charCodeAt(0)
    })
  }
  switch (name) {
    case 'UTF-8':
    case 'UTF8':
      return Buffer.from(text)
    case 'UTF-16LE':
      return Buffer.from(text, 'utf16le')
    case 'UTF-16BE':
      return Buffer.from(text, 'utf16le').swap16()
    case 'UTF-16':
      // Java puts a byte order mark in front, but not of nothing.
      return Buffer.from(text === '' ? '' : `\uFEFF${text}`, 'utf16le').swap16()
    default:
      throw unknownCharacterSet(characterSet)
  }
}

function decoded(bytes: Uint8Array, characterSet: string): string {
  const name = characterSet.toUpperCase()
  const most = singleByteMax.get(name)
  if (most !== undefined) {
    return String.fromCharCode(...Array.from(bytes, (byte) => (byte <= most ? byte : 0xfffd)))
  }
  switch (name) {
    case 'UTF-8':
    case 'UTF8':
      return Buffer.from(bytes).toString('utf8')
    case 'UTF-16LE':
      return utf16(bytes, 'utf-16le')
    case 'UTF-16BE':
      return utf16(bytes, 'utf-16be')
    case 'UTF-16': {
      const little = bytes[0] === 0xff && bytes[1] === 0xfe
      const marked = little || (bytes[0] === 0xfe && bytes[1] === 0xff)
      return utf16(marked ? bytes.subarray(2) : bytes, little ? 'utf-16le' : 'utf-16be')
    }
    default:
      throw unknownCharacterSet(characterSet)
  }
}

function utf16(bytes: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): string {
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes)
}

function unknownCharacterSet(name: string): ScalarError {
  return new ScalarError(
    `the character set ${name} is not known: US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE and UTF-16 are`,
  )
}

/** NULL where a digit is none; of an odd number the first stands for a byte of zero, as in Flink. */
function unhexed(text: string): Uint8Array | null {
  if (!/^[0-9a-fA-F]*$/.test(text)) return null
  return Buffer.from(text.length % 2 === 0 ? text : `00${text.slice(1)}`, 'hex')
}
