import type { Host } from '@millrace/host'
import type { Dataflow } from '../operators/dataflow.js'
import type { Source } from '../operators/source.js'
import { ColumnBatch } from '../state/batch.js'
import { JobError } from './errors.js'
import { FileReader } from './files/file-reader.js'
import { lookupTableBytesMax, stepRecordsMax } from './limits.js'

/**
 * Gives the tables that are looked up their rows: all of each, as its files are now. Throws a
 * `JobError` where one is not there, cannot be read, or is too large.
 */
export async function loadLookupTables(host: Host, dataflow: Dataflow): Promise<void> {
  const rows = new Map<Source, ColumnBatch>()
  for (const table of dataflow.lookups) rows.set(table, await rowsOf(host, table))
  await dataflow.loadLookups(rows)
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
