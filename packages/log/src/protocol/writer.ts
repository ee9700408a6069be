import { writerBufferBytes, writerSpliceBytesMin } from '../limits.js'

/**
 * Writes a message as a list of chunks, so that large record batches are handed on as they are
 * instead of being copied: bytes from `writerSpliceBytesMin` on become a chunk of their own.
 */
export class Writer {
  readonly #done: Buffer[] = []
  #doneBytes = 0
  #chunk: Buffer = Buffer.allocUnsafe(writerBufferBytes)
  #from = 0
  #at = 0

  /** Bytes written so far. */
  get length(): number {
    return this.#doneBytes + this.#at - this.#from
  }

  int8(value: number): void {
    this.#room(1)
    this.#at = this.#chunk.writeInt8(value, this.#at)
  }

  int16(value: number): void {
    this.#room(2)
    this.#at = this.#chunk.writeInt16BE(value, this.#at)
  }

  uint16(value: number): void {
    this.#room(2)
    this.#at = this.#chunk.writeUInt16BE(value, this.#at)
  }

  int32(value: number): void {
    this.#room(4)
    this.#at = this.#chunk.writeInt32BE(value, this.#at)
  }

  uint32(value: number): void {
    this.#room(4)
    this.#at = this.#chunk.writeUInt32BE(value, this.#at)
  }

  int64(value: number): void {
    this.#room(8)
    const high = Math.floor(value / 0x1_0000_0000)
    this.#at = this.#chunk.writeInt32BE(high, this.#at)
    this.#at = this.#chunk.writeUInt32BE(value - high * 0x1_0000_0000, this.#at)
  }

  float64(value: number): void {
    this.#room(8)
    this.#at = this.#chunk.writeDoubleBE(value, this.#at)
  }

  uvarint(value: number): void {
    this.#room(5)
    let rest = value
    while (rest > 0x7f) {
      this.#chunk[this.#at++] = (rest & 0x7f) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.#chunk[this.#at++] = rest
  }

  /** `length` is the text's in bytes. */
  utf8(text: string, length: number): void {
    this.#room(length)
    this.#at += this.#chunk.write(text, this.#at, 'utf8')
  }

  hex(digits: string): void {
    this.#room(digits.length / 2)
    this.#at += this.#chunk.write(digits, this.#at, 'hex')
  }

  bytes(bytes: Uint8Array): void {
    if (bytes.length >= writerSpliceBytesMin) {
      this.#cut()
      this.#push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
      return
    }
    this.#room(bytes.length)
    this.#chunk.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** Takes over what another writer has written. */
  append(other: Writer): void {
    for (const chunk of other.chunks()) this.bytes(chunk)
  }

  /** All that was written, in order. The writer must not be used afterwards. */
  chunks(): Buffer[] {
    this.#cut()
    return this.#done
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#chunk.length) return
    this.#cut()
    this.#chunk = Buffer.allocUnsafe(Math.max(writerBufferBytes, bytes))
    this.#from = 0
    this.#at = 0
  }

  #cut(): void {
    if (this.#at > this.#from) this.#push(this.#chunk.subarray(this.#from, this.#at))
    this.#from = this.#at
  }

  #push(chunk: Buffer): void {
    this.#done.push(chunk)
    this.#doneBytes += chunk.length
  }
}
