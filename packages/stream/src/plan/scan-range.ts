import { type CreateTable, SqlError, type TableOption } from '../sql/index.js'
import type { OptionDefinition } from './option-definition.js'
import { parseSpecificOffsets } from './specific-offsets.js'

const millisecondsSince1970 = {
  accepts: (value: string) => /^\d+$/.test(value) && Number.isSafeInteger(Number(value)),
  hint: 'write milliseconds since 1970, such as 1767520800000',
}
const specificOffsets = {
  accepts: (value: string) => parseSpecificOffsets(value) !== undefined,
  hint: "write offsets as 'partition:0,offset:42;partition:1,offset:300'",
}

/** Where reading of a topic begins, and where it ends. */
export const scanRangeOptions: readonly OptionDefinition[] = [
  {
    key: 'scan.startup.mode',
    values: ['earliest-offset', 'latest-offset', 'group-offsets', 'timestamp', 'specific-offsets'],
  },
  { key: 'scan.startup.timestamp-millis', check: millisecondsSince1970 },
  { key: 'scan.startup.specific-offsets', check: specificOffsets },
  {
    key: 'scan.bounded.mode',
    values: ['unbounded', 'latest-offset', 'group-offsets', 'timestamp', 'specific-offsets'],
  },
  { key: 'scan.bounded.timestamp-millis', check: millisecondsSince1970 },
  { key: 'scan.bounded.specific-offsets', check: specificOffsets },
]

/**
 * Each mode has what it needs, and nothing is said that the mode does not read.
 * @throws SqlError otherwise.
 */
export function checkScanRange(table: CreateTable, options: ReadonlyMap<string, string>): void {
  for (const edge of ['scan.startup', 'scan.bounded']) {
    checkCompanion(
      table,
      options,
      edge,
      'timestamp',
      'timestamp-millis',
      millisecondsSince1970.hint,
    )
    checkCompanion(
      table,
      options,
      edge,
      'specific-offsets',
      'specific-offsets',
      specificOffsets.hint,
    )
    checkGroup(table, options, `${edge}.mode`)
  }
}

/** The option of a mode is there with that mode, and only then. */
function checkCompanion(
  table: CreateTable,
  options: ReadonlyMap<string, string>,
  edge: string,
  mode: string,
  companion: string,
  hint: string,
): void {
  const modeKey = `${edge}.mode`
  const key = `${edge}.${companion}`
  const written = writtenOption(table, key)
  if (options.get(modeKey) === mode) {
    const modeWritten = writtenOption(table, modeKey)
    if (options.has(key) || modeWritten === undefined) return
    throw new SqlError(`'${mode}' needs '${key}'`, modeWritten.valueAt, hint)
  }
  if (written === undefined) return
  throw new SqlError(
    `'${key}' goes with '${modeKey}' = '${mode}'`,
    written.keyAt,
    'set that too, or leave it out',
  )
}

function checkGroup(
  table: CreateTable,
  options: ReadonlyMap<string, string>,
  modeKey: string,
): void {
  const mode = writtenOption(table, modeKey)
  if (mode?.value !== 'group-offsets' || options.has('properties.group.id')) return
  throw new SqlError(
    "'group-offsets' needs 'properties.group.id'",
    mode.valueAt,
    'name the group whose offsets are meant',
  )
}

function writtenOption(table: CreateTable, key: string): TableOption | undefined {
  return table.options.find((option) => option.key === key)
}
