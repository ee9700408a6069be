import { pushRowObject, readRowObject } from '../../src/formats/row-object.js'
import { Dataflow, type Output } from '../../src/operators/dataflow.js'
import type { OperatorLimits } from '../../src/operators/limits.js'
import { kindField } from '../../src/operators/operator.js'
import type { Plan } from '../../src/plan/plan.js'
import { batchParts, ColumnBatch, readBatch } from '../../src/state/batch.js'
import { applyChanges } from '../../src/state/operator-state.js'
import { spoil } from './spoil.js'
import { canonical, type Row } from './trips.js'

/** What came of a plan over the trips, batch by batch. */
export interface Steps {
  /** The rows that each batch gave; what draining gave is the last. */
  readonly rows: readonly (readonly string[])[]
  readonly late: number
}

/** Rows of the first table of a plan, or of some by their names. */
export type StepRows = readonly Row[] | ReadonlyMap<string, readonly Row[]>

/**
 * Runs a plan over rows in batches, and after each of them goes on with operators that were made
 * anew and know nothing but what the states of those before say of themselves.
 */
export async function stepsOf(
  plan: Plan,
  batches: readonly StepRows[],
  options: {
    restarts: boolean
    limits?: OperatorLimits
    /** Rows of tables that are looked up, by their names. */
    lookups?: ReadonlyMap<string, readonly Row[]>
    /** Sees what is remembered after each step. */
    afterStep?: (states: Dataflow['states']) => void
  },
): Promise<Steps> {
  let dataflow = await compiled(plan, options)
  const given: string[][] = []
  /** By the names of tables, for the sources of one dataflow are not those of the next. */
  const watermarks = new Map<string, number>()
  let late = 0
  for (const batch of [...batches, undefined]) {
    const loaded = new Map(
      dataflow.sources.map((source, index) => [
        source,
        batchOf(source.fields, rowsOf(batch, source.table.name, index)),
      ]),
    )
    const times = await dataflow.load(
      batch === undefined ? new Map() : loaded,
      Math.max(0, dataflow.clockAtLeastMs),
    )
    for (const source of dataflow.sources) {
      const before = watermarks.get(source.table.name) ?? Number.NEGATIVE_INFINITY
      const latest = times.get(source)?.get(0) ?? Number.NEGATIVE_INFINITY
      watermarks.set(source.table.name, Math.max(before, latest - source.delayMs))
    }
    const watermarkMs = new Map(
      dataflow.sources.map((source) => [
        source,
        watermarks.get(source.table.name) ?? Number.NEGATIVE_INFINITY,
      ]),
    )
    const rows: string[] = []
    for (let behind = true; behind; ) {
      const outcome = await dataflow.step({ watermarkMs, drain: batch === undefined })
      for (const output of outcome.outputs) rows.push(...textsOf(output))
      applyChanges(dataflow.states, outcome.changes)
      await dataflow.settle()
      for (const used of loaded.values()) spoil(used)
      late += outcome.late
      options.afterStep?.(dataflow.states)
      behind = outcome.behind
    }
    given.push(rows)
    if (options.restarts) dataflow = await restarted(dataflow, await compiled(plan, options))
  }
  dataflow.close()
  return { rows: given, late }
}

async function compiled(
  plan: Plan,
  { limits, lookups }: { limits?: OperatorLimits; lookups?: ReadonlyMap<string, readonly Row[]> },
): Promise<Dataflow> {
  const dataflow = await Dataflow.compile(plan, limits)
  const rows = dataflow.lookups.map(
    (table) => [table, batchOf(table.fields, lookups?.get(table.table.name) ?? [])] as const,
  )
  await dataflow.loadLookups(new Map(rows))
  return dataflow
}

async function restarted(before: Dataflow, after: Dataflow): Promise<Dataflow> {
  for (const [name, state] of after.states) {
    const { rows, ...whole } = before.states.get(name)?.whole() ?? {}
    const copied =
      rows === undefined ? {} : { rows: readBatch(state.fields, Buffer.concat(batchParts(rows))) }
    state.apply({ ...whole, ...copied })
  }
  before.close()
  return after
}

function rowsOf(batch: StepRows | undefined, table: string, index: number): readonly Row[] {
  if (batch === undefined) return []
  if (batch instanceof Map) return batch.get(table) ?? []
  return index === 0 ? (batch as readonly Row[]) : []
}

/** A field `$kind` says what change a row is, as Flink writes it; by default it comes. */
function batchOf(fields: ColumnBatch['fields'], rows: readonly Row[]): ColumnBatch {
  const batch = new ColumnBatch(fields)
  const kind = fields.indexOf(kindField)
  const names = new Set(fields.map(({ name }) => name).filter((name) => !name.startsWith('$')))
  for (const row of rows) {
    const { [kindField.name]: change = '+I', ...values } = row
    pushRowObject(batch, names, values)
    if (kind >= 0) batch.fixed(kind).pushInt8(signs.indexOf(String(change)))
    batch.fixed(batch.columns.length - 1).pushInt32(0)
  }
  return batch
}

/** Rows as text, behind the sign of their change where there are others than new ones. */
function textsOf({ rows, kinds }: Output): string[] {
  const names = rows.fields.map(({ name }) => name)
  return Array.from({ length: rows.rowCount }, (_, row) => {
    const values = Object.values(readRowObject(rows, names, row)).map(canonical)
    return [...(kinds === undefined ? [] : [signs[kinds.int8[row] ?? 0]]), ...values].join(' ')
  })
}

const signs = ['+I', '-U', '+U', '-D']
