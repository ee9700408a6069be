import { isOrdered } from '../plan/aggregate-functions.js'
import type { DataType, Field } from '../plan/type.js'
import type { SessionWindows, WindowAggregateNode } from '../plan/window-node.js'
import { ColumnBatch } from '../state/batch.js'
import { SessionTable } from '../state/session-table.js'
import { type SplitAggregate, splitAggregate } from './aggregate.js'
import { Arrivals, arrivalField } from './arrivals.js'
import {
  columnName,
  type Engine,
  placeName,
  type Relation,
  type Statement,
} from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { duckdbTypeName } from './duckdb/types.js'
import { OperatorError } from './errors.js'
import { microsOf, placeField } from './late-rows.js'
import type { OperatorLimits } from './limits.js'
import type { Flow, Operator, OperatorStep } from './operator.js'
import { recordsOf } from './record-counts.js'
import { StepFlow } from './step-flow.js'

/** A grouping by sessions. */
export type SessionAggregateNode = WindowAggregateNode & {
  readonly window: SessionWindows & { readonly timeColumn: number }
}

export function isOfSessions(node: WindowAggregateNode): node is SessionAggregateNode {
  return node.window.kind === 'session'
}

/**
 * Grouping by sessions and keys.
 *
 * Delta rule. A row alone is the session `[time, time + gap]`; sessions of a partition that touch
 * are one, and sessions(A ∪ B) = sessions(sessions(A) ∪ sessions(B)). So a batch is made into
 * sessions and partial rows of their groups; these are brought together with the open sessions of
 * the same partitions, which they replace; and what ends by the watermark is emitted once and
 * dropped.
 *
 * State: of each open session one row for each of its groups (and each value under DISTINCT).
 * Bound: the sessions that the watermark has not passed. Modes: reads append-only, writes
 * append-only.
 *
 * Late is a session that ends at or before `closedThroughMs` as of the step before, after all that
 * it touches was added; its records are counted and dropped. What touches a session that was given
 * out, and is not late, begins a new one, as in Flink.
 */
export class SessionAggregate implements Operator {
  readonly flow: StepFlow
  readonly states: ReadonlyMap<string, SessionTable>
  private readonly parts: Parts

  private constructor(parts: Parts, sql: string) {
    this.parts = parts
    this.states = new Map([[parts.name, parts.sessions]])
    this.flow = new StepFlow({
      changelog: 'append',
      sql,
      inputs: [parts.input],
      holdsTime: true,
    })
  }

