import { type CreateTable, lastOf, SqlError } from '../sql/index.js'
import type { TableColumn } from './table.js'
import type { DataType } from './type.js'
import { isNested, isText, partsOf } from './type-family.js'
import { baseName } from './type-name.js'
import { formatOf } from './value-format.js'

/** Why a format cannot hold a type, and what to do; undefined where it can. */
type Refusal = (type: DataType) => { readonly reason: string; readonly hint: string } | undefined

/** Objects have texts as the names of their fields. */
const withTextKeys: Refusal = (type) => {
  const key = type.kind === 'map' ? type.key : type.kind === 'multiset' ? type.element : undefined
  if (key !== undefined && !isText(key)) {
    return {
      reason: `has maps with STRING keys only, not ${baseName(key)}`,
      hint: 'use STRING keys',
    }
  }
  return partsOf(type)
    .map(withTextKeys)
    .find((refusal) => refusal !== undefined)
}

const rawKinds =
  'boolean tinyint smallint int bigint float double char varchar binary varbinary'.split(' ')

const plain: Refusal = (type) =>
  rawKinds.includes(type.kind)
    ? undefined
    : { reason: `has no ${type.kind.toUpperCase()}`, hint: "use the format 'json' or 'avro'" }

/** A field holds a plain value, or plain values with a delimiter between them. */
const flat: Refusal = (type) => {
  const hint = "use the format 'json'"
  if (type.kind === 'map' || type.kind === 'multiset') {
    return { reason: `has no ${type.kind.toUpperCase()}`, hint }
  }
  const part = partsOf(type).find(isNested)
  if (part === undefined) return undefined
  return { reason: `has no ${baseName(part)} within another type`, hint }
}

const refusals: Readonly<Record<string, Refusal>> = {
  json: withTextKeys,
  'debezium-json': withTextKeys,
  'canal-json': withTextKeys,
  'maxwell-json': withTextKeys,
  'ogg-json': withTextKeys,
  'debezium-avro-confluent': withTextKeys,
  'avro-confluent': withTextKeys,
  'json-registry': withTextKeys,
  avro: withTextKeys,
  raw: plain,
  csv: flat,
}

/**
 * @throws SqlError where `raw` would have to hold more than one column, or the names of a key's
 * columns do not begin with the prefix that they have in the table.
 */
export function checkFormatColumns(
  table: CreateTable,
  options: ReadonlyMap<string, string>,
  keyFields: readonly string[],
): void {
  const exceptKey = options.get('value.fields-include')?.toUpperCase() === 'EXCEPT_KEY'
  const folders = table.partitionedBy.map(({ text }) => text)
  const physical = table.columns.filter(
    ({ kind, name }) => kind === 'physical' && !folders.includes(name.text),
  )
  const inValue = physical.filter(({ name }) => !exceptKey || !keyFields.includes(name.text))
  const { at } = lastOf(table.name)
  if (formatOf(options) === 'raw' && inValue.length !== 1) {
    const hint = "use 'json', or 'value.fields-include' = 'EXCEPT_KEY' for columns of the key"
    throw new SqlError(`the format 'raw' takes one column, not ${inValue.length}`, at, hint)
  }
  const prefix = table.options.find(({ key }) => key === 'key.fields-prefix')
  if (prefix === undefined) return
  if (!exceptKey) {
    throw new SqlError(
      "'key.fields-prefix' goes with 'value.fields-include' = 'EXCEPT_KEY'",
      prefix.keyAt,
      'set that too, or leave it out',
    )
  }
  const other = keyFields.find((name) => !name.startsWith(prefix.value))
  if (other === undefined) return
  throw new SqlError(
    `the key's column \`${other}\` does not begin with '${prefix.value}'`,
    prefix.valueAt,
    'name it so, or leave the prefix out',
  )
}

/** @throws SqlError for a column of a type that its format does not have. */
export function checkFormatTypes(
  table: CreateTable,
  columns: readonly TableColumn[],
  options: ReadonlyMap<string, string>,
  keyFields: readonly string[],
): void {
  const exceptKey = options.get('value.fields-include')?.toUpperCase() === 'EXCEPT_KEY'
  for (const column of table.columns) {
    const type = columns.find(({ name }) => name === column.name.text)?.type
    if (column.kind !== 'physical' || type === undefined) continue
    if (table.partitionedBy.some(({ text }) => text === column.name.text)) continue
    const isKey = keyFields.includes(column.name.text)
    const formats = [
      ...(isKey && exceptKey ? [] : [formatOf(options)]),
      ...(isKey ? [options.get('key.format')] : []),
    ]
    for (const format of formats) {
      const refusal = format === undefined ? undefined : refusals[format]?.(type)
      if (refusal === undefined) continue
      throw new SqlError(`the format '${format}' ${refusal.reason}`, column.type.at, refusal.hint)
    }
  }
}
