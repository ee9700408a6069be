import { Output } from './output.js'

/**
 * Snappy, in the two forms in which Kafka's clients send it: one raw block (librdkafka), or the
 * Java library's stream of blocks: a header of 16 bytes, then for each block its length (4 bytes,
 * big-endian) and the block. Formats: google/snappy, format_description.txt; xerial/snappy-java,
 * SnappyOutputStream.
 */
const streamMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const streamHeaderBytes = 16

/** Unpacks either form. Throws a `RangeError`: damaged, or larger than `bytesMax`. */
export function unpackSnappy(packed: Buffer, bytesMax: number): Buffer {
  if (!packed.subarray(0, streamMagic.length).equals(streamMagic)) {
    return unpackBlock(packed, bytesMax)
  }
  const output = new Output(Math.min(bytesMax, packed.length * 4), bytesMax)
  let at = streamHeaderBytes
  while (at < packed.length) {
    const end = at + 4 <= packed.length ? at + 4 + packed.readUInt32BE(at) : Number.NaN
    if (!(end <= packed.length)) throw new RangeError('its Snappy stream is cut off')
    const block = unpackBlock(packed.subarray(at + 4, end), bytesMax - output.length)
    output.add(block, 0, block.length)
    at = end
  }
  return output.whole()
}

/** One block: the length of what it holds, then literals and copies of what came before. */
function unpackBlock(source: Buffer, bytesMax: number): Buffer {
  const { length, at } = readLength(source)
  if (length > bytesMax) throw new RangeError(`it would grow beyond ${bytesMax} bytes`)
  const target = Buffer.allocUnsafe(length)
  if (unpackElements(source, at, target) !== length) {
    throw new RangeError('its Snappy block is damaged')
  }
  return target
}

function readLength(source: Buffer): { length: number; at: number } {
  let length = 0
  for (let at = 0; at < 5; at++) {
    const byte = source[at]
    if (byte === undefined) break
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return { length, at: at + 1 }
  }
  throw new RangeError('its Snappy block has no length')
}

/** Returns how many bytes were written; -1 where the elements do not fit or contradict themselves. */
function unpackElements(source: Buffer, start: number, target: Buffer): number {
  const end = source.length
  let from = start
  let to = 0
  while (from < end) {
    const tag = source[from++] as number
    const kind = tag & 3
    if (kind === 0) {
      let length = (tag >>> 2) + 1
      if (length > 60) {
        const extraBytes = length - 60
        if (extraBytes > end - from) return -1
        length = source.readUIntLE(from, extraBytes) + 1
        from += extraBytes
      }
      if (length > end - from || length > target.length - to) return -1
      source.copy(target, to, from, from + length)
      from += length
      to += length
      continue
    }
    const offsetBytes = kind === 3 ? 4 : kind
    if (offsetBytes > end - from) return -1
    const low = source.readUIntLE(from, offsetBytes)
    from += offsetBytes
    const offset = kind === 1 ? ((tag >>> 5) << 8) | low : low
    const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
    if (offset === 0 || offset > to || length > target.length - to) return -1
    if (offset >= length) target.copyWithin(to, to - offset, to - offset + length)
    else for (let i = 0; i < length; i++) target[to + i] = target[to + i - offset] as number
    to += length
  }
  return to
}
