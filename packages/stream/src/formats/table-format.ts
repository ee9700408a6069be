import { sourceChangelogOf } from '../plan/source-changelog.js'
import { isPhysical, storedColumns, type TableDefinition } from '../plan/table.js'
import type { Field } from '../plan/type.js'
import type { ColumnBatch } from '../state/batch.js'
import { FormatError } from './errors.js'
import type { MetadataTarget, RecordEncoder, SinkField, Target } from './format.js'
import { isRaw } from './raw.js'
import {
  changeDecoderOf,
  decoderOf,
  encoderOf,
  type Format,
  formatNamed,
  type Schemas,
} from './record-format.js'
import { AppendReader, ChangeReader, type RowReader, UpsertReader } from './row-reader.js'

export type { Schemas } from './record-format.js'

/** How a table's rows are written; without a key, records have none. */
export interface TableEncoder {
  readonly value: RecordEncoder
  readonly key?: RecordEncoder
}

/**
 * Reads records into `batch`, which holds some of the table's columns by name. As in Flink, columns
 * of the key are read from the key only with `value.fields-include` = 'EXCEPT_KEY', and where a
 * record without a value deletes the row of its key.
 */
export function tableReader(
  table: TableDefinition,
  batch: ColumnBatch,
  schemas: Schemas,
): RowReader {
  const keyNames = new Set(keyFieldsOf(table))
  const isInKey = ({ field }: Target) => keyNames.has(field.name)
  const isOnlyInKey = (target: Target) => exceptKey(table) && isInKey(target)
  const targets = batch.fields.flatMap((field, index): Target[] =>
    table.columns.some((column) => column.name === field.name && isPhysical(column))
      ? [{ field, column: batch.column(index) }]
      : [],
  )
  const physical = table.columns.filter(isPhysical)
  const inKey = physical.filter(({ name }) => keyNames.has(name))
  const ofKey = targets.filter(isInKey).map((target) => withoutPrefix(table, target))
  const keyDecoder = () => {
    const fields = inKey.map((field) => withoutPrefix(table, { field }).field)
    return decoderOf(keyFormat(table, ofKey), ofKey, fields, schemas)
  }
  const key = targets.some(isOnlyInKey) ? keyDecoder() : undefined
  const chosen = targets.filter((target) => !isOnlyInKey(target))
  const format = valueFormat(table)
  const changelog = sourceChangelogOf(table)
  if (changelog === 'retract') {
    return new ChangeReader(
      changeDecoderOf(format, chosen, metadataTargets(table, batch), schemas),
      key,
    )
  }
  const inValue = exceptKey(table) ? physical.filter(({ name }) => !keyNames.has(name)) : physical
  const value = decoderOf(format, chosen, inValue, schemas)
  if (changelog === 'append') return new AppendReader(value, key)
  const others = targets.filter((target) => !isInKey(target))
  return new UpsertReader(value, key, { key: keyDecoder(), others })
}

/** Columns that the format of the value fills from beside the row. */
function metadataTargets(table: TableDefinition, batch: ColumnBatch): MetadataTarget[] {
  return batch.fields.flatMap(({ name }, index): MetadataTarget[] => {
    const metadata = table.columns.find((column) => column.name === name)?.metadata
    if (metadata?.key.startsWith('value.') !== true) return []
    return [{ key: metadata.key.slice('value.'.length), column: batch.column(index) }]
  })
}

/**
 * Encoders of a sink's rows, whose columns are the table's; registers the schemas that are needed
 * under `<topic>-value` and `<topic>-key`, or the subject that the table's options name.
 */
export async function tableEncoder(
  table: TableDefinition,
  topic: string,
  schemas: Schemas,
): Promise<TableEncoder> {
  const fields = storedColumns(table).flatMap((column, index): SinkField[] => {
    const { name, type } = column
    return isPhysical(column) ? [{ field: { name, type }, index }] : []
  })
  const keyNames = keyFieldsOf(table)
  const inValue = exceptKey(table)
    ? fields.filter(({ field }) => !keyNames.includes(field.name))
    : fields
  const value = await encoderOf(valueFormat(table), inValue, `${topic}-value`, schemas)
  if (keyNames.length === 0) return { value }
  const ofKey = keyNames.map((name) => withoutPrefix(table, fieldNamed(fields, name, table)))
  return { value, key: await encoderOf(keyFormat(table, ofKey), ofKey, `${topic}-key`, schemas) }
}

/**
 * The columns of the record key: `key.fields` (separated by ';'), else the primary key, so that
 * rows of one key keep their order. Without both, records have no key.
 */
export function keyFieldsOf(table: TableDefinition): readonly string[] {
  const declared = table.options.get('key.fields')
  if (declared === undefined) return table.primaryKey
  return declared.split(';').map((name) => name.trim())
}

function valueFormat(table: TableDefinition): Format {
  const prefix = table.options.has('value.format') ? 'value.' : ''
  return formatOf(table, table.options.get(`${prefix}format`), prefix)
}

/** Where `key.format` is not given: one column as it is ('raw'), others as a JSON object. */
function keyFormat(table: TableDefinition, columns: readonly { field: Field }[]): Format {
  const [first] = columns
  const alone = columns.length === 1 && first !== undefined && isRaw(first.field.type)
  return formatOf(table, table.options.get('key.format') ?? (alone ? 'raw' : 'json'), 'key.')
}

function formatOf(table: TableDefinition, name: string | undefined, prefix: string): Format {
  const known = formatNamed(name)
  if (known === undefined) {
    const given = name === undefined ? 'no format' : `the format '${name}'`
    throw new FormatError('FORMAT_UNSUPPORTED', `table ${table.name} has ${given}`)
  }
  const start = `${prefix}${known}.`
  const own = [...table.options].filter(([option]) => option.startsWith(start))
  return {
    name: known,
    options: new Map(own.map(([option, value]) => [option.slice(start.length), value])),
  }
}

/** The column by the name that it has in the key: `key.fields-prefix` is the table's alone. */
function withoutPrefix<Each extends { readonly field: Field }>(
  table: TableDefinition,
  each: Each,
): Each {
  const prefix = table.options.get('key.fields-prefix') ?? ''
  return { ...each, field: { ...each.field, name: each.field.name.slice(prefix.length) } }
}

function exceptKey(table: TableDefinition): boolean {
  return table.options.get('value.fields-include')?.toUpperCase() === 'EXCEPT_KEY'
}

function fieldNamed(fields: readonly SinkField[], name: string, table: TableDefinition): SinkField {
  const found = fields.find(({ field }) => field.name === name)
  if (found !== undefined) return found
  throw new FormatError('OPTION_UNKNOWN', `table ${table.name} has no column '${name}' for its key`)
}
