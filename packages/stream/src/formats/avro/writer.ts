/** Avro's binary encoding into a buffer that grows. */
export class AvroWriter {
  private buffer = Buffer.allocUnsafe(1024)
  private at = 0

  begin(schemaId: number | undefined): void {
    this.at = 0
    if (schemaId === undefined) return
    this.buffer[0] = 0
    this.buffer.writeUInt32BE(schemaId, 1)
    this.at = 5
  }

  finish(): Buffer {
    return Buffer.from(this.buffer.subarray(0, this.at))
  }

  byte(value: number): void {
    this.reserve(1)
    this.buffer[this.at++] = value
  }

  long(value: bigint): void {
    this.reserve(10)
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    while (rest > 0x7fn) {
      this.buffer[this.at++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.buffer[this.at++] = Number(rest)
  }

  float(value: number): void {
    this.reserve(4)
    this.at = this.buffer.writeFloatLE(value, this.at)
  }

  double(value: number): void {
    this.reserve(8)
    this.at = this.buffer.writeDoubleLE(value, this.at)
  }

  lengthAndBytes(bytes: Uint8Array): void {
    this.long(BigInt(bytes.length))
    this.fixed(bytes)
  }

  fixed(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.at)
    this.at += bytes.length
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.at + bytes, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.at)
    this.buffer = grown
  }
}
