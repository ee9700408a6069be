import { DecodeError } from '../formats/errors.js'
import { pushRowObject, readRowObject } from '../formats/row-object.js'
import { Dataflow, type Output } from '../operators/dataflow.js'
import type { OperatorLimits } from '../operators/limits.js'
import { kindField, rowKind } from '../operators/operator.js'
import type { Source } from '../operators/source.js'
import { offsetField } from '../operators/source-fields.js'
import { nameWithoutHints } from '../plan/hints.js'
import type { InsertNode, Plan } from '../plan/plan.js'
import { rowNumbersOf } from '../plan/row-numbers.js'
import { storedColumns } from '../plan/table.js'
import { ColumnBatch } from '../state/batch.js'
import { applyChanges } from '../state/operator-state.js'
import { JobError } from './errors.js'
import { stepRecordsMax } from './limits.js'
import { rowNumbers } from './row-numbers-reader.js'
import { refuseNulls } from './sink.js'

type Row = Record<string, unknown>

/**
 * Runs a plan over given rows, by the tables that it reads or looks up, without any server: the operators that a job
 * runs, on one partition, then every window closes. Gives the rows of each sink table, by the
 * names of its columns, in the order in which a job would publish them.
 *
 * The watermark follows the rows in their order, batch by batch, so a row may be late; with the
 * default batch size few rows ever are, with `batchSize: 1` all that a job could find late.
 * Rows of a table whose records tell changes may say what change they are in a field `$kind`, as
 * Flink writes it: '+I', '-U', '+U' or '-D'. Processing time stands still at `nowMs` (1970 where it is not given), so that a run can be
 * repeated.
 */
export async function runOnce(
  plan: Plan,
  inputs: ReadonlyMap<string, readonly Row[]>,
  options: { batchSize?: number; limits?: OperatorLimits; nowMs?: number } = {},
): Promise<Map<string, Row[]>> {
  const dataflow = await Dataflow.compile(plan, options.limits)
  const collected = new Map(plan.inserts.map((insert) => [insert, new Collected(insert)]))
  const watermarks = new Map<Source, number>()
  const step = async (batches: ReadonlyMap<Source, ColumnBatch>, drain: boolean) => {
    const times = await dataflow.load(
      batches,
      Math.max(options.nowMs ?? 0, dataflow.clockAtLeastMs),
    )
    for (const [source, latest] of times) {
      const before = watermarks.get(source) ?? Number.NEGATIVE_INFINITY
      watermarks.set(source, Math.max(before, (latest.get(0) ?? before) - source.delayMs))
    }
    let outcome = await dataflow.step({ watermarkMs: watermarks, drain })
    for (;;) {
      for (const output of outcome.outputs) collected.get(output.insert)?.add(output)
      applyChanges(dataflow.states, outcome.changes)
      await dataflow.settle()
      if (!outcome.behind) return
      outcome = await dataflow.step({ watermarkMs: watermarks, drain })
    }
  }
  try {
    const batchSize = options.batchSize ?? stepRecordsMax
    const rowsOf = ({ table }: Source) =>
      inputs.get(table.name) ?? inputs.get(nameWithoutHints(table)) ?? []
    const lookups = dataflow.lookups.map(
      (table) => [table, batchOf(table, rowsOf(table), 0)] as const,
    )
    await dataflow.loadLookups(new Map(lookups))
    const given = new Map(dataflow.sources.map((source) => [source, rowsOf(source)] as const))
    const numbers = dataflow.sources.map(({ table }) => rowNumbersOf(table) ?? 0)
    const longest = Math.max(0, ...numbers, ...[...given.values()].map((rows) => rows.length))
    for (let from = 0; from < longest; from += batchSize) {
      const batches = new Map<Source, ColumnBatch>()
      for (const source of dataflow.sources) {
        const rowCount = rowNumbersOf(source.table)
        if (rowCount !== undefined) {
          batches.set(source, rowNumbers(source, from, Math.min(from + batchSize, rowCount)))
          continue
        }
        const rows = given.get(source)?.slice(from, from + batchSize) ?? []
        batches.set(source, batchOf(source, rows, from))
      }
      await step(batches, false)
    }
    await step(new Map(), true)
  } finally {
    dataflow.close()
  }
  const results = new Map<string, Row[]>()
  for (const [{ table }, sink] of collected) {
    results.set(table.name, [...(results.get(table.name) ?? []), ...sink.all])
  }
  return results
}

function batchOf(source: Source, rows: readonly Row[], firstIndex: number): ColumnBatch {
  const batch = new ColumnBatch(source.fields)
  const partition = batch.fixed(batch.columns.length - 1)
  const kindIndex = source.fields.indexOf(kindField)
  const offsetIndex = source.fields.indexOf(offsetField)
  const offsets = offsetIndex < 0 ? undefined : batch.fixed(offsetIndex)
  const names = new Set(source.table.columns.map((column) => column.name))
  rows.forEach((row, index) => {
    try {
      pushRowObject(batch, names, row)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const where = `table ${source.table.name}, row ${firstIndex + index + 1}`
      throw new JobError('RECORD_UNREADABLE', `${where}: ${error.message}`, { cause: error })
    }
    if (kindIndex >= 0) batch.fixed(kindIndex).pushInt8(kindOf(row, source, firstIndex + index + 1))
    offsets?.pushSafeInteger(firstIndex + index)
    partition.pushInt32(0)
  })
  return batch
}

/** The kind of a change as Flink shows it; a row without one comes. */
function kindOf(row: Row, source: Source, place: number): number {
  const text = row[kindField.name] ?? '+I'
  const kind = ['+I', '-U', '+U', '-D'].indexOf(String(text))
  if (kind >= 0) return kind
  const where = `table ${source.table.name}, row ${place}`
  throw new JobError('RECORD_UNREADABLE', `${where}: there is no change '${text}'`)
}

/**
 * What a sink holds: of an append-only one its rows in their order; of one by key the latest row
 * of each key, in the order in which the keys came; of one of every change the rows that are left.
 */
class Collected {
  private readonly insert: InsertNode
  private readonly rows: Row[] = []
  private readonly byKey = new Map<string, Row>()

  constructor(insert: InsertNode) {
    this.insert = insert
  }

  add({ rows, kinds }: Output): void {
    const { table, mode } = this.insert
    refuseNulls(rows, table)
    const names = storedColumns(table).map((column) => column.name)
    for (let row = 0; row < rows.rowCount; row++) {
      const object = readRowObject(rows, names, row)
      if (mode === 'append') {
        this.rows.push(object)
        continue
      }
      if (mode === 'retract') {
        this.change(object, kinds?.int8[row])
        continue
      }
      const key = JSON.stringify(table.primaryKey.map((name) => object[name]))
      // A row before a change comes by itself where the row after does not pass a filter.
      const kind = kinds?.int8[row]
      const isGone = kind === rowKind.delete || kind === rowKind.updateBefore
      if (isGone) this.byKey.delete(key)
      else this.byKey.set(key, object)
    }
  }

  /** Of a sink of every change, what it adds up to. */
  private change(row: Row, kind: number | undefined): void {
    if (kind !== rowKind.updateBefore && kind !== rowKind.delete) {
      this.rows.push(row)
      return
    }
    const text = JSON.stringify(row)
    const place = this.rows.findIndex((each) => JSON.stringify(each) === text)
    if (place < 0) throw new Error(`a row was taken back that was never given: ${text}`)
    this.rows.splice(place, 1)
  }

  get all(): Row[] {
    return [...this.rows, ...this.byKey.values()]
  }
}
