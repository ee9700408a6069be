import type { Field } from '../plan/type.js'
import { type BytesColumn, type Column, createColumn, type FixedColumn } from './column.js'
import type { Rows } from './rows.js'

/**
 * Rows as columns. While a row is being pushed column by column the columns differ in length;
 * between rows they are equal.
 */
export class ColumnBatch implements Rows {
  readonly fields: readonly Field[]
  readonly columns: readonly Column[]

  /** `columns`: those of another batch, which it then shares; new and empty ones by default. */
  constructor(
    fields: readonly Field[],
    columns: readonly Column[] = fields.map((field) => createColumn(field.type)),
  ) {
    this.fields = fields
    this.columns = columns
  }

  get rowCount(): number {
    return this.columns[0]?.length ?? 0
  }

  /** Bytes that the values take. */
  get sizeBytes(): number {
    return this.columns.reduce((sum, column) => sum + column.sizeBytes, 0)
  }

  column(index: number): Column {
    const column = this.columns[index]
    if (column === undefined) throw new RangeError(`no column ${index}`)
    return column
  }

  /** A column that is known to be of fixed width. */
  fixed(index: number): FixedColumn {
    const column = this.column(index)
    if (column.kind !== 'fixed') throw new TypeError(`column ${index} is not of fixed width`)
    return column
  }

  /** A column that is known to hold text or bytes. */
  bytes(index: number): BytesColumn {
    const column = this.column(index)
    if (column.kind !== 'bytes') throw new TypeError(`column ${index} does not hold bytes`)
    return column
  }

  gatherColumn(index: number, places: Int32Array, target: Column): void {
    appendTakenColumn(target, this.column(index), places)
  }

  /** Makes room for so many rows in all: what is made for each doubling on the way is not made. */
  expectRows(rows: number): void {
    for (const column of this.columns) column.expectRows(rows)
  }

  /** Cuts every column back to `rows` rows, after a row was left half pushed. */
  truncate(rows: number): void {
    for (const column of this.columns) column.truncate(rows)
  }

  /** Adds these rows of columns laid out as this batch's, in their order; a row may come twice. */
  appendTaken(columns: readonly Column[], rows: ArrayLike<number>): void {
    const first = rows[0] ?? 0
    if (isRun(rows)) {
      this.appendRows(columns, first, first + rows.length)
      return
    }
    this.columns.forEach((target, index) => {
      const source = columns[index]
      if (source === undefined) throw new RangeError(`no column ${index}`)
      takeColumn(target, source, rows)
    })
  }

  /** Adds rows `from` … `to` (excluded) of columns laid out as this batch's, in their order. */
  appendRows(columns: readonly Column[], from: number, to: number): void {
    this.columns.forEach((target, index) => {
      const source = columns[index]
      if (source === undefined) throw new RangeError(`no column ${index}`)
      appendColumn(target, source, from, to)
    })
  }
}

/** Adds these rows of `source` to `target`, in their order; both have the same storage. */
export function appendTakenColumn(target: Column, source: Column, rows: ArrayLike<number>): void {
  const first = rows[0] ?? 0
  if (isRun(rows)) appendColumn(target, source, first, first + rows.length)
  else takeColumn(target, source, rows)
}

/** Does each row follow the one before it? Then they are one block. */
function isRun(rows: ArrayLike<number>): boolean {
  const first = rows[0] ?? 0
  for (let i = 1; i < rows.length; i++) if (rows[i] !== first + i) return false
  return true
}

/** Adds rows `from` … `to` (excluded) of `source` to `target`; both have the same storage. */
export function appendColumn(target: Column, source: Column, from: number, to: number): void {
  const start = target.length
  if (target.kind === 'fixed' && source.kind === 'fixed') {
    const block = source.bytes.subarray(from * source.width, to * source.width)
    target.pushBlock(block, to - from)
  } else if (target.kind === 'bytes' && source.kind === 'bytes') {
    target.pushBlock(source.heap, source.offsets, from, to - from)
  } else {
    throw new TypeError('columns of different storage')
  }
  if (source.validity.bits === undefined) return
  for (let row = from; row < to; row++) {
    if (!source.validity.isValid(row)) target.validity.set(start + row - from, false)
  }
}

