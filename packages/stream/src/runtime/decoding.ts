import { visitRecords } from '@millrace/log'
import { DecodeError, FormatError } from '../formats/errors.js'
import type { RecordDecoder } from '../formats/format.js'
import { type Schemas, tableDecoder } from '../formats/table-format.js'
import { repairText } from '../formats/valid-text.js'
import type { Source } from '../operators/source.js'
import { ColumnBatch } from '../state/batch.js'
import type { FixedColumn } from '../state/column.js'
import { JobError } from './errors.js'
import { RecordMetadata } from './record-metadata.js'
import type { TakenBatch } from './source-reader.js'

/** A source's records of one step, as columns. */
export interface Decoded {
  readonly batch: ColumnBatch
  /** Records seen, the skipped ones included. */
  readonly records: number
  /** Passed over: without a value, or unreadable where the table says to ignore that. */
  readonly skipped: number
}

/** Decodes the batches of one step, each record straight into the columns that the plan needs. */
export async function decodeTaken(
  source: Source,
  taken: readonly TakenBatch[],
  topic: string,
  schemas: Schemas,
): Promise<Decoded> {
  const batch = new ColumnBatch(source.fields)
  const { value, key } = tableDecoder(source.table, batch, schemas)
  const partitionColumn = batch.fixed(batch.columns.length - 1)
  const metadata = new RecordMetadata(source.table, batch, topic)
  const decoding = new RecordDecoding(batch, value, key, metadata, partitionColumn, topic)
  for (const each of taken) {
    if (each.recordCount === 0) continue
    await decoding.prepare(each)
    decoding.decode(each)
  }
  repairText(batch)
  return { batch, records: decoding.records, skipped: decoding.skipped }
}

class RecordDecoding {
  records = 0
  skipped = 0
  private readonly batch: ColumnBatch
  private readonly value: RecordDecoder
  private readonly key: RecordDecoder | undefined
  private readonly metadata: RecordMetadata
  private readonly partitions: FixedColumn
  private readonly topic: string

  constructor(
    batch: ColumnBatch,
    value: RecordDecoder,
    key: RecordDecoder | undefined,
    metadata: RecordMetadata,
    partitions: FixedColumn,
    topic: string,
  ) {
    this.batch = batch
    this.value = value
    this.key = key
    this.metadata = metadata
    this.partitions = partitions
    this.topic = topic
  }

  /** Fetches the schemas that the records name and that are not known yet. */
  async prepare(taken: TakenBatch): Promise<void> {
    if (this.value.prepare === undefined && this.key?.prepare === undefined) return
    const waiting: { offset: number; ready: Promise<void> }[] = []
    visitRecords(taken.bytes, (offset, _, bytes, keyStart, keyLength, start, length) => {
      if (offset < taken.startOffset) return
      this.at(taken.place, offset, () => {
        const parts = [
          length < 0 ? undefined : this.value.prepare?.(bytes, start, start + length),
          keyLength < 0 ? undefined : this.key?.prepare?.(bytes, keyStart, keyStart + keyLength),
        ]
        for (const ready of parts) if (ready !== undefined) waiting.push({ offset, ready })
      })
    })
    const outcomes = await Promise.allSettled(waiting.map(({ ready }) => ready))
    outcomes.forEach((outcome, index) => {
      if (outcome.status === 'fulfilled') return
      this.at(taken.place, waiting[index]?.offset ?? -1, () => {
        throw outcome.reason
      })
    })
  }

  decode(taken: TakenBatch): void {
    const { batch, value, key, metadata, partitions } = this
    let rows = batch.rowCount
    metadata.begin(taken)
    visitRecords(taken.bytes, (offset, timestampMs, bytes, keyStart, keyLength, start, length) => {
      if (offset < taken.startOffset || offset >= (taken.boundOffset ?? offset + 1)) return
      this.records++
      if (length < 0 || (key !== undefined && keyLength < 0)) {
        this.skipped++
        return
      }
      this.at(taken.place, offset, () => {
        const read =
          value.decode(bytes, start, start + length) &&
          (key === undefined || key.decode(bytes, keyStart, keyStart + keyLength))
        if (read) {
          metadata.push(offset, timestampMs)
          partitions.pushInt32(taken.place)
          rows++
        } else {
          this.skipped++
          batch.truncate(rows)
        }
      })
    })
  }

  /** Says where a record lies that cannot be read. */
  private at(partition: number, offset: number, read: () => void): void {
    try {
      read()
    } catch (error) {
      if (!(error instanceof DecodeError) && !(error instanceof FormatError)) throw error
      throw new JobError(
        'RECORD_UNREADABLE',
        `topic ${this.topic}, partition ${partition}, offset ${offset}: ${error.message}`,
        { cause: error },
      )
    }
  }
}
