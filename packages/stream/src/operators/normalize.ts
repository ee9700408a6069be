import type { NormalizeNode } from '../plan/node.js'
import { type Field, fieldAt } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import { KeyedTable } from '../state/keyed-table.js'
import type { OperatorState } from '../state/operator-state.js'
import { isSameValue } from '../state/same-value.js'
import { columnName, type Engine, type Relation, type Statement } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { type Flow, kindField, type Operator, type OperatorStep, rowKind } from './operator.js'
import { StepFlow } from './step-flow.js'

/**
 * The latest row of each key, told as changes of rows.
 *
 * Delta rule. With T the rows by key and r what the step says last of key k: a row is an insertion
 * where T(k) is none, an update from T(k) to r where they differ, nothing where they are the same;
 * a deletion is one of T(k), and nothing where that is none. So what is given out adds up to the
 * rows by key after the step, and how the input was cut into batches changes nothing of that.
 *
 * State: one row a key. Bound: the number of keys. Modes: reads rows and deletions by key, writes
 * retract.
 */
export class Normalize implements Operator {
  readonly flow: StepFlow
  readonly states: ReadonlyMap<string, OperatorState>
  private readonly parts: Parts
  private readonly table: KeyedTable

  private constructor(parts: Parts) {
    this.parts = parts
    this.table = new KeyedTable(parts.fields, parts.keyCount)
    this.states = new Map([[parts.name, this.table]])
    this.flow = new StepFlow({
      changelog: 'retract',
      sql: parts.outputSql,
      inputs: [parts.input],
    })
  }

  /** Without `needsBefore` the rows before a change are left out. */
  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    node: NormalizeNode
    input: Flow
    needsBefore: boolean
  }): Promise<Normalize> {
    const { engine, name, relation, node, input, needsBefore } = of
    const isKey = new Set(node.keys)
    const others = [...node.fields.keys()].filter((column) => !isKey.has(column))
    const order = [...node.keys, ...others]
    const fields = order.map((column): Field => {
      const field = fieldAt(node.fields, column)
      // Of a deletion nothing but the key is known.
      return isKey.has(column) ? field : { ...field, type: { ...field.type, nullable: true } }
    })
    const changes = engine.relation(relation, [...fields, kindField])
    const places = node.fields.map((_, column) => columnName(order.indexOf(column)))
    const items = aliased([...order.map((column) => columnName(column)), 'k'])
    return new Normalize({
      name,
      input,
      keyCount: node.keys.length,
      fields,
      needsBefore,
      changes,
      arrived: await engine.statement(`SELECT ${items} FROM (${input.sql})`, [
        ...fields,
        kindField,
      ]),
      outputSql: `SELECT ${aliased(places)}, ${columnName(order.length)} AS k FROM ${relation}()`,
    })
  }

  async step(): Promise<OperatorStep> {
    const { input, fields, keyCount, arrived, changes, name } = this.parts
    this.flow.give({ hasRows: false })
    if (!input.hasRows) return { changes: [], late: 0 }
    const latest = new KeyedTable([...fields, kindField], keyCount)
    const read = await arrived.run()
    latest.put(read)
    const rows = latest.dump()
    const places = this.table.find(rows)
    const keys = rows.columns.slice(0, keyCount)
    const before = [...keys, ...this.table.gather(places, keyCount).columns]
    const given = new Changes(fields)
    const put: number[] = []
    const gone: number[] = []
    const kinds = rows.fixed(fields.length)
    for (let row = 0; row < rows.rowCount; row++) {
      const isThere = (places[row] ?? -1) >= 0
      if (kinds.int8[row] === rowKind.delete) {
        if (!isThere) continue
        given.add(before, row, rowKind.delete)
        gone.push(row)
        continue
      }
      if (isThere) {
        // Of a row that would be forgotten those above must hear, lest they forget it.
        if (!this.table.isForgetful && this.isSame(before, rows.columns, row)) continue
        if (this.parts.needsBefore) given.add(before, row, rowKind.updateBefore)
      }
      given.add(rows.columns, row, isThere ? rowKind.updateAfter : rowKind.insert)
      put.push(row)
    }
    changes.load([given.rows])
    this.flow.give({ hasRows: given.rows.rowCount > 0 })
    const removed = taken(fields.slice(0, keyCount), keys, gone)
    const change = {
      state: name,
      ...(put.length > 0 && { rows: taken(fields, rows.columns, put) }),
      ...(gone.length > 0 && { removed }),
    }
    const changed = put.length + gone.length > 0 ? [change] : []
    return { changes: changed, late: 0, recordsIn: [read.rowCount] }
  }

  async settle(): Promise<void> {
    this.parts.changes.clear()
  }

  private isSame(
    before: ColumnBatch['columns'],
    after: ColumnBatch['columns'],
    row: number,
  ): boolean {
    return before.every((column, index) => {
      const other = after[index]
      return other !== undefined && isSameValue(column, row, other, row)
    })
  }
}

interface Parts {
  readonly name: string
  readonly input: Flow
  readonly keyCount: number
  /** The node's fields, those of the key first. */
  readonly fields: readonly Field[]
  readonly needsBefore: boolean
  readonly changes: Relation
  readonly arrived: Statement
  readonly outputSql: string
}

/** Rows with the kind of each. */
class Changes {
  readonly rows: ColumnBatch
  private readonly columns: ColumnBatch

  constructor(fields: readonly Field[]) {
    this.rows = new ColumnBatch([...fields, kindField])
    this.columns = new ColumnBatch(fields, this.rows.columns.slice(0, fields.length))
  }

  add(source: ColumnBatch['columns'], row: number, kind: number): void {
    this.columns.appendRows(source, row, row + 1)
    this.rows.fixed(this.rows.columns.length - 1).pushInt8(kind)
  }
}

function taken(
  fields: readonly Field[],
  columns: ColumnBatch['columns'],
  rows: readonly number[],
): ColumnBatch {
  const batch = new ColumnBatch(fields)
  batch.appendTaken(columns, rows)
  return batch
}
