import { type Field, fieldAt } from '../plan/type.js'
import { AppendedRows } from '../state/appended-rows.js'
import { ColumnBatch } from '../state/batch.js'
import { BatchIndex } from '../state/batch-index.js'
import type { Column } from '../state/column.js'
import { ChosenColumns, DeferredRows } from '../state/deferred-rows.js'
import { KeyedTable, timesLeft } from '../state/keyed-table.js'
import type { StateChange } from '../state/operator-state.js'
import { columnName, type Engine, type Statement } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { InputRows } from './input-rows.js'
import { type CountedRows, type JoinPairs, timesField } from './join-pairs.js'
import { ownColumn } from './joined-rows.js'
import { type Flow, rowKind } from './operator.js'

/**
 * One side of a join: its rows by join key, and what the present step adds to them.
 *
 * A row of the table is the side's columns, the join keys first, how often it is there and, where
 * it may be given out alone, how many matches it has. `delta` holds the step's rows in the same order of columns,
 * each once, with how often it comes more or, negative, less. Where rows only come, nobody asks which
 * of them are equal: there each has a number behind its keys, by which it is known, and is there
 * once. A row with NULL in its key is kept
 * like any other, and matches nothing.
 */
export class JoinSide {
  readonly name: string
  readonly table: AppendedRows | KeyedTable
  delta: ColumnBatch
  private readonly parts: Parts
  /** For each row of the delta, where it is in the table; -1 for a new one. */
  private places: Int32Array = new Int32Array(0)
  /** For each row of the delta, how often it was there before. */
  private before: readonly number[] = []
  /** Of the next row that comes, where rows are numbered; known from the first step on. */
  private nextNumber: number | undefined

  private constructor(parts: Parts) {
    this.name = parts.name
    this.parts = parts
    const { tableFields, identityCount, keyCount } = parts
    this.table = parts.isAppended
      ? new AppendedRows(tableFields, identityCount, keyCount)
      : new KeyedTable(tableFields, identityCount, keyCount)
    this.delta = new ColumnBatch(parts.deltaFields)
  }

  static async compile(of: {
    engine: Engine
    name: string
    which: 'left' | 'right'
    input: Flow
    fields: readonly Field[]
    /** Of the side's fields, each once. */
    keys: readonly number[]
    alone: RowsAlone
    pairs: JoinPairs
    /** Whether rows are forgotten some time after they came. */
    isForgetful: boolean
  }): Promise<JoinSide> {
    const { engine, name, which, input, fields, keys, alone, pairs } = of
    const isKey = new Set(keys)
    const isNumbered = input.changelog === 'append'
    const others = [...fields.keys()].filter((column) => !isKey.has(column))
    const order = [...keys, ...(isNumbered ? [ownColumn] : []), ...others]
    const ordered = order.map((column) => {
      return column === ownColumn ? numberField : fieldAt(fields, column)
    })
    const deltaFields = [...ordered, timesField]
    return new JoinSide({
      name,
      which,
      order,
      keyCount: keys.length,
      identityCount: isNumbered ? keys.length + 1 : order.length,
      isNumbered,
      isAppended: isNumbered && alone === 'none' && !of.isForgetful,
      alone,
      pairs,
      deltaFields,
      tableFields: [...deltaFields, ...(alone === 'none' ? [] : [matchesField])],
      input,
      takeDelta: isNumbered
        ? await InputRows.compile(
            engine,
            input,
            [...keys, ...others],
            [...keys, ...others].map((column) => fieldAt(fields, column)),
          )
        : await engine.statement(deltaSql(input, order), deltaFields),
      countMatches: await engine.statement(pairs.matchesSql(which), countedFields),
    })
  }

  /** Reads what the input brings. */
  async take(): Promise<void> {
    const { input, takeDelta, deltaFields } = this.parts
    if ('read' in takeDelta) {
      this.takeNumbered(await takeDelta.read())
      return
    }
    this.delta = input.hasRows ? await takeDelta.run() : new ColumnBatch(deltaFields)
    this.places = this.table instanceof KeyedTable ? this.table.find(this.delta) : this.places
    const [stored] = this.table.gather(this.places, this.parts.order.length).columns
    this.before = Array.from(this.places, (_, row) => (stored ? numberOr0(stored, row) : 0))
  }

