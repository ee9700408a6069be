import { crc32c } from '../records/crc32c.js'

/** What an index file says of its segment beside the entries. */
export interface IndexSummary {
  /** Bytes of the segment that the index covers: all of it, or the index is not to be trusted. */
  sizeBytes: number
  /** The offset after the segment's last record. */
  nextOffset: number
  /** The greatest timestamp of the segment, -1 where it is empty. */
  maxTimestamp: number
}

const magic = 0x4d524958
const headBytes = 32
const entryBytes = 16

/**
 * Where in a segment a record is, by offset and by time: sparse, one entry for every few
 * kilobytes of the segment, each at the first byte of a batch.
 *
 * Invariants: offsets and positions rise strictly from entry to entry; an entry's time is the
 * greatest timestamp of all batches *before* it, so times never fall, and whoever looks for the
 * first batch that reaches a time may start at the last entry whose time is below it.
 *
 * The file (`.index`) is written once, when the segment is complete and synced:
 * magic, CRC-32C of what follows it, size, next offset and greatest timestamp of the segment
 * (8 bytes each), then 16 bytes an entry: offset relative to the segment's first (4), position
 * (4), time before (8). All big-endian.
 */
export class OffsetIndex {
  #offsets = new Float64Array(16)
  #positions = new Uint32Array(16)
  #times = new Float64Array(16)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Adds a batch that begins at `offset`; `timeBefore` is the greatest timestamp before it. */
  add(offset: number, position: number, timeBefore: number): void {
    if (this.#length === this.#offsets.length) this.#grow()
    this.#offsets[this.#length] = offset
    this.#positions[this.#length] = position
    this.#times[this.#length] = timeBefore
    this.#length++
  }

  /** A position at or before the batch that holds `offset`, less than one interval before it. */
  positionOf(offset: number): number {
    return this.#lastPosition((entry) => (this.#offsets[entry] as number) <= offset)
  }

  /** A position at or before the first batch whose greatest timestamp is at least `timestamp`. */
  positionAtTime(timestamp: number): number {
    return this.#lastPosition((entry) => (this.#times[entry] as number) < timestamp)
  }

  /** The index as a file. */
  encode(baseOffset: number, summary: IndexSummary): Buffer {
    const bytes = Buffer.alloc(headBytes + this.#length * entryBytes)
    bytes.writeUInt32BE(magic, 0)
    bytes.writeBigInt64BE(BigInt(summary.sizeBytes), 8)
    bytes.writeBigInt64BE(BigInt(summary.nextOffset), 16)
    bytes.writeBigInt64BE(BigInt(summary.maxTimestamp), 24)
    for (let entry = 0; entry < this.#length; entry++) {
      const at = headBytes + entry * entryBytes
      bytes.writeUInt32BE((this.#offsets[entry] as number) - baseOffset, at)
      bytes.writeUInt32BE(this.#positions[entry] as number, at + 4)
      bytes.writeBigInt64BE(BigInt(this.#times[entry] as number), at + 8)
    }
    bytes.writeUInt32BE(crc32c(bytes, 8), 4)
    return bytes
  }

  /** Reads an index file; undefined where its bytes are not what `encode` wrote. */
  static decode(
    baseOffset: number,
    bytes: Buffer,
  ): { index: OffsetIndex; summary: IndexSummary } | undefined {
    if (bytes.length < headBytes || (bytes.length - headBytes) % entryBytes !== 0) return undefined
    if (bytes.readUInt32BE(0) !== magic) return undefined
    if (bytes.readUInt32BE(4) !== crc32c(bytes, 8)) return undefined
    const index = new OffsetIndex()
    for (let at = headBytes; at < bytes.length; at += entryBytes) {
      const offset = baseOffset + bytes.readUInt32BE(at)
      index.add(offset, bytes.readUInt32BE(at + 4), Number(bytes.readBigInt64BE(at + 8)))
    }
    const summary = {
      sizeBytes: Number(bytes.readBigInt64BE(8)),
      nextOffset: Number(bytes.readBigInt64BE(16)),
      maxTimestamp: Number(bytes.readBigInt64BE(24)),
    }
    return { index, summary }
  }

  /** The position of the last entry that satisfies a condition which holds up to some entry. */
  #lastPosition(holds: (entry: number) => boolean): number {
    let low = 0
    let high = this.#length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (holds(middle)) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : (this.#positions[low - 1] as number)
  }

  #grow(): void {
    const capacity = this.#offsets.length * 2
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
