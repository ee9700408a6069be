import { CorruptBatchError } from '../errors.js'

/**
 * A record batch, version 2 (KIP-98): a header of 61 bytes, then the records.
 *
 *     0  int64   base offset               27 int64  base timestamp
 *     8  int32   bytes after this field    35 int64  max timestamp
 *    12  int32   partition leader epoch    43 int64  producer id, -1 for none
 *    16  int8    magic, 2                  51 int16  producer epoch
 *    17  uint32  CRC-32C of bytes 21…      53 int32  base sequence
 *    21  int16   attributes                57 int32  number of records
 *    23  int32   last offset delta         61        records, compressed as a whole
 *
 * Base offset and leader epoch lie before the checksum's part, so that the broker can set them
 * in place without reading the rest.
 */
export const batchHeaderBytes = 61

/** Where the part begins that the checksum covers. */
export const checksummedFrom = 21

/** Bytes before the part that the length field counts. */
export const lengthPrefixBytes = 12

export const recordBatchMagic = 2

export const batchField = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const

/** Bits of the attributes. */
export const batchAttribute = {
  compressionMask: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  deleteHorizon: 0x40,
} as const

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** In the order of their codes in the attributes. */
export const compressions: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** A view of a batch's header: reads a field when asked, copies and decodes nothing. */
export class BatchHeader {
  readonly #bytes: Buffer
  readonly #at: number

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  get baseOffset(): number {
    return readInt64(this.#bytes, this.#at + batchField.baseOffset)
  }

  /** Of the whole batch, from the base offset to the last record. */
  get lengthBytes(): number {
    return this.#bytes.readInt32BE(this.#at + batchField.length) + lengthPrefixBytes
  }

  get leaderEpoch(): number {
    return this.#bytes.readInt32BE(this.#at + batchField.leaderEpoch)
  }

  get magic(): number {
    return this.#bytes.readInt8(this.#at + batchField.magic)
  }

  get crc(): number {
    return this.#bytes.readUInt32BE(this.#at + batchField.crc)
  }

  get attributes(): number {
    return this.#bytes.readInt16BE(this.#at + batchField.attributes)
  }

  get lastOffsetDelta(): number {
    return this.#bytes.readInt32BE(this.#at + batchField.lastOffsetDelta)
  }

  /** Offset of the last record; after compaction it may lie beyond the last that is there. */
  get lastOffset(): number {
    return this.baseOffset + this.lastOffsetDelta
  }

  /** Where the next batch begins. */
  get nextOffset(): number {
    return this.lastOffset + 1
  }

  /** Milliseconds since 1970; -1 for none. */
  get baseTimestamp(): number {
    return readInt64(this.#bytes, this.#at + batchField.baseTimestamp)
  }

  /** Milliseconds since 1970; -1 for none. */
  get maxTimestamp(): number {
    return readInt64(this.#bytes, this.#at + batchField.maxTimestamp)
  }

  /** -1 for a producer that is not idempotent. */
  get producerId(): number {
    return readInt64(this.#bytes, this.#at + batchField.producerId)
  }

  get producerEpoch(): number {
    return this.#bytes.readInt16BE(this.#at + batchField.producerEpoch)
  }

  /** Sequence number of the first record; -1 for a producer that is not idempotent. */
  get baseSequence(): number {
    return this.#bytes.readInt32BE(this.#at + batchField.baseSequence)
  }

  get recordCount(): number {
    return this.#bytes.readInt32BE(this.#at + batchField.recordCount)
  }

  /** Undefined for a code that is not known. */
  get compression(): Compression | undefined {
    return compressions[this.attributes & batchAttribute.compressionMask]
  }

  /** Whether the broker's time stands in place of the producer's: `maxTimestamp`, for all. */
  get isLogAppendTime(): boolean {
    return (this.attributes & batchAttribute.logAppendTime) !== 0
  }

  get isTransactional(): boolean {
    return (this.attributes & batchAttribute.transactional) !== 0
  }

  /**
   * Milliseconds since 1970 from which on its records without a value, or its end marker, may be
   * compacted away; it is in the place of the base timestamp (KIP-534).
   */
  get deleteHorizon(): number | undefined {
    return (this.attributes & batchAttribute.deleteHorizon) !== 0 ? this.baseTimestamp : undefined
  }

  /** Whether it holds the end mark of a transaction instead of a user's records. */
  get isControl(): boolean {
    return (this.attributes & batchAttribute.control) !== 0
  }
}

/** A view of the header of the batch at `at`; throws `CorruptBatchError` when there is none. */
export function readBatchHeader(bytes: Buffer, at = 0): BatchHeader {
  if (bytes.length - at < batchHeaderBytes) {
    throw new CorruptBatchError(
      `${bytes.length - at} bytes are there, a header alone has ${batchHeaderBytes}`,
    )
  }
  return new BatchHeader(bytes, at)
}

/** Sets the base offset in place; the checksum does not cover it. */
export function setBaseOffset(batch: Buffer, offset: number, at = 0): void {
  writeInt64(batch, offset, at + batchField.baseOffset)
}

/** Sets the partition leader epoch in place; the checksum does not cover it. */
export function setLeaderEpoch(batch: Buffer, epoch: number, at = 0): void {
  batch.writeInt32BE(epoch, at + batchField.leaderEpoch)
}

/** Exact up to 2^53; see the note on int64 in `protocol/field.ts`. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)
}

export function writeInt64(bytes: Buffer, value: number, at: number): void {
  const high = Math.floor(value / 0x1_0000_0000)
  bytes.writeInt32BE(high, at)
  bytes.writeUInt32BE(value - high * 0x1_0000_0000, at + 4)
}
