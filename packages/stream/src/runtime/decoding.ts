import { visitRecords } from '@millrace/log/records'
import { DecodeError, FormatError } from '../formats/errors.js'
import type { BlockDecoder } from '../formats/format.js'
import type { RecordBytes, RowReader } from '../formats/row-reader.js'
import { type Schemas, tableReader } from '../formats/table-format.js'
import { repairText } from '../formats/valid-text.js'
import { kindField } from '../operators/operator.js'
import { type RowKind, rowKind } from '../plan/row-kind.js'
import type { TableDefinition } from '../plan/table.js'
import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import type { FixedColumn } from '../state/column.js'
import { CollectedRecords } from './collected-records.js'
import { JobError } from './errors.js'
import { blockRecordsMin } from './limits.js'
import { RecordMetadata } from './record-metadata.js'
import type { TakenBatch } from './source-reader.js'

/** A source's records of one step, as columns. */
export interface Decoded {
  readonly batch: ColumnBatch
  /** Records seen, the skipped ones included. */
  readonly records: number
  /** Passed over: without a value, or unreadable where the table says to ignore that. */
  readonly skipped: number
  /** The batches that they came in, where late records are told. */
  readonly taken?: readonly TakenBatch[]
  /** Gives back the memory of the batch, which nobody uses any more: after the step. */
  readonly release?: () => void
}

/** How the records of a topic become rows. */
export interface DecodedTopic {
  readonly table: TableDefinition
  /** What a batch holds; see `Source`. */
  readonly fields: readonly Field[]
  readonly topic: string
}

/**
 * Decodes the batches of one step, each record straight into the columns that the plan needs, which
 * are those of `batch`, an empty one.
 */
export async function decodeTaken(
  { table, fields, topic }: DecodedTopic,
  taken: readonly TakenBatch[],
  schemas: Schemas,
  batch = new ColumnBatch(fields),
): Promise<Decoded> {
  const rows = tableReader(table, batch, schemas)
  const metadata = new RecordMetadata(table, batch, topic)
  const decoding = new RecordDecoding(batch, rows, metadata, topic)
  const records = taken.reduce((sum, { recordCount }) => sum + recordCount, 0)
  for (const each of taken) {
    if (each.recordCount === 0) continue
    await decoding.prepare(each)
    const isFirst = batch.rowCount === 0
    decoding.decode(each)
    if (isFirst) batch.expectRows(records)
  }
  repairText(batch)
  return { batch, records: decoding.records, skipped: decoding.skipped }
}

class RecordDecoding {
  records = 0
  skipped = 0
  private readonly batch: ColumnBatch
  private readonly rows: RowReader
  private readonly metadata: RecordMetadata
  private readonly partitions: FixedColumn
  /** Absent where every row is new. */
  private readonly kinds: FixedColumn | undefined
  private readonly topic: string

  constructor(batch: ColumnBatch, rows: RowReader, metadata: RecordMetadata, topic: string) {
    this.batch = batch
    this.rows = rows
    this.metadata = metadata
    this.topic = topic
    this.partitions = batch.fixed(batch.columns.length - 1)
    const kinds = batch.fields.findIndex(({ name }) => name === kindField.name)
    this.kinds = kinds < 0 ? undefined : batch.fixed(kinds)
  }

  /** Fetches the schemas that the records name and that are not known yet. */
  async prepare(taken: TakenBatch): Promise<void> {
    if (!this.rows.needsPreparing) return
    const waiting: { offset: number; ready: Promise<void> }[] = []
    visitRecords(taken.bytes, (offset, _, bytes, keyStart, keyLength, start, length) => {
      if (offset < taken.startOffset) return
      this.at(taken.place, offset, () => {
        for (const ready of this.rows.prepare({ bytes, keyStart, keyLength, start, length })) {
          if (ready !== undefined) waiting.push({ offset, ready })
        }
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
    this.metadata.begin(taken)
    const blocks = taken.recordCount < blockRecordsMin ? undefined : this.rows.blocks
    if (blocks === undefined) this.decodeEach(taken)
    else this.decodeBlock({ ...taken, bytes: blocks.stage(taken.bytes) }, blocks)
  }

  private decodeEach(taken: TakenBatch): void {
    const { batch, rows, metadata, partitions, kinds } = this
    // One object for all records: what it says counts while its record is read.
    const record: Writable<RecordBytes> = {
      bytes: taken.bytes,
      keyStart: 0,
      keyLength: -1,
      start: 0,
      length: -1,
    }
    let offset = 0
    let timestampMs = 0
    let count = batch.rowCount
    const row = (kind: RowKind) => {
      metadata.push(offset, timestampMs)
      kinds?.pushInt8(kind)
      partitions.pushInt32(taken.place)
    }
    const read = () => {
      if (rows.read(record, row)) {
        count = partitions.length
      } else {
        this.skipped++
        batch.truncate(count)
      }
    }
    visitRecords(taken.bytes, (at, time, bytes, keyStart, keyLength, start, length) => {
      if (!isWanted(taken, at)) return
      this.records++
      offset = at
      timestampMs = time
      record.bytes = bytes
      record.keyStart = keyStart
      record.keyLength = keyLength
      record.start = start
      record.length = length
      this.at(taken.place, at, read)
    })
  }

  /** Many records at once; those at which that stops, alone. */
  private decodeBlock(taken: TakenBatch, blocks: BlockDecoder): void {
    const { place } = taken
    const block = this.collect(taken)
    let next = 0
    while (next < block.count) {
      const made = blocks.decode(block, next)
      this.describe(block, next, next + made, place)
      next += made
      if (next === block.count) break
      const offset = block.offsets[next] as number
      this.at(place, offset, () => this.decodeAlone(block, next, place))
      next++
    }
  }

  private collect(taken: TakenBatch): CollectedRecords {
    let block: CollectedRecords | undefined
    visitRecords(taken.bytes, (at, time, bytes, _keyStart, _keyLength, start, length) => {
      if (!isWanted(taken, at)) return
      this.records++
      if (length < 0) {
        this.skipped++
        return
      }
      block ??= new CollectedRecords(bytes, taken.recordCount)
      block.add(at, time, start, start + length)
    })
    return block ?? new CollectedRecords(taken.bytes, 0)
  }

  private decodeAlone(block: CollectedRecords, index: number, place: number): void {
    const { bytes, starts, ends } = block
    const start = starts[index] as number
    const length = (ends[index] as number) - start
    const count = this.partitions.length
    const record = { bytes, keyStart: 0, keyLength: -1, start, length }
    if (this.rows.read(record, () => this.describe(block, index, index + 1, place))) return
    this.skipped++
    this.batch.truncate(count)
  }

  /** What a batch holds beside the values of its records. */
  private describe(block: CollectedRecords, from: number, to: number, place: number): void {
    const { metadata, partitions, kinds } = this
    if (!metadata.isEmpty) {
      for (let index = from; index < to; index++) {
        metadata.push(block.offsets[index] as number, block.timestampsMs[index] as number)
      }
    }
    for (let index = from; index < to; index++) kinds?.pushInt8(rowKind.insert)
    const first = partitions.length
    partitions.extend(to - from)
    partitions.int32.fill(place, first, partitions.length)
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

/** Records before the first that a step takes are in its batch too, and those beyond the end. */
function isWanted({ startOffset, boundOffset }: TakenBatch, offset: number): boolean {
  return offset >= startOffset && (boundOffset === undefined || offset < boundOffset)
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] }
