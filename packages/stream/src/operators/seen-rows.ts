import type { AggregateCall } from '../plan/expression.js'
import type { Field } from '../plan/type.js'
import type { Column, FixedColumn } from '../state/column.js'
import { placesOfKeys } from '../state/key-groups.js'
import type { Rows } from '../state/rows.js'
import { argumentType, filterSql } from './aggregate.js'
import { columnName, type Engine } from './duckdb/engine.js'
import { expressionSql } from './duckdb/expression.js'
import { duckdbTypeName } from './duckdb/types.js'
import { InputRows } from './input-rows.js'
import type { Flow } from './operator.js'
import { computedFlow, type Item } from './stateless.js'

/** What sets of seen values read of the rows of a step: their keys, arguments and filters. */
export class SeenRows {
  readonly #rows: InputRows
  readonly #keyCount: number
  readonly #columns: readonly SeenPlaces[]

  private constructor(rows: InputRows, keyCount: number, columns: readonly SeenPlaces[]) {
    this.#rows = rows
    this.#keyCount = keyCount
    this.#columns = columns
  }

  /**
   * `keys` are columns of the input. The calls of each set have the same argument, and the filter of
   * each is a bit, in their order. `lane` is that of the statement, so that others run meanwhile.
   */
  static async compile(of: {
    engine: Engine
    input: Flow
    keys: readonly number[]
    keyFields: readonly Field[]
    sets: readonly (readonly AggregateCall[])[]
    lane: number
  }): Promise<SeenRows> {
    const { engine, input, keys, keyFields, sets, lane } = of
    const read = new ReadItems()
    keys.forEach((column, place) => {
      read.items.push({ sql: columnName(column), column, field: keyFields[place] as Field })
    })
    const columns = sets.map((calls): SeenPlaces => {
      const [first] = calls
      if (first === undefined) throw new RangeError('a set without aggregates')
      const isForAll = calls.length === 1 && first.filter === undefined
      const value = read.add(valueItem(calls, first))
      return isForAll ? { value } : { value, passed: read.add(passedItem(calls)) }
    })
    const flow = computedFlow(input, read.items)
    const all = read.items.map((_, index) => index)
    const fields = read.items.map(({ field }) => field)
    const rows = await InputRows.compile(engine, flow, all, fields, lane)
    return new SeenRows(rows, keys.length, columns)
  }

  /** The rows of the present step, together with a column for each set. */
  async read(): Promise<StepRows> {
    const rows = await this.#rows.readDeferred()
    return new StepRows(rows, this.#keyCount, this.#columns)
  }
}

/** The rows of a step, as sets read them. */
export class StepRows {
  readonly #rows: Rows
  readonly #keyCount: number
  readonly #columns: readonly SeenPlaces[]

  constructor(rows: Rows, keyCount: number, columns: readonly SeenPlaces[]) {
    this.#rows = rows
    this.#keyCount = keyCount
    this.#columns = columns
  }

  /** For each row which of the groups has its key: those that came, of which each is there once. */
  placesIn(groups: Pick<Rows, 'columns' | 'rowCount'>): Int32Array {
    const { rowCount } = this.#rows
    if (this.#keyCount === 0) return new Int32Array(rowCount)
    const keys = Array.from({ length: this.#keyCount }, (_, index) => this.#rows.column(index))
    return placesOfKeys(groups.columns, groups.rowCount, keys, rowCount, this.#keyCount)
  }

  /** What a set reads, by its place among the sets. */
  column(set: number): SeenColumn {
    const { value, passed } = this.#columns[set] as SeenPlaces
    const values = this.#rows.column(value)
    return passed === undefined ? { values } : { values, passed: this.#rows.fixed(passed) }
  }
}

/** What rows have of an argument. */
export interface SeenColumn {
  readonly values: Column
  /** The bits of the filters that each row passed; absent where each has the first alone. */
  readonly passed?: FixedColumn
}

/** Where among the columns that are read a set has its own. */
interface SeenPlaces {
  readonly value: number
  readonly passed?: number
}

/** What is read, once each. */
class ReadItems {
  readonly items: Item[] = []

  add(item: Item): number {
    const known = this.items.findIndex(({ sql, field }) => {
      return sql === item.sql && field.type.kind === item.field.type.kind
    })
    return known < 0 ? this.items.push(item) - 1 : known
  }
}

function valueItem(calls: readonly AggregateCall[], first: AggregateCall): Item {
  const type = { ...argumentType(first), nullable: true }
  const { argument } = first
  if (argument?.kind === 'column') {
    const sql = columnName(argument.index)
    return { sql, column: argument.index, field: { name: 'value', type } }
  }
  const plain = argument === undefined ? 'NULL' : expressionSql(argument)
  // DuckDB computes an argument for rows that FILTER rejects too, where it may fail.
  const isForAll = calls.some(({ filter }) => filter === undefined)
  const isWanted = calls.map((call) => filterSql(call)).join(' OR ')
  const value = isForAll ? plain : `CASE WHEN ${isWanted} THEN ${plain} END`
  return { sql: `CAST(${value} AS ${duckdbTypeName(type)})`, field: { name: 'value', type } }
}

function passedItem(calls: readonly AggregateCall[]): Item {
  const bits = calls.map((call, bit) => `CASE WHEN ${filterSql(call)} THEN ${2 ** bit} ELSE 0 END`)
  const type = { kind: 'int', nullable: false } as const
  return { sql: `CAST(${bits.join(' | ')} AS INTEGER)`, field: { name: 'passed', type } }
}