  /** `relation` begins the names of its relations. */
  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    node: SessionAggregateNode
    input: Flow
    limits: OperatorLimits
  }): Promise<SessionAggregate> {
    const { engine, name, relation, node, input, limits } = of
    const layout = layoutOf(node)
    const { partitionCount, groupCount: keyCount, fields } = layout
    const { gapMs } = node.window
    const both = engine.relation(`${relation}_both`, [...fields, recordsField])
    const closing = engine.relation(`${relation}_closing`, fields)
    const arrivals =
      layout.arrivalPlace === undefined ? undefined : new Arrivals(engine, `${relation}_arrivals`)
    const parts: Parts = {
      name,
      input,
      limits,
      layout,
      sessions: new SessionTable(fields, { keyCount, partitionCount, gapMs }),
      both,
      closing,
      arrivals,
      partial: await engine.statement(partialSql(node, layout, input.sql, arrivals?.sql), [
        ...fields,
        recordsField,
        isFirstField,
      ]),
      merge: await engine.statement(mergeSql(layout, both.name), [...fields, recordsField]),
      lateSessions: input.tellsLate ? await lateSessionsOf(of, layout) : undefined,
    }
    return new SessionAggregate(parts, finalSql(node, layout, closing.name))
  }

  async step(drain: boolean): Promise<OperatorStep> {
    const { name, input, layout, sessions, closing } = this.parts
    const { merged, removed, replaced, recordsIn } = await this.bringTogether()
    const late = this.lateRecords(merged)
    const lateRows = late > 0 ? await this.findLate(merged) : {}
    // Above a window that stopped early, draining must not close what is still to come.
    const closesAll = drain && !input.behind
    const through = closesAll ? Number.POSITIVE_INFINITY : input.watermarkMs
    const ends = endsOf(merged, layout)
    const untouched = dueOf(sessions, through, replaced)
    const decision = this.decide(ends, untouched.lastInstantsMs, through)
    const { throughMs } = decision
    const open: number[] = []
    const closed: number[] = []
    ends.forEach((lastInstant, row) => {
      if (lastInstant <= sessions.closedThroughMs) return
      if (lastInstant <= throughMs) closed.push(row)
      else open.push(row)
    })
    const places = untouched.places.filter((_, i) => untouched.at(i) <= throughMs)
    const closingRows = [taken(merged, closed, layout.fields), sessions.rows.gather(places)]
    closing.load(closingRows)
    this.flow.give({
      hasRows: closed.length + places.length > 0,
      // No row before this comes any more.
      watermarkMs: throughMs,
      behind: decision.behind,
    })
    const rows = taken(merged, open, layout.fields)
    const change = {
      state: name,
      ...(removed.rowCount > 0 ? { removed } : {}),
      ...(rows.rowCount > 0 ? { rows } : {}),
      ...(Number.isFinite(throughMs) ? { closedThroughMs: throughMs } : {}),
    }
    return { late, ...lateRows, recordsIn: [recordsIn], changes: [change] }
  }

  hasDue(throughMs: number): boolean {
    return dueOf(this.parts.sessions, throughMs, new Set()).places.length > 0
  }

  get closedThroughMs(): number {
    return this.parts.sessions.closedThroughMs
  }

  async settle(): Promise<void> {
    this.parts.closing.clear()
  }

  /**
   * The sessions of the batch, with the open ones that they touch and those beside them in their
   * partitions; and the keys of these, which the others take the place of.
   */
  private async bringTogether(): Promise<Together> {
    const { name, input, layout, sessions, both, arrivals, partial, merge } = this.parts
    const { fields, partitionCount, groupCount } = layout
    const keyFields = fields.slice(0, groupCount)
    const nothing: Together = {
      merged: new ColumnBatch([...fields, recordsField]),
      removed: new ColumnBatch(keyFields),
      replaced: new Set(),
      recordsIn: 0,
    }
    if (!input.hasRows) return nothing
    arrivals?.beginStep(sessions.rows, layout.arrivalPlace ?? -1)
    const arrived = await partial.run()
    if (arrived.rowCount === 0) return nothing
    const recordsIn = recordsOf(arrived.fixed(fields.length))
    arrivals?.endStep(recordsIn)
    if (hasNull(arrived, partitionCount)) {
      throw new OperatorError('TIME_IS_NULL', `${name}: a row has NULL as its event time`)
    }
    const { int8: isFirst } = arrived.fixed(arrived.columns.length - 1)
    const firsts: number[] = []
    for (let row = 0; row < arrived.rowCount; row++) if (isFirst[row] === 1) firsts.push(row)
    const places = sessions.ofPartitions(taken(arrived, firsts, fields.slice(0, partitionCount)))
    const present = sessions.rows.gather(places)
    const records = new ColumnBatch([recordsField])
    for (let row = 0; row < present.rowCount; row++) records.fixed(0).pushSafeInteger(0)
    const bothFields = [...fields, recordsField]
    both.load([
      new ColumnBatch(bothFields, arrived.columns.slice(0, -1)),
      new ColumnBatch(bothFields, [...present.columns, ...records.columns]),
    ])
    const merged = await merge.run()
    both.clear()
    const removed = new ColumnBatch(keyFields, present.columns.slice(0, groupCount))
    return { merged, removed, replaced: new Set(places), recordsIn }
  }

  /** Those of the step's records that are in sessions which come too late. */
  private async findLate(merged: ColumnBatch): Promise<Pick<OperatorStep, 'lateRows'>> {
    const { sessions, layout, lateSessions } = this.parts
    if (lateSessions === undefined) return {}
    const { closedThroughMs } = sessions
    const late: number[] = []
    endsOf(merged, layout).forEach((end, row) => {
      if (end <= closedThroughMs) late.push(row)
    })
    lateSessions.rows.load([taken(merged, late, layout.fields)])
    const { int32, length } = (await lateSessions.records.run()).fixed(0)
    lateSessions.rows.clear()
    return { lateRows: [{ input: 0, places: [...int32.subarray(0, length)], closedThroughMs }] }
  }

  private lateRecords(merged: ColumnBatch): number {
    const { sessions, layout } = this.parts
    const records = merged.fixed(layout.fields.length)
    return endsOf(merged, layout).reduce(
      (late, end, row) => late + (end <= sessions.closedThroughMs ? records.numberAt(row) : 0),
      0,
    )
  }

  /**
   * Through which instant sessions close: the watermark's, or where that would be too many rows
   * for one step, the last that is not; the next step goes on from there.
   */
  private decide(
    ends: Float64Array,
    untouched: Float64Array,
    watermarkMs: number,
  ): { throughMs: number; behind: boolean } {
    const { closedThroughMs } = this.parts.sessions
    const isDue = (end: number) => end > closedThroughMs && end <= watermarkMs
    const due = Float64Array.from([...ends.filter(isDue), ...untouched.filter(isDue)]).sort()
    const most = this.parts.limits.closedRowsPerStepMax
    const firstOver = due[most]
    if (firstOver !== undefined) {
      const before = due.indexOf(firstOver) - 1
      // Sessions of one end close together, however many they are.
      const throughMs = before >= 0 ? due[before] : firstOver
      const last = due[due.length - 1]
      if (throughMs !== undefined && last !== throughMs) return { throughMs, behind: true }
    }
    // Draining closes through the last session there is, so that later ones are still accepted.
    const all = due[due.length - 1] ?? Number.NEGATIVE_INFINITY
    const throughMs = watermarkMs === Number.POSITIVE_INFINITY ? all : watermarkMs
    return { throughMs: Math.max(throughMs, closedThroughMs), behind: false }
  }
}