  /** Gives each row the next number; none of them is in the table. */
  private takeNumbered({ columns, rowCount }: ColumnBatch): void {
    const { keyCount, deltaFields } = this.parts
    this.nextNumber ??= Math.max(0, this.table.greatest(keyCount) + 1)
    const own = new ColumnBatch([numberField, timesField])
    for (let row = 0; row < rowCount; row++) {
      own.fixed(0).pushSafeInteger(this.nextNumber + row)
      own.fixed(1).pushSafeInteger(1)
    }
    this.nextNumber += rowCount
    const [keys, others] = [columns.slice(0, keyCount), columns.slice(keyCount)]
    const ordered = [...keys, own.column(0), ...others, own.column(1)]
    this.delta = new ColumnBatch(deltaFields, ordered)
    this.places = new Int32Array(rowCount).fill(-1)
    this.before = Array<number>(rowCount).fill(0)
  }

  /** How often a row of the delta is there after the step. */
  private after(row: number): number {
    return (this.before[row] as number) + this.delta.fixed(this.parts.order.length).numberAt(row)
  }

  clear(): void {
    this.delta = new ColumnBatch(this.parts.deltaFields)
    this.places = new Int32Array(0)
    this.before = []
  }

  /** Adds the pairs of what the step brings here with what the other side has and keeps as it is. */
  pairWithTable(other: JoinSide): void {
    if (this.delta.rowCount === 0 || other.table.rowCount === 0) return
    const found = other.table.findEqual(this.delta)
    const { mine, theirs } = this.matched(found, other.changing)
    if (mine.length === 0) return
    const rows = new DeferredRows(other.table.fields, other.table, theirs)
    const times = { rows, index: other.parts.order.length }
    const counts = new ChosenColumns(countFields, theirs.length, [times, times])
    this.addPairs(mine, other, { rows, places: theirs, counts })
  }

  /** Places of the table's rows that the step changes; undefined for none. */
  private get changing(): ReadonlySet<number> | undefined {
    if (this.parts.isNumbered || this.delta.rowCount === 0) return undefined
    return new Set(this.places)
  }

  /** Adds the pairs of what the step brings here with what it brings there. */
  pairWithDelta(other: JoinSide): void {
    if (this.delta.rowCount === 0 || other.delta.rowCount === 0) return
    const found = new BatchIndex(other.delta, other.parts.keyCount).find(this.delta)
    const { mine, theirs } = this.matched(found)
    if (mine.length === 0) return
    this.addPairs(mine, other, other.pairedDelta(theirs))
  }

  /** Rows of the delta in pairs. */
  private pairedDelta(rows: Int32Array): Omit<CountedRows, 'order'> {
    const before = () => timesColumn(rows, (row) => this.before[row] as number)
    const after = () => timesColumn(rows, (row) => this.after(row))
    return {
      rows: new DeferredRows(this.parts.deltaFields, this.delta, rows),
      places: rows.map((row) => -1 - row),
      counts: new ChosenColumns(countFields, rows.length, [before, after]),
    }
  }

  /**
   * After all pairs were made: how the table changes, and which rows are given out alone more often
   * or less.
   */
  async settle(): Promise<{ change: StateChange; padding: ColumnBatch | undefined }> {
    const { alone, tableFields, order, isAppended } = this.parts
    if (isAppended) {
      const rows = this.delta
      return {
        change: { state: this.name, ...(rows.rowCount > 0 && { rows }) },
        padding: undefined,
      }
    }
    const counted = alone === 'none' ? noMatches : await this.counted()
    const put: number[] = []
    const gone: number[] = []
    const times: number[] = []
    const matches: number[] = []
    const padding = new Padding()
    for (let row = 0; row < this.delta.rowCount; row++) {
      const before = this.before[row] as number
      // What is taken back and was forgotten before was never there.
      const after = timesLeft(this.table, this.after(row))
      const { had, has } = counted.ofDelta(row)
      this.addAlone(padding, row, { before, had }, { after, has })
      if (after === 0) {
        gone.push(row)
        continue
      }
      put.push(row)
      times.push(after)
      matches.push(has)
    }
    const rows = new ColumnBatch(tableFields)
    const ordered = new ColumnBatch(
      tableFields.slice(0, order.length),
      rows.columns.slice(0, order.length),
    )
    ordered.appendTaken(this.delta.columns, put)
    const removed = new ColumnBatch(this.table.keyFields)
    removed.appendTaken(this.delta.columns, gone)
    pushNumbers(rows.column(order.length), times)
    if (alone !== 'none') pushNumbers(rows.column(order.length + 1), matches)
    const change = {
      state: this.name,
      ...(removed.rowCount > 0 && { removed }),
      ...(rows.rowCount > 0 && { rows }),
    }
    if (alone === 'none') return { change, padding: undefined }
    const paddings = [this.padded(this.delta, padding)]
    this.addRecounted(counted, rows, paddings)
    return {
      change: { ...change, ...(rows.rowCount > 0 && { rows }) },
      padding: concatenated(paddings),
    }
  }

