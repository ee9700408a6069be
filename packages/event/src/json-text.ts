import { parseJson } from './json-numbers.js'

/** Bytes of JSON's punctuation, as `JsonText` meets them. */
export const openBrace = 0x7b
export const closeBrace = 0x7d
export const openBracket = 0x5b
export const closeBracket = 0x5d
export const comma = 0x2c
export const colon = 0x3a
export const quote = 0x22
const backslash = 0x5c
const minus = 0x2d
const point = 0x2e
const zero = 0x30
const nine = 0x39

/** Powers of ten that a double holds exactly, as far as `number` divides by them. */
const powers = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent)

/** With so many digits a whole number is exact. */
const exactDigitsMax = 15

/**
 * JSON in UTF-8, and how far it is read. What is read is checked by JSON's grammar as it goes; what
 * is passed over (`passValue`) is not. That the bytes are UTF-8 is the caller's to know.
 */
export class JsonText {
  readonly bytes: Buffer
  /** How far it is read. */
  at = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  /** Passes white space, and gives the byte that is next; NaN at the end. */
  next(): number {
    const { bytes } = this
    let { at } = this
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) {
        this.at = at
        return byte
      }
    }
    this.at = at
    return Number.NaN
  }

  /** Reads white space and then this byte, if it is next. */
  take(byte: number): boolean {
    if (this.next() !== byte) return false
    this.at++
    return true
  }

  /** Reads these bytes, if they are next. */
  takeBytes(expected: Uint8Array): boolean {
    const { bytes, at } = this
    for (let i = 0; i < expected.length; i++) {
      if (bytes[at + i] !== expected[i]) return false
    }
    this.at = at + expected.length
    return true
  }

  /** Reads a number, to the value that `JSON.parse` has for it; NaN where there is none. */
  number(): number {
    const { bytes } = this
    const start = this.at
    let at = start
    let byte = bytes[at] as number
    const isNegative = byte === minus
    if (isNegative) byte = bytes[++at] as number
    const first = at
    let digits = 0
    if (byte === zero) {
      byte = bytes[++at] as number
    } else {
      while (byte >= zero && byte <= nine) {
        digits = digits * 10 + (byte - zero)
        byte = bytes[++at] as number
      }
      if (at === first) return Number.NaN
    }
    let count = at - first
    let decimals = 0
    if (byte === point) {
      byte = bytes[++at] as number
      const from = at
      while (byte >= zero && byte <= nine) {
        digits = digits * 10 + (byte - zero)
        byte = bytes[++at] as number
      }
      decimals = at - from
      if (decimals === 0) return Number.NaN
      count += decimals
    }
    if (count > exactDigitsMax || byte === 0x65 || byte === 0x45) return this.#longNumber(start, at)
    this.at = at
    // Both are exact, so that their quotient is the double nearest to what is written.
    const magnitude = decimals === 0 ? digits : digits / (powers[decimals] as number)
    return isNegative ? -magnitude : magnitude
  }

  /** A number with an exponent, or more digits than are exact; read up to `from`. */
  #longNumber(start: number, from: number): number {
    const { bytes } = this
    let at = from
    let byte = bytes[at] as number
    if (byte === 0x65 || byte === 0x45) {
      byte = bytes[++at] as number
      if (byte === minus || byte === 0x2b) byte = bytes[++at] as number
      const first = at
      while (byte >= zero && byte <= nine) byte = bytes[++at] as number
      if (at === first) return Number.NaN
    }
    this.at = at
    return Number(bytes.toString('latin1', start, at))
  }

  /**
   * The end of the string that begins here, if there is nothing in it but what stands for itself:
   * where its closing quote is. -1 where it has escapes, or is none.
   */
  plainStringEnd(): number {
    const { bytes, at } = this
    if (bytes[at] !== quote) return -1
    for (let end = at + 1; end < bytes.length; end++) {
      const byte = bytes[end] as number
      if (byte === quote) return end
      if (byte === backslash || byte < 0x20) return -1
    }
    return -1
  }

  /**
   * Passes over a value. It ends here if it is sound, but whether it is was not looked at. False
   * where it has no end.
   */
  passValue(): boolean {
    const { bytes } = this
    let { at } = this
    const first = bytes[at] as number
    if (first !== quote && first !== openBrace && first !== openBracket) return this.#passWord()
    let depth = 0
    do {
      const byte = bytes[at++] as number
      if (byte === quote) {
        at = behindString(bytes, at)
        if (at > bytes.length) return false
      } else if (byte === openBrace || byte === openBracket) {
        depth++
      } else if (byte === closeBrace || byte === closeBracket) {
        depth--
      }
    } while (depth > 0 && at < bytes.length)
    this.at = at
    return depth === 0
  }

  /** A number, or true, false, null. */
  #passWord(): boolean {
    const { bytes } = this
    const start = this.at
    let { at } = this
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number
      if (byte <= 0x20 || byte === comma || byte === closeBrace || byte === closeBracket) break
    }
    this.at = at
    return at > start
  }

  /**
   * Passes over an object that is known to be sound, and tells `visit` of each member its name and
   * where its value stands. Passes over any other value, and tells nothing.
   */
  passObject(visit: (name: string, start: number, end: number) => void): void {
    if (this.next() !== openBrace) {
      this.passValue()
      return
    }
    this.at++
    if (this.take(closeBrace)) return
    do {
      this.next()
      const name = this.#name()
      this.take(colon)
      this.next()
      const start = this.at
      this.passValue()
      visit(name, start, this.at)
    } while (this.take(comma))
    this.take(closeBrace)
  }

  /** The same of an array: where each of its items stands. */
  passArray(visit: (start: number, end: number) => void): void {
    if (this.next() !== openBracket) {
      this.passValue()
      return
    }
    this.at++
    if (this.take(closeBracket)) return
    do {
      this.next()
      const start = this.at
      this.passValue()
      visit(start, this.at)
    } while (this.take(comma))
    this.take(closeBracket)
  }

  #name(): string {
    const start = this.at
    const end = this.plainStringEnd()
    if (end >= 0) {
      this.at = end + 1
      return this.bytes.toString('utf8', start + 1, end)
    }
    this.passValue()
    return this.parse(start, this.at) as string
  }

  /** The value between two places, as `parseJson` reads it. Throws a `SyntaxError` for none. */
  parse(start: number, end: number): unknown {
    return parseJson(this.bytes.toString('utf8', start, end))
  }
}

/** Behind the closing quote of a string that has begun; beyond the bytes where it has none. */
function behindString(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === backslash) at++
    else if (byte === quote) return at + 1
  }
  return bytes.length + 1
}
