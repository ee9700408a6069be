const prime1 = 0x9e3779b1
const prime2 = 0x85ebca77
const prime3 = 0xc2b2ae3d
const prime4 = 0x27d4eb2f
const prime5 = 0x165667b1

/**
 * xxHash32 with seed 0, as an unsigned number; the checksum of LZ4's frames. Algorithm: Yann
 * Collet, doc/xxhash_spec.md of the xxHash project.
 */
export function xxhash32(bytes: Buffer, from: number, to: number): number {
  let at = from
  let hash: number
  if (to - at >= 16) {
    let a = (prime1 + prime2) | 0
    let b = prime2 | 0
    let c = 0
    let d = -prime1 | 0
    for (; to - at >= 16; at += 16) {
      a = round(a, bytes.readInt32LE(at))
      b = round(b, bytes.readInt32LE(at + 4))
      c = round(c, bytes.readInt32LE(at + 8))
      d = round(d, bytes.readInt32LE(at + 12))
    }
    hash = rotated(a, 1) + rotated(b, 7) + rotated(c, 12) + rotated(d, 18)
  } else {
    hash = prime5
  }
  hash = (hash + (to - from)) | 0
  for (; to - at >= 4; at += 4) {
    hash = (hash + Math.imul(bytes.readInt32LE(at), prime3)) | 0
    hash = Math.imul(rotated(hash, 17), prime4)
  }
  for (; at < to; at++) {
    hash = (hash + Math.imul(bytes[at] as number, prime5)) | 0
    hash = Math.imul(rotated(hash, 11), prime1)
  }
  hash = Math.imul(hash ^ (hash >>> 15), prime2)
  hash = Math.imul(hash ^ (hash >>> 13), prime3)
  return (hash ^ (hash >>> 16)) >>> 0
}

function round(lane: number, four: number): number {
  return Math.imul(rotated((lane + Math.imul(four, prime2)) | 0, 13), prime1)
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
