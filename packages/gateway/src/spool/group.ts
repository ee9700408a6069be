/** Records that arrive together, as they go to disk: of each lane one batch, in a frame of its own. */
import { type BatchRecord, encodeBatch, recordBytesBound } from '@millrace/log'
import { batchBytesMax } from '../limits.js'
import { endMarkBytes, type FramePlace, frameBytes, writeEndMark, writeFrame } from './frame.js'

/** A record for the spool. */
export interface SpoolRecord extends FramePlace {
  readonly record: BatchRecord
}

/** The frame of a group, and where its batch lies among the bytes of the group. */
export interface GroupedFrame extends FramePlace {
  readonly number: number
  readonly lane: string
  readonly records: number
  readonly batchFrom: number
  readonly batchBytes: number
}

/** What goes to disk at once: frames, one after another, and an end mark. */
export interface Group {
  readonly frames: readonly GroupedFrame[]
  readonly bytes: Buffer
}

interface OpenBatch {
  readonly lane: string
  readonly place: FramePlace
  readonly records: BatchRecord[]
  bytes: number
}

/** One frame a lane, or several where a batch would be too large; numbered from `next` on. */
export function encodeGroup(next: number, appends: readonly (readonly SpoolRecord[])[]): Group {
  const batches = batchesOf(appends).map(({ lane, place, records }, nth) => {
    return { lane, number: next + nth, place, records: records.length, batch: encodeBatch(records) }
  })
  const length = batches.reduce((sum, each) => sum + frameBytes(each), endMarkBytes)
  const bytes = Buffer.allocUnsafe(length)
  let at = 0
  const frames = batches.map((each): GroupedFrame => {
    const { lane, number, place, records, batch } = each
    at = writeFrame(bytes, at, each)
    // Written out: V8 leaves garbage that only a full collection finds where objects are spread.
    return {
      cluster: place.cluster,
      topic: place.topic,
      partition: place.partition,
      number,
      lane,
      records,
      batchFrom: at - batch.length,
      batchBytes: batch.length,
    }
  })
  writeEndMark(bytes, at)
  return { frames, bytes }
}

function batchesOf(appends: readonly (readonly SpoolRecord[])[]): OpenBatch[] {
  const batches: OpenBatch[] = []
  const open = new Map<string, OpenBatch>()
  for (const records of appends) {
    for (const { record, cluster, topic, partition } of records) {
      const place = { cluster, topic, partition }
      const lane = laneOf(place)
      const bytes = recordBytesBound(record)
      let batch = open.get(lane)
      if (batch === undefined || batch.bytes + bytes > batchBytesMax) {
        batch = { lane, place, records: [], bytes: 0 }
        batches.push(batch)
        open.set(lane, batch)
      }
      batch.records.push(record)
      batch.bytes += bytes
    }
  }
  return batches
}

/** Records of a lane go to the log in their order. */
export function laneOf({ cluster, topic, partition }: FramePlace): string {
  return `${cluster}\n${topic}\n${partition}`
}
