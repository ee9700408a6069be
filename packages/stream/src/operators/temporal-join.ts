import type { TemporalJoinNode } from '../plan/join-node.js'
import { type Field, fieldAt } from '../plan/type.js'
import { withNullable } from '../plan/type-family.js'
import { ColumnBatch } from '../state/batch.js'
import type { Column } from '../state/column.js'
import { IntervalTable } from '../state/interval-table.js'
import type { OperatorState } from '../state/operator-state.js'
import { VersionTable } from '../state/version-table.js'
import { chosenVersions, noVersion, rowOfFresh } from './chosen-versions.js'
import { columnName, type Engine, type Relation, type Statement } from './duckdb/engine.js'
import { expressionSql } from './duckdb/expression.js'
import { aliased } from './duckdb/relation.js'
import { duckdbTypeName } from './duckdb/types.js'
import { OperatorError } from './errors.js'
import { InputRows } from './input-rows.js'
import { besideNulls, inFieldOrder, ownColumn } from './joined-rows.js'
import { type Flow, type Operator, type OperatorStep, rowKind } from './operator.js'
import { StepFlow } from './step-flow.js'

/** Left rows wait for their own time; the buckets that they lie in are of some seconds. */
const waitingSpanMs = 60_000

/**
 * A join of each left row with the version of a key that counted at the row's time.
 *
 * Delta rule. A left row of the time t waits until the watermark of both inputs is t: then every
 * version from before t is there, and the row is given out with the latest of its key whose time is
 * not after t; alone, or not at all, where there is none for which the condition holds. Where the
 * right tells changes, each row that comes is a version from its time on, and a deletion ends the one
 * before it, from its own time on. What a row was before a change is passed over, and so is a
 * deletion without a time, of which nothing but the key is known.
 *
 * State: the left rows after the watermark; the versions after the watermark, and of each key the
 * latest before it, be that a deletion. Bound: that many. Modes: reads append-only on the left, and
 * versions or changes on the right; writes append-only.
 *
 * A left row that comes after the watermark has passed it finds what versions are left, as in Flink.
 */
export class TemporalJoin implements Operator {
  readonly flow: StepFlow
  readonly states: ReadonlyMap<string, OperatorState>
  private readonly parts: Parts
  private readonly waiting: IntervalTable
  private readonly versions: VersionTable

  private constructor(parts: Parts, sql: string) {
    this.parts = parts
    const { left, right, name, inputs } = parts
    const timeField = left.time < left.keyCount ? left.time : left.time + 1
    const { keyCount } = left
    const wait = { keyCount, timeField, reachMs: 0, spanMs: waitingSpanMs }
    this.waiting = new IntervalTable(parts.waitingFields, wait)
    this.versions = new VersionTable(right.fields, keyCount)
    this.states = new Map<string, OperatorState>([
      [`${name}, left`, this.waiting],
      [`${name}, versions`, this.versions],
    ])
    this.flow = new StepFlow({
      changelog: 'append',
      sql,
      inputs,
    })
  }

