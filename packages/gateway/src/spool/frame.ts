/**
 * A frame of the spool: a record batch, as the log will get it, and where it goes.
 *
 *     0  uint32   bytes of the body
 *     4  uint32   CRC-32C of the body
 *     8  uint48   number of the frame: one more than that of the frame before
 *    14  int32    partition
 *    18  int32    number of records
 *    22  uint16   bytes of the next
 *    24           cluster and topic, with a line break between them, in UTF-8
 *                 the batch
 */
import { crc32c } from '@millrace/log'

const bodyFrom = 8
const placeFrom = 24

/** Where a frame's records go. */
export interface FramePlace {
  /** The project's name for the cluster. */
  readonly cluster: string
  readonly topic: string
  readonly partition: number
}

export interface Frame extends FramePlace {
  readonly number: number
  readonly records: number
  /** Where the batch begins in the bytes that were read, and how long it is. */
  readonly batchFrom: number
  readonly batchBytes: number
  /** Where the next frame begins. */
  readonly end: number
}

export function encodeFrame(
  number: number,
  { cluster, topic, partition }: FramePlace,
  records: number,
  batch: Buffer,
): Buffer {
  const place = Buffer.from(`${cluster}\n${topic}`)
  const frame = Buffer.allocUnsafe(placeFrom + place.length + batch.length)
  frame.writeUIntBE(number, 8, 6)
  frame.writeInt32BE(partition, 14)
  frame.writeInt32BE(records, 18)
  frame.writeUInt16BE(place.length, 22)
  place.copy(frame, placeFrom)
  batch.copy(frame, placeFrom + place.length)
  frame.writeUInt32BE(frame.length - bodyFrom, 0)
  frame.writeUInt32BE(crc32c(frame, bodyFrom), 4)
  return frame
}

/** The frame at `at`, if it is whole and sound; undefined where it is not. */
export function readFrame(bytes: Buffer, at: number): Frame | undefined {
  if (bytes.length - at < placeFrom) return undefined
  const end = at + bodyFrom + bytes.readUInt32BE(at)
  if (end > bytes.length || end < at + placeFrom) return undefined
  if (crc32c(bytes.subarray(at + bodyFrom, end)) !== bytes.readUInt32BE(at + 4)) return undefined
  const batchFrom = at + placeFrom + bytes.readUInt16BE(at + 22)
  if (batchFrom > end) return undefined
  const place = bytes.toString('utf8', at + placeFrom, batchFrom)
  const separator = place.indexOf('\n')
  return {
    number: bytes.readUIntBE(at + 8, 6),
    cluster: place.slice(0, separator),
    topic: place.slice(separator + 1),
    partition: bytes.readInt32BE(at + 14),
    records: bytes.readInt32BE(at + 18),
    batchFrom,
    batchBytes: end - batchFrom,
    end,
  }
}
