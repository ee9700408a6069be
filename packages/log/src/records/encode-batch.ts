import {
  batchAttribute,
  batchField,
  batchHeaderBytes,
  checksummedFrom,
  compressions,
  lengthPrefixBytes,
  recordBatchMagic,
  writeInt64,
} from './batch-header.js'
import { compress, type WrittenCompression } from './compression/compression.js'
import { crc32c } from './crc32c.js'
import { headerBytes, sizedBytes, writeHeader, writeSized } from './encoded-headers.js'
import { EncodedRecord } from './encoded-record.js'
import type { BatchRecord, LogRecord, RecordHeader } from './record.js'
import { varintBytes, writeVarint } from './varint.js'

const noHeaders: readonly RecordHeader[] = []

export interface BatchOptions {
  /** Offset of the first record; the broker sets its own. */
  baseOffset?: number
  leaderEpoch?: number
  /** -1 (none) by default, as epoch and sequence. */
  producerId?: number
  producerEpoch?: number
  /** Sequence number of the first record. */
  baseSequence?: number
  transactional?: boolean
  control?: boolean
  compression?: WrittenCompression
  /** Whose clock the timestamps are of: the producer's ('create') or the broker's ('append'). */
  timestampType?: 'create' | 'append'
  /** Milliseconds since 1970, for records without one; -1 (none) by default. */
  timestamp?: number
}

/**
 * Makes a record batch (version 2) of at least one record. Sizes are computed first, so that
 * the batch is written once, into a buffer of its exact length.
 */
export function encodeBatch(records: readonly BatchRecord[], options: BatchOptions = {}): Buffer {
  const [first] = records
  if (!first) throw new TypeError('A record batch needs at least one record.')
  const missingTimestamp = options.timestamp ?? -1
  const baseTimestamp = first.timestamp ?? missingTimestamp
  const bodyBytes = new Array<number>(records.length)
  let recordsBytes = 0
  let maxTimestamp = baseTimestamp
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as BatchRecord
    const timestamp = record.timestamp ?? missingTimestamp
    if (timestamp > maxTimestamp) maxTimestamp = timestamp
    const own = record instanceof EncodedRecord ? record.end - record.start : recordBytes(record)
    const bytes = 1 + varintBytes(timestamp - baseTimestamp) + varintBytes(i) + own
    bodyBytes[i] = bytes
    recordsBytes += varintBytes(bytes) + bytes
  }

  const plain = Buffer.allocUnsafe(batchHeaderBytes + recordsBytes)
  let at = batchHeaderBytes
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as BatchRecord
    at = writeVarint(plain, bodyBytes[i] as number, at)
    plain[at++] = 0 // Attributes of a record: none are in use.
    at = writeVarint(plain, (record.timestamp ?? missingTimestamp) - baseTimestamp, at)
    at = writeVarint(plain, i, at)
    if (record instanceof EncodedRecord) {
      record.bytes.copy(plain, at, record.start, record.end)
      at += record.end - record.start
    } else {
      at = writeRecord(plain, record, at)
    }
  }

  const compression = options.compression ?? 'none'
  const batch =
    compression === 'none'
      ? plain
      : Buffer.concat([
          plain.subarray(0, batchHeaderBytes),
          compress(plain.subarray(batchHeaderBytes), compression),
        ])
  writeInt64(batch, options.baseOffset ?? 0, batchField.baseOffset)
  batch.writeInt32BE(batch.length - lengthPrefixBytes, batchField.length)
  batch.writeInt32BE(options.leaderEpoch ?? -1, batchField.leaderEpoch)
  batch.writeInt8(recordBatchMagic, batchField.magic)
  batch.writeInt16BE(attributesOf(options), batchField.attributes)
  batch.writeInt32BE(records.length - 1, batchField.lastOffsetDelta)
  writeInt64(batch, baseTimestamp, batchField.baseTimestamp)
  writeInt64(batch, maxTimestamp, batchField.maxTimestamp)
  writeInt64(batch, options.producerId ?? -1, batchField.producerId)
  batch.writeInt16BE(options.producerEpoch ?? -1, batchField.producerEpoch)
  batch.writeInt32BE(options.baseSequence ?? -1, batchField.baseSequence)
  batch.writeInt32BE(records.length, batchField.recordCount)
  batch.writeUInt32BE(crc32c(batch, checksummedFrom), batchField.crc)
  return batch
}

function attributesOf(options: BatchOptions): number {
  return (
    compressions.indexOf(options.compression ?? 'none') |
    (options.timestampType === 'append' ? batchAttribute.logAppendTime : 0) |
    (options.transactional ? batchAttribute.transactional : 0) |
    (options.control ? batchAttribute.control : 0)
  )
}

/** Bytes of a record's key, value and headers. */
function recordBytes(record: LogRecord): number {
  const headers = record.headers ?? noHeaders
  let bytes =
    sizedBytes(record.key) +
    sizedBytes(record.value) +
    varintBytes(headers.length + (record.commonHeaders?.count ?? 0))
  if (record.commonHeaders !== undefined) bytes += record.commonHeaders.bytes.length
  for (const header of headers) bytes += headerBytes(header)
  return bytes
}

function writeRecord(out: Buffer, record: LogRecord, start: number): number {
  const headers = record.headers ?? noHeaders
  let at = writeSized(out, record.key, start)
  at = writeSized(out, record.value, at)
  const common = record.commonHeaders
  at = writeVarint(out, headers.length + (common?.count ?? 0), at)
  if (common !== undefined) {
    out.set(common.bytes, at)
    at += common.bytes.length
  }
  for (const header of headers) at = writeHeader(out, header, at)
  return at
}
