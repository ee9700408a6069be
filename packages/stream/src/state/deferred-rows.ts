import { type Field, fieldAt } from '../plan/type.js'
import { appendTakenColumn } from './batch.js'
import { type BytesColumn, type Column, createColumn, type FixedColumn } from './column.js'
import type { RowSource, Rows } from './rows.js'

/**
 * Rows that are told by their places in a source: a column is copied when somebody asks for it, and
 * of rows that are taken of these again, only what is left. So what nobody reads, or a condition
 * above leaves out, costs two numbers.
 *
 * Whoever reads them does so before the source changes: within the step.
 */
export class DeferredRows implements Rows {
  readonly fields: readonly Field[]
  readonly #source: RowSource
  readonly #places: Int32Array
  readonly #made: (Column | undefined)[] = []
  #all: readonly Column[] | undefined
  /** What was asked for last, and where that lies in the source. */
  #asked: { readonly places: Int32Array; readonly inSource: Int32Array } | undefined

  /** The fields are the source's columns, in their order. */
  constructor(fields: readonly Field[], source: RowSource, places: Int32Array) {
    this.fields = fields
    this.#source = source
    this.#places = places
  }

  get rowCount(): number {
    return this.#places.length
  }

  get columns(): readonly Column[] {
    this.#all ??= this.fields.map((_, index) => this.column(index))
    return this.#all
  }

  column(index: number): Column {
    const made = this.#made[index]
    if (made !== undefined) return made
    const column = createColumn(fieldAt(this.fields, index).type)
    this.#source.gatherColumn(index, this.#places, column)
    this.#made[index] = column
    return column
  }

  fixed(index: number): FixedColumn {
    return asFixed(this.column(index), index)
  }

  bytes(index: number): BytesColumn {
    return asBytes(this.column(index), index)
  }

  gatherColumn(index: number, places: Int32Array, target: Column): void {
    const made = this.#made[index]
    if (made !== undefined) appendTakenColumn(target, made, places)
    else this.#source.gatherColumn(index, this.#inSource(places), target)
  }

  #inSource(places: Int32Array): Int32Array {
    if (this.#asked?.places === places) return this.#asked.inSource
    const own = this.#places
    const inSource = places.map((place) => own[place] as number)
    this.#asked = { places, inSource }
    return inSource
  }
}

export interface ColumnOfRows {
  readonly rows: Rows
  readonly index: number
}

/** A column of some rows, or one that is computed. */
export type ChosenColumn = ColumnOfRows | (() => Column)

/** Columns side by side, which may be of different rows, as many of each. */
export class ChosenColumns implements Rows {
  readonly fields: readonly Field[]
  readonly rowCount: number
  readonly #chosen: readonly ChosenColumn[]
  readonly #made: (Column | undefined)[] = []
  #all: readonly Column[] | undefined

  constructor(fields: readonly Field[], rowCount: number, chosen: readonly ChosenColumn[]) {
    this.fields = fields
    this.rowCount = rowCount
    this.#chosen = chosen
  }

  get columns(): readonly Column[] {
    this.#all ??= this.fields.map((_, index) => this.column(index))
    return this.#all
  }

  column(index: number): Column {
    const made = this.#made[index]
    if (made !== undefined) return made
    const chosen = this.#at(index)
    const column = typeof chosen === 'function' ? chosen() : chosen.rows.column(chosen.index)
    this.#made[index] = column
    return column
  }

  fixed(index: number): FixedColumn {
    return asFixed(this.column(index), index)
  }

  bytes(index: number): BytesColumn {
    return asBytes(this.column(index), index)
  }

  gatherColumn(index: number, places: Int32Array, target: Column): void {
    const chosen = this.#at(index)
    if (typeof chosen === 'function') appendTakenColumn(target, this.column(index), places)
    else chosen.rows.gatherColumn(chosen.index, places, target)
  }

  #at(index: number): ChosenColumn {
    const chosen = this.#chosen[index]
    if (chosen === undefined) throw new RangeError(`no column ${index}`)
    return chosen
  }
}

/** Several sources one below another: the places of each begin behind those of the one before. */
export class StackedSources implements RowSource {
  readonly #sources: readonly RowSource[]
  /** Where the places of each source begin, and behind the last one the end. */
  readonly #starts: readonly number[]
  #asked: { readonly places: Int32Array; readonly parts: readonly Part[] } | undefined

  /** `counts`: how many places each source has. */
  constructor(sources: readonly RowSource[], counts: readonly number[]) {
    this.#sources = sources
    let end = 0
    this.#starts = [0, ...counts.map((count) => (end += count))]
  }

  gatherColumn(index: number, places: Int32Array, target: Column): void {
    const parts = this.#partsOf(places)
    if (parts.every(({ order }) => order === undefined)) {
      for (const { source, inSource } of parts) source.gatherColumn(index, inSource, target)
      return
    }
    // The rows go from one source to another and back: all of each, then all in their order.
    const values = createColumn(target.type)
    for (const { source, inSource } of parts) source.gatherColumn(index, inSource, values)
    const order = new Int32Array(places.length)
    let at = 0
    for (const part of parts) for (const row of part.order ?? []) order[row] = at++
    appendTakenColumn(target, values, order)
  }

  /** What is asked of each source, in the order of the sources. */
  #partsOf(places: Int32Array): readonly Part[] {
    if (this.#asked?.places === places) return this.#asked.parts
    const isSorted = this.#followsSources(places)
    const parts = this.#sources.flatMap((source, which): Part[] => {
      const [start, end] = [this.#starts[which] as number, this.#starts[which + 1] as number]
      const order = new Int32Array(places.length)
      let count = 0
      for (let row = 0; row < places.length; row++) {
        const place = places[row] as number
        if (place >= start && place < end) order[count++] = row
      }
      if (count === 0) return []
      const rows = order.subarray(0, count)
      const inSource = rows.map((row) => (places[row] as number) - start)
      return [{ source, inSource, order: isSorted ? undefined : rows }]
    })
    this.#asked = { places, parts }
    return parts
  }

  /** Are all rows of a source before all of the next? */
  #followsSources(places: Int32Array): boolean {
    let which = 0
    for (const place of places) {
      while (place >= (this.#starts[which + 1] as number)) which++
      if (place < (this.#starts[which] as number)) return false
    }
    return true
  }
}

interface Part {
  readonly source: RowSource
  readonly inSource: Int32Array
  /** Which of the rows that are asked for these are; undefined where they are asked in this order. */
  readonly order: Int32Array | undefined
}

/** Rows of several batches of the same fields, one below another. */
export function stackedRows(fields: readonly Field[], given: readonly Rows[]): Rows {
  const batches = given.filter(({ rowCount }) => rowCount > 0)
  if (batches.length === 1 && batches[0] !== undefined) return batches[0]
  const counts = batches.map(({ rowCount }) => rowCount)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const places = new Int32Array(total).map((_, place) => place)
  return new DeferredRows(fields, new StackedSources(batches, counts), places)
}

function asFixed(column: Column, index: number): FixedColumn {
  if (column.kind !== 'fixed') throw new TypeError(`column ${index} is not of fixed width`)
  return column
}

function asBytes(column: Column, index: number): BytesColumn {
  if (column.kind !== 'bytes') throw new TypeError(`column ${index} does not hold bytes`)
  return column
}
