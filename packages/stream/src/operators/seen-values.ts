import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import type { FixedColumn } from '../state/column.js'
import { groupByKey } from '../state/key-groups.js'
import { KeyedTable } from '../state/keyed-table.js'
import type { StateChange } from '../state/operator-state.js'
import { PlaceList } from '../state/place-list.js'
import { columnName, type Engine, type Relation } from './duckdb/engine.js'
import { numberField } from './numbered-groups.js'
import type { SeenColumn } from './seen-rows.js'

/** Filters that one set can tell apart: bits of a number that JavaScript shifts. */
export const filtersMax = 30

/**
 * The values that one argument has had in each group, where rows only come: what DISTINCT counts.
 * Aggregates of the same argument with different filters share it: each filter is a bit, and a
 * value has the bits of the filters that one of its rows passed.
 *
 * Delta rule. A step's rows give each value of a group bits; those that it did not have yet are
 * the set's own changes. They are counted here, and told to DuckDB where an aggregate computes with
 * the values (`entered`).
 *
 * State: one row for each value of each group, and its bits. A group is known by its number, which
 * the grouping keeps beside its keys: so a value costs no copy of them. Bound: the values of the
 * groups.
 */
export class SeenValues {
  readonly name: string
  readonly table: KeyedTable
  readonly #engine: Engine
  readonly #relation: string
  readonly #enteredFields: readonly Field[]
  /** Absent where nobody asks for values. */
  #entered: Relation | undefined

  /** `valueField` is the argument's, which may be NULL: then it is passed over. */
  constructor(engine: Engine, name: string, relation: string, valueField: Field) {
    this.name = name
    this.table = new KeyedTable([numberField, valueField, seenField], 2)
    this.#engine = engine
    this.#relation = relation
    this.#enteredFields = [placeField, valueField, seenField]
  }

  /**
   * The place of the group among those that came, the value, and the bits that it got in this step.
   * Who asks for it does so before the first step.
   */
  get entered(): Relation {
    this.#entered ??= this.#engine.relation(this.#relation, this.#enteredFields)
    return this.#entered
  }

  /**
   * Takes the rows of the step's input: `column` is what they have of the argument, `placeOf` the
   * place of each row's group among those that came, `numberOf` the group's number.
   */
  step(column: SeenColumn, placeOf: Int32Array, numberOf: FixedColumn): SeenStep {
    const { table, name } = this
    const { arrived, rows, bits } = arrivedOf(table, column, numberOf)
    const places = table.find(arrived)
    const { int32: before } = table.take(places, [2]).fixed(0)
    const changed = new Changed(rows.length)
    const entered = new Changed(rows.length)
    for (let row = 0; row < rows.length; row++) {
      const own = bits[row] as number
      const known = (places[row] as number) < 0 ? 0 : (before[row] as number)
      const isNews = (own & ~known) !== 0
      // What is forgotten when it was not written for long is written again.
      if (!isNews && !table.isForgetful) continue
      changed.add(row, own | known)
      if (isNews) entered.add(row, own & ~known)
    }
    const placesOfEntered = entered.rows.values.map((row) => placeOf[rows[row] as number] as number)
    this.#tell(arrived, entered, placesOfEntered)
    const keys = new ColumnBatch(table.keyFields)
    keys.appendTaken(arrived.columns, changed.rows.values)
    const change = {
      rows: new ColumnBatch(table.fields, [...keys.columns, changed.bits.fixed(0)]),
      places: changed.rows.values.map((row) => places[row] as number),
    }
    return {
      change: { state: name, ...(changed.rows.length > 0 && change) },
      countFor: (bit, groups) => countsOf(placesOfEntered, entered.bits, bit, groups),
    }
  }

  #tell(arrived: ColumnBatch, entered: Changed, places: Int32Array): void {
    if (this.#entered === undefined) return
    const groups = new ColumnBatch([placeField])
    for (const place of places) groups.fixed(0).pushInt32(place)
    const values = new ColumnBatch(this.table.keyFields.slice(1))
    values.appendTaken([arrived.column(1)], entered.rows.values)
    const columns = [...groups.columns, ...values.columns, ...entered.bits.columns]
    this.#entered.load([new ColumnBatch(this.#enteredFields, columns)])
  }

  clear(): void {
    this.#entered?.clear()
  }

  /** SQL of a row of `entered`, known as `alias`: the value where it came in for this filter. */
  enteredFor(alias: string, bit: number): string {
    return `CASE WHEN (${alias}.${columnName(2)} & ${2 ** bit}) <> 0 THEN ${alias}.${columnName(1)} END`
  }
}

/** What a step does to a set. */
export interface SeenStep {
  readonly change: StateChange
  /** How many values came into each of so many groups for a filter. */
  countFor(bit: number, groups: number): FixedColumn
}

const seenField: Field = { name: 'passed', type: { kind: 'int', nullable: false } }
const placeField: Field = { name: 'place', type: { kind: 'int', nullable: false } }
const countField: Field = { name: 'count', type: { kind: 'bigint', nullable: true } }

/**
 * The values of a step's rows, each once in its group with the bits of all its rows, and the first
 * row of each. What is NULL, or passed no filter, is left out.
 */
function arrivedOf(table: KeyedTable, { values, passed }: SeenColumn, numberOf: FixedColumn) {
  const { heads, groupOf } = groupByKey([numberOf, values], 2, numberOf.length)
  const bitsOfAll = new Int32Array(heads.length)
  if (passed === undefined) bitsOfAll.fill(1)
  else {
    const { int32 } = passed
    for (let row = 0; row < groupOf.length; row++) {
      const group = groupOf[row] as number
      bitsOfAll[group] = (bitsOfAll[group] as number) | (int32[row] as number)
    }
  }
  const counted = new PlaceList(heads.length)
  for (let place = 0; place < heads.length; place++) {
    const isValue = values.validity.isValid(heads[place] as number)
    if (isValue && bitsOfAll[place] !== 0) counted.push(place)
  }
  const rows = counted.values.map((place) => heads[place] as number)
  const arrived = new ColumnBatch(table.keyFields)
  arrived.appendTaken([numberOf, values], rows)
  return { arrived, rows, bits: counted.values.map((place) => bitsOfAll[place] as number) }
}

function countsOf(places: Int32Array, bits: ColumnBatch, bit: number, groups: number): FixedColumn {
  const counts = new Int32Array(groups)
  const { int32 } = bits.fixed(0)
  for (let row = 0; row < places.length; row++) {
    if ((((int32[row] as number) >>> bit) & 1) === 0) continue
    const place = places[row] as number
    counts[place] = (counts[place] as number) + 1
  }
  const column = new ColumnBatch([countField]).fixed(0)
  for (const count of counts) column.pushSafeInteger(count)
  return column
}

/** Rows with other bits. */
class Changed {
  readonly rows: PlaceList
  readonly bits = new ColumnBatch([seenField])

  constructor(expected: number) {
    this.rows = new PlaceList(expected)
    this.bits.expectRows(expected)
  }

  add(row: number, bits: number): void {
    this.rows.push(row)
    this.bits.fixed(0).pushInt32(bits)
  }
}
