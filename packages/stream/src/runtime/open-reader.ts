import type { Host } from '@millrace/host'
import type { LogClient } from '@millrace/log'
import type { Schemas } from '../formats/table-format.js'
import type { Source } from '../operators/source.js'
import { rowNumbersOf } from '../plan/row-numbers.js'
import type { SourcePosition } from '../state/entry.js'
import { DatagenReader } from './datagen-reader.js'
import { JobError } from './errors.js'
import { FileReader } from './files/file-reader.js'
import type { Reader } from './reader.js'
import { RowNumbersReader } from './row-numbers-reader.js'
import { SourceReader } from './source-reader.js'

/** By the table's connector. */
export async function openReader(options: {
  host: Host
  /** Absent where no table of the job is a topic. */
  client: LogClient | undefined
  source: Source
  schemas: Schemas
  positions: readonly SourcePosition[]
  log: (line: string) => void
  onArrival: () => void
}): Promise<Reader> {
  const { host, client, source, positions } = options
  const { name, options: tableOptions } = source.table
  const connector = tableOptions.get('connector')
  const rowCount = rowNumbersOf(source.table)
  if (rowCount !== undefined) return new RowNumbersReader(source, rowCount, positions)
  switch (connector) {
    case 'kafka':
    case 'upsert-kafka':
      if (client === undefined) throw new TypeError('a topic without a log')
      return SourceReader.open({ ...options, client })
    case 'filesystem':
      return new FileReader(host, source, positions)
    case 'datagen':
      return new DatagenReader(host, source, positions)
    default:
      throw new JobError(
        'CONNECTOR_UNSUPPORTED',
        `table ${name} has the connector '${connector ?? ''}', which cannot be read`,
      )
  }
}
