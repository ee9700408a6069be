/**
 * CRC-32C (Castagnoli), the checksum of record batches: reflected polynomial 0x82f63b78, start
 * and final xor 0xffffffff. Eight bytes a step by eight tables ("slicing by 8", Kounavis and
 * Berry, 2005): table k holds the checksum of a byte followed by k zero bytes, and the eight
 * parts of a step are xored because a CRC is linear.
 */
const tables = slicingTables(0x82f63b78)
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables

function slicingTables(polynomial: number) {
  const first = new Int32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    first[byte] = crc
  }
  const next = (previous: Int32Array) =>
    previous.map((crc) => (crc >>> 8) ^ (first[crc & 0xff] as number))
  const second = next(first)
  const third = next(second)
  const fourth = next(third)
  const fifth = next(fourth)
  const sixth = next(fifth)
  const seventh = next(sixth)
  return [first, second, third, fourth, fifth, sixth, seventh, next(seventh)] as const
}

/** The checksum of the bytes from `from` to the end, as an unsigned 32-bit integer. */
export function crc32cByTables(bytes: Uint8Array, from = 0): number {
  const end = bytes.length
  let crc = -1
  let at = from
  for (const last = end - 8; at <= last; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24))
    crc =
      (t7[low & 0xff] as number) ^
      (t6[(low >>> 8) & 0xff] as number) ^
      (t5[(low >>> 16) & 0xff] as number) ^
      (t4[low >>> 24] as number) ^
      (t3[bytes[at + 4] as number] as number) ^
      (t2[bytes[at + 5] as number] as number) ^
      (t1[bytes[at + 6] as number] as number) ^
      (t0[bytes[at + 7] as number] as number)
  }
  for (; at < end; at++) {
    crc = (crc >>> 8) ^ (t0[(crc ^ (bytes[at] as number)) & 0xff] as number)
  }
  return (crc ^ -1) >>> 0
}
