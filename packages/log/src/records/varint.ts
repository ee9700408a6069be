/**
 * The signed varints inside record batches: zigzag (0, -1, 1, -2, …), then seven bits a byte,
 * the lowest first. Lengths and offset deltas have 32 bits, timestamp deltas 64.
 */

/** Bytes that `value` takes; for any safe integer. */
export function varintBytes(value: number): number {
  let rest = value < 0 ? -(value + 1) : value
  if (rest < 64) return 1
  let bytes = 1
  // The lowest byte carries six bits of the number, because zigzag takes one for the sign.
  for (rest = Math.floor(rest / 64); rest > 0; rest = Math.floor(rest / 128)) bytes++
  return bytes
}

/** Writes `value` (a safe integer) and gives the position after it. */
export function writeVarint(bytes: Uint8Array, value: number, at: number): number {
  if (value >= -0x4000_0000 && value < 0x4000_0000) {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0
    let position = at
    while (rest > 0x7f) {
      bytes[position++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[position++] = rest
    return position
  }
  return writeLongVarint(bytes, value, at)
}

function writeLongVarint(bytes: Uint8Array, value: number, at: number): number {
  let rest = BigInt(value) * 2n
  if (value < 0) rest = -rest - 1n
  let position = at
  while (rest > 0x7fn) {
    bytes[position++] = Number(rest & 0x7fn) | 0x80
    rest >>= 7n
  }
  bytes[position++] = Number(rest)
  return position
}

/**
 * A cursor over varints. What is cut off, or longer than it may be, sets `failed` instead of
 * throwing in the middle of a hot loop: the caller looks once a record.
 */
export class VarintCursor {
  readonly #bytes: Uint8Array
  at: number
  failed = false

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  /** A varint of up to 32 bits. */
  int32(): number {
    const bytes = this.#bytes
    const at = this.at
    const first = bytes[at] as number
    if (first < 0x80) {
      this.at = at + 1
      return (first >>> 1) ^ -(first & 1)
    }
    // Most lengths have two bytes.
    const second = bytes[at + 1] as number
    if (second < 0x80) {
      this.at = at + 2
      const raw = (first & 0x7f) | (second << 7)
      return (raw >>> 1) ^ -(raw & 1)
    }
    return this.#longInt32()
  }

  #longInt32(): number {
    const bytes = this.#bytes
    let raw = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[this.at++]
      if (byte === undefined) break
      raw |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        if (shift === 28 && byte > 0x0f) break
        return (raw >>> 1) ^ -(raw & 1)
      }
    }
    this.failed = true
    return 0
  }

  /** A varint of up to 64 bits, exact up to ±2^53. */
  int64(): number {
    const bytes = this.#bytes
    const first = bytes[this.at] as number
    if (first < 0x80) {
      this.at++
      return (first >>> 1) ^ -(first & 1)
    }
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[this.at++]
      if (byte === undefined) break
      if (shift < 28) low += (byte & 0x7f) << shift
      else high += (byte & 0x7f) * 2 ** (shift - 28)
      if (byte < 0x80) {
        if (shift === 63 && byte > 1) break
        const negative = (low & 1) === 1
        const magnitude = high * 2 ** 27 + (low >>> 1)
        return negative ? -magnitude - 1 : magnitude
      }
    }
    this.failed = true
    return 0
  }
}
