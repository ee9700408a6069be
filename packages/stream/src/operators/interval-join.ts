import type { IntervalJoinNode } from '../plan/join-node.js'
import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import { ChosenColumns } from '../state/deferred-rows.js'
import type { OperatorState } from '../state/operator-state.js'
import type { Rows } from '../state/rows.js'
import {
  columnName,
  type Engine,
  placeName,
  type Relation,
  type Statement,
} from './duckdb/engine.js'
import { expressionSql } from './duckdb/expression.js'
import { aliased } from './duckdb/relation.js'
import { IntervalSide, type Matched, type Settled } from './interval-side.js'
import {
  besideNulls,
  inFieldOrder,
  type PairedRows,
  placeField,
  placesColumn,
} from './joined-rows.js'
import type { Flow, Operator, OperatorStep } from './operator.js'
import { StepFlow } from './step-flow.js'

/**
 * A join of two inputs by equal keys and by times that are close: with d the left's time less the
 * right's, lower <= d <= upper.
 *
 * Delta rule. With L and R the rows that wait, and dL and dR what the step brings, the step gives
 * dL ⋈ R + L ⋈ dR + dL ⋈ dR. Nothing is ever taken back.
 *
 * State: the rows of both sides that may still find partners. A left row of the time t has partners
 * of t - lower at most, a right one of t + upper: it is given up when the watermark of both inputs
 * is there, and comes alone then where its side is outer and it never had a match. Bound: the rows
 * of the last upper - lower before the watermark, and those after it. Modes: reads append-only,
 * writes append-only.
 *
 * A row that comes after its partners were given up meets those that still wait, as in Flink; it
 * waits for none, and is late where it met none and its side is not outer.
 *
 * Rows come out up to max(-lower, upper) later than the times they hold: by so much the watermark
 * is held back.
 */
export class IntervalJoin implements Operator {
  readonly flow: StepFlow
  readonly states: ReadonlyMap<string, OperatorState>
  private readonly node: IntervalJoinNode
  private readonly inputs: readonly Flow[]
  private readonly left: IntervalSide
  private readonly right: IntervalSide
  private readonly pairs: Relation
  private readonly padded: Relation
  private readonly pairFields: readonly Field[]
  /** The places of the pairs for which the condition holds. */
  private readonly holding: Statement

  private constructor(parts: {
    node: IntervalJoinNode
    inputs: readonly Flow[]
    left: IntervalSide
    right: IntervalSide
    pairs: Relation
    padded: Relation
    pairFields: readonly Field[]
    holding: Statement
    sql: string
  }) {
    const { node, inputs, left, right, sql } = parts
    this.node = node
    this.inputs = inputs
    this.left = left
    this.right = right
    this.pairs = parts.pairs
    this.padded = parts.padded
    this.pairFields = parts.pairFields
    this.holding = parts.holding
    this.states = new Map([left, right].map((side) => [side.name, side.table] as const))
    const delayMs = Math.max(0, -node.lowerMs, node.upperMs)
    this.flow = new StepFlow({
      changelog: 'append',
      sql,
      ...(node.type === 'inner' && {
        passed: {
          batch: () => this.pairs.rows,
          columns: [...node.fields.keys()],
          isWhole: node.condition === undefined,
        },
      }),
      inputs,
      delayMs,
    })
  }

