import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import { SessionTable } from '../state/session-table.js'
import { Arrivals } from './arrivals.js'
import type { Engine, Relation, Statement } from './duckdb/engine.js'
import { OperatorError } from './errors.js'
import { placeField } from './late-rows.js'
import type { OperatorLimits } from './limits.js'
import type { Flow, Operator, OperatorStep } from './operator.js'
import { recordsOf } from './record-counts.js'
import {
  isFirstField,
  recordsField,
  type SessionAggregateNode,
  type SessionLayout,
  sessionLayoutOf,
} from './session-layout.js'
import {
  inSessionsSql,
  sessionFinalSql,
  sessionMergeSql,
  sessionPartialSql,
} from './session-queries.js'
import { StepFlow } from './step-flow.js'

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
    const layout = sessionLayoutOf(node)
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
      partial: await engine.statement(sessionPartialSql(node, layout, input.sql, arrivals?.sql), [
        ...fields,
        recordsField,
        isFirstField,
      ]),
      merge: await engine.statement(sessionMergeSql(layout, both.name), [...fields, recordsField]),
      lateSessions: input.tellsLate ? await lateSessionsOf(of, layout) : undefined,
    }
    return new SessionAggregate(parts, sessionFinalSql(node, layout, closing.name))
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
  readonly layout: SessionLayout
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

async function lateSessionsOf(
  of: { engine: Engine; relation: string; node: SessionAggregateNode; input: Flow },
  layout: SessionLayout,
): Promise<Parts['lateSessions']> {
  const { engine, relation, node, input } = of
  const rows = engine.relation(`${relation}_late`, layout.fields)
  const sql = inSessionsSql(node, layout, input.sql, rows.name)
  return { rows, records: await engine.statement(sql, [placeField]) }
}

/** The last instant of each row's session, in milliseconds. */
function endsOf(rows: ColumnBatch, layout: SessionLayout): Float64Array {
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
