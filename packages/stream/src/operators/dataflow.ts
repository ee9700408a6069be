import type { InsertNode, Plan } from '../plan/plan.js'
import type { ColumnBatch } from '../state/batch.js'
import type { FixedColumn } from '../state/column.js'
import { ChosenColumns } from '../state/deferred-rows.js'
import type { JobDescription, OperatorDescription } from '../state/description.js'
import { ExpiringTable } from '../state/expiring-table.js'
import type { OperatorState, StateChange } from '../state/operator-state.js'
import type { Rows } from '../state/rows.js'
import { DataflowCompiler, type End } from './dataflow-compiler.js'
import { describedSource } from './description.js'
import { Engine } from './duckdb/engine.js'
import { OperatorError } from './errors.js'
import type { LateRows } from './late-rows.js'
import { operatorLimits } from './limits.js'
import { countRead, type OperatorMeter, type OperatorMetrics } from './metrics.js'
import type { Flow, Operator, OperatorStep } from './operator.js'
import { compileSources, type PlanSources } from './plan-sources.js'
import { userFunctionsOf } from './scalar/user-function.js'
import type { Source } from './source.js'

/**
 * A plan as operators: sources at the bottom, operators that keep state above them in an order in
 * which each comes after what it reads, and for each insert the query that ends in its rows.
 *
 * `step` computes and changes nothing that lasts: what it returns is committed by the runtime, and
 * only then do the states change. Whoever calls it must commit the changes, or discard the
 * dataflow, before the next step.
 */
export class Dataflow {
  readonly sources: readonly Source[]
  /** Tables that are looked up, whose rows `loadLookups` takes. */
  readonly lookups: readonly Source[]
  /** What operators remember, by name. */
  readonly states: ReadonlyMap<string, OperatorState>
  /** What the states are of. */
  readonly description: JobDescription
  private readonly engine: Engine
  /** Those of the states whose rows are forgotten after some time. */
  private readonly expiring: ReadonlyMap<string, ExpiringTable>
  private readonly operators: readonly Operator[]
  private readonly meters: ReadonlyMap<Operator, OperatorMeter>
  private readonly ends: readonly End[]
  private readonly lines: Lines

  private constructor(
    engine: Engine,
    sources: PlanSources,
    operators: readonly Operator[],
    ends: readonly End[],
    descriptions: readonly OperatorDescription[],
    states: ReadonlyMap<string, OperatorState>,
    meters: ReadonlyMap<Operator, OperatorMeter>,
    lines: Lines,
  ) {
    this.engine = engine
    this.lines = lines
    this.sources = [...sources.streamed.values()]
    this.lookups = [...sources.lookedUp.values()]
    this.operators = operators
    this.ends = ends
    this.states = states
    this.meters = meters
    this.expiring = new Map(
      [...states].flatMap(([name, state]) =>
        state instanceof ExpiringTable ? [[name, state] as const] : [],
      ),
    )
    const sinks = [...new Set(ends.map(({ insert }) => insert.table.name))]
    this.description = {
      operators: descriptions,
      sources: this.sources.map(describedSource),
      sinks,
    }
  }

  /** Throws an `OperatorError` for what cannot be run. `chance` gives a number from 0 to 1. */
  static async compile(
    plan: Plan,
    limits = operatorLimits,
    chance?: () => number,
  ): Promise<Dataflow> {
    const engine = await Engine.create(chance, userFunctionsOf(plan))
    try {
      const sources = await compileSources(engine, plan)
      const compiler = new DataflowCompiler(engine, sources, limits)
      const ends: End[] = []
      for (const insert of plan.inserts) ends.push(await compiler.end(insert))
      const { operators, descriptions, states, meters, lines } = compiler
      return new Dataflow(engine, sources, operators, ends, descriptions, states, meters, lines)
    } catch (error) {
      engine.close()
      throw error
    }
  }

  /**
   * All the rows of tables that are looked up, in place of those that they had; of every one before
   * anything else, and of any between two steps.
   */
  async loadLookups(rows: ReadonlyMap<Source, ColumnBatch>): Promise<void> {
    for (const [table, batch] of rows) table.load(batch)
    const names = new Set([...rows.keys()].map(({ table }) => table.name))
    for (const operator of this.operators) await operator.prepare?.(names)
    for (const table of rows.keys()) table.clear()
  }

  /**
   * Loads the batches that came (by source; none where nothing came) and answers the latest event
   * time of each partition in them. Comes before `step`, which takes `nowMs` for the present time.
   */
  async load(
    batches: ReadonlyMap<Source, ColumnBatch>,
    nowMs: number,
  ): Promise<Map<Source, ReadonlyMap<number, number>>> {
    this.engine.setStepTime(nowMs)
    const timed = this.sources.filter(({ hasWatermark }) => hasWatermark)
    this.engine.setWatermarks(
      new Map(timed.map(({ table, watermarkMs }) => [table.name, watermarkMs])),
    )
    for (const table of this.expiring.values()) table.beginStep(nowMs)
    const times = new Map<Source, ReadonlyMap<number, number>>()
    for (const source of this.sources) {
      const batch = batches.get(source)
      if (batch === undefined || batch.rowCount === 0) {
        source.clear()
        continue
      }
      source.load(batch)
      times.set(source, await source.latestTimes())
    }
    return times
  }

