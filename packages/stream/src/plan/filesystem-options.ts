import { type CreateTable, lastOf, notSupported, SqlError } from '../sql/index.js'
import { durationMs } from './duration.js'
import { optionsOf } from './format-options.js'
import { memoryBytes } from './memory-size.js'
import type { OptionDefinition } from './option-definition.js'
import type { TableColumn, TableDefinition } from './table.js'
import { isInteger, isText } from './type-family.js'
import { baseName } from './type-name.js'

const formats = ['json', 'csv', 'raw']

const duration = {
  accepts: (value: string) => durationMs(value) !== undefined,
  hint: "write a duration such as '10 s', '1 min' or '500 ms'",
}

export const reloadInterval = 'lookup.full-cache.periodic-reload.interval'

/** How long after it was read a table that is looked up is read again; undefined for never. */
export function reloadIntervalMs({
  options,
}: Pick<TableDefinition, 'options'>): number | undefined {
  const text = options.get(reloadInterval)
  return text === undefined ? undefined : durationMs(text)
}

/** The options of the connector `filesystem`. */
export const filesystemOptions: readonly OptionDefinition[] = [
  {
    key: 'path',
    check: {
      accepts: (value) => pathOf(value) !== undefined,
      hint: "files are read and written on this machine: write 'file:///folder' or '/folder'",
    },
  },
  { key: 'format', values: formats },
  { key: 'source.monitor-interval', check: duration },
  // Of a table that is looked up: all of it lies in memory, and is read again now and then.
  { key: 'lookup.cache', values: ['FULL'] },
  { key: 'lookup.full-cache.reload-strategy', values: ['PERIODIC'] },
  { key: reloadInterval, check: duration },
  { key: 'lookup.full-cache.periodic-reload.schedule-mode', values: ['FIXED_DELAY'] },
  {
    key: 'sink.rolling-policy.file-size',
    check: {
      accepts: (value) => memoryBytes(value) !== undefined,
      hint: "write a size such as '128 mb'",
    },
  },
  { key: 'sink.rolling-policy.rollover-interval', check: duration },
  { key: 'sink.rolling-policy.inactivity-interval', check: duration },
  { key: 'partition.default-name' },
  ...optionsOf('', formats),
]

/** The path that the option says; undefined where it is on another system of files. */
export function pathOf(option: string): string | undefined {
  const path = option.replace(/^file:(?:\/\/)?(?=\/)/, '')
  return path === '' || /^[a-z][a-z0-9+.-]*:/i.test(path) ? undefined : path
}

/**
 * The columns that are folders and not in the files: their names, in the order of the folders.
 * @throws SqlError for what a folder cannot be named after.
 */
export function resolvePartitions(
  table: CreateTable,
  columns: readonly TableColumn[],
  options: ReadonlyMap<string, string>,
): readonly string[] {
  const [first] = table.partitionedBy
  if (first === undefined) return []
  if (options.get('connector') !== 'filesystem') {
    throw notSupported('PARTITIONED BY', first.at, "set the record's key with 'key.fields'")
  }
  const names = table.partitionedBy.map(({ text, at }) => {
    const column = columns.find(({ name }) => name === text)
    const isStored = column?.expression === undefined && column?.metadata === undefined
    if (column === undefined || !isStored) {
      throw new SqlError(`there is no stored column \`${text}\` to make folders of`, at)
    }
    const { type } = column
    if (!isText(type) && !isInteger(type) && type.kind !== 'date' && type.kind !== 'boolean') {
      throw notSupported(
        `a folder for each ${baseName(type)}`,
        at,
        'CAST it to STRING, or use a DATE',
      )
    }
    return text
  })
  if (names.length === table.columns.filter(({ kind }) => kind === 'physical').length) {
    throw new SqlError('every column is a folder, and nothing is left for the files', first.at)
  }
  return names
}

/** @throws SqlError where a table of files does not say enough. */
export function checkFilesystem(table: CreateTable, options: ReadonlyMap<string, string>): void {
  if (options.get('connector') !== 'filesystem') return
  const { at, text: name } = lastOf(table.name)
  if (!options.has('path')) {
    throw new SqlError(`the table \`${name}\` does not say where it is`, at, "add 'path' = '/…'")
  }
  if (!options.has('format')) {
    const hint = "add 'format' = 'json' or 'format' = 'csv'"
    throw new SqlError(`the table \`${name}\` does not say how its records are written`, at, hint)
  }
  const key = table.primaryKeys[0]
  if (key !== undefined) {
    throw new SqlError("the connector 'filesystem' keeps no PRIMARY KEY", key.at, 'leave it out')
  }
}

/** Is the table one of files? */
export function isFileTable({ options }: Pick<TableDefinition, 'options'>): boolean {
  return options.get('connector') === 'filesystem'
}
