import type { MaterializeNode } from '../plan/materialize-node.js'
import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import type { Column } from '../state/column.js'
import { KeyedTable } from '../state/keyed-table.js'
import type { OperatorState, StateChange } from '../state/operator-state.js'
import { arrivalField } from './arrivals.js'
import { columnName, type Engine, type Relation } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { InputRows } from './input-rows.js'
import { timesField } from './join-pairs.js'
import { type Flow, kindField, type Operator, type OperatorStep, rowKind } from './operator.js'
import { type PileLayout, RowPiles } from './row-piles.js'
import { StepFlow } from './step-flow.js'

/**
 * Of each key of a sink the row that counts: of those that are there the one that came last, as in
 * Flink.
 *
 * Delta rule. With P(k) the rows of key k in the order in which they came: a row that comes is put
 * behind them, one that is taken back goes from its first place. The key comes to the last of P(k),
 * and is deleted where P(k) is empty. Of rows that are the same only how many there are and where the
 * last of them stands makes a difference, so a row is kept once, with `times` and `arrival`. How the
 * changes were cut into steps changes nothing of P, nor of what a key comes to.
 *
 * A row that came in a step and is still there is behind all that came before it. So the rows of a
 * key are looked at only where it lost some and gained none.
 *
 * State: the rows, found by what tells them apart within their key, and all of a key together.
 * Bound: the rows of the query. Modes: reads append-only or retract, writes rows and deletions by key.
 */
export class UpsertMaterialize implements Operator {
  readonly flow: StepFlow
  readonly states: ReadonlyMap<string, OperatorState>
  private readonly parts: Parts
  private arrival: number | undefined

  private constructor(parts: Parts) {
    this.parts = parts
    const { order, given, input, name, table } = parts
    this.states = new Map([[name, table]])
    const places = order.map((_, column) => columnName(order.indexOf(column)))
    this.flow = new StepFlow({
      changelog: 'retract',
      sql: `SELECT ${aliased(places)}, ${columnName(order.length)} AS k FROM ${given.name}()`,
      inputs: [input],
      passed: {
        batch: () => given.rows,
        columns: order.map((_, column) => order.indexOf(column)),
        kinds: order.length,
        isWhole: true,
      },
    })
  }

  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    node: MaterializeNode
    input: Flow
  }): Promise<UpsertMaterialize> {
    const { engine, name, relation, node, input } = of
    const { keys, rowKey, fields } = node
    const telling = [...new Set([...keys, ...rowKey])]
    const others = [...fields.keys()].filter((column) => !telling.includes(column))
    const order = [...telling, ...others]
    const rowFields = order.map((column) => fields[column] as Field)
    const layout = {
      keyCount: keys.length,
      tellingCount: telling.length,
      rowColumns: order.length,
    }
    return new UpsertMaterialize({
      name,
      input,
      order,
      layout,
      rows: await InputRows.compile(engine, input, order, rowFields),
      table: new KeyedTable(
        [...rowFields, timesField, arrivalField],
        layout.tellingCount,
        layout.keyCount,
      ),
      given: engine.relation(relation, [...rowFields, kindField]),
    })
  }

  async step(): Promise<OperatorStep> {
    const { input, rows, name, given, table, layout } = this.parts
    this.flow.give({ hasRows: false })
    if (!input.hasRows) return { changes: [], late: 0 }
    const batch = await rows.read()
    // The numbers only tell which of two rows came first.
    this.arrival ??= Math.max(0, table.greatest(layout.rowColumns + 1) + 1)
    const piles = new RowPiles(table, layout, batch, this.arrival)
    this.arrival += batch.rowCount
    const change = this.changeOf(piles, batch)
    const shown = this.shownOf(piles, batch)
    given.load([shown])
    this.flow.give({ hasRows: shown.rowCount > 0 })
    return { changes: [{ state: name, ...change }], late: 0, recordsIn: [batch.rowCount] }
  }

  async settle(): Promise<void> {
    this.parts.given.clear()
  }

  private changeOf(piles: RowPiles, batch: ColumnBatch): Omit<StateChange, 'state'> {
    const { table } = this.parts
    const { rowColumns, tellingCount } = this.parts.layout
    const rows = new ColumnBatch(table.fields)
    const values = new RowValues(rows, rowColumns)
    const removed = new ColumnBatch(table.keyFields)
    piles.places.forEach((place, row) => {
      const first = piles.firsts[row] as number
      if (!piles.isThere(row)) {
        if (place >= 0) removed.appendRows(batch.columns.slice(0, tellingCount), first, first + 1)
        return
      }
      const came = piles.came[row] as number
      if (came >= 0) values.add(batch.columns, came)
      else values.addPlace(table, place)
      rows.fixed(rowColumns).pushSafeInteger(piles.times[row] as number)
      rows.fixed(rowColumns + 1).pushSafeInteger(piles.arrivals[row] as number)
    })
    return { rows, removed }
  }

  private shownOf(piles: RowPiles, batch: ColumnBatch): ColumnBatch {
    const { table, layout } = this.parts
    const shown = new ColumnBatch([...table.fields.slice(0, layout.rowColumns), kindField])
    const values = new RowValues(shown, layout.rowColumns)
    const kinds = shown.fixed(layout.rowColumns)
    for (const { came, place, isGone } of piles.shown()) {
      if (came >= 0) values.add(batch.columns, came)
      else values.addPlace(table, place)
      kinds.pushInt8(isGone ? rowKind.delete : rowKind.updateAfter)
    }
    return shown
  }
}

interface Parts {
  readonly name: string
  readonly input: Flow
  /** The node's columns in the order in which they are kept. */
  readonly order: readonly number[]
  readonly layout: PileLayout
  readonly rows: InputRows
  readonly table: KeyedTable
  readonly given: Relation
}

/** Adds the values of rows to the first columns of a batch. */
class RowValues {
  private readonly target: ColumnBatch
  private readonly columns: readonly number[]

  constructor(batch: ColumnBatch, count: number) {
    this.target = new ColumnBatch(batch.fields.slice(0, count), batch.columns.slice(0, count))
    this.columns = [...this.target.columns.keys()]
  }

  add(columns: readonly Column[], row: number): void {
    this.target.appendRows(columns, row, row + 1)
  }

  addPlace(table: KeyedTable, place: number): void {
    this.add(table.take(Int32Array.of(place), this.columns).columns, 0)
  }
}