interface Parts {
  readonly name: string
  readonly input: Flow
  readonly limits: OperatorLimits
  readonly layout: Layout
  readonly sessions: SessionTable
  /** What came in, and the open sessions of its partitions. */
  readonly both: Relation
  /** The sessions that close in this step, for what is above. */
  readonly closing: Relation
  /** Where aggregates go by the order in which rows come. */
  readonly arrivals: Arrivals | undefined
  readonly partial: Statement
  readonly merge: Statement
  /** Sessions that come too late, and the places of the records in them, where they are told. */
  readonly lateSessions: { readonly rows: Relation; readonly records: Statement } | undefined
}

interface Together {
  /** Fields of the state, then of how many of the step's records the row is made. */
  readonly merged: ColumnBatch
  readonly removed: ColumnBatch
  /** The places of the rows that are removed. */
  readonly replaced: ReadonlySet<number>
  /** Records that came. */
  readonly recordsIn: number
}

/**
 * Columns of a partial row: what it is partitioned by, the session's start, the other keys, what
 * DISTINCT groups by, the session's end, partials, the last arrival where that is kept.
 */
interface Layout {
  readonly fields: readonly Field[]
  readonly partitionCount: number
  readonly groupCount: number
  /** The last number with which a row of the group arrived. */
  readonly arrivalPlace: number | undefined
  /** Of the node, in the order of the layout; and where each key of the node is in it. */
  readonly partitionKeys: readonly number[]
  readonly otherKeys: readonly number[]
  readonly placeOfKey: readonly number[]
  readonly aggregates: readonly { split: SplitAggregate; names: readonly string[] }[]
}

const timestamp: DataType = { kind: 'timestamp', precision: 3, nullable: false }
const recordsField: Field = { name: 'records', type: { kind: 'bigint', nullable: false } }
const isFirstField: Field = { name: 'is_first', type: { kind: 'boolean', nullable: false } }
/** Stands for what rows are partitioned by where that is nothing. */
const allField: Field = { name: 'all', type: { kind: 'tinyint', nullable: false } }

function layoutOf(node: SessionAggregateNode): Layout {
  const partitionKeys = node.window.partitionKeys
  const otherKeys = [...node.keys.keys()].filter((key) => !partitionKeys.includes(key))
  const fieldsOf = (keys: readonly number[]) => keys.map((key) => fieldAt(node.fields, key))
  const partition = partitionKeys.length > 0 ? fieldsOf(partitionKeys) : [allField]
  const splits = node.aggregates.map((call, ordinal) => splitAggregate(call, ordinal, 'arrival'))
  const isOrderKept = node.aggregates.some((call) => isOrdered(call.function))
  const groups = splits.flatMap((split) => split.groupColumns.map(({ field }) => field))
  const partials = splits.flatMap((split) => split.columns.map(({ field }) => field))
  const partitionCount = partition.length
  const groupCount = partitionCount + 1 + otherKeys.length + groups.length
  let group = groupCount - groups.length
  let partial = groupCount + 1
  return {
    fields: [
      ...partition,
      { name: 'session_start', type: timestamp },
      ...fieldsOf(otherKeys),
      ...groups,
      { name: 'session_end', type: timestamp },
      ...partials,
      ...(isOrderKept ? [arrivalField] : []),
    ],
    partitionCount,
    arrivalPlace: isOrderKept ? groupCount + 1 + partials.length : undefined,
    groupCount,
    partitionKeys,
    otherKeys,
    placeOfKey: node.keys.map((_, key) => {
      const place = partitionKeys.indexOf(key)
      return place >= 0 ? place : partitionCount + 1 + otherKeys.indexOf(key)
    }),
    aggregates: splits.map((split) => ({
      split,
      names: [
        ...split.groupColumns.map(() => columnName(group++)),
        ...split.columns.map(() => columnName(partial++)),
      ],
    })),
  }
}

