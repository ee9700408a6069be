import { indexIntervalBytes } from '../limits.js'
import { readInt64, writeInt64 } from '../records/batch-header.js'
import { crc32c } from '../records/crc32c.js'

/** What an index file says of its segment beside the entries. */
export interface IndexSummary {
  /** Bytes of the segment that the index covers: all of it, or the index is not to be trusted. */
  sizeBytes: number
  /** The offset after the segment's last record, or after those that were compacted away. */
  nextOffset: number
  /** The greatest timestamp of the segment, and of its first batch; -1 where it is empty. */
  maxTimestamp: number
  firstTimestamp: number
}

const magic = 0x4d524959
/** Bytes before the entries. */
export const indexHeadBytes = 48
const entryBytes = 16

/**
 * Where in a segment a record is, by offset and by time: sparse, one entry for every few
 * kilobytes of the segment, each at the first byte of a batch.
 *
 * Invariants: offsets and positions rise strictly from entry to entry; an entry's time is the
 * greatest timestamp of all batches *before* it, so times never fall, and whoever looks for the
 * first batch that reaches a time may start at the last entry whose time is below it.
 *
 * The file (`.index`) is written once, when the segment is complete and synced. Its head alone
 * says what a start must know, and has a checksum of its own: magic, CRC-32C of the rest of the
 * head (4 bytes each), size, next offset, greatest timestamp and first timestamp of the segment
 * (8 each), number of entries and their CRC-32C (4 each). Then 16 bytes an entry: offset relative
 * to the segment's first (4), position (4), time before (8). All big-endian.
 */
export class OffsetIndex {
  #offsets: Float64Array
  #positions: Uint32Array
  #times: Float64Array
  #length = 0
  #bytesSinceEntry = 0

  /** An empty one, with room for so many entries until it grows. */
  constructor(capacity = 16) {
    this.#offsets = new Float64Array(capacity)
    this.#positions = new Uint32Array(capacity)
    this.#times = new Float64Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  /**
   * Takes in a batch that begins at `offset`, the next one after those before; `timeBefore` is the
   * greatest timestamp of these.
   */
  adopt(offset: number, position: number, batchBytes: number, timeBefore: number): void {
    if (this.#length === 0 || this.#bytesSinceEntry >= indexIntervalBytes) {
      this.#add(offset, position, timeBefore)
      this.#bytesSinceEntry = 0
    }
    this.#bytesSinceEntry += batchBytes
  }

  /**
   * The last entry at or before the batch that holds `offset`: where it is, and the offset at
   * which the batch there begins. Undefined where the index is empty.
   */
  entryOf(offset: number): { position: number; offset: number } | undefined {
    const entry = this.#last((at) => (this.#offsets[at] as number) <= offset)
    if (this.#length === 0) return undefined
    return {
      position: this.#positions[entry] as number,
      offset: this.#offsets[entry] as number,
    }
  }

  /** The last entry at or before a position. Precondition: the index is not empty. */
  entryWithin(position: number): { position: number; offset: number } {
    const entry = this.#last((at) => (this.#positions[at] as number) <= position)
    return {
      position: this.#positions[entry] as number,
      offset: this.#offsets[entry] as number,
    }
  }

  /** A position at or before the first batch whose greatest timestamp is at least `timestamp`. */
  positionAtTime(timestamp: number): number {
    const entry = this.#last((at) => (this.#times[at] as number) < timestamp)
    return this.#length === 0 ? 0 : (this.#positions[entry] as number)
  }

  /** The index as a file. */
  encode(baseOffset: number, summary: IndexSummary): Buffer {
    const bytes = Buffer.alloc(indexHeadBytes + this.#length * entryBytes)
    bytes.writeUInt32BE(magic, 0)
    writeInt64(bytes, summary.sizeBytes, 8)
    writeInt64(bytes, summary.nextOffset, 16)
    writeInt64(bytes, summary.maxTimestamp, 24)
    writeInt64(bytes, summary.firstTimestamp, 32)
    bytes.writeUInt32BE(this.#length, 40)
    for (let entry = 0; entry < this.#length; entry++) {
      const at = indexHeadBytes + entry * entryBytes
      bytes.writeUInt32BE((this.#offsets[entry] as number) - baseOffset, at)
      bytes.writeUInt32BE(this.#positions[entry] as number, at + 4)
      writeInt64(bytes, this.#times[entry] as number, at + 8)
    }
    bytes.writeUInt32BE(crc32c(bytes, indexHeadBytes), 44)
    bytes.writeUInt32BE(crc32c(bytes.subarray(0, indexHeadBytes), 8), 4)
    return bytes
  }

  /** Reads the head of an index file; undefined where it is not what `encode` wrote. */
  static summaryIn(head: Buffer): IndexSummary | undefined {
    if (head.length < indexHeadBytes || head.readUInt32BE(0) !== magic) return undefined
    if (head.readUInt32BE(4) !== crc32c(head.subarray(0, indexHeadBytes), 8)) return undefined
    return {
      sizeBytes: readInt64(head, 8),
      nextOffset: readInt64(head, 16),
      maxTimestamp: readInt64(head, 24),
      firstTimestamp: readInt64(head, 32),
    }
  }

  /** Reads an index file; undefined where its bytes are not what `encode` wrote. */
  static decode(baseOffset: number, bytes: Buffer): OffsetIndex | undefined {
    if (OffsetIndex.summaryIn(bytes) === undefined) return undefined
    if (bytes.length !== indexHeadBytes + bytes.readUInt32BE(40) * entryBytes) return undefined
    if (bytes.readUInt32BE(44) !== crc32c(bytes, indexHeadBytes)) return undefined
    const index = new OffsetIndex(bytes.readUInt32BE(40))
    for (let at = indexHeadBytes; at < bytes.length; at += entryBytes) {
      const offset = baseOffset + bytes.readUInt32BE(at)
      index.#add(offset, bytes.readUInt32BE(at + 4), readInt64(bytes, at + 8))
    }
    return index
  }

  /** The last entry that satisfies a condition which holds up to some entry; 0 where none does. */
  #last(holds: (entry: number) => boolean): number {
    let low = 0
    let high = this.#length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (holds(middle)) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : low - 1
  }

  #add(offset: number, position: number, timeBefore: number): void {
    if (this.#length === this.#offsets.length) this.#grow()
    this.#offsets[this.#length] = offset
    this.#positions[this.#length] = position
    this.#times[this.#length] = timeBefore
    this.#length++
  }

  #grow(): void {
    const capacity = Math.max(16, this.#offsets.length * 2)
    const offsets = new Float64Array(capacity)
    const positions = new Uint32Array(capacity)
    const times = new Float64Array(capacity)
    offsets.set(this.#offsets)
    positions.set(this.#positions)
    times.set(this.#times)
    this.#offsets = offsets
    this.#positions = positions
    this.#times = times
  }
}
