import type { RecordBlock } from '../formats/format.js'

/** The records of one batch, to be decoded together: where their values lie, and when they came. */
export class CollectedRecords implements RecordBlock {
  readonly bytes: Buffer
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  readonly offsets: Float64Array
  readonly timestampsMs: Float64Array
  count = 0

  /** `bytes` hold all values; there are `recordsMax` of them at most. */
  constructor(bytes: Buffer, recordsMax: number) {
    this.bytes = bytes
    this.starts = new Uint32Array(recordsMax)
    this.ends = new Uint32Array(recordsMax)
    this.offsets = new Float64Array(recordsMax)
    this.timestampsMs = new Float64Array(recordsMax)
  }

  add(offset: number, timestampMs: number, start: number, end: number): void {
    const { count } = this
    this.starts[count] = start
    this.ends[count] = end
    this.offsets[count] = offset
    this.timestampsMs[count] = timestampMs
    this.count++
  }
}
