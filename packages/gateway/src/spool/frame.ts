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
 *
 * Behind the last frame of a file stands an end mark, a length of 0, unless the file ends there.
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

/** A frame that is to be written. */
export interface NewFrame {
  readonly number: number
  readonly place: FramePlace
  readonly records: number
  readonly batch: Buffer
}

/** How many bytes it takes. */
export function frameBytes({ place, batch }: NewFrame): number {
  return placeFrom + Buffer.byteLength(placeText(place)) + batch.length
}

/** Writes it at `at`; gives where it ends. */
export function writeFrame(target: Buffer, at: number, frame: NewFrame): number {
  const { number, place, records, batch } = frame
  const placeBytes = target.write(placeText(place), at + placeFrom)
  const end = at + placeFrom + placeBytes + batch.length
  target.writeUInt32BE(end - at - bodyFrom, at)
  target.writeUIntBE(number, at + 8, 6)
  target.writeInt32BE(place.partition, at + 14)
  target.writeInt32BE(records, at + 18)
  target.writeUInt16BE(placeBytes, at + 22)
  batch.copy(target, at + placeFrom + placeBytes)
  target.writeUInt32BE(crc32c(target.subarray(at + bodyFrom, end)), at + 4)
  return end
}

/** Bytes of an end mark. */
export const endMarkBytes = 4

export function writeEndMark(target: Buffer, at: number): void {
  target.writeUInt32BE(0, at)
}

/** Whether there is nothing at `at`, or an end mark. */
export function isEnd(bytes: Buffer, at: number): boolean {
  return bytes.subarray(at, at + endMarkBytes).every((byte) => byte === 0)
}

/**
 * Whether a frame behind `at` has a number of the next `within` ones after `last`: then what stands
 * at `at` is damage and not the end.
 */
export function hasLaterFrame(bytes: Buffer, at: number, last: number, within: number): boolean {
  for (let from = at; from + placeFrom <= bytes.length; from++) {
    const number = bytes.readUIntBE(from + 8, 6)
    if (number > last && number <= last + within && readFrame(bytes, from) !== undefined)
      return true
  }
  return false
}

function placeText({ cluster, topic }: FramePlace): string {
  return `${cluster}\n${topic}`
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
