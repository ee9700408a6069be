import { CorruptBatchError } from '../errors.js'
import {
  type BatchHeader,
  batchAttribute,
  batchField,
  batchHeaderBytes,
  checksummedFrom,
  compressions,
  lengthPrefixBytes,
  readBatchHeader,
  writeInt64,
} from './batch-header.js'
import { compress, rewrittenAs, uncompressed } from './compression/compression.js'
import { crc32c } from './crc32c.js'
import { VarintCursor, varintBytes, writeVarint } from './varint.js'

/** What becomes of a batch when records are taken out of it. */
export interface BatchFilter {
  /** Whether a record stays. Its key is `bytes` from `keyStart` on; -1 bytes stand for null. */
  keeps(
    offset: number,
    bytes: Buffer,
    keyStart: number,
    keyBytes: number,
    hasValue: boolean,
  ): boolean
  /** Whether the batch stays though no record of it does, for what its header says. */
  keepsEmpty: boolean
  /**
   * Milliseconds since 1970. Where a record without a value stays, or all do with `isPassing`, and
   * the batch has no time yet from which on they may go, it gets this one.
   */
  deleteHorizon: number
  isPassing: boolean
}

/** Where a record lies that stays. */
interface Kept {
  start: number
  bodyStart: number
  /** After the timestamp. */
  restStart: number
  end: number
  timestampDelta: number
}

/**
 * The batch without some of its records: offsets, sequence numbers and the last offset stay as they
 * were. The bytes that came, where nothing changes; undefined where nothing is left.
 *
 * A batch with a delete horizon has it in the place of its base timestamp (KIP-534), so the
 * timestamps of its records are written anew. Batches that cannot be compressed again as they were
 * get another compression (`rewrittenAs`). Throws `CorruptBatchError`.
 */
export function filterBatch(batch: Buffer, filter: BatchFilter): Buffer | undefined {
  const header = readBatchHeader(batch)
  const { bytes, at } = uncompressed(batch, header)
  const end = bytes === batch ? header.lengthBytes : bytes.length
  const kept: Kept[] = []
  let hasTombstone = false
  const cursor = new VarintCursor(bytes, at)
  for (let i = 0; i < header.recordCount; i++) {
    const start = cursor.at
    const length = cursor.int32()
    const bodyStart = cursor.at
    const recordEnd = bodyStart + length
    cursor.at++
    const timestampDelta = cursor.int64()
    const restStart = cursor.at
    const offset = header.baseOffset + cursor.int32()
    const keyBytes = cursor.int32()
    const keyStart = cursor.at
    cursor.at += Math.max(0, keyBytes)
    const hasValue = cursor.int32() >= 0
    if (cursor.failed || length < 0 || recordEnd > end || cursor.at > recordEnd) {
      throw new CorruptBatchError(`record ${i} of ${header.recordCount} cannot be read`)
    }
    cursor.at = recordEnd
    if (!filter.keeps(offset, bytes, keyStart, keyBytes, hasValue)) continue
    hasTombstone ||= !hasValue
    kept.push({ start, bodyStart, restStart, end: recordEnd, timestampDelta })
  }
  if (kept.length === 0) return filter.keepsEmpty ? emptied(batch, header) : undefined
  const isMarked = header.deleteHorizon !== undefined
  const horizon = (hasTombstone || filter.isPassing) && !isMarked ? filter.deleteHorizon : undefined
  if (kept.length === header.recordCount && horizon === undefined) return batch
  return rewritten(batch, header, bytes, kept, horizon)
}

function rewritten(
  batch: Buffer,
  header: BatchHeader,
  bytes: Buffer,
  kept: readonly Kept[],
  horizon: number | undefined,
): Buffer {
  const baseTimestamp = horizon ?? header.baseTimestamp
  const shift = header.baseTimestamp - baseTimestamp
  const parts = kept.map((each) =>
    shift === 0 ? bytes.subarray(each.start, each.end) : shifted(bytes, each, shift),
  )
  const compression = rewrittenAs(header.compression ?? 'none')
  const records = compress(Buffer.concat(parts), compression)
  const out = Buffer.concat([batch.subarray(0, batchHeaderBytes), records])
  const { compressionMask, deleteHorizon } = batchAttribute
  const attributes =
    (header.attributes & ~compressionMask) |
    compressions.indexOf(compression) |
    (horizon === undefined ? 0 : deleteHorizon)
  out.writeInt16BE(attributes, batchField.attributes)
  writeInt64(out, baseTimestamp, batchField.baseTimestamp)
  if (!header.isLogAppendTime) {
    const deltas = kept.map(({ timestampDelta }) => timestampDelta)
    const greatest = deltas.reduce((max, each) => Math.max(max, each))
    writeInt64(out, header.baseTimestamp + greatest, batchField.maxTimestamp)
  }
  out.writeInt32BE(kept.length, batchField.recordCount)
  return sealed(out)
}

/** A record whose timestamp is told from another base. */
function shifted(bytes: Buffer, kept: Kept, shift: number): Buffer {
  const { bodyStart, restStart, end } = kept
  const delta = kept.timestampDelta + shift
  const bodyBytes = 1 + varintBytes(delta) + end - restStart
  const out = Buffer.allocUnsafe(varintBytes(bodyBytes) + bodyBytes)
  let at = writeVarint(out, bodyBytes, 0)
  out[at++] = bytes[bodyStart] as number
  at = writeVarint(out, delta, at)
  bytes.copy(out, at, restStart, end)
  return out
}

/** The header alone, without a record. */
function emptied(batch: Buffer, header: BatchHeader): Buffer {
  const out = Buffer.from(batch.subarray(0, batchHeaderBytes))
  const { logAppendTime, transactional, control } = batchAttribute
  const attributes = header.attributes & (logAppendTime | transactional | control)
  out.writeInt16BE(attributes, batchField.attributes)
  writeInt64(out, -1, batchField.baseTimestamp)
  out.writeInt32BE(0, batchField.recordCount)
  return sealed(out)
}

function sealed(batch: Buffer): Buffer {
  batch.writeInt32BE(batch.length - lengthPrefixBytes, batchField.length)
  batch.writeUInt32BE(crc32c(batch, checksummedFrom), batchField.crc)
  return batch
}