  /** Is there something to give out at this time, though no rows come? */
  /** Whether the clock alone may give something out. */
  get dependsOnTime(): boolean {
    return this.operators.some((operator) => operator.isDue !== undefined)
  }

  isDue(nowMs: number): boolean {
    return this.operators.some((operator) => operator.isDue?.(nowMs) === true)
  }

  /** The time of the next step may not be before this, whatever a clock says that was set back. */
  get clockAtLeastMs(): number {
    return this.operators.reduce(
      (latest, { clockAtLeastMs }) => Math.max(latest, clockAtLeastMs ?? latest),
      Number.NEGATIVE_INFINITY,
    )
  }

  /** Runs what was loaded through the graph, under the watermark of each source after it. */
  async step(input: {
    watermarkMs: ReadonlyMap<Source, number>
    drain: boolean
    /** By it the time of each operator is measured, in milliseconds. */
    now?: () => number
  }): Promise<StepOutcome> {
    const { now = () => 0 } = input
    for (const [source, watermarkMs] of input.watermarkMs) source.watermarkMs = watermarkMs
    const changes: StateChange[] = []
    const lateRecords: LateRecords[] = []
    let late = 0
    for (const operator of this.operators) {
      const began = now()
      const done = await this.withLine(operator, () => operator.step(input.drain))
      changes.push(...done.changes)
      late += done.late
      const meter = this.meters.get(operator)
      meter?.count(done, now() - began)
      if (meter !== undefined) lateRecords.push(...lateRecordsOf(meter, done))
    }
    const outputs: Output[] = []
    for (const { insert, flow, rows, inputs } of this.ends) {
      if (!flow.hasRows) continue
      const read = await this.withLine(insert, () => rows.readDeferred())
      countRead(inputs, [read.rowCount])
      outputs.push(outputOf(insert, flow, read))
    }
    const behind = this.operators.some(({ flow }) => flow.behind)
    return { outputs, changes: this.withExpiry(changes), late, lateRecords, behind }
  }

  /** What fails is told with the line of the statement that wants it. */
  private async withLine<Result>(
    of: Operator | InsertNode,
    action: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await action()
    } catch (error) {
      throw OperatorError.inLine(this.lines.get(of), error)
    }
  }

  /** What has expired goes, and what is written says when. */
  private withExpiry(changes: readonly StateChange[]): StateChange[] {
    if (this.expiring.size === 0) return [...changes]
    const others = changes.filter(({ state }) => !this.expiring.has(state))
    const expiring = [...this.expiring].flatMap(([name, table]) => {
      const own = changes.filter(({ state }) => state === name)
      return table.changesOf(name, own)
    })
    return [...others, ...expiring]
  }

  /** Of each operator, those before that it reads. */
  metrics(): OperatorMetrics[] {
    return [...this.meters.values()].map((meter) => meter.metrics())
  }

  /** After the changes of a step were committed. */
  async settle(): Promise<void> {
    for (const source of this.sources) source.clear()
    for (const operator of this.operators) await operator.settle()
  }

  close(): void {
    this.engine.close()
  }
}

/** Where in the script the statement of an operator, or of an insert, begins. */
type Lines = ReadonlyMap<Operator | InsertNode, number | undefined>

/** The rows that a step gives to an insert. */
export interface Output {
  readonly insert: InsertNode
  /** To be read before the step's changes are committed. */
  readonly rows: Rows
  /** The kind of each row (`rowKind`); absent where all of them are new. */
  readonly kinds?: FixedColumn
}

/** Records of a source that came too late for an operator. */
export interface LateRecords extends Omit<LateRows, 'input'> {
  readonly source: Source
  /** By its name. */
  readonly operator: string
}

function lateRecordsOf(meter: OperatorMeter, { lateRows = [] }: OperatorStep): LateRecords[] {
  return lateRows.flatMap(({ input, ...rows }) => {
    const source = meter.sourceOf(input)
    return source === undefined ? [] : [{ ...rows, source, operator: meter.name }]
  })
}

export interface StepOutcome {
  readonly outputs: readonly Output[]
  readonly changes: readonly StateChange[]
  /** Records (of a first window) and rows (of one above another) that came too late. */
  readonly late: number
  /** Those of tables that want them told. */
  readonly lateRecords: readonly LateRecords[]
  /** More is due than one step may emit: step again before reading on. */
  readonly behind: boolean
}

function outputOf(insert: InsertNode, flow: Flow, rows: Rows): Output {
  if (flow.changelog === 'append') return { insert, rows }
  const last = rows.fields.length - 1
  const fields = rows.fields.slice(0, last)
  return {
    insert,
    rows: new ChosenColumns(
      fields,
      rows.rowCount,
      fields.map((_, index) => ({ rows, index })),
    ),
    kinds: rows.fixed(last),
  }
}
