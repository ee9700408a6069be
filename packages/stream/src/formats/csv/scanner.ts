import { DecodeError } from '../errors.js'
import type { CsvOptions } from './options.js'

const lineFeed = 0x0a
const carriageReturn = 0x0d
const space = 0x20
const hash = 0x23

/** What stands for a character that cannot be written as it is, behind the escape character. */
const escapes = new Map([
  [0x30, 0x00],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
])

/**
 * Cuts the first line of some bytes into its fields, as Jackson does for Flink: a quote is one only
 * where a field begins, within quotes a quote is doubled and a line may end, and behind them there
 * may be white space. Nothing is trimmed. What lies behind the line is not looked at.
 */
export class CsvScanner {
  /** Fields of the line. */
  count = 0
  /** Behind the line and what ends it. */
  end = 0
  private readonly options: CsvOptions
  private readonly sources: Buffer[] = []
  private readonly starts: number[] = []
  private readonly ends: number[] = []
  private bytes: Buffer = Buffer.alloc(0)
  private limit = 0
  private at = 0

  constructor(options: CsvOptions) {
    this.options = options
  }

  /** The bytes in which the field lies: those of the line, or its own where it had escapes. */
  sourceOf(field: number): Buffer {
    return this.sources[field] ?? this.bytes
  }

  startOf(field: number): number {
    return this.starts[field] ?? 0
  }

  endOf(field: number): number {
    return this.ends[field] ?? 0
  }

  textOf(field: number): string {
    return this.sourceOf(field).toString('utf8', this.startOf(field), this.endOf(field))
  }

  /** False where there is no line. @throws DecodeError for quotes that do not close. */
  scan(bytes: Buffer, start: number, limit: number): boolean {
    this.bytes = bytes
    this.limit = limit
    this.at = start
    this.count = 0
    this.end = limit
    if (this.options.allowComments) this.skipComments()
    if (this.at >= limit) return false
    do this.scanField()
    while (this.acceptDelimiter())
    this.endLine()
    return true
  }

  /** Are these bytes nothing but comments? */
  isNothing(bytes: Buffer, start: number, limit: number): boolean {
    this.bytes = bytes
    this.limit = limit
    this.at = start
    this.skipComments()
    return this.at >= limit
  }

  /**
   * Does the line go on beyond `limit`, as far as one can tell? Otherwise `end` is behind it, be it
   * well written or not.
   */
  isCut(bytes: Buffer, start: number, limit: number): boolean {
    try {
      this.scan(bytes, start, limit)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      while (this.at < limit && bytes[this.at] !== lineFeed) this.at++
      this.end = Math.min(this.at + 1, limit)
    }
    return this.end >= limit && bytes[limit - 1] !== lineFeed
  }

  /** Lines that begin with #, lines without anything, and the white space before the first field. */
  private skipComments(): void {
    const { bytes, limit } = this
    while (this.at < limit) {
      const byte = bytes[this.at] ?? 0
      if (byte === hash) {
        while (this.at < limit && !isLineEnd(bytes[this.at] ?? 0)) this.at++
      } else if (byte > space || byte === this.options.delimiter) {
        return
      } else {
        this.at++
      }
    }
  }

  private scanField(): void {
    const { bytes, limit } = this
    const { quote, escapeByte, delimiter } = this.options
    if (quote >= 0 && this.at < limit && bytes[this.at] === quote) {
      this.scanQuoted()
      return
    }
    const start = this.at
    while (this.at < limit) {
      const byte = bytes[this.at] ?? 0
      if (byte === delimiter || isLineEnd(byte)) break
      if (byte === escapeByte) {
        this.scanEscaped(start, (each) => each === delimiter || isLineEnd(each))
        return
      }
      this.at++
    }
    this.add(bytes, start, this.at)
  }

  /** A field of which the bytes from `start` on are as they are, to a byte that ends it. */
  private scanEscaped(start: number, isEnd: (byte: number) => boolean): void {
    const { bytes, limit } = this
    const { escapeByte, quote } = this.options
    const isQuoted = isEnd(quote)
    const parts: number[] = [...bytes.subarray(start, this.at)]
    for (;;) {
      if (this.at >= limit) {
        if (isQuoted) throw unclosed()
        break
      }
      const byte = bytes[this.at] ?? 0
      if (byte === escapeByte) {
        const escaped = bytes[this.at + 1]
        if (escaped === undefined || this.at + 1 >= limit) {
          throw new DecodeError('nothing follows the escape character')
        }
        parts.push(escapes.get(escaped) ?? escaped)
        this.at += 2
        continue
      }
      if (isQuoted && byte === quote && bytes[this.at + 1] === quote && this.at + 1 < limit) {
        parts.push(quote)
        this.at += 2
        continue
      }
      if (isEnd(byte)) break
      parts.push(byte)
      this.at++
    }
    const text = Buffer.from(parts)
    this.add(text, 0, text.length)
  }

  private scanQuoted(): void {
    const { bytes, limit } = this
    const { quote, escapeByte } = this.options
    const start = ++this.at
    for (;;) {
      if (this.at >= limit) throw unclosed()
      const byte = bytes[this.at] ?? 0
      const isDoubled = byte === quote && this.at + 1 < limit && bytes[this.at + 1] === quote
      if (byte === escapeByte || isDoubled) {
        this.scanEscaped(start, (each) => each === quote)
        break
      }
      if (byte === quote) {
        this.add(bytes, start, this.at)
        break
      }
      this.at++
    }
    this.at++
    this.skipBehindQuotes()
  }

  private skipBehindQuotes(): void {
    const { bytes, limit } = this
    for (; this.at < limit; this.at++) {
      const byte = bytes[this.at] ?? 0
      if (byte === this.options.delimiter || isLineEnd(byte)) return
      if (byte > space) {
        throw new DecodeError(`'${String.fromCharCode(byte)}' follows the quotes of a field`)
      }
    }
  }

  private acceptDelimiter(): boolean {
    if (this.at >= this.limit || this.bytes[this.at] !== this.options.delimiter) return false
    this.at++
    return true
  }

  private endLine(): void {
    const { bytes, limit } = this
    if (this.at < limit && bytes[this.at] === carriageReturn) this.at++
    if (this.at < limit && bytes[this.at] === lineFeed) this.at++
    this.end = this.at
  }

  private add(source: Buffer, start: number, end: number): void {
    this.sources[this.count] = source
    this.starts[this.count] = start
    this.ends[this.count] = end
    this.count++
  }
}

function isLineEnd(byte: number): boolean {
  return byte === lineFeed || byte === carriageReturn
}

function unclosed(): DecodeError {
  return new DecodeError('the quotes of a field do not close')
}
