import { CorruptBatchError } from '../errors.js'
import { type BatchHeader, batchHeaderBytes, readBatchHeader } from './batch-header.js'
import { uncompressed } from './compression/compression.js'
import type { DecodedRecord } from './record.js'
import { VarintCursor } from './varint.js'

/**
 * Called for each record of a batch. `bytes` holds key and value; a length of -1 means null.
 * Valid during the call and after it: `bytes` is the batch itself or its uncompressed records.
 */
export type RecordVisitor = (
  offset: number,
  timestamp: number,
  bytes: Buffer,
  keyStart: number,
  keyLength: number,
  valueStart: number,
  valueLength: number,
) => void

/**
 * Reads a batch without making an object per record; headers are stepped over. Trusts nothing:
 * what does not fit into the batch is a `CorruptBatchError`. The checksum is not looked at
 * (`verifyBatch` does).
 */
export function visitRecords(batch: Buffer, visit: RecordVisitor): void {
  walk(batch, visit, undefined)
}

/** The records of a batch as objects. For hot paths there is `visitRecords`. */
export function decodeRecords(batch: Buffer): DecodedRecord[] {
  const records: DecodedRecord[] = []
  let headers: DecodedRecord['headers'] = []
  walk(
    batch,
    (offset, timestamp, bytes, keyStart, keyLength, valueStart, valueLength) => {
      const key = keyLength < 0 ? null : bytes.subarray(keyStart, keyStart + keyLength)
      const value = valueLength < 0 ? null : bytes.subarray(valueStart, valueStart + valueLength)
      records.push({ offset, timestamp, key, value, headers })
    },
    (bytes, cursor, count, end) => {
      headers = []
      for (let i = 0; i < count; i++) {
        const keyLength = lengthAt(cursor, end, 0)
        const key = bytes.toString('utf8', cursor.at, cursor.at + keyLength)
        cursor.at += keyLength
        const valueLength = lengthAt(cursor, end, -1)
        const value = valueLength < 0 ? null : bytes.subarray(cursor.at, cursor.at + valueLength)
        cursor.at += Math.max(0, valueLength)
        headers.push({ key, value })
      }
    },
  )
  return records
}

type HeadersReader = (bytes: Buffer, cursor: VarintCursor, count: number, end: number) => void

function walk(batch: Buffer, visit: RecordVisitor, readHeaders: HeadersReader | undefined): void {
  const header = readBatchHeader(batch)
  checkFrame(batch, header)
  const { bytes, at } = uncompressed(batch, header)
  const { baseOffset, baseTimestamp, recordCount } = header
  const appendTime = header.isLogAppendTime ? header.maxTimestamp : undefined
  const end = bytes === batch ? header.lengthBytes : bytes.length
  const cursor = new VarintCursor(bytes, at)
  for (let i = 0; i < recordCount; i++) {
    const length = lengthAt(cursor, end, 0)
    const recordEnd = cursor.at + length
    cursor.at++
    const timestamp = baseTimestamp + cursor.int64()
    const offset = baseOffset + cursor.int32()
    const keyLength = lengthAt(cursor, recordEnd, -1)
    const keyStart = cursor.at
    if (keyLength > 0) cursor.at += keyLength
    const valueLength = lengthAt(cursor, recordEnd, -1)
    const valueStart = cursor.at
    if (valueLength > 0) cursor.at += valueLength
    if (readHeaders) {
      readHeaders(bytes, cursor, lengthAt(cursor, recordEnd, 0), recordEnd)
      if (cursor.at !== recordEnd) {
        throw new CorruptBatchError(`record ${i} does not end where its length says`)
      }
    }
    cursor.at = recordEnd
    visit(offset, appendTime ?? timestamp, bytes, keyStart, keyLength, valueStart, valueLength)
  }
  if (cursor.at !== end) {
    throw new CorruptBatchError(`${end - cursor.at} bytes are left over after its last record`)
  }
}

function checkFrame(batch: Buffer, header: BatchHeader): void {
  if (header.lengthBytes < batchHeaderBytes || header.lengthBytes > batch.length) {
    throw new CorruptBatchError(
      `it says it has ${header.lengthBytes} bytes, ${batch.length} are there`,
    )
  }
}

/** A length that must lie within the record: from `min` to what is left before `end`. */
function lengthAt(cursor: VarintCursor, end: number, min: number): number {
  const length = cursor.int32()
  if (cursor.failed || length < min || length > end - cursor.at) {
    throw new CorruptBatchError(`a length near byte ${cursor.at} of its records is not possible`)
  }
  return length
}
