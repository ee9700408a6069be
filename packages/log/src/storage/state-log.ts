import { CorruptBatchError, KafkaError } from '../errors.js'
import { replayChunkBytes, stateBatchRecords, stateLogBytesMin } from '../limits.js'
import { batchesIn } from '../records/batches-in.js'
import { type BatchOptions, encodeBatch } from '../records/encode-batch.js'
import type { LogRecord } from '../records/record.js'
import { verifyBatch } from '../records/verify-batch.js'
import type { PartitionLog } from './partition-log.js'

/** What is in memory of a log. */
export interface Fold {
  /** Takes in a batch; the only thing that may change what is in memory. */
  apply(batch: Buffer): void
  /** The records that alone give what is in memory now. */
  records(): LogRecord[]
}

/**
 * A log that is wholly folded into memory. What is in memory is at all times the fold of what is
 * on disk: every batch goes through `Fold.apply` once it is written, whoever wrote it, and all of
 * them at start.
 *
 * A log that has grown to twice what it needs is rewritten: a new segment begins, takes the whole
 * state as records, and is synced; then the segments before it are removed. A crash in between
 * leaves both, which fold to the same. Segments that hold a transaction still open stay.
 */
export class StateLog {
  readonly #log: PartitionLog
  readonly #fold: Fold
  #rewriteAtBytes = stateLogBytesMin
  #rewriting: Promise<void> | undefined

  /** Folds what is in the log. Throws KAFKA_STORAGE_ERROR where it is damaged. */
  constructor(log: PartitionLog, fold: Fold) {
    this.#log = log
    this.#fold = fold
    for (const batch of batchesOf(log)) fold.apply(batch)
    log.followedBy((batch) => fold.apply(batch))
  }

  /** Appends records as one batch, and applies them. Throws KAFKA_STORAGE_ERROR. */
  append(records: readonly LogRecord[], options?: BatchOptions): void {
    this.#log.appendOwn(encodeBatch(records, options))
    if (this.#log.sizeBytes >= this.#rewriteAtBytes && this.#rewriting === undefined) {
      this.#rewriting = this.#rewrite().finally(() => {
        this.#rewriting = undefined
      })
    }
  }

  /** Resolves when what was appended survives a power cut. */
  flush(): Promise<void> {
    return this.#log.flush()
  }

  /** Waits for a rewrite that is under way. */
  async settled(): Promise<void> {
    await this.#rewriting
  }

  async #rewrite(): Promise<void> {
    const beforeBytes = this.#log.sizeBytes
    try {
      this.#log.roll()
      const from = this.#log.endOffset
      const records = this.#fold.records()
      for (let at = 0; at < records.length; at += stateBatchRecords) {
        this.#log.appendOwn(encodeBatch(records.slice(at, at + stateBatchRecords)))
      }
      await this.#log.flush()
      await this.#log.removeBefore(from)
    } catch (cause) {
      // The log only stays longer than it need be.
      if (!(cause instanceof KafkaError)) throw cause
    }
    this.#rewriteAtBytes = Math.max(stateLogBytesMin, 2 * this.#log.sizeBytes, beforeBytes / 2)
  }
}

/**
 * All batches of a log, each of them checked: a start trusts sealed segments as they are, which
 * leaves damage to the readers of records, but state must not be made of it.
 */
function* batchesOf(log: PartitionLog): Generator<Buffer> {
  let offset = log.startOffset
  while (offset < log.highWatermark) {
    const damaged = (reason: string, cause?: unknown) => {
      const detail = `It is damaged at offset ${offset}: ${reason}. Put ${log.directory} back from a copy, or remove its .index files: then the next start cuts it there.`
      return new KafkaError('KAFKA_STORAGE_ERROR', `log ${log.name}`, { detail, cause })
    }
    try {
      const { batches } = log.read(offset, replayChunkBytes)
      const from = offset
      for (const { header, bytes } of batchesIn(batches)) {
        verifyBatch(bytes)
        if (header.baseOffset !== offset) throw damaged(`a batch says it is ${header.baseOffset}`)
        yield bytes
        offset = header.nextOffset
      }
      if (offset === from) throw damaged('its batch is not whole')
    } catch (cause) {
      if (!(cause instanceof CorruptBatchError)) throw cause
      throw damaged(cause.message, cause)
    }
  }
}
