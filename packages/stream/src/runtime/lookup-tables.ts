import type { Disk, Host } from '@millrace/host'
import type { Dataflow } from '../operators/dataflow.js'
import type { Source } from '../operators/source.js'
import { reloadIntervalMs } from '../plan/filesystem-options.js'
import { ColumnBatch } from '../state/batch.js'
import { JobError } from './errors.js'
import { filesOf } from './files/file-list.js'
import { FileReader } from './files/file-reader.js'
import { lookupTableBytesMax, settledFileMs, stepRecordsMax } from './limits.js'

/**
 * The tables that are looked up: all of each, as its files are when the job starts. One that says
 * so (`lookup.full-cache.periodic-reload.interval`) is read again before a step that comes so long
 * after, where a file of it came, went or changed.
 */
export class LookupTables {
  private readonly host: Host
  private readonly dataflow: Dataflow
  private readonly reads = new Map<Source, LastRead>()

  private constructor(host: Host, dataflow: Dataflow) {
    this.host = host
    this.dataflow = dataflow
  }

  /** Throws a `JobError` where one is not there, cannot be read, or is too large. */
  static async load(host: Host, dataflow: Dataflow): Promise<LookupTables> {
    const tables = new LookupTables(host, dataflow)
    await tables.read(dataflow.lookups)
    return tables
  }

  /** Comes between two steps. Throws as `load` does. */
  async refresh(): Promise<void> {
    const nowMs = this.host.clock.monotonic()
    const due = [...this.reads].filter(([table, { readMs }]) => {
      const intervalMs = reloadIntervalMs(table.table)
      return intervalMs !== undefined && nowMs - readMs >= intervalMs
    })
    const changed = due.filter(([table, { files }]) => {
      return files === undefined || this.stateOf(table).files !== files
    })
    for (const [, last] of due) last.readMs = nowMs
    await this.read(changed.map(([table]) => table))
  }

  private async read(tables: readonly Source[]): Promise<void> {
    if (tables.length === 0) return
    const rows = new Map<Source, ColumnBatch>()
    for (const table of tables) {
      // As they were before they are read: what changes meanwhile has changed the next time.
      const { files, latestMs } = this.stateOf(table)
      const isSettled = this.host.clock.now() - latestMs >= settledFileMs
      rows.set(table, await rowsOf(this.host, table))
      const readMs = this.host.clock.monotonic()
      this.reads.set(table, { readMs, files: isSettled ? files : undefined })
    }
    await this.dataflow.loadLookups(rows)
  }

  /** What the files of a table are, as one text, and when the latest of them changed. */
  private stateOf({ table }: Source): { files: string; latestMs: number } {
    const { disk } = this.host
    let latestMs = 0
    const files = filesOf(disk, table).map(({ path }) => {
      const changedMs = disk.modifiedMs(path)
      latestMs = Math.max(latestMs, changedMs)
      return `${path} ${changedMs} ${sizeOf(disk, path)}`
    })
    return { files: files.join('\n'), latestMs }
  }
}

function sizeOf(disk: Disk, path: string): number {
  const file = disk.open(path, { readOnly: true })
  try {
    return file.size()
  } finally {
    file.close()
  }
}

interface LastRead {
  /** Of the monotonic clock. */
  readMs: number
  /** What the files were; undefined where one was so new that it may change within its time. */
  readonly files: string | undefined
}

async function rowsOf(host: Host, table: Source): Promise<ColumnBatch> {
  const all = new ColumnBatch(table.fields)
  const reader = new FileReader(host, table, [])
  try {
    for (;;) {
      const taken = await reader.take(stepRecordsMax)
      if (taken === undefined) return all
      all.appendRows(taken.batch.columns, 0, taken.batch.rowCount)
      if (all.sizeBytes <= lookupTableBytesMax) continue
      const { name } = table.table
      throw new JobError(
        'LOOKUP_TOO_LARGE',
        `table ${name}, which is looked up, has more than ${lookupTableBytesMax} bytes`,
      )
    }
  } finally {
    await reader.close()
  }
}
