/** Chance. Nothing else draws random numbers, so that one seed replays a whole run. */
export interface Random {
  /** An integer, evenly from 0 to 2^32 - 1. */
  uint32(): number
  /** A number, evenly from 0 (included) to 1 (excluded), with 53 bits. */
  float(): number
  /** An integer, evenly from 0 (included) to `limit` (excluded); `limit` from 1 to 2^32. */
  below(limit: number): number
  /** `length` bytes. */
  bytes(length: number): Buffer
  /** A version 4 UUID, in lower case with hyphens. */
  uuid(): string
}

/** The rest of a `Random`, from its source of 32-bit integers. */
export function randomFrom(uint32: () => number): Random {
  const bytes = (length: number) => {
    const out = Buffer.allocUnsafe(length)
    for (let i = 0; i < length; i++) out[i] = uint32() >>> 24
    return out
  }
  return {
    uint32,
    float: () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53,
    below: (limit) => Math.floor((uint32() / 2 ** 32) * limit),
    bytes,
    uuid: () => {
      const raw = bytes(16)
      raw[6] = ((raw[6] as number) & 0x0f) | 0x40
      raw[8] = ((raw[8] as number) & 0x3f) | 0x80
      const hex = raw.toString('hex')
      return [
        hex.slice(0, 8),
        hex.slice(8, 12),
        hex.slice(12, 16),
        hex.slice(16, 20),
        hex.slice(20),
      ].join('-')
    },
  }
}

/**
 * Chance that repeats: the same seed gives the same numbers on every machine.
 * Algorithm: sfc32 by Chris Doty-Humphrey (PractRand), 128 bits of state.
 */
export function seededRandom(seed: number): Random {
  let a = seed | 0
  let b = (seed / 2 ** 32) | 0
  let c = 0x9e3779b9 | 0
  let counter = 1
  const uint32 = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  for (let i = 0; i < 15; i++) uint32()
  return randomFrom(uint32)
}
