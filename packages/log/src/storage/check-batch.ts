import { CorruptBatchError, KafkaError, type RecordError, RefusedRecordsError } from '../errors.js'
import { type BatchHeader, readBatchHeader } from '../records/batch-header.js'
import { setTimestamps } from '../records/batch-timestamps.js'
import { verifyChecksum, verifyCounts } from '../records/verify-batch.js'
import { visitRecords } from '../records/visit-records.js'
import type { LogConfig } from './log-config.js'

/**
 * Decides whether a client's bytes may become a part of a log: exactly one whole batch, with the
 * right checksum, whose counts and offsets agree with its records, each of which has a key where
 * the log is compacted, and a time that the log allows. Whose time it is, and the greatest, are
 * set in place where the log or the records say otherwise.
 *
 * Compressed records are looked at only where the log asks for what no header says (a key, a time
 * that is not too old), for to look at them costs more than all the rest.
 *
 * Throws MESSAGE_TOO_LARGE, CORRUPT_MESSAGE, INVALID_RECORD or INVALID_TIMESTAMP; `where` names
 * the log, `now` is the broker's time.
 */
export function checkBatch(
  batch: Buffer,
  where: string,
  config: LogConfig,
  now: number,
): BatchHeader {
  if (batch.length > config.messageBytesMax) {
    const detail = `The batch has ${batch.length} bytes, ${config.messageBytesMax} are allowed.`
    throw new KafkaError('MESSAGE_TOO_LARGE', where, { detail })
  }
  const invalid = (detail: string) => new KafkaError('INVALID_RECORD', where, { detail })
  soundOr('CORRUPT_MESSAGE', where, () => verifyChecksum(batch))
  const header = readBatchHeader(batch)
  // A producer sends a damaged batch again; one that was written wrong stays wrong.
  soundOr('INVALID_RECORD', where, () => verifyCounts(header))
  if (header.isControl) throw invalid('A control batch is for the broker to write.')
  if (header.recordCount < 1 || header.lastOffsetDelta !== header.recordCount - 1) {
    const counts = `${header.recordCount} records, last offset delta ${header.lastOffsetDelta}`
    throw invalid(`The batch contradicts itself: ${counts}.`)
  }
  if (header.producerId >= 0 && header.baseSequence < 0) {
    throw invalid(`Producer ${header.producerId} gave the batch no sequence number.`)
  }
  const maxTimestamp = mustLookInto(header, config)
    ? checkRecords(batch, header, where, config, now)
    : checkMaxTimestamp(header, where, config, now)
  setTimestamps(batch, config.timestamps, config.timestamps === 'append' ? now : maxTimestamp)
  return header
}

function mustLookInto(header: BatchHeader, config: LogConfig): boolean {
  if (header.compression === 'none' || config.compacts) return true
  return config.timestamps === 'create' && config.timestampBeforeMsMax !== Infinity
}

/** Checks each record; gives the greatest timestamp. */
function checkRecords(
  batch: Buffer,
  header: BatchHeader,
  where: string,
  config: LogConfig,
  now: number,
): number {
  const refused: RecordError[] = []
  const refusalOf = timestampRefusal(header, config, now)
  let expected = header.baseOffset
  let maxTimestamp = -1
  soundOr('INVALID_RECORD', where, () =>
    visitRecords(batch, (offset, timestamp, _bytes, _keyStart, keyLength) => {
      const batchIndex = expected - header.baseOffset
      if (offset !== expected) {
        const detail = `Record ${offset} is where ${expected} should be.`
        throw new KafkaError('INVALID_RECORD', where, { detail })
      }
      expected++
      if (timestamp > maxTimestamp) maxTimestamp = timestamp
      if (keyLength < 0 && config.compacts) {
        const reason = 'It has no key, and the topic is compacted.'
        refused.push({ batchIndex, code: 'INVALID_RECORD', reason })
      }
      const reason = timestamp === -1 ? undefined : refusalOf(timestamp)
      if (reason !== undefined) refused.push({ batchIndex, code: 'INVALID_TIMESTAMP', reason })
    }),
  )
  if (refused.length > 0) throw new RefusedRecordsError(where, refused)
  return maxTimestamp
}

/** Checks what the header says of the records, which are not looked at. */
function checkMaxTimestamp(
  header: BatchHeader,
  where: string,
  config: LogConfig,
  now: number,
): number {
  const { maxTimestamp } = header
  const reason =
    maxTimestamp === -1 ? undefined : timestampRefusal(header, config, now)(maxTimestamp)
  if (reason === undefined) return maxTimestamp
  const batchIndex = header.recordCount - 1
  throw new RefusedRecordsError(where, [{ batchIndex, code: 'INVALID_TIMESTAMP', reason }])
}

/** Says why a timestamp is refused; a log with times of its own takes any. */
function timestampRefusal(
  header: BatchHeader,
  config: LogConfig,
  now: number,
): (timestamp: number) => string | undefined {
  if (config.timestamps === 'append') return () => undefined
  if (header.isLogAppendTime) return () => "It says that its time is the broker's."
  const earliest = now - config.timestampBeforeMsMax
  const latest = now + config.timestampAfterMsMax
  return (timestamp) =>
    timestamp < earliest || timestamp > latest
      ? `Its timestamp is ${timestamp}, ${earliest} to ${latest} are allowed.`
      : undefined
}

function soundOr<Result>(
  code: 'CORRUPT_MESSAGE' | 'INVALID_RECORD',
  where: string,
  look: () => Result,
): Result {
  try {
    return look()
  } catch (cause) {
    if (!(cause instanceof CorruptBatchError)) throw cause
    throw new KafkaError(code, where, { detail: cause.message, cause })
  }
}
