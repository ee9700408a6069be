/**
 * Cuts a stream of bytes into the JSON values that stand one after another in it, with nothing,
 * white space or commas between them. It looks for the end of each only: whether one is sound JSON
 * is for its reader to say, so that an unsound one costs the others nothing.
 *
 * What is no object (a number, a stray bracket) ends at white space or a comma, or where an object
 * begins.
 */
export class JsonObjects {
  readonly #bytesMax: number
  #parts: Buffer[] = []
  #bytes = 0
  #depth = 0
  #isInString = false
  #isEscaped = false
  /** Something has begun that is no object. */
  #isStray = false

  /** No value may be longer than `bytesMax`. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** The values that end in this chunk. Throws a `RangeError` where one is too long. */
  push(chunk: Buffer): Buffer[] {
    const found: Buffer[] = []
    let start = this.#depth > 0 || this.#isStray ? 0 : -1
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === backslash) this.#isEscaped = true
        else if (byte === quote) this.#isInString = false
        continue
      }
      if (this.#depth > 0) {
        if (byte === quote) this.#isInString = true
        else if (byte === openBrace || byte === openBracket) this.#depth++
        else if (byte === closeBrace || byte === closeBracket) {
          this.#depth--
          if (this.#depth === 0) {
            found.push(this.#ended(chunk.subarray(start, at + 1)))
            start = -1
          }
        }
        continue
      }
      const opens = byte === openBrace || byte === openBracket
      if (this.#isStray && (opens || isBetween(byte))) {
        found.push(this.#ended(chunk.subarray(start, at)))
        this.#isStray = false
        start = -1
      }
      if (isBetween(byte) || this.#isStray) continue
      start = at
      if (opens) this.#depth = 1
      else this.#isStray = true
    }
    if (start >= 0) this.#keep(chunk.subarray(start))
    return found
  }

  /** What is left at the end of the stream: undefined, or a value that was cut off. */
  end(): Buffer | undefined {
    return this.#bytes === 0 ? undefined : this.#ended(Buffer.alloc(0))
  }

  #keep(part: Buffer): void {
    this.#count(part)
    this.#parts.push(part)
  }

  #ended(last: Buffer): Buffer {
    this.#count(last)
    const value = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last])
    this.#parts = []
    this.#bytes = 0
    return value
  }

  #count(part: Buffer): void {
    this.#bytes += part.length
    if (this.#bytes > this.#bytesMax) throw new RangeError('A value is too long.')
  }
}

const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

/** White space, or a comma. */
function isBetween(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0x2c
}
