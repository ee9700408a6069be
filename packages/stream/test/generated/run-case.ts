import assert from 'node:assert/strict'
import { SimulatedDisk } from '@millrace/host'
import { pushRowObject, readRowObject } from '../../src/formats/row-object.js'
import { Dataflow, type Output, type StepOutcome } from '../../src/operators/dataflow.js'
import { kindField, rowKind } from '../../src/operators/operator.js'
import type { Source } from '../../src/operators/source.js'
import { uniqueKeysOf } from '../../src/plan/changelog.js'
import type { PlanNode } from '../../src/plan/node.js'
import type { Plan } from '../../src/plan/plan.js'
import { planScript } from '../../src/script.js'
import { SqlError } from '../../src/sql/index.js'
import { ColumnBatch } from '../../src/state/batch.js'
import { StateStore } from '../../src/state/store.js'
import { spoil } from '../operators/spoil.js'
import { type BatchWorld, canonical } from './batch-world.js'
import { type CaseText, scriptOf } from './case-text.js'
import type { Change, Step } from './random-case.js'

/**
 * The law: after every step of a case what was given out so far, taken together, is what DuckDB
 * answers over the rows so far; and a query of which rows change is right by its keys too, and by a
 * key that many rows may have comes to one of them.
 */
export type Verdict =
  | { readonly kind: 'holds' }
  /** The planner does not take the query. */
  | { readonly kind: 'refused'; readonly why: string }
  | {
      readonly kind: 'broken'
      readonly how: Breach
      readonly what: string
      /** The plan of a query as it shows; absent where there is none. */
      readonly variant?: VariantName | undefined
      /** The step after which it shows; absent behind them all, and before them. */
      readonly step?: number | undefined
    }

/** Which part of the law: other rows, an engine that fails, a text of ours that DuckDB does not take. */
export type Breach = 'answer' | 'taken back' | 'late' | 'engine' | 'recompute'

/** A query's plan as it is, by the key of its rows, and by one that many rows may have. */
export type VariantName = 'as it is' | 'by its key' | 'by a key of many'

class Broken extends Error {
  readonly how: Breach

  constructor(how: Breach, message: string) {
    super(message)
    this.how = how
  }
}

export interface RunOptions {
  /** Changes what the engine gives in a step: to see that the law notices. */
  readonly mutate?: (outcome: StepOutcome, step: number) => StepOutcome
  /** Changes the plan: to see that the law notices. */
  readonly mutatePlan?: (plan: Plan) => Plan
  /** Only this one is run. */
  readonly variant?: VariantName | undefined
}

export async function runCase(
  text: CaseText,
  world: BatchWorld,
  options: RunOptions = {},
): Promise<Verdict> {
  let plan: Plan
  try {
    plan = planScript(scriptOf(text))
  } catch (error) {
    if (error instanceof SqlError) return { kind: 'refused', why: error.message }
    return broken('engine', error, {})
  }
  const at: Place = {}
  try {
    await inWorld(() => world.load(text))
    for (const { name, plan: variant } of variantsOf(options.mutatePlan?.(plan) ?? plan)) {
      if (options.variant !== undefined && options.variant !== name) continue
      at.variant = name
      await follow(variant, text, world, options, at)
    }
    return { kind: 'holds' }
  } catch (error) {
    return broken(error instanceof Broken ? error.how : 'engine', error, at)
  }
}

/** Where a run is. */
interface Place {
  variant?: VariantName
  step?: number | undefined
}

function broken(how: Breach, error: unknown, at: Place): Verdict {
  const what = error instanceof Error ? error.message : String(error)
  return { kind: 'broken', how, what, ...at }
}

async function inWorld<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw new Broken('recompute', error instanceof Error ? error.message : String(error))
  }
}

/** The plan as it is; by the first key of what it gives; and by one that many rows may have. */
function variantsOf(plan: Plan): { readonly name: VariantName; readonly plan: Plan }[] {
  const [insert] = plan.inserts
  const asItIs = { name: 'as it is' as const, plan }
  if (insert === undefined || insert.mode !== 'retract') return [asItIs]
  const byKey = (primaryKey: readonly string[], input = insert.input): Plan => ({
    inserts: [{ ...insert, table: { ...insert.table, primaryKey }, input, mode: 'upsert' }],
  })
  const { fields } = insert.input
  const [key] = uniqueKeysOf(insert.input)
  const named = key?.map((index) => fields[index]?.name ?? '')
  const rowKey = key ?? [...fields.keys()]
  const input: PlanNode = { kind: 'materialize', input: insert.input, keys: [0], rowKey, fields }
  return [
    asItIs,
    ...(named === undefined ? [] : [{ name: 'by its key' as const, plan: byKey(named) }]),
    { name: 'by a key of many', plan: byKey([fields[0]?.name ?? ''], input) },
  ]
}