  /** `relation` begins the names of its relations. */
  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    node: TemporalJoinNode
    left: Flow
    right: Flow
  }): Promise<TemporalJoin> {
    const { engine, name, relation, node } = of
    const left = sideOf(node.left.fields, node.leftKeys, node.leftTime, false)
    const ofRight = sideOf(node.right.fields, node.rightKeys, node.rightTime, true)
    const right = of.right.changelog === 'append' ? ofRight : withGone(ofRight)
    const takeLeft = await InputRows.compile(engine, of.left, left.order, left.fields)
    const takeRight = await engine.statement(takeSql(of.right, right, node), right.fields)
    const { keyCount } = left
    const waitingFields = [
      ...left.fields.slice(0, keyCount),
      numberField,
      ...left.fields.slice(keyCount),
    ]
    const given = engine.relation(relation, [...node.fields, matchedField])
    const inputs = [of.left, of.right]
    const parts = { name, node, inputs, left, right, takeLeft, takeRight, waitingFields, given }
    return new TemporalJoin(parts, outputSql(node, given.name))
  }

  async step(drain: boolean): Promise<OperatorStep> {
    const { inputs, left, right, name, given } = this.parts
    const arrived = this.timed(await this.parts.takeLeft.read(), left)
    const ofRight = inputs[1]?.hasRows ? await this.parts.takeRight.run() : undefined
    const newVersions = this.timed(ofRight ?? new ColumnBatch(right.fields), right)
    const times = arrived.fixed(left.time)
    const throughMs = this.throughMs(drain, times.length === 0 ? undefined : latestOf(times))
    const isDue = (row: number) => this.waiting.deadlineMs(times.numberAt(row)) <= throughMs
    const rows = [...Array(arrived.rowCount).keys()]
    const due = this.dueRows(arrived, rows.filter(isDue), throughMs)
    const batches = this.joined(due, newVersions)
    given.load(batches)
    this.flow.give({ hasRows: batches.length > 0 })
    const waiting = this.waitingRows(
      arrived,
      rows.filter((row) => !isDue(row)),
    )
    const closes = Number.isFinite(throughMs) && { closedThroughMs: throughMs }
    return {
      late: 0,
      recordsIn: [arrived.rowCount, newVersions.rowCount],
      changes: [
        { state: `${name}, left`, ...(waiting.rowCount > 0 && { rows: waiting }), ...closes },
        {
          state: `${name}, versions`,
          ...(newVersions.rowCount > 0 && { rows: newVersions }),
          ...closes,
        },
      ],
    }
  }

  async settle(): Promise<void> {
    this.parts.given.clear()
  }

  /** The rows, each of which must have a time. */
  private timed(rows: ColumnBatch, side: Side): ColumnBatch {
    const { validity } = rows.fixed(side.time)
    for (let row = 0; row < rows.rowCount; row++) {
      if (validity.isValid(row)) continue
      const { name } = this.parts
      throw new OperatorError('TIME_IS_NULL', `${name}: a row has NULL as its event time`)
    }
    return rows
  }

  /** `latestMicros`: of the left rows that came. */
  private throughMs(drain: boolean, latestMicros: number | undefined): number {
    const { inputs } = this.parts
    // Above an input that stopped early, draining must not give out what is to wait for it.
    const givesAll = drain && !inputs.some((input) => input.behind)
    const watermarkMs = Math.min(...inputs.map((input) => input.watermarkMs))
    const latestMs =
      latestMicros === undefined ? Number.NEGATIVE_INFINITY : this.waiting.deadlineMs(latestMicros)
    return Math.max(
      this.waiting.closedThroughMs,
      givesAll ? Math.max(this.waiting.lastDeadlineMs, latestMs) : watermarkMs,
    )
  }

  /** The left rows whose time has come: those that waited, and those that just came. */
  private dueRows(arrived: ColumnBatch, rows: readonly number[], throughMs: number): ColumnBatch {
    const { fields, keyCount } = this.parts.left
    const waited = this.waiting.rows.gather(this.waiting.due(throughMs))
    const own = [...waited.columns.slice(0, keyCount), ...waited.columns.slice(keyCount + 1)]
    const due = new ColumnBatch(fields)
    due.appendRows(own, 0, waited.rowCount)
    due.appendTaken(arrived.columns, rows)
    return due
  }

  private waitingRows(arrived: ColumnBatch, rows: readonly number[]): ColumnBatch {
    const { left, waitingFields } = this.parts
    const taken = new ColumnBatch(left.fields)
    taken.appendTaken(arrived.columns, rows)
    const numbers = new ColumnBatch([numberField])
    for (const row of rows.keys()) numbers.fixed(0).pushSafeInteger(this.waiting.next + row)
    return new ColumnBatch(waitingFields, [
      ...taken.columns.slice(0, left.keyCount),
      numbers.column(0),
      ...taken.columns.slice(left.keyCount),
    ])
  }

  /** Each row beside its version: one of the table, one that just came, or none. */
  private joined(due: ColumnBatch, newVersions: ColumnBatch): ColumnBatch[] {
    if (due.rowCount === 0) return []
    const { left, right, node } = this.parts
    const chosen = chosenVersions({
      rows: due,
      keyCount: left.keyCount,
      times: due.fixed(left.time),
      table: this.versions,
      fresh: newVersions,
      timeField: right.time,
      goneField: right.gone,
    })
    const rowsWhere = (isChosen: (choice: number) => boolean) =>
      Int32Array.from([...chosen.keys()].filter((row) => isChosen(chosen[row] as number)))
    const ofTable = rowsWhere((choice) => choice >= 0)
    const ofDelta = rowsWhere((choice) => choice < noVersion)
    const alone = rowsWhere((choice) => choice === noVersion)
    const takenLeft = (rows: Int32Array) => {
      const taken = new ColumnBatch(left.fields)
      taken.appendTaken(due.columns, rows)
      return taken
    }
    const batch = (rows: Int32Array, versions: ColumnBatch): ColumnBatch[] => {
      if (rows.length === 0) return []
      const own = inFieldOrder({ order: left.order, rows: takenLeft(rows) })
      const beside = inFieldOrder({ order: right.order, rows: versions })
      const columns = [...own, ...beside].map((each) => each.rows.column(each.index))
      return [this.withMatched(columns, rows.length, 1)]
    }
    const table = this.versions.rows.gather(ofTable.map((row) => chosen[row] as number))
    const delta = new ColumnBatch(right.fields)
    delta.appendTaken(
      newVersions.columns,
      ofDelta.map((row) => rowOfFresh(chosen[row] as number)),
    )
    const nulls = besideNulls(node.fields, 0, left.order, takenLeft(alone))
    const unmatched = alone.length === 0 ? [] : [this.withMatched(nulls, alone.length, 0)]
    return [...batch(ofTable, table), ...batch(ofDelta, delta), ...unmatched]
  }

  private withMatched(columns: readonly Column[], count: number, matched: 0 | 1): ColumnBatch {
    const flags = new ColumnBatch([matchedField])
    for (let row = 0; row < count; row++) flags.fixed(0).pushInt8(matched)
    return new ColumnBatch([...this.parts.node.fields, matchedField], [...columns, flags.column(0)])
  }
}