/** The batch as sessions: rows further from the one before than the gap begin a new one. */
function partialSql(
  node: SessionAggregateNode,
  layout: Layout,
  inputSql: string,
  arrivalSql?: string,
): string {
  const { partitionKeys, otherKeys } = layout
  const columnOf = (key: number) => columnName(node.keys[key] ?? -1)
  const partition = partitionKeys.length > 0 ? partitionKeys.map(columnOf) : ['0::TINYINT']
  const by = `PARTITION BY ${partition.join(', ')}`
  const gap = `${BigInt(node.window.gapMs) * 1000n}::BIGINT`
  const times = `SELECT *, epoch_us(${columnName(node.window.timeColumn)}) AS micros${arrivalSql === undefined ? '' : `, ${arrivalSql} AS arrival`} FROM (${inputSql})`
  const begins = `SELECT *, CASE WHEN micros - lag(micros) OVER (${by} ORDER BY micros) <= ${gap} THEN 0 ELSE 1 END AS begins FROM (${times})`
  // Rows of the same time are peers, and so of the same island.
  const islands = `SELECT *, sum(begins) OVER (${by} ORDER BY micros) AS island FROM (${begins})`
  const splits = layout.aggregates.map(({ split }) => split)
  const others = [
    ...otherKeys.map(columnOf),
    ...splits.flatMap((split) => split.groupColumns.map(({ sql }) => sql)),
  ]
  // What is grouped by nothing more is one row a session, whose extent an aggregate finds.
  const isWhole = others.length === 0
  const within = `${by}, island`
  const extents = `SELECT *, min(micros) OVER (${within}) AS since, max(micros) OVER (${within}) AS latest, micros IS NULL AS timeless FROM (${islands})`
  const since = isWhole ? 'min(micros)' : 'any_value(since)'
  const latest = isWhole ? 'max(micros)' : 'any_value(latest)'
  const timeless = isWhole ? 'micros IS NULL' : 'timeless'
  const groups = [
    ...partition,
    `CASE WHEN NOT bool_or(${timeless}) THEN make_timestamp(${since}) END`,
    ...others,
  ]
  const values = [
    `make_timestamp(${latest} + ${gap})`,
    ...splits.flatMap((split) => split.columns.map(({ sql }) => sql)),
    ...(arrivalSql === undefined ? [] : ['CAST(max(arrival) AS BIGINT)']),
    'count(*)',
    `row_number() OVER (${by}) = 1`,
  ]
  // The start is the island's, so it need not be grouped by.
  const grouping = groups
    .map((_, index) => index)
    .filter((index) => index !== layout.partitionCount)
    .map((index) => index + 1)
  return `SELECT ${aliased([...groups, ...values])} FROM (${isWhole ? islands : extents}) GROUP BY ${[...grouping, 'island'].join(', ')}`
}

async function lateSessionsOf(
  of: { engine: Engine; relation: string; node: SessionAggregateNode; input: Flow },
  layout: Layout,
): Promise<Parts['lateSessions']> {
  const { engine, relation, node, input } = of
  const rows = engine.relation(`${relation}_late`, layout.fields)
  const sql = inSessionsSql(node, layout, input.sql, rows.name)
  return { rows, records: await engine.statement(sql, [placeField]) }
}

/** The places of the records that are in sessions of a relation. */
function inSessionsSql(
  node: SessionAggregateNode,
  layout: Layout,
  inputSql: string,
  sessions: string,
): string {
  const { partitionKeys, partitionCount, groupCount } = layout
  const isSame = partitionKeys.map((key, index) => {
    return `s.${columnName(index)} IS NOT DISTINCT FROM i.${columnName(node.keys[key] ?? -1)}`
  })
  const gap = `${BigInt(node.window.gapMs) * 1000n}::BIGINT`
  const conditions = [
    ...isSame,
    `i.micros >= epoch_us(s.${columnName(partitionCount)})`,
    `i.micros <= epoch_us(s.${columnName(groupCount)}) - ${gap}`,
  ]
  const records = `SELECT *, ${microsOf(node.window.timeColumn)} AS micros FROM (${inputSql})`
  return `SELECT DISTINCT i.${placeName} AS c0 FROM (${records}) i JOIN ${sessions}() s ON ${conditions.join(' AND ')} ORDER BY 1`
}