async function follow(
  plan: Plan,
  text: CaseText,
  world: BatchWorld,
  options: RunOptions,
  at: Place,
): Promise<void> {
  at.step = undefined
  const run = await Run.start(plan)
  const [insert] = plan.inserts
  const isOfMany = insert?.input.kind === 'materialize'
  const check = (when: string, expected: readonly string[]) => {
    if (isOfMany) compareKeys(run.sink.byKey, expected, when)
    else compare(run.sink.rows(), expected, when)
  }
  const of = insert?.mode === 'upsert' ? `, by the key (${insert.table.primaryKey.join(', ')})` : ''
  try {
    for (const [index, step] of text.steps.entries()) {
      at.step = index
      await run.step(
        step,
        options.mutate && ((outcome) => options.mutate?.(outcome, index) ?? outcome),
      )
      const expected = await inWorld(() => world.answer(text, index, run.watermarks))
      check(`after step ${index + 1}${of}`, expected)
      if (step.snapshot) await run.store.snapshot()
      if (step.restart) await run.restart()
    }
    at.step = undefined
    await run.drain()
    const last = text.steps.length - 1
    const expected = await inWorld(() => world.answer(text, last, 'end'))
    check(`in the end${of}`, expected)
    if (run.late > 0) throw new Broken('late', `${run.late} rows were late; none is`)
  } finally {
    run.close()
  }
}

function compare(actual: readonly string[], expected: readonly string[], when: string): void {
  try {
    assert.deepEqual(actual, expected)
  } catch {
    const [missing, wrong] = [without(expected, actual), without(actual, expected)]
    const lines = [
      ...missing.map((row) => `  missing: ${row}`),
      ...wrong.map((row) => `  not in the recomputed: ${row}`),
    ]
    throw new Broken('answer', [`${when}:`, ...lines.slice(0, 12)].join('\n'))
  }
}

/** Each key that a row has comes to one of its rows, and no other is there. */
function compareKeys(
  byKey: ReadonlyMap<string, string>,
  expected: readonly string[],
  when: string,
): void {
  const wrong = without([...byKey.values()], expected)
  const missing = expected.filter((row) => {
    return ![...byKey.keys()].some((key) => row === key || row.startsWith(`${key} `))
  })
  if (wrong.length + missing.length === 0) return
  const lines = [
    ...wrong.map((row) => `  not in the recomputed: ${row}`),
    ...missing.map((row) => `  no row of its key: ${row}`),
  ]
  throw new Broken('answer', [`${when}:`, ...lines.slice(0, 12)].join('\n'))
}

function without(rows: readonly string[], others: readonly string[]): string[] {
  const left = [...others]
  return rows.filter((row) => {
    const place = left.indexOf(row)
    if (place >= 0) left.splice(place, 1)
    return place < 0
  })
}

/** In how many rounds a step gives out what is due; some tens of rows need no more than one. */
const roundsMax = 50

/** A dataflow over its journal, step by step. */
class Run {
  readonly sink: SinkRows
  /** By table; absent before the first row. */
  readonly watermarks = new Map<string, number>()
  store: StateStore
  late = 0
  private readonly plan: Plan
  private readonly disk: SimulatedDisk
  private dataflow: Dataflow
  private epoch = 0

  private constructor(plan: Plan, disk: SimulatedDisk, dataflow: Dataflow, store: StateStore) {
    this.plan = plan
    this.disk = disk
    this.dataflow = dataflow
    this.store = store
    this.sink = new SinkRows(plan)
  }

  static async start(plan: Plan): Promise<Run> {
    const disk = new SimulatedDisk()
    const dataflow = await Dataflow.compile(plan)
    const store = await StateStore.open(disk, '/state', dataflow.states)
    return new Run(plan, disk, dataflow, store)
  }

