import { DecodeError } from '../formats/errors.js'
import { pushRowObject, readRowObject } from '../formats/row-object.js'
import { Dataflow, type Output } from '../operators/dataflow.js'
import type { OperatorLimits } from '../operators/limits.js'
import type { Source } from '../operators/source.js'
import type { Plan } from '../plan/node.js'
import { ColumnBatch } from '../state/batch.js'
import { applyChanges } from '../state/store.js'
import { JobError } from './errors.js'
import { stepRecordsMax } from './limits.js'
import { refuseNulls } from './sink.js'

type Row = Record<string, unknown>

/**
 * Runs a plan over given rows, by source table, without any server: the operators that a job
 * runs, on one partition, then every window closes. Gives the rows of each sink table, by the
 * names of its columns, in the order in which a job would publish them.
 *
 * The watermark follows the rows in their order, batch by batch, so a row may be late; with the
 * default batch size few rows ever are, with `batchSize: 1` all that a job could find late.
 */
export async function runOnce(
  plan: Plan,
  inputs: ReadonlyMap<string, readonly Row[]>,
  options: { batchSize?: number; limits?: OperatorLimits } = {},
): Promise<Map<string, Row[]>> {
  const dataflow = await Dataflow.compile(plan, options.limits)
  const results = new Map<string, Row[]>(plan.inserts.map(({ table }) => [table.name, []]))
  const watermarks = new Map<Source, number>()
  const step = async (batches: ReadonlyMap<Source, ColumnBatch>, drain: boolean) => {
    const times = await dataflow.load(batches)
    for (const [source, latest] of times) {
      const before = watermarks.get(source) ?? Number.NEGATIVE_INFINITY
      watermarks.set(source, Math.max(before, (latest.get(0) ?? before) - source.delayMs))
    }
    const loaded = new Set(times.keys())
    let outcome = await dataflow.step({ loaded, watermarkMs: watermarks, drain })
    for (;;) {
      for (const output of outcome.outputs) collect(output, results)
      applyChanges(dataflow.panes, outcome.changes)
      await dataflow.settle()
      if (!outcome.behind) return
      outcome = await dataflow.step({ loaded: new Set(), watermarkMs: watermarks, drain })
    }
  }
  try {
    const batchSize = options.batchSize ?? stepRecordsMax
    const longest = Math.max(0, ...[...inputs.values()].map((rows) => rows.length))
    for (let from = 0; from < longest; from += batchSize) {
      const batches = new Map<Source, ColumnBatch>()
      for (const source of dataflow.sources) {
        const rows = inputs.get(source.table.name)?.slice(from, from + batchSize) ?? []
        batches.set(source, batchOf(source, rows, from))
      }
      await step(batches, false)
    }
    await step(new Map(), true)
  } finally {
    dataflow.close()
  }
  return results
}

function batchOf(source: Source, rows: readonly Row[], firstIndex: number): ColumnBatch {
  const batch = new ColumnBatch(source.fields)
  const partition = batch.fixed(batch.columns.length - 1)
  const names = new Set(source.table.columns.map((column) => column.name))
  rows.forEach((row, index) => {
    try {
      pushRowObject(batch, names, row)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const where = `table ${source.table.name}, row ${firstIndex + index + 1}`
      throw new JobError('RECORD_UNREADABLE', `${where}: ${error.message}`, { cause: error })
    }
    partition.pushInt32(0)
  })
  return batch
}

function collect({ insert, rows }: Output, results: Map<string, Row[]>): void {
  refuseNulls(rows, insert.table)
  const names = insert.table.columns
    .filter((column) => column.expression === undefined)
    .map((column) => column.name)
  const into = results.get(insert.table.name) ?? []
  for (let row = 0; row < rows.rowCount; row++) into.push(readRowObject(rows, names, row))
}
