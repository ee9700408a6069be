import { lz4BlockBytesMax, packLz4Block, unpackLz4Block } from './lz4-block.js'
import { Output } from './output.js'
import { xxhash32 } from './xxhash32.js'

/**
 * LZ4's frame format, in which Kafka's clients send records. Format: lz4 project,
 * doc/lz4_Frame_format.md.
 *
 *     4  magic, little-endian             n × block:
 *     1  flags: version 01, …             4  length; the highest bit: not packed
 *     1  greatest size of a block            the block, and its checksum where flagged
 *    (8) length of all, where flagged     4  zero: the end
 *    (4) dictionary, where flagged       (4) checksum of all, where flagged
 *     1  header checksum: second byte of xxHash32
 */
const magic = 0x184d2204
const version = 0b01
const flag = {
  dictionary: 0x01,
  contentChecksum: 0x04,
  contentSize: 0x08,
  blockChecksum: 0x10,
  blockIndependence: 0x20,
} as const
const notPacked = 0x80000000
const blockBytesBySize: Readonly<Record<number, number>> = {
  4: 64 * 1024,
  5: 256 * 1024,
  6: 1024 * 1024,
  7: 4 * 1024 * 1024,
}
const writtenSize = 4
const headerBytes = 7

/** Packs bytes as one frame of independent blocks of 64 KiB, as Kafka's Java client does. */
export function packLz4(bytes: Buffer): Buffer {
  const blockBytes = blockBytesBySize[writtenSize] as number
  const blocks = Math.ceil(bytes.length / blockBytes)
  const frame = Buffer.allocUnsafe(
    headerBytes + blocks * (4 + lz4BlockBytesMax(Math.min(blockBytes, bytes.length))) + 4,
  )
  frame.writeUInt32LE(magic, 0)
  frame[4] = (version << 6) | flag.blockIndependence
  frame[5] = writtenSize << 4
  frame[6] = (xxhash32(frame, 4, 6) >>> 8) & 0xff
  let to = headerBytes
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const end = Math.min(at + blockBytes, bytes.length)
    const packedEnd = packLz4Block(bytes, at, end, frame, to + 4)
    const packedBytes = packedEnd - to - 4
    if (packedBytes < end - at) {
      frame.writeUInt32LE(packedBytes, to)
      to = packedEnd
    } else {
      frame.writeUInt32LE(((end - at) | notPacked) >>> 0, to)
      to += 4 + bytes.copy(frame, to + 4, at, end)
    }
  }
  frame.writeUInt32LE(0, to)
  return frame.subarray(0, to + 4)
}

/** Unpacks one frame. Throws a `RangeError` with the reason: damaged, or larger than `bytesMax`. */
export function unpackLz4(frame: Buffer, bytesMax: number): Buffer {
  const fail = (reason: string): never => {
    throw new RangeError(reason)
  }
  if (frame.length < headerBytes || frame.readUInt32LE(0) !== magic) fail('it is no LZ4 frame')
  const flags = frame[4] as number
  if (flags >>> 6 !== version) fail('its LZ4 frame is of another version')
  if ((flags & flag.dictionary) !== 0) fail('its LZ4 frame needs a dictionary')
  const blockBytesMax = blockBytesBySize[((frame[5] as number) >>> 4) & 7]
  if (blockBytesMax === undefined) return fail('the block size of its LZ4 frame does not exist')
  let at = 6 + ((flags & flag.contentSize) !== 0 ? 8 : 0)
  if (at >= frame.length) fail('its LZ4 frame is cut off')
  if (frame[at] !== ((xxhash32(frame, 4, at) >>> 8) & 0xff)) fail('its LZ4 header is damaged')
  at++
  const output = new Output(Math.min(bytesMax, frame.length * 4), bytesMax)
  for (;;) {
    if (at + 4 > frame.length) fail('its LZ4 frame is cut off')
    const word = frame.readUInt32LE(at)
    at += 4
    if (word === 0) break
    const blockBytes = word & ~notPacked
    if (blockBytes > frame.length - at) fail('its LZ4 frame is cut off')
    if (word >= notPacked) {
      output.add(frame, at, at + blockBytes)
    } else {
      output.reserve(blockBytesMax)
      const end = unpackLz4Block(frame, at, at + blockBytes, output.bytes, output.length)
      if (end < 0) fail('a block of its LZ4 frame is damaged or too large')
      output.length = end
    }
    at += blockBytes
    if ((flags & flag.blockChecksum) !== 0) {
      if (at + 4 > frame.length) fail('its LZ4 frame is cut off')
      const sum = xxhash32(frame, at - blockBytes, at)
      if (frame.readUInt32LE(at) !== sum) fail('a block of its LZ4 frame is damaged')
      at += 4
    }
  }
  const whole = output.whole()
  if ((flags & flag.contentChecksum) !== 0) {
    const sum = at + 4 <= frame.length ? frame.readUInt32LE(at) : undefined
    if (sum !== xxhash32(whole, 0, whole.length)) fail('the checksum of its LZ4 frame is wrong')
  }
  return whole
}