  /** Rows that stay as they are, and whose matches changed. */
  private addRecounted(counted: Counted, rows: ColumnBatch, paddings: ColumnBatch[]): void {
    const { order, tableFields } = this.parts
    const here = new Set(this.places)
    const places = counted.places.filter((place) => !here.has(place))
    if (places.length === 0) return
    const stored = this.table.gather(Int32Array.from(places))
    const padding = new Padding()
    const after = new ColumnBatch([matchesField])
    places.forEach((place, row) => {
      const times = numberOr0(stored.column(order.length), row)
      const had = numberOr0(stored.column(order.length + 1), row)
      const has = had + counted.more(place)
      this.addAlone(padding, row, { before: times, had }, { after: times, has })
      after.fixed(0).pushSafeInteger(has)
    })
    const columns = [...stored.columns.slice(0, tableFields.length - 1), after.column(0)]
    rows.appendRows(columns, 0, places.length)
    paddings.push(this.padded(stored, padding))
  }

  /** Rows of the batch beside NULLs, with how much more often they come. */
  private padded(batch: ColumnBatch, { rows, times, marks }: Padding): ColumnBatch {
    const { which, order, pairs } = this.parts
    const taken = new ColumnBatch(this.parts.deltaFields.slice(0, order.length))
    taken.appendTaken(batch.columns, rows)
    return pairs.padded(which, order, taken, times, marks)
  }

  /** Rows of the delta with those found for each of them, but for some places. */
  private matched(
    { places, ends }: { places: Int32Array; ends: Int32Array },
    without?: ReadonlySet<number>,
  ): { mine: Int32Array; theirs: Int32Array } {
    const mine = new Int32Array(places.length)
    const theirs = new Int32Array(places.length)
    let count = 0
    for (let row = 0; row < ends.length; row++) {
      for (let at = ends[row - 1] ?? 0; at < (ends[row] as number); at++) {
        const place = places[at] as number
        if (without?.has(place)) continue
        mine[count] = row
        theirs[count++] = place
      }
    }
    return { mine: mine.subarray(0, count), theirs: theirs.subarray(0, count) }
  }

  private addPairs(mine: Int32Array, other: JoinSide, theirs: Omit<CountedRows, 'order'>): void {
    const ofMine = { order: this.parts.order, ...this.pairedDelta(mine) }
    const ofTheirs = { order: other.parts.order, ...theirs }
    const isLeft = this.parts.which === 'left'
    this.parts.pairs.add(isLeft ? ofMine : ofTheirs, isLeft ? ofTheirs : ofMine)
  }

  /** How much more often a row is given out alone than before, of each mark that it may have. */
  private addAlone(
    padding: Padding,
    row: number,
    { before, had }: { before: number; had: number },
    { after, has }: { after: number; has: number },
  ): void {
    for (const mark of marksOf[this.parts.alone]) {
      padding.add(row, (has > 0 === mark ? after : 0) - (had > 0 === mark ? before : 0), mark)
    }
  }

  private async counted(): Promise<Counted> {
    if (this.parts.pairs.isEmpty) return noMatches
    return new Counted(await this.parts.countMatches.run())
  }
}

/**
 * Which rows of a side are given out without one of the other: those that have no match, of an outer
 * or anti join; those that have one, of a semi join; all of them, with a mark that says which, of a
 * mark join.
 */
export type RowsAlone = 'none' | 'unmatched' | 'matched' | 'marked'

