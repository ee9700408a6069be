import type { MaterializeNode } from '../plan/materialize-node.js'
import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import { KeyedTable } from '../state/keyed-table.js'
import type { OperatorState, StateChange } from '../state/operator-state.js'
import { PlaceList } from '../state/place-list.js'
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
    const change = { state: name, ...this.changeOf(piles, batch) }
    const shown = this.shownOf(piles, batch)
    given.load([shown])
    this.flow.give({ hasRows: shown.rowCount > 0 })
    const isChanged = change.rows !== undefined || change.removed !== undefined
    return { changes: isChanged ? [change] : [], late: 0, recordsIn: [batch.rowCount] }
  }

  async settle(): Promise<void> {
    this.parts.given.clear()
  }

  private changeOf(piles: RowPiles, batch: ColumnBatch): Omit<StateChange, 'state'> {
    const { table, layout } = this.parts
    const [came, stayed, gone] = [new PlaceList(), new PlaceList(), new PlaceList()]
    piles.places.forEach((place, row) => {
      if (!piles.isThere(row)) {
        if (place >= 0) gone.push(row)
      } else if ((piles.came[row] as number) >= 0) came.push(row)
      else stayed.push(row)
    })
    const rows = new ColumnBatch(table.fields)
    const ofCame = came.values.map((row) => piles.came[row] as number)
    const ofStayed = stayed.values.map((row) => piles.places[row] as number)
    this.addValues(rows, batch, ofCame, ofStayed)
    const kept = [...came.values, ...stayed.values]
    for (const row of kept) {
      rows.fixed(layout.rowColumns).pushSafeInteger(piles.times[row] as number)
      rows.fixed(layout.rowColumns + 1).pushSafeInteger(piles.arrivals[row] as number)
    }
    const removed = new ColumnBatch(table.keyFields)
    const firsts = gone.values.map((row) => piles.firsts[row] as number)
    removed.appendTaken(batch.columns.slice(0, layout.tellingCount), firsts)
    const places = Int32Array.from(kept, (row) => piles.places[row] as number)
    return {
      ...(gone.length > 0 && { removed }),
      ...(kept.length > 0 && { rows }),
      // A row that was forgotten may still have its place.
      ...(kept.length > 0 && !table.isForgetful && { places }),
    }
  }

  private shownOf(piles: RowPiles, batch: ColumnBatch): ColumnBatch {
    const { table, layout } = this.parts
    const [came, places] = [new PlaceList(), new PlaceList()]
    const shown = new ColumnBatch([...table.fields.slice(0, layout.rowColumns), kindField])
    const kinds = shown.fixed(layout.rowColumns)
    // Those of the batch come first.
    for (const row of piles.shown()) {
      if (row.came >= 0) came.push(row.came)
      else places.push(row.place)
      kinds.pushInt8(row.isGone ? rowKind.delete : rowKind.updateAfter)
    }
    this.addValues(shown, batch, came.values, places.values)
    return shown
  }

  /** The values of rows of the batch, and below them those at places of the table, to the first columns. */
  private addValues(
    target: ColumnBatch,
    batch: ColumnBatch,
    rows: Int32Array,
    places: Int32Array,
  ): void {
    const { table, layout } = this.parts
    const columns = target.columns.slice(0, layout.rowColumns)
    new ColumnBatch(target.fields.slice(0, layout.rowColumns), columns).appendTaken(
      batch.columns,
      rows,
    )
    columns.forEach((column, index) => {
      table.gatherColumn(index, places, column)
    })
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
