/**
 * The partition of a key (or of the part of it from `start` to `end`), as Apache Kafka's own producers choose it: murmur2 of the key, without
 * its sign bit, modulo the number of partitions. So producers of all kinds put a key in the same
 * partition.
 */
export function partitionOf(
  key: Uint8Array,
  partitions: number,
  start = 0,
  end = key.length,
): number {
  return (murmur2(key, start, end) & 0x7fffffff) % partitions
}

/** MurmurHash2 by Austin Appleby, 32 bits, with the seed that Kafka uses. */
export function murmur2(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const multiplier = 0x5bd1e995
  let hash = 0x9747b28c ^ (end - start)
  let at = start
  for (; at + 4 <= end; at += 4) {
    let word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    word = Math.imul(word, multiplier)
    word = Math.imul(word ^ (word >>> 24), multiplier)
    hash = Math.imul(hash, multiplier) ^ word
  }
  const left = end - at
  if (left >= 3) hash ^= (bytes[at + 2] as number) << 16
  if (left >= 2) hash ^= (bytes[at + 1] as number) << 8
  if (left >= 1) hash = Math.imul(hash ^ (bytes[at] as number), multiplier)
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}