  async step({ changes }: Step, mutate?: (outcome: StepOutcome) => StepOutcome): Promise<void> {
    const batches = new Map<Source, ColumnBatch>()
    for (const source of this.dataflow.sources) {
      const own = changes.filter(({ table }) => table === source.table.name)
      batches.set(source, batchOf(source, own))
    }
    const times = await this.dataflow.load(batches, 0)
    for (const [{ table, delayMs }, latest] of times) {
      const [ms] = [...latest.values()]
      if (ms === undefined) continue
      const before = this.watermarks.get(table.name) ?? Number.NEGATIVE_INFINITY
      this.watermarks.set(table.name, Math.max(before, ms - delayMs))
    }
    await this.stepOut(false, mutate)
    for (const batch of batches.values()) spoil(batch)
  }

  async drain(): Promise<void> {
    await this.dataflow.load(new Map(), 0)
    await this.stepOut(true)
  }

  private async stepOut(
    drain: boolean,
    mutate: (outcome: StepOutcome) => StepOutcome = (outcome) => outcome,
  ): Promise<void> {
    const watermarkMs = new Map(
      this.dataflow.sources.map((source) => {
        return [source, this.watermarks.get(source.table.name) ?? Number.NEGATIVE_INFINITY]
      }),
    )
    let rounds = 0
    for (let behind = true; behind; ) {
      if (++rounds > roundsMax) throw new Broken('engine', 'a step has no end')
      const outcome = mutate(await this.dataflow.step({ watermarkMs, drain }))
      for (const output of outcome.outputs) this.sink.take(output)
      this.late += outcome.late
      this.epoch++
      await this.store.commit({
        epoch: this.epoch,
        positions: [],
        totals: { recordsIn: 0, recordsOut: 0, late: this.late, skipped: 0 },
        changes: outcome.changes,
        outbox: [],
        openFiles: [],
      })
      await this.dataflow.settle()
      behind = outcome.behind
    }
  }

  /** Goes on with operators that know nothing but what was written. */
  async restart(): Promise<void> {
    this.store.close()
    this.dataflow.close()
    this.dataflow = await Dataflow.compile(this.plan)
    this.store = await StateStore.open(this.disk, '/state', this.dataflow.states)
  }

  close(): void {
    this.store.close()
    this.dataflow.close()
  }
}

function batchOf(source: Source, changes: readonly Change[]): ColumnBatch {
  const batch = new ColumnBatch(source.fields)
  const names = new Set(source.table.columns.map(({ name }) => name))
  const kindIndex = source.fields.indexOf(kindField)
  for (const { kind, row } of changes) {
    pushRowObject(batch, names, row)
    if (kindIndex >= 0) batch.fixed(kindIndex).pushInt8(kindNames.indexOf(kind))
    batch.fixed(batch.columns.length - 1).pushInt32(0)
  }
  return batch
}

const kindNames = ['+I', '-U', '+U', '-D']

/** What a sink makes of changes: rows that are added up, or the latest of each key. */
class SinkRows {
  private readonly keys: readonly number[] | undefined
  private readonly counts = new Map<string, number>()
  readonly byKey = new Map<string, string>()

  constructor({ inserts: [insert] }: Plan) {
    if (insert?.mode === 'upsert') {
      this.keys = insert.table.primaryKey.map((name) => {
        return insert.input.fields.findIndex((field) => field.name === name)
      })
    }
  }

  take({ rows, kinds }: Output): void {
    const names = rows.fields.map((_, index) => String(index))
    for (let row = 0; row < rows.rowCount; row++) {
      const values = Object.values(readRowObject(rows, names, row)).map(canonical)
      const kind = kinds?.int8[row] ?? rowKind.insert
      const goes = kind === rowKind.delete || kind === rowKind.updateBefore
      if (this.keys !== undefined) {
        const key = this.keys.map((index) => values[index]).join(' ')
        if (goes) this.byKey.delete(key)
        else this.byKey.set(key, values.join(' '))
        continue
      }
      const text = values.join(' ')
      this.counts.set(text, (this.counts.get(text) ?? 0) + (goes ? -1 : 1))
    }
  }

  rows(): string[] {
    const [below] = [...this.counts].find(([, count]) => count < 0) ?? []
    if (below !== undefined) {
      throw new Broken('taken back', `a row is taken back that is not there: ${below}`)
    }
    const added = [...this.counts].flatMap(([text, count]) => Array<string>(count).fill(text))
    return [...added, ...this.byKey.values()].sort()
  }
}
