import { isComing, type RowKind, rowKind } from '../../plan/row-kind.js'
import { appendColumn, ColumnBatch } from '../../state/batch.js'
import type { Column } from '../../state/column.js'
import { DecodeError } from '../errors.js'
import type { RecordEncoder, SinkField, Target } from '../format.js'
import type { GiveRow } from './before-after.js'
import { JsonDecoder, type JsonOptions } from './decode.js'
import { type JsonEncodeOptions, JsonEncoder } from './encode.js'
import { type Extent, type JsonField, jsonField, locateFields } from './fields.js'
import { JsonScanner } from './scanner.js'

/**
 * Changes that are told as the row after, and of an update the fields that changed as they were: a
 * field that is not there is that of the row after, as in Flink.
 */
export class ChangedRow {
  private readonly targets: readonly Target[]
  private readonly whole: JsonDecoder
  /** The rows before and after an update. */
  private readonly rows: ColumnBatch
  private readonly partial: JsonDecoder
  private readonly scanner = new JsonScanner()
  private readonly former: readonly JsonField[]
  private readonly pushMetadata: (bytes: Buffer) => void

  /** `pushMetadata`: what stands beside each row. */
  constructor(
    targets: readonly Target[],
    options: JsonOptions,
    pushMetadata: (bytes: Buffer) => void,
  ) {
    this.targets = targets
    this.whole = new JsonDecoder(targets, options)
    this.rows = new ColumnBatch(targets.map(({ field }) => field))
    const own = targets.map(({ field }, index) => ({ field, column: this.rows.column(index) }))
    this.partial = new JsonDecoder(own, options)
    this.former = targets.map(({ field }) => jsonField(field.name))
    this.pushMetadata = pushMetadata
  }

  insert(bytes: Buffer, row: Extent, give: GiveRow): void {
    this.push(bytes, row)
    give(rowKind.insert)
  }

  delete(bytes: Buffer, row: Extent, give: GiveRow): void {
    this.push(bytes, row)
    give(rowKind.delete)
  }

  update(bytes: Buffer, old: Extent, row: Extent, give: GiveRow): void {
    // What an unreadable record left there.
    this.rows.truncate(0)
    for (const each of [old, row]) decodeRow(this.partial, bytes, each)
    const { scanner, former } = this
    locateFields(scanner, bytes, old, former)
    this.take((index) => ((former[index]?.start ?? -1) < 0 ? 1 : 0))
    this.pushMetadata(bytes)
    give(rowKind.updateBefore)
    this.take(() => 1)
    this.pushMetadata(bytes)
    give(rowKind.updateAfter)
  }

  private push(bytes: Buffer, row: Extent): void {
    decodeRow(this.whole, bytes, row)
    this.pushMetadata(bytes)
  }

  /** A row, each column of which is that of one of the two rows. */
  private take(rowOf: (column: number) => number): void {
    this.targets.forEach(({ column }, index) => {
      const row = rowOf(index)
      appendColumn(column, this.rows.column(index), row, row + 1)
    })
  }
}

function decodeRow(decoder: JsonDecoder, bytes: Buffer, { start, end }: Extent): void {
  if (!decoder.decode(bytes, start, end)) throw new DecodeError('a row is no object')
}

/** As Flink writes such changes: a row that comes is inserted, a row that goes is deleted. */
export class ChangedRowEncoder implements RecordEncoder {
  private readonly row: JsonEncoder
  private readonly around: {
    readonly begin: string
    readonly inserted: string
    readonly deleted: string
  }

  /** `around`: what stands before a row, and behind one of each kind. */
  constructor(
    fields: readonly SinkField[],
    options: JsonEncodeOptions,
    around: ChangedRowEncoder['around'],
  ) {
    this.row = new JsonEncoder(fields, options)
    this.around = around
  }

  encode(columns: readonly Column[], row: number, kind: RowKind): Buffer {
    const { begin, inserted, deleted } = this.around
    const end = isComing(kind) ? inserted : deleted
    return Buffer.from(begin + this.row.textOf(columns, row) + end)
  }
}
