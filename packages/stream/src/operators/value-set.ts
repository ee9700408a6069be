import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import type { FixedColumn } from '../state/column.js'
import { KeyedTable, timesLeft } from '../state/keyed-table.js'
import type { StateChange } from '../state/operator-state.js'
import { columnName, type Engine, type Relation, type Statement } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'

/**
 * The values that one argument has in each group, each with how often it is there, where rows may
 * be taken back: what DISTINCT counts, and what MIN and MAX fall back to when their extreme goes.
 *
 * Delta rule. A step's changes give each value of a group a sum of signs; where its count leaves 0
 * or comes back to it, the value comes into the set or goes out of it: those are the set's own
 * changes, `entered` with +1 and -1.
 *
 * State: one row for each value of each group, and its count. Bound: the values of the groups.
 */
export class ValueSet {
  readonly name: string
  readonly table: KeyedTable
  /** Keys, value, and 1 or -1: the values that came into the set in this step, or went out. */
  readonly entered: Relation
  private readonly layout: ValueLayout
  private readonly deltas: Statement
  private changed: ColumnBatch

  private constructor(parts: {
    name: string
    table: KeyedTable
    entered: Relation
    layout: ValueLayout
    deltas: Statement
  }) {
    this.name = parts.name
    this.table = parts.table
    this.entered = parts.entered
    this.layout = parts.layout
    this.deltas = parts.deltas
    this.changed = new ColumnBatch([
      ...parts.layout.fields.slice(1, parts.layout.keyCount),
      signField,
    ])
  }

  /**
   * `value` is SQL over the input's rows, NULL for rows that do not count; `sign` is 1 for a row
   * that comes and -1 for one that is taken back.
   */
  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    inputSql: string
    keyFields: readonly Field[]
    keys: readonly string[]
    valueField: Field
    value: string
    sign: string
    /** Whether `valuesOf` will be asked. */
    byGroup: boolean
  }): Promise<ValueSet> {
    const { engine, name, relation, inputSql, keyFields, keys, valueField, value, sign, byGroup } =
      of
    const layout = layoutOf(keyFields, valueField)
    const entered = engine.relation(relation, [...keyFields, valueField, signField])
    const items = aliased(['CAST(0 AS TINYINT)', ...keys, value, `CAST(sum(${sign}) AS BIGINT)`])
    const grouping = [...keys, value].join(', ')
    const sql = `SELECT ${items} FROM (${inputSql}) WHERE (${value}) IS NOT NULL GROUP BY ${grouping} HAVING sum(${sign}) <> 0`
    const deltas = await engine.statement(sql, layout.fields)
    const table = new KeyedTable(layout.fields, layout.keyCount, byGroup ? layout.keyCount - 1 : 0)
    return new ValueSet({ name, table, entered, layout, deltas })
  }

  /** Takes the changes of the step's input; loads `entered`. */
  async step(): Promise<StateChange> {
    const { table, layout, name } = this
    const deltas = await this.deltas.run()
    const places = table.find(deltas)
    const changes = this.changes(deltas, places)
    const keyColumns = deltas.columns.slice(0, layout.keyCount)
    const rows = new ColumnBatch(layout.fields)
    const counts = new ColumnBatch([countField])
    for (const count of changes.counts) counts.fixed(0).pushSafeInteger(count)
    const keys = new ColumnBatch(layout.fields.slice(0, layout.keyCount), rows.columns.slice(0, -1))
    keys.appendTaken(keyColumns, changes.put)
    lastOf(rows).pushBlock(counts.fixed(0).bytes, changes.put.length)
    const removed = new ColumnBatch(layout.fields.slice(0, layout.keyCount))
    removed.appendTaken(keyColumns, changes.gone)
    const entered = new ColumnBatch([...layout.fields.slice(1, layout.keyCount), signField])
    const values = new ColumnBatch(entered.fields.slice(0, -1), entered.columns.slice(0, -1))
    values.appendTaken(keyColumns.slice(1), changes.entered)
    for (const sign of changes.signs) lastOf(entered).pushInt8(sign)
    this.changed = entered
    this.entered.load([entered])
    return {
      state: name,
      ...(rows.rowCount > 0 && { rows }),
      ...(removed.rowCount > 0 && { removed }),
    }
  }

  private changes(deltas: ColumnBatch, places: Int32Array): SetChanges {
    const { keyCount } = this.layout
    const counts = this.table.gather(places, keyCount).fixed(0)
    const delta = deltas.fixed(keyCount)
    const changes: SetChanges = { put: [], counts: [], gone: [], entered: [], signs: [] }
    for (let row = 0; row < deltas.rowCount; row++) {
      const before = counts.validity.isValid(row) ? counts.numberAt(row) : 0
      const after = timesLeft(this.table, before + delta.numberAt(row))
      if (after === 0) {
        changes.gone.push(row)
      } else {
        changes.put.push(row)
        changes.counts.push(after)
      }
      if (before > 0 === after > 0) continue
      changes.entered.push(row)
      changes.signs.push(after > 0 ? 1 : -1)
    }
    return changes
  }

  /** What `entered` holds. */
  get enteredRows(): ColumnBatch {
    return this.changed
  }

  clear(): void {
    this.entered.clear()
  }

  /** All values of these groups as the state has them: keys and value. */
  valuesOf(groups: ColumnBatch, count: number): ColumnBatch {
    const { layout } = this
    const constant = new ColumnBatch([oneField])
    const one = constant.fixed(0)
    for (let row = 0; row < count; row++) one.pushInt8(0)
    const prefix = new ColumnBatch(layout.fields.slice(0, layout.keyCount - 1), [
      one,
      ...groups.columns,
    ])
    const { places } = this.table.findGroups(prefix)
    const rows = this.table.gather(places, 1)
    const last = rows.columns.length - 1
    const counts = rows.fixed(last)
    const values = new ColumnBatch(rows.fields.slice(0, last))
    for (let row = 0; row < rows.rowCount; row++) {
      if (counts.numberAt(row) > 0) values.appendRows(rows.columns, row, row + 1)
    }
    return values
  }
}

/** Columns: a constant, so that there is always a group; the keys; the value; its count. */
interface ValueLayout {
  readonly fields: readonly Field[]
  readonly keyCount: number
}

const oneField: Field = { name: 'one', type: { kind: 'tinyint', nullable: false } }
const countField: Field = { name: 'count', type: { kind: 'bigint', nullable: false } }
const signField: Field = { name: 'sign', type: { kind: 'tinyint', nullable: false } }

function layoutOf(keyFields: readonly Field[], valueField: Field): ValueLayout {
  const fields = [oneField, ...keyFields, valueField, countField]
  return { fields, keyCount: fields.length - 1 }
}

/** Rows of the deltas: what the state gets, with the count of each, what leaves it, what is told. */
interface SetChanges {
  readonly put: number[]
  readonly counts: number[]
  readonly gone: number[]
  readonly entered: number[]
  readonly signs: number[]
}

function lastOf(batch: ColumnBatch): FixedColumn {
  return batch.fixed(batch.columns.length - 1)
}

/** The columns of `entered`, by their names there. */
export function enteredColumns(keyCount: number) {
  return {
    keys: Array.from({ length: keyCount }, (_, index) => columnName(index)),
    value: columnName(keyCount),
    sign: columnName(keyCount + 1),
  }
}