const marksOf: Readonly<Record<RowsAlone, readonly boolean[]>> = {
  none: [],
  unmatched: [false],
  matched: [true],
  marked: [true, false],
}

interface Parts {
  readonly name: string
  readonly which: 'left' | 'right'
  /** The side's fields in the order of the table's columns. */
  readonly order: readonly number[]
  readonly keyCount: number
  /** Of how many columns no two rows of the table have the same. */
  readonly identityCount: number
  readonly isNumbered: boolean
  /** Whether the table's rows stay as they came. */
  readonly isAppended: boolean
  readonly alone: RowsAlone
  readonly pairs: JoinPairs
  readonly deltaFields: readonly Field[]
  readonly tableFields: readonly Field[]
  readonly input: Flow
  /** Rows that only come are read as they are, without number and times. */
  readonly takeDelta: Statement | InputRows
  readonly countMatches: Statement
}

/** How often a row was there before the step, and is after it. */
const countFields: readonly Field[] = [timesField, timesField]
const numberField: Field = { name: 'number', type: { kind: 'bigint', nullable: false } }
const matchesField: Field = { name: 'matches', type: { kind: 'bigint', nullable: false } }
const placeField: Field = { name: 'place', type: { kind: 'int', nullable: false } }
const countedFields: readonly Field[] = [
  placeField,
  { ...matchesField, name: 'had' },
  { ...matchesField, name: 'more' },
]

/** How many matches rows have and get, by their places. */
class Counted {
  private readonly rows: ColumnBatch
  private readonly byPlace = new Map<number, number>()

  constructor(rows: ColumnBatch) {
    this.rows = rows
    const places = rows.fixed(0)
    for (let row = 0; row < rows.rowCount; row++) this.byPlace.set(places.numberAt(row), row)
  }

  /** Places of the table among them. */
  get places(): number[] {
    return [...this.byPlace.keys()].filter((place) => place >= 0)
  }

  /** Of a row of the delta: matches in what the other side had, and after the step. */
  ofDelta(row: number): { had: number; has: number } {
    const at = this.byPlace.get(-1 - row)
    if (at === undefined) return { had: 0, has: 0 }
    const had = this.rows.fixed(1).numberAt(at)
    return { had, has: had + this.rows.fixed(2).numberAt(at) }
  }

  more(place: number): number {
    const at = this.byPlace.get(place)
    return at === undefined ? 0 : this.rows.fixed(2).numberAt(at)
  }
}

const noMatches = new Counted(new ColumnBatch(countedFields))

/** Rows of a batch, and how much more often (or less, negative) each is padded. */
class Padding {
  readonly rows: number[] = []
  readonly times: number[] = []
  /** Whether it has a match while it is so. */
  readonly marks: boolean[] = []

  add(row: number, times: number, mark: boolean): void {
    if (times === 0) return
    this.rows.push(row)
    this.times.push(times)
    this.marks.push(mark)
  }
}

function deltaSql(input: Flow, order: readonly number[]): string {
  const columns = order.map((column) => columnName(column))
  const sign = `CASE WHEN k IN (${rowKind.insert}, ${rowKind.updateAfter}) THEN 1 ELSE -1 END`
  const items = aliased([...columns, `CAST(sum(${sign}) AS BIGINT)`])
  return `SELECT ${items} FROM (${input.sql}) GROUP BY ${columns.join(', ')} HAVING sum(${sign}) <> 0`
}

function numberOr0(column: Column, row: number): number {
  if (column.kind !== 'fixed') throw new TypeError('a count is a number')
  return column.validity.isValid(row) ? column.numberAt(row) : 0
}

/** How often each of these rows is there. */
function timesColumn(rows: Int32Array, timesOf: (row: number) => number): Column {
  const times = new ColumnBatch([timesField]).fixed(0)
  times.expectRows(rows.length)
  for (const row of rows) times.pushSafeInteger(timesOf(row))
  return times
}

function pushNumbers(column: Column, values: readonly number[]): void {
  if (column.kind !== 'fixed') throw new TypeError('a count is a number')
  for (const value of values) column.pushSafeInteger(value)
}

function concatenated([first, ...others]: readonly ColumnBatch[]): ColumnBatch | undefined {
  for (const batch of others) first?.appendRows(batch.columns, 0, batch.rowCount)
  return first
}
