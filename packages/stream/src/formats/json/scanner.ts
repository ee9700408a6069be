import { DecodeError } from '../errors.js'

const quote = 0x22
const backslash = 0x5c
/** What may follow a backslash, besides u. */
const simpleEscapes = new Set(Buffer.from('"\\/bfnrt'))

/**
 * Walks over JSON text (RFC 8259) in a buffer, checking its grammar and making no objects: where
 * a value lies is all that most columns need.
 */
export class JsonScanner {
  bytes: Buffer = Buffer.alloc(0)
  at = 0
  end = 0
  private view: DataView = new DataView(new ArrayBuffer(0))

  /** Begins at `start`; nothing at or after `end` is read. */
  reset(bytes: Buffer, start: number, end: number): void {
    if (bytes !== this.bytes) {
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  /** The first byte of what comes next, white space aside; -1 at the end. */
  peek(): number {
    while (this.at < this.end) {
      const byte = this.bytes[this.at] ?? 0
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte
      this.at++
    }
    return -1
  }

  /** Goes over the byte that must come next. */
  expect(byte: number): void {
    if (this.peek() !== byte) this.fail(`'${String.fromCharCode(byte)}' was expected`)
    this.at++
  }

  /** Goes over the byte if it comes next. */
  accept(byte: number): boolean {
    if (this.peek() !== byte) return false
    this.at++
    return true
  }

  /** Goes over exactly these bytes if they come next, white space within them and all. */
  acceptBytes(expected: Uint8Array): boolean {
    const { bytes, at } = this
    const { length } = expected
    if (at + length > this.end) return false
    for (let i = 0; i < length; i++) if (bytes[at + i] !== expected[i]) return false
    this.at = at + length
    return true
  }

  /** Goes over a whole value. */
  skipValue(depth = 0): void {
    const byte = this.peek()
    if (byte === quote) this.skipString()
    else if (byte === 0x7b || byte === 0x5b) this.skipNested(byte, depth)
    else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) this.skipNumber()
    else if (byte === 0x74) this.skipWord('true')
    else if (byte === 0x66) this.skipWord('false')
    else if (byte === 0x6e) this.skipWord('null')
    else this.fail('a value was expected')
  }

  /** Goes over a string; true when it holds an escape. It begins at the present byte. */
  skipString(): boolean {
    const { bytes, view, end } = this
    let at = this.at + 1
    let escaped = false
    const last = end - 4
    for (;;) {
      // Four bytes at a time while none of them is special.
      while (at <= last && !holdsSpecial(view.getInt32(at, true))) at += 4
      if (at >= end) this.fail('a string does not end')
      const byte = bytes[at] as number
      if (byte === quote) break
      if (byte < 0x20) this.fail('a control character within a string')
      if (byte === backslash) {
        escaped = true
        at += this.escapeLength(at)
      } else at++
    }
    this.at = at + 1
    return escaped
  }

  fail(reason: string): never {
    throw new DecodeError(`not valid JSON: ${reason}`)
  }

  /** Bytes of the escape that begins at `at`, which must be one of JSON's. */
  private escapeLength(at: number): number {
    const letter = at + 1 < this.end ? (this.bytes[at + 1] ?? 0) : 0
    if (letter === 0x75) {
      const digits = this.bytes.toString('latin1', at + 2, Math.min(at + 6, this.end))
      if (/^[0-9a-fA-F]{4}$/.test(digits)) return 6
    } else if (simpleEscapes.has(letter)) return 2
    return this.fail('a string with a wrong escape')
  }

  private skipNested(open: number, depth: number): void {
    if (depth >= jsonDepthMax) this.fail(`nested deeper than ${jsonDepthMax}`)
    const close = open === 0x7b ? 0x7d : 0x5d
    this.at++
    if (this.accept(close)) return
    do {
      if (open === 0x7b) {
        if (this.peek() !== quote) this.fail('a field name was expected')
        this.skipString()
        this.expect(0x3a)
      }
      this.skipValue(depth + 1)
    } while (this.accept(0x2c))
    this.expect(close)
  }

  private skipNumber(): void {
    const { bytes } = this
    if (bytes[this.at] === 0x2d) this.at++
    const start = this.at
    this.skipDigits()
    const after = this.at < this.end ? (bytes[this.at] as number) : 0x2c
    // Most numbers are whole and end at a comma or the object's end.
    if ((after === 0x2c || after === 0x7d) && bytes[start] !== 0x30) return
    if (bytes[start] === 0x30 && this.at > start + 1) this.fail('a number starts with 0')
    if (this.at < this.end && this.bytes[this.at] === 0x2e) {
      this.at++
      this.skipDigits()
    }
    if (this.at < this.end && ((this.bytes[this.at] ?? 0) | 0x20) === 0x65) {
      this.at++
      const sign = this.bytes[this.at]
      if (sign === 0x2b || sign === 0x2d) this.at++
      this.skipDigits()
    }
  }

  private skipDigits(): void {
    const { bytes, end } = this
    const start = this.at
    let at = start
    while (at < end) {
      const byte = bytes[at] as number
      if (byte < 0x30 || byte > 0x39) break
      at++
    }
    this.at = at
    if (at === start) this.fail('a digit was expected')
  }

  private skipWord(word: string): void {
    const end = this.at + word.length
    if (end > this.end || this.bytes.toString('latin1', this.at, end) !== word) {
      this.fail('a value was expected')
    }
    this.at = end
  }
}

/**
 * Whether one of four bytes is a quote, a backslash or a control character. With b zero in a byte
 * of x, (x - 0x01…) & ~x has that byte's highest bit; it may have one above it too, never one
 * without (Mycroft's test for a zero byte).
 */
function holdsSpecial(four: number): boolean {
  const quotes = four ^ 0x22222222
  const backslashes = four ^ 0x5c5c5c5c
  const found =
    ((quotes - 0x01010101) & ~quotes) |
    ((backslashes - 0x01010101) & ~backslashes) |
    ((four - 0x20202020) & ~four)
  return (found & 0x80808080) !== 0
}

/** Objects and arrays within one another; a deeper value is refused. */
const jsonDepthMax = 200
