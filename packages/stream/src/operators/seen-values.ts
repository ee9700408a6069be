import type { AggregateCall } from '../plan/expression.js'
import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import { KeyedTable } from '../state/keyed-table.js'
import type { StateChange } from '../state/operator-state.js'
import { argumentType, filterSql } from './aggregate.js'
import { columnName, type Engine, type Relation, type Statement } from './duckdb/engine.js'
import { expressionSql } from './duckdb/expression.js'
import { aliased } from './duckdb/relation.js'
import { duckdbTypeName } from './duckdb/types.js'

/** Filters that one set can tell apart: bits of a number that JavaScript shifts. */
export const filtersMax = 30

/**
 * The values that one argument has had in each group, where rows only come: what DISTINCT counts.
 * Aggregates of the same argument with different filters share it: each filter is a bit, and a
 * value has the bits of the filters that one of its rows passed.
 *
 * Delta rule. A step's rows give each value of a group bits; those that it did not have yet are
 * the set's own changes, `entered`.
 *
 * State: one row for each value of each group, and its bits. Bound: the values of the groups.
 */
export class SeenValues {
  readonly name: string
  readonly table: KeyedTable
  /** Keys, value, and the bits that it got in this step. */
  readonly entered: Relation
  readonly #arrived: Statement

  private constructor(name: string, table: KeyedTable, entered: Relation, arrived: Statement) {
    this.name = name
    this.table = table
    this.entered = entered
    this.#arrived = arrived
  }

  /**
   * `calls` have the same argument; the filter of each is a bit, in their order, which must be the
   * same for a script that has them in another.
   */
  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    inputSql: string
    keyFields: readonly Field[]
    keys: readonly string[]
    calls: readonly AggregateCall[]
    /** Of its statement, so that others run at the same time. */
    lane: number
  }): Promise<SeenValues> {
    const { engine, name, relation, inputSql, keyFields, keys, calls } = of
    const [first] = calls
    if (first === undefined || calls.length > filtersMax) throw new RangeError('filters of a set')
    const valueField: Field = { name: 'value', type: { ...argumentType(first), nullable: true } }
    const fields = [...keyFields, valueField, seenField]
    const sql = arrivedSql(inputSql, keys, calls, duckdbTypeName(valueField.type))
    return new SeenValues(
      name,
      new KeyedTable(fields, keyFields.length + 1),
      engine.relation(relation, fields),
      await engine.statement(sql, fields, of.lane),
    )
  }

  /** Takes the rows of the step's input; loads `entered`. */
  async step(): Promise<StateChange> {
    const { table, name } = this
    const arrived = await this.#arrived.run()
    const places = table.find(arrived)
    const { int32: seen } = arrived.fixed(table.keyCount)
    const { int32: before } = table.gather(places, table.keyCount).fixed(0)
    const changed: number[] = []
    const after: number[] = []
    const entered: number[] = []
    const enteredBits: number[] = []
    for (let row = 0; row < places.length; row++) {
      const bits = seen[row] as number
      const known = (places[row] as number) < 0 ? 0 : (before[row] as number)
      const isNews = (bits & ~known) !== 0
      // What is forgotten when it was not written for long is written again.
      if (!isNews && !table.isForgetful) continue
      changed.push(row)
      after.push(bits | known)
      if (!isNews) continue
      entered.push(row)
      enteredBits.push(bits & ~known)
    }
    this.entered.load([withBits(table.fields, arrived, entered, enteredBits)])
    if (changed.length === 0) return { state: name }
    return { state: name, rows: withBits(table.fields, arrived, changed, after) }
  }

  clear(): void {
    this.entered.clear()
  }

  /** SQL of a row of `entered`, known as `alias`: the value where it came in for this filter. */
  enteredFor(alias: string, bit: number): string {
    const value = columnName(this.table.keyCount - 1)
    const bits = columnName(this.table.keyCount)
    return `CASE WHEN (${alias}.${bits} & ${2 ** bit}) <> 0 THEN ${alias}.${value} END`
  }
}

const seenField: Field = { name: 'passed', type: { kind: 'int', nullable: false } }

function arrivedSql(
  inputSql: string,
  keys: readonly string[],
  calls: readonly AggregateCall[],
  typeName: string,
): string {
  const filters = calls.map((call) => filterSql(call))
  const bits = filters.map((filter, bit) => `CASE WHEN ${filter} THEN ${2 ** bit} ELSE 0 END`)
  const argument = calls[0]?.argument
  const plain = argument === undefined ? 'NULL' : expressionSql(argument)
  // DuckDB computes an argument for rows that FILTER rejects too, where it may fail.
  const isForAll = calls.some(({ filter }) => filter === undefined)
  const value = isForAll ? plain : `CASE WHEN ${filters.join(' OR ')} THEN ${plain} END`
  const keyItems = keys.map((key, index) => `${key} AS key_${index}`)
  const rows = `SELECT ${[...keyItems, `CAST(${value} AS ${typeName}) AS value`, `${bits.join(' | ')} AS bits`].join(', ')} FROM (${inputSql})`
  const grouping = [...keys.map((_, index) => `key_${index}`), 'value']
  const columns = aliased([...grouping, 'CAST(bit_or(bits) AS INTEGER)'])
  return `SELECT ${columns} FROM (${rows}) WHERE value IS NOT NULL AND bits <> 0 GROUP BY ${grouping.join(', ')}`
}

/** Rows of a batch with other bits in their last column. */
function withBits(
  fields: readonly Field[],
  batch: ColumnBatch,
  rows: readonly number[],
  bits: readonly number[],
): ColumnBatch {
  const taken = new ColumnBatch(fields)
  const values = new ColumnBatch(fields.slice(0, -1), taken.columns.slice(0, -1))
  values.appendTaken(batch.columns.slice(0, -1), rows)
  const last = taken.fixed(fields.length - 1)
  for (const each of bits) last.pushInt32(each)
  return taken
}
