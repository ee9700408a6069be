import { type CreateTable, SqlError } from '../sql/index.js'
import type { TableColumn } from './table.js'
import { formatOf } from './table-options.js'
import type { DataType } from './type.js'
import { isNested, isText, partsOf } from './type-family.js'
import { baseName } from './type-name.js'

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

const plain: Refusal = (type) =>
  isNested(type)
    ? { reason: `has no ${type.kind.toUpperCase()}`, hint: "use the format 'json' or 'avro'" }
    : undefined

const refusals: Readonly<Record<string, Refusal>> = {
  json: withTextKeys,
  'debezium-json': withTextKeys,
  'canal-json': withTextKeys,
  'avro-confluent': withTextKeys,
  raw: plain,
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
