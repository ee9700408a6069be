import type { RowKind } from '../plan/row-kind.js'
import type { Field } from '../plan/type.js'
import type { Column } from '../state/column.js'

/**
 * Turns bytes into one value for each of its columns. It is made for certain columns and knows
 * where in a batch they are; of the others it knows nothing.
 *
 * `decode` pushes exactly one value to each of its columns and answers true, or throws a
 * `DecodeError` and may leave columns longer than others: the caller cuts them back. Where it
 * answers false, nothing was pushed and the record is to be passed over, by an option of the
 * table.
 */
export interface RecordDecoder {
  decode(bytes: Buffer, start: number, end: number): boolean
  /** Called before `decode` when some schema must be known first; most formats need none. */
  prepare?(bytes: Buffer, start: number, end: number): Promise<void> | undefined
  /** How many records are read at once, where the format can do that. */
  readonly blocks?: BlockDecoder | undefined
}

/** Records that lie in the same bytes, each from starts[i] to ends[i], one behind the other. */
export interface RecordBlock {
  readonly bytes: Buffer
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  readonly count: number
}

/** Decodes records as its `RecordDecoder` does, but many at once and much faster. */
export interface BlockDecoder {
  /**
   * The same bytes, where they are best read: a copy, until the next call, or the bytes themselves. To
   * be called before anything looks at the bytes, so that they come from far away only once.
   */
  stage(bytes: Buffer): Buffer
  /**
   * Decodes records of a block from `from` on, in their order, and answers how many. The record
   * behind them, if there is one, is to be given to the `RecordDecoder`, and the one behind that is
   * the next `from`. Never throws for what a record holds. A block must not change while it is read.
   */
  decode(block: RecordBlock, from: number): number
}

/**
 * Turns bytes into changes of rows: for each it pushes one value to each of its columns, and calls
 * `row`. Otherwise as a `RecordDecoder`; where it throws or answers false after it has called
 * `row`, those rows are to be cut off too.
 */
export interface ChangeDecoder {
  /** Called before `decode` when some schema must be known first; most formats need none. */
  prepare?(bytes: Buffer, start: number, end: number): Promise<void> | undefined
  decode(bytes: Buffer, start: number, end: number, row: (kind: RowKind) => void): boolean
}

/** A column that a decoder fills. */
export interface Target {
  readonly field: Field
  readonly column: Column
}

/** A column that a decoder fills from beside the row, by the key of the metadata. */
export interface MetadataTarget {
  readonly key: string
  readonly column: Column
}

/** Turns row `row` of the columns it was made for into bytes; formats of changes write its kind. */
export interface RecordEncoder {
  encode(columns: readonly Column[], row: number, kind: RowKind): Buffer
}

/** The columns of a sink that an encoder writes, by their index in the row. */
export interface SinkField {
  readonly field: Field
  readonly index: number
}