/** Adds these rows of `source` to `target`; both have the same storage. */
function takeColumn(target: Column, source: Column, rows: ArrayLike<number>): void {
  const start = target.length
  if (target.kind === 'fixed' && source.kind === 'fixed') {
    target.extend(rows.length)
    takeFixed(target, source, start, rows)
  } else if (target.kind === 'bytes' && source.kind === 'bytes') {
    target.pushTaken(source, rows)
  } else {
    throw new TypeError('columns of different storage')
  }
  if (source.validity.bits === undefined) return
  for (let i = 0; i < rows.length; i++) {
    if (!source.validity.isValid(rows[i] as number)) target.validity.set(start + i, false)
  }
}

function takeFixed(
  target: FixedColumn,
  source: FixedColumn,
  start: number,
  rows: ArrayLike<number>,
): void {
  const { width } = source
  const isOfWords = width >= 4
  const each = isOfWords ? width >>> 2 : width
  const to = isOfWords ? target.int32 : target.bytes
  const from = isOfWords ? source.int32 : source.bytes
  let at = start * each
  for (let i = 0; i < rows.length; i++) {
    const first = (rows[i] as number) * each
    for (let part = 0; part < each; part++) to[at++] = from[first + part] as number
  }
}

/**
 * Bytes of `batch`, one part after another, without its schema: `readBatch` must be given the same
 * fields. The parts are the columns' own memory: they hold until the batch changes.
 */
export function batchParts(batch: ColumnBatch): Uint8Array[] {
  const rows = batch.rowCount
  const head = Buffer.alloc(4 + batch.columns.length)
  head.writeUInt32LE(rows, 0)
  const parts: Uint8Array[] = [head]
  batch.columns.forEach((column, index) => {
    const bits = column.validity.bits
    if (bits !== undefined) {
      head[4 + index] = 1
      const packed = new Uint8Array((rows + 7) >>> 3).fill(0xff)
      packed.set(bits.subarray(0, packed.length))
      parts.push(packed)
    }
    if (column.kind === 'fixed') {
      parts.push(column.bytes.subarray(0, rows * column.width))
    } else {
      const offsets = column.offsets.subarray(0, rows + 1)
      parts.push(new Uint8Array(offsets.buffer, offsets.byteOffset, offsets.byteLength))
      parts.push(column.heap.subarray(0, column.heapLength))
    }
  })
  return parts
}

/** What `batchParts` gave, in one piece; its bytes were checked by whoever stored them. */
export function readBatch(fields: readonly Field[], bytes: Uint8Array): ColumnBatch {
  const batch = new ColumnBatch(fields)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rows = view.getUint32(0, true)
  let at = 4 + batch.columns.length
  const take = (length: number) => {
    const part = bytes.subarray(at, at + length)
    if (part.length < length) throw new RangeError('a column batch ends early')
    at += length
    return part
  }
  batch.columns.forEach((column, index) => {
    const bits = bytes[4 + index] === 1 ? take((rows + 7) >>> 3) : undefined
    if (column.kind === 'fixed') {
      column.pushBlock(take(rows * column.width), rows)
    } else {
      const ends = new Uint32Array(rows + 1)
      new Uint8Array(ends.buffer).set(take(ends.byteLength))
      const heap = take(ends[rows] ?? 0)
      column.pushBlock(heap, ends, 0, rows)
    }
    if (bits === undefined) return
    for (let row = 0; row < rows; row++) {
      const valid = (((bits[row >>> 3] ?? 0) >>> (row & 7)) & 1) === 1
      if (!valid) column.validity.set(row, false)
    }
  })
  return batch
}