  /** `relation` begins the names of its relations. */
  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    node: IntervalJoinNode
    left: Flow
    right: Flow
  }): Promise<IntervalJoin> {
    const { engine, name, relation, node } = of
    const { type, lowerMs, upperMs } = node
    const spanMs = Math.max(0, upperMs - lowerMs)
    const left = await IntervalSide.compile({
      engine,
      name: `${name}, left`,
      input: of.left,
      fields: node.left.fields,
      keys: node.leftKeys,
      time: node.leftTime,
      isOuter: type === 'left' || type === 'full',
      reachMs: -lowerMs,
      spanMs,
    })
    const right = await IntervalSide.compile({
      engine,
      name: `${name}, right`,
      input: of.right,
      fields: node.right.fields,
      keys: node.rightKeys,
      time: node.rightTime,
      isOuter: type === 'right' || type === 'full',
      reachMs: upperMs,
      spanMs,
    })
    const pairFields = [...node.fields, placeField, placeField]
    const pairs = engine.relation(`${relation}_pairs`, pairFields)
    const padded = engine.relation(`${relation}_padded`, node.fields)
    const condition = node.condition === undefined ? 'TRUE' : expressionSql(node.condition)
    const from = `FROM ${pairs.name}() WHERE ${condition}`
    const count = node.fields.length
    const places = aliased([columnName(count), columnName(count + 1)])
    const holding = await engine.statement(`SELECT ${places} ${from}`, [placeField, placeField])
    const columns = node.fields.map((_, index) => columnName(index)).join(', ')
    const sql =
      type === 'inner'
        ? `SELECT ${columns}, ${placeName} ${from}`
        : `SELECT ${columns} ${from} UNION ALL SELECT ${columns} FROM ${padded.name}()`
    const inputs = [of.left, of.right]
    return new IntervalJoin({ node, inputs, left, right, pairs, padded, pairFields, holding, sql })
  }

  async step(drain: boolean): Promise<OperatorStep> {
    const { left, right, inputs } = this
    await left.take()
    await right.take()
    const batches = this.pairUp()
    this.pairs.load(batches)
    const matched = await this.matched(batches)
    // Above an input that stopped early, draining must not give up what partners are to come for.
    const givesUpAll = drain && !inputs.some((input) => input.behind)
    const watermarkMs = Math.min(...inputs.map((input) => input.watermarkMs))
    const throughMs = Math.max(
      left.table.closedThroughMs,
      right.table.closedThroughMs,
      givesUpAll ? Math.max(left.lastDeadlineMs, right.lastDeadlineMs) : watermarkMs,
    )
    const settled = [
      left.settle(matched.left, throughMs),
      right.settle(matched.right, throughMs),
    ] as const
    const alone = [...this.paddedRows(settled[0], 0), ...this.paddedRows(settled[1], 1)]
    this.padded.load(alone)
    this.flow.give({ hasRows: batches.length > 0 || alone.length > 0 })
    return {
      changes: settled.map(({ change }) => change),
      late: settled[0].late + settled[1].late,
      recordsIn: [left.delta.rowCount, right.delta.rowCount],
    }
  }

  async settle(): Promise<void> {
    this.pairs.clear()
    this.padded.clear()
    this.left.clear()
    this.right.clear()
  }

  private pairUp(): Rows[] {
    const { left, right, node } = this
    const [lower, upper] = [node.lowerMs * 1000, node.upperMs * 1000]
    const isNear = (mine: number, theirs: number) =>
      mine - theirs >= lower && mine - theirs <= upper
    const isNearOfRight = (mine: number, theirs: number) => isNear(theirs, mine)
    const batches: Rows[] = []
    const add = (ofLeft: PairedRows, ofRight: PairedRows) => {
      if (ofLeft.places.length > 0) batches.push(this.pairBatch(ofLeft, ofRight))
    }
    const arrivedLeft = left.pairsWithTable(right, isNear)
    add(left.ofDelta(arrivedLeft.mine), right.ofTable(arrivedLeft.theirs))
    const arrivedRight = right.pairsWithTable(left, isNearOfRight)
    add(left.ofTable(arrivedRight.theirs), right.ofDelta(arrivedRight.mine))
    const both = left.pairsWithDelta(right, isNear)
    add(left.ofDelta(both.mine), right.ofDelta(both.theirs))
    return batches
  }

  private pairBatch(left: PairedRows, right: PairedRows): Rows {
    return new ChosenColumns(this.pairFields, left.places.length, [
      ...inFieldOrder(left),
      ...inFieldOrder(right),
      () => placesColumn(left.places),
      () => placesColumn(right.places),
    ])
  }

  /** Which rows of either side had a match. */
  private async matched(batches: readonly Rows[]) {
    const { left, right, node } = this
    const found = { left: new MatchedRows(left), right: new MatchedRows(right) }
    if (!left.asksForMatches && !right.asksForMatches) return found
    const count = node.fields.length
    const holding =
      node.condition === undefined
        ? batches.map((batch) => [batch.column(count), batch.column(count + 1)])
        : batches.length === 0
          ? []
          : [(await this.holding.run()).columns]
    for (const [ofLeft, ofRight] of holding) {
      if (ofLeft?.kind === 'fixed') found.left.add(ofLeft.int32.subarray(0, ofLeft.length))
      if (ofRight?.kind === 'fixed') found.right.add(ofRight.int32.subarray(0, ofRight.length))
    }
    return found
  }

  private paddedRows({ padding }: Settled, side: 0 | 1): ColumnBatch[] {
    if (padding.rows.rowCount === 0) return []
    const { fields, left } = this.node
    const offset = side === 0 ? 0 : left.fields.length
    return [new ColumnBatch(fields, besideNulls(fields, offset, padding.order, padding.rows))]
  }
}

class MatchedRows implements Matched {
  readonly rows: Uint8Array
  readonly places = new Set<number>()
  private readonly isOuter: boolean

  constructor(side: IntervalSide) {
    this.rows = new Uint8Array(side.delta.rowCount)
    this.isOuter = side.isOuter
  }

  add(places: Int32Array): void {
    for (const place of places) {
      if (place < 0) this.rows[-1 - place] = 1
      else if (this.isOuter) this.places.add(place)
    }
  }
}