/** Sessions that touch become one, and rows of the same group of it one row. */
function mergeSql(layout: Layout, both: string): string {
  const { partitionCount, groupCount } = layout
  const partition = names(0, partitionCount)
  const [start, end] = [columnName(partitionCount), columnName(groupCount)]
  const by = `PARTITION BY ${partition.join(', ')}`
  const before = `max(${end}) OVER (${by} ORDER BY ${start}, ${end} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`
  const begins = `SELECT *, CASE WHEN ${start} <= ${before} THEN 0 ELSE 1 END AS begins FROM ${both}()`
  const islands = `SELECT *, sum(begins) OVER (${by} ORDER BY ${start}) AS island FROM (${begins})`
  const within = `${by}, island`
  const extents = `SELECT *, min(${start}) OVER (${within}) AS since, max(${end}) OVER (${within}) AS until FROM (${islands})`
  const others = names(partitionCount + 1, groupCount)
  let partial = groupCount + 1
  const merged = layout.aggregates.flatMap(({ split }) =>
    split.columns.map(({ merge }) => merge(columnName(partial++))),
  )
  const arrival = layout.arrivalPlace === undefined ? [] : [columnName(layout.arrivalPlace)]
  const latest = arrival.map((name) => `CAST(max(${name}) AS BIGINT)`)
  const records = `CAST(sum(${columnName(layout.fields.length)}) AS BIGINT)`
  const items = [...partition, 'since', ...others, 'until', ...merged, ...latest, records]
  const grouping = [...partition, 'since', ...others, 'until'].join(', ')
  return `SELECT ${aliased(items)} FROM (${extents}) GROUP BY ${grouping}`
}

/** In order of the session's end, then of the keys, NULLs first as Flink sorts them. */
function finalSql(node: SessionAggregateNode, layout: Layout, closing: string): string {
  const start = `closing.${columnName(layout.partitionCount)}`
  const end = `closing.${columnName(layout.groupCount)}`
  const keys = layout.placeOfKey.map((place) => `closing.${columnName(place)}`)
  const values = [
    ...keys,
    ...layout.aggregates.map(({ split, names: columns }) => split.final(columns)),
    start,
    end,
    `(${end} - to_milliseconds(1))`,
  ]
  const items = values.map(
    (sql, index) => `CAST(${sql} AS ${duckdbTypeName(fieldAt(node.fields, index).type)})`,
  )
  const order = [end, ...keys].map((sql) => `${sql} NULLS FIRST`).join(', ')
  return `SELECT ${aliased(items)} FROM ${closing}() AS closing GROUP BY ${[start, end, ...keys].join(', ')} ORDER BY ${order}`
}

/** The last instant of each row's session, in milliseconds. */
function endsOf(rows: ColumnBatch, layout: Layout): Float64Array {
  const ends = rows.fixed(layout.groupCount)
  return Float64Array.from(
    { length: rows.rowCount },
    (_, row) => Math.floor(ends.numberAt(row) / 1000) - 1,
  )
}

/** Open sessions that end by then, but for those that the step replaces. */
function dueOf(sessions: SessionTable, throughMs: number, replaced: ReadonlySet<number>) {
  const { places, lastInstantsMs } = sessions.ending(throughMs)
  const kept = [...places.keys()].filter((index) => !replaced.has(places[index] as number))
  const ends = Float64Array.from(kept, (index) => lastInstantsMs[index] as number)
  return {
    places: Int32Array.from(kept, (index) => places[index] as number),
    lastInstantsMs: ends,
    at: (index: number) => ends[index] as number,
  }
}

function hasNull(rows: ColumnBatch, column: number): boolean {
  const { validity } = rows.column(column)
  if (validity.bits === undefined) return false
  for (let row = 0; row < rows.rowCount; row++) if (!validity.isValid(row)) return true
  return false
}

/** These rows, of the first columns. */
function taken(rows: ColumnBatch, which: readonly number[], fields: readonly Field[]): ColumnBatch {
  const batch = new ColumnBatch(fields)
  batch.appendTaken(rows.columns, which)
  return batch
}

function names(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => columnName(from + index))
}

function fieldAt(fields: readonly Field[], index: number): Field {
  const field = fields[index]
  if (field === undefined) throw new RangeError(`no field ${index}`)
  return field
}