interface Parts {
  readonly name: string
  readonly node: TemporalJoinNode
  readonly inputs: readonly Flow[]
  readonly left: Side
  readonly right: Side
  readonly takeLeft: InputRows
  readonly takeRight: Statement
  readonly waitingFields: readonly Field[]
  /** Rows to be given out, with or without a version. */
  readonly given: Relation
}

/** The columns of a side: its keys; on the right its time; the others. */
interface Side {
  /** Which of the side's fields each column is. */
  readonly order: readonly number[]
  readonly keyCount: number
  /** The column that is the event time. */
  readonly time: number
  /** Of versions that changes tell, the column that says whether one is a deletion. */
  readonly gone?: number
  readonly fields: readonly Field[]
}

const numberField: Field = { name: 'number', type: { kind: 'bigint', nullable: false } }
const goneField: Field = { name: 'gone', type: { kind: 'bigint', nullable: false } }
const matchedField: Field = { name: 'matched', type: { kind: 'tinyint', nullable: false } }

function sideOf(
  fields: readonly Field[],
  keys: readonly number[],
  time: number,
  timeFirst: boolean,
): Side {
  const first = timeFirst ? [...keys, time] : keys
  const order = [...first, ...[...fields.keys()].filter((column) => !first.includes(column))]
  return {
    order,
    keyCount: keys.length,
    time: order.indexOf(time),
    fields: order.map((column) => fieldAt(fields, column)),
  }
}

/** With a column behind the others; of a deletion nothing but key and time need be known. */
function withGone(side: Side): Side {
  const fields = side.fields.map((field, index) =>
    index <= side.keyCount ? field : { ...field, type: withNullable(field.type, true) },
  )
  return {
    ...side,
    order: [...side.order, ownColumn],
    gone: fields.length,
    fields: [...fields, goneField],
  }
}

/** The versions that come; NULL is no key. */
function takeSql(
  input: Flow,
  { order, gone }: Side,
  { rightKeys, rightTime }: TemporalJoinNode,
): string {
  const isGone = `k = ${rowKind.delete}`
  const columns = order.map((column) =>
    column === ownColumn ? `CAST(${isGone} AS BIGINT)` : columnName(column),
  )
  const isKnown = rightKeys.map((key) => `${columnName(key)} IS NOT NULL`)
  const hasTime =
    gone === undefined ? [] : [`(NOT ${isGone} OR ${columnName(rightTime)} IS NOT NULL)`]
  const holds = [...isKnown, ...hasTime].join(' AND ')
  return `SELECT ${aliased(columns)} FROM (${input.sql}) WHERE ${holds}`
}

/** In the order of the left's time; of a left join, NULLs where there is no version. */
function outputSql(node: TemporalJoinNode, given: string): string {
  const { fields, left, condition, type, leftTime } = node
  const matched = `${columnName(fields.length)} = 1`
  const holds = condition === undefined ? matched : `${matched} AND ${expressionSql(condition)}`
  const order = `ORDER BY ${columnName(leftTime)}`
  const columns = fields.map((_, index) => columnName(index))
  if (type === 'inner')
    return `SELECT ${columns.join(', ')} FROM ${given}() WHERE ${holds} ${order}`
  const items = fields.map((field, index) => {
    if (index < left.fields.length) return columnName(index)
    const value = `CASE WHEN holds THEN ${columnName(index)} END`
    return `CAST(${value} AS ${duckdbTypeName(field.type)})`
  })
  return `SELECT ${aliased(items)} FROM (SELECT *, coalesce(${holds}, FALSE) AS holds FROM ${given}()) ${order}`
}

function latestOf(times: { readonly length: number; numberAt(row: number): number }): number {
  let latest = Number.NEGATIVE_INFINITY
  for (let row = 0; row < times.length; row++) latest = Math.max(latest, times.numberAt(row))
  return latest
}
