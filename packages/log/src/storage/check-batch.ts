import { CorruptBatchError, KafkaError } from '../errors.js'
import { type BatchHeader, readBatchHeader } from '../records/batch-header.js'
import { verifyBatch } from '../records/verify-batch.js'
import { visitRecords } from '../records/visit-records.js'

/**
 * Decides whether a client's bytes may become a part of a log: exactly one whole batch, with the
 * right checksum, whose counts and offsets agree with its records. Compressed records are taken on
 * trust, for to look at them costs more than all the rest. Throws MESSAGE_TOO_LARGE,
 * CORRUPT_MESSAGE or INVALID_RECORD; `where` names the log.
 */
export function checkBatch(batch: Buffer, where: string, bytesMax: number): BatchHeader {
  if (batch.length > bytesMax) {
    const detail = `The batch has ${batch.length} bytes, ${bytesMax} are allowed.`
    throw new KafkaError('MESSAGE_TOO_LARGE', where, { detail })
  }
  const invalid = (detail: string) => new KafkaError('INVALID_RECORD', where, { detail })
  const header = soundOr('CORRUPT_MESSAGE', where, () => {
    verifyBatch(batch)
    return readBatchHeader(batch)
  })
  if (header.isControl) throw invalid('A control batch is for the broker to write.')
  if (header.recordCount < 1 || header.lastOffsetDelta !== header.recordCount - 1) {
    const counts = `${header.recordCount} records, last offset delta ${header.lastOffsetDelta}`
    throw invalid(`The batch contradicts itself: ${counts}.`)
  }
  if (header.compression !== 'none') return header
  let expected = header.baseOffset
  soundOr('INVALID_RECORD', where, () =>
    visitRecords(batch, (offset) => {
      if (offset !== expected) throw invalid(`Record ${offset} is where ${expected} should be.`)
      expected++
    }),
  )
  return header
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
