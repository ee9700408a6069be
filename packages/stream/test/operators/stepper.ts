import { pushRowObject, readRowObject } from '../../src/formats/row-object.js'
import { Dataflow, type Output } from '../../src/operators/dataflow.js'
import type { OperatorLimits } from '../../src/operators/limits.js'
import type { Plan } from '../../src/plan/node.js'
import { batchParts, ColumnBatch, readBatch } from '../../src/state/batch.js'
import { applyChanges } from '../../src/state/operator-state.js'
import { canonical, type Row } from './trips.js'

/** What came of a plan over the trips, batch by batch. */
export interface Steps {
  /** The rows that each batch gave; what draining gave is the last. */
  readonly rows: readonly (readonly string[])[]
  readonly late: number
}

/**
 * Runs a plan over trips in batches, and after each of them goes on with operators that were made
 * anew and know nothing but what the states of those before say of themselves.
 */
export async function stepsOf(
  plan: Plan,
  batches: readonly (readonly Row[])[],
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
  let watermarkMs = Number.NEGATIVE_INFINITY
  let late = 0
  for (const batch of [...batches, undefined]) {
    const [source] = dataflow.sources
    if (source === undefined) throw new RangeError('the plan reads no table')
    const loaded = new Map(batch === undefined ? [] : [[source, batchOf(source.fields, batch)]])
    for (const latest of (await dataflow.load(loaded, 0)).values()) {
      watermarkMs = Math.max(watermarkMs, (latest.get(0) ?? watermarkMs) - source.delayMs)
    }
    const rows: string[] = []
    for (let behind = true; behind; ) {
      const watermarks = new Map([[source, watermarkMs]])
      const outcome = await dataflow.step({ watermarkMs: watermarks, drain: batch === undefined })
      for (const output of outcome.outputs) rows.push(...textsOf(output))
      applyChanges(dataflow.states, outcome.changes)
      await dataflow.settle()
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

function batchOf(fields: ColumnBatch['fields'], rows: readonly Row[]): ColumnBatch {
  const batch = new ColumnBatch(fields)
  for (const row of rows) {
    pushRowObject(batch, new Set(Object.keys(row)), row)
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
