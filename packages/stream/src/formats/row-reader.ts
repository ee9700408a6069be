import { type RowKind, rowKind } from '../plan/row-kind.js'
import { DecodeError } from './errors.js'
import type { BlockDecoder, ChangeDecoder, RecordDecoder, Target } from './format.js'

/** Where key and value of a record lie in its bytes; a length of -1 is none. */
export interface RecordBytes {
  readonly bytes: Buffer
  readonly keyStart: number
  readonly keyLength: number
  readonly start: number
  readonly length: number
}

/** Turns a record into rows of a table. */
export interface RowReader {
  /** Whether there may be anything to wait for. */
  readonly needsPreparing: boolean
  /** What has to be waited for before the record is read, where schemas are fetched. */
  prepare(record: RecordBytes): (Promise<void> | undefined)[]
  /**
   * Pushes one value to each column for every row that the record holds, and calls `row` after
   * each. False where the record is to be passed over; then, and where it throws, rows that were
   * begun are to be cut off.
   */
  read(record: RecordBytes, row: (kind: RowKind) => void): boolean
  /** How values of records that are new rows are read many at once, where that can be; it calls no `row`. */
  readonly blocks?: BlockDecoder | undefined
}

/** A row a record. One without a value, or a key where columns come from it, is passed over. */
export class AppendReader implements RowReader {
  protected readonly value: RecordDecoder
  protected readonly key: RecordDecoder | undefined

  constructor(value: RecordDecoder, key: RecordDecoder | undefined) {
    this.value = value
    this.key = key
  }

  get blocks(): BlockDecoder | undefined {
    return this.key === undefined ? this.value.blocks : undefined
  }

  get needsPreparing(): boolean {
    return this.value.prepare !== undefined || this.key?.prepare !== undefined
  }

  prepare({ bytes, keyStart, keyLength, start, length }: RecordBytes) {
    return [
      length < 0 ? undefined : this.value.prepare?.(bytes, start, start + length),
      keyLength < 0 ? undefined : this.key?.prepare?.(bytes, keyStart, keyStart + keyLength),
    ]
  }

  read(record: RecordBytes, row: (kind: RowKind) => void): boolean {
    return this.readRow(record, rowKind.insert, row)
  }

  protected readRow(
    { bytes, keyStart, keyLength, start, length }: RecordBytes,
    kind: RowKind,
    row: (kind: RowKind) => void,
  ): boolean {
    if (length < 0 || (this.key !== undefined && keyLength < 0)) return false
    if (!this.value.decode(bytes, start, start + length)) return false
    if (this.key?.decode(bytes, keyStart, keyStart + keyLength) === false) return false
    row(kind)
    return true
  }
}

/** The row of a key from now on, or without a value its deletion, of which the key alone is known. */
export class UpsertReader extends AppendReader {
  private readonly deleted: { readonly key: RecordDecoder; readonly others: readonly Target[] }

  /** `deleted.key` reads the columns of the key from the key; `deleted.others` are the other columns. */
  constructor(
    value: RecordDecoder,
    key: RecordDecoder | undefined,
    deleted: { readonly key: RecordDecoder; readonly others: readonly Target[] },
  ) {
    super(value, key)
    this.deleted = deleted
  }

  /** None: the kind of each row is told. */
  override get blocks(): undefined {
    return undefined
  }

  override get needsPreparing(): boolean {
    return super.needsPreparing || this.deleted.key.prepare !== undefined
  }

  override prepare(record: RecordBytes) {
    const { bytes, keyStart, keyLength } = record
    const ofKey =
      keyLength < 0 ? undefined : this.deleted.key.prepare?.(bytes, keyStart, keyStart + keyLength)
    return [...super.prepare(record), ofKey]
  }

  override read(record: RecordBytes, row: (kind: RowKind) => void): boolean {
    const { bytes, keyStart, keyLength, length } = record
    if (keyLength < 0) throw new DecodeError('the record has no key')
    if (length >= 0) return this.readRow(record, rowKind.updateAfter, row)
    if (!this.deleted.key.decode(bytes, keyStart, keyStart + keyLength)) return false
    for (const { column } of this.deleted.others) column.pushNull()
    row(rowKind.delete)
    return true
  }
}

/** The changes that a record tells. One without a value tells none, and is passed over. */
export class ChangeReader implements RowReader {
  private readonly changes: ChangeDecoder
  private readonly key: RecordDecoder | undefined

  constructor(changes: ChangeDecoder, key: RecordDecoder | undefined) {
    this.changes = changes
    this.key = key
  }

  get needsPreparing(): boolean {
    return this.changes.prepare !== undefined || this.key?.prepare !== undefined
  }

  prepare({ bytes, keyStart, keyLength, start, length }: RecordBytes) {
    return [
      length < 0 ? undefined : this.changes.prepare?.(bytes, start, start + length),
      keyLength < 0 ? undefined : this.key?.prepare?.(bytes, keyStart, keyStart + keyLength),
    ]
  }

  read(record: RecordBytes, row: (kind: RowKind) => void): boolean {
    const { bytes, keyStart, keyLength, start, length } = record
    if (length < 0 || (this.key !== undefined && keyLength < 0)) return false
    let isRead = true
    const changed = this.changes.decode(bytes, start, start + length, (kind) => {
      isRead &&= this.key?.decode(bytes, keyStart, keyStart + keyLength) !== false
      row(kind)
    })
    return changed && isRead
  }
}
