import {
  type CreateTable,
  didYouMean,
  lastOf,
  type Name,
  notSupported,
  SqlError,
  type WatermarkDefinition,
} from '../sql/index.js'
import { untypedNull } from './coercion.js'
import { connectorNamed, refuseMetadata } from './connector.js'
import type { Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import { checkFilesystem, resolvePartitions } from './filesystem-options.js'
import { checkFormatColumns, checkFormatTypes } from './format-types.js'
import { resolveMetadata } from './metadata.js'
import type { ScanNode } from './node.js'
import { isProcessingTime, readsProcessingTime } from './processing-time.js'
import { listed, relationOf } from './scope.js'
import type { TableColumn, TableDefinition, TableWatermark } from './table.js'
import { resolveOptions } from './table-options.js'
import { isTimestamp, withNullable } from './type-family.js'
import { typeName } from './type-name.js'
import { resolveType } from './type-resolution.js'
import { changelogFormats, formatOf } from './value-format.js'
import { isVolatile } from './volatile.js'

const rowtimePrecisionMax = 3

/**
 * A table as its CREATE TABLE declares it.
 * @throws SqlError where the declaration contradicts itself, or asks for what is not there yet.
 */
export function declareTable(
  table: CreateTable,
  defaults: Readonly<Record<string, string>>,
): TableDefinition {
  const name = lastOf(table.name).text
  if (table.columns.length === 0) {
    throw new SqlError(`the table \`${name}\` has no columns`, lastOf(table.name).at)
  }
  const options = resolveOptions(table, defaults)
  const primaryKey = resolvePrimaryKey(table)
  const columns = resolveColumns(table, new Set(primaryKey), options)
  const partitionedBy = resolvePartitions(table, columns, options)
  const watermark = resolveWatermark(table, columns)
  const keyFields = checkConnector(table, options, primaryKey)
  checkFormatColumns(table, options, keyFields)
  checkFormatTypes(table, columns, options, keyFields)
  return { name, columns, primaryKey, ...(watermark && { watermark }), partitionedBy, options }
}

function resolveColumns(
  table: CreateTable,
  key: ReadonlySet<string>,
  options: ReadonlyMap<string, string>,
): TableColumn[] {
  const seen = new Set<string>()
  const stored: TableColumn[] = []
  for (const column of table.columns) {
    if (seen.has(column.name.text)) {
      throw new SqlError(`the column \`${column.name.text}\` is there twice`, column.name.at)
    }
    seen.add(column.name.text)
    if (column.kind === 'computed') continue
    const type = resolveType(column.type)
    if (type.kind === 'interval') {
      throw new SqlError('a column cannot hold an interval', column.type.at, 'use BIGINT')
    }
    const name = column.name.text
    if (column.kind === 'metadata') {
      const metadata = resolveMetadata(column, type, options)
      stored.push({ name, type, metadata, ...(column.hidden && { hidden: true }) })
    } else stored.push({ name, type: key.has(name) ? withNullable(type, false) : type })
  }
  const computed = computedResolver(table, stored)
  return table.columns.flatMap((column): TableColumn[] => {
    if (column.kind === 'computed') {
      const expression = computed.resolve(column.expression)
      if (expression === untypedNull) {
        throw new SqlError(
          'the type of this NULL is not known',
          column.at,
          'write CAST(NULL AS INT)',
        )
      }
      return [{ name: column.name.text, type: expression.type, expression }]
    }
    return stored.filter(({ name }) => name === column.name.text)
  })
}

/** Computed columns see those that are not. */
function computedResolver(table: CreateTable, stored: readonly TableColumn[]): ExpressionResolver {
  const definition: TableDefinition = {
    name: lastOf(table.name).text,
    columns: stored,
    primaryKey: [],
    options: new Map(),
  }
  const scan: ScanNode = { kind: 'scan', table: definition, fields: stored }
  return new ExpressionResolver(relationOf(scan, stored), 'a computed column')
}

function resolvePrimaryKey(table: CreateTable): string[] {
  const [first, second] = table.primaryKeys
  if (first === undefined) return []
  if (second !== undefined) {
    throw new SqlError('a table has one PRIMARY KEY', second.at, 'name all its columns in one')
  }
  if (first.enforced) {
    throw new SqlError(
      'a PRIMARY KEY is not checked when records come in, and must say so',
      first.at,
      'write PRIMARY KEY (…) NOT ENFORCED',
    )
  }
  return first.columns.map((name) => {
    const column = table.columns.find((each) => each.name.text === name.text)
    if (column === undefined) throw unknownColumn(table, name)
    if (column.kind !== 'physical') {
      throw new SqlError(`the key's column \`${name.text}\` is not stored`, name.at)
    }
    return name.text
  })
}

function unknownColumn(table: CreateTable, name: Name): SqlError {
  const names = table.columns.map((column) => column.name.text)
  return new SqlError(
    `there is no column \`${name.text}\` in this table`,
    name.at,
    didYouMean(name.text, names) ?? listed('the columns are', names),
  )
}

function resolveWatermark(
  table: CreateTable,
  columns: readonly TableColumn[],
): TableWatermark | undefined {
  const [definition, second] = table.watermarks
  if (definition === undefined) return undefined
  if (second !== undefined) throw new SqlError('a table has one WATERMARK', second.at)
  if (definition.column.length > 1) {
    throw notSupported('a watermark for a field of a row', definition.at, 'use a column')
  }
  const name = lastOf(definition.column)
  const column = columns.find((each) => each.name === name.text)
  if (column === undefined) throw unknownColumn(table, name)
  if (column.expression !== undefined && isProcessingTime(column.expression)) {
    throw new SqlError(
      `\`${name.text}\` is processing time, which has no watermark`,
      name.at,
      'name the column that says when the event happened',
    )
  }
  if (!isTimestamp(column.type) || column.type.precision > rowtimePrecisionMax) {
    throw new SqlError(
      `a watermark needs a TIMESTAMP or TIMESTAMP_LTZ of at most ${rowtimePrecisionMax} digits, not ${typeName(column.type)}`,
      name.at,
      'declare the column as TIMESTAMP_LTZ(3), or compute one: ts AS TO_TIMESTAMP_LTZ(milliseconds, 3)',
    )
  }
  return { column: name.text, ...watermarkBy(definition, columns, column) }
}

/** `column` and `column - INTERVAL …` are a delay, all else is computed of each row. */
function watermarkBy(
  { expression: node }: WatermarkDefinition,
  columns: readonly TableColumn[],
  { name, type }: TableColumn,
): Omit<TableWatermark, 'column'> {
  const scan: ScanNode = {
    kind: 'scan',
    table: { name: '', columns, primaryKey: [], options: new Map() },
    fields: columns,
  }
  const resolver = new ExpressionResolver(relationOf(scan, columns), 'WATERMARK')
  const expression = resolver.resolve(node)
  const delayMs = delayOf(expression, name)
  if (delayMs !== undefined) return { delayMs }
  const given = expression.type
  if (!isTimestamp(given) || given.precision > rowtimePrecisionMax || given.kind !== type.kind) {
    const wanted = type.kind === 'timestampLtz' ? 'TIMESTAMP_LTZ' : 'TIMESTAMP'
    throw new SqlError(
      `the watermark of \`${name}\` is a ${wanted} of at most ${rowtimePrecisionMax} digits, and this is ${typeName(given)}`,
      node.at,
      `CAST it to ${wanted}(3)`,
    )
  }
  if (readsProcessingTime(expression) || isVolatile(expression)) {
    throw notSupported(
      'a watermark that is not made of the row alone',
      node.at,
      `write WATERMARK FOR ${name} AS ${name} - INTERVAL '5' SECOND, or compute it of the columns`,
    )
  }
  return { delayMs: 0, expression }
}

function delayOf(expression: Expression, column: string): number | undefined {
  if (expression.kind === 'column') return expression.name === column ? 0 : undefined
  if (expression.kind !== 'call' || expression.function !== '-') return undefined
  const [time, interval] = expression.arguments
  if (time?.kind !== 'column' || time.name !== column) return undefined
  if (interval?.kind !== 'literal' || interval.type.kind !== 'interval') return undefined
  return interval.type.unit === 'millisecond' ? Number(interval.value) : undefined
}

/** What each connector asks of a table; answers the columns of its records' keys. */
function checkConnector(
  table: CreateTable,
  options: ReadonlyMap<string, string>,
  primaryKey: readonly string[],
): readonly string[] {
  const { at, text: name } = lastOf(table.name)
  const connector = options.get('connector')
  if (connector === undefined) {
    const hint = "add WITH ('connector' = 'kafka', 'format' = 'json')"
    throw new SqlError(`the table \`${name}\` does not say where it is`, at, hint)
  }
  if (connectorNamed(connector) !== undefined) {
    refuseMetadata(table, connector)
    checkFilesystem(table, options)
    return []
  }
  if (formatOf(options) === undefined) {
    const hint = "add 'format' = 'json' or 'format' = 'avro-confluent'"
    throw new SqlError(`the table \`${name}\` does not say how its records are written`, at, hint)
  }
  const keyAt = table.primaryKeys[0]?.at ?? at
  const tellsChanges = changelogFormats.includes(formatOf(options) ?? '')
  if (connector === 'kafka' && primaryKey.length > 0 && !tellsChanges) {
    throw new SqlError(
      "the connector 'kafka' only appends, and cannot keep a PRIMARY KEY",
      keyAt,
      "use 'connector' = 'upsert-kafka', or leave the key out and name 'key.fields'",
    )
  }
  if (connector === 'upsert-kafka' && tellsChanges) {
    throw new SqlError(
      "the connector 'upsert-kafka' takes rows, and a format of changes tells changes",
      at,
      "use 'connector' = 'kafka', or the value format 'json'",
    )
  }
  if (connector === 'upsert-kafka') checkUpsert(table, options, primaryKey)
  return checkKeyFields(table, options, primaryKey)
}

function checkUpsert(
  table: CreateTable,
  options: ReadonlyMap<string, string>,
  primaryKey: readonly string[],
): void {
  const { at } = lastOf(table.name)
  if (primaryKey.length === 0) {
    throw new SqlError(
      "the connector 'upsert-kafka' needs a PRIMARY KEY",
      at,
      'add PRIMARY KEY (…) NOT ENFORCED after the columns',
    )
  }
  const keyFields = table.options.find(({ key }) => key === 'key.fields')
  if (keyFields !== undefined) {
    throw new SqlError(
      "'key.fields' does not go with 'upsert-kafka': its key is the PRIMARY KEY",
      keyFields.keyAt,
      'leave it out',
    )
  }
  const startup = table.options.find(({ key }) => key === 'scan.startup.mode')
  if (startup !== undefined && startup.value !== 'earliest-offset') {
    throw new SqlError(
      "a table of 'upsert-kafka' is read from its beginning",
      startup.keyAt,
      'leave it out',
    )
  }
  if (options.get('key.format') === undefined) {
    throw new SqlError(
      "the connector 'upsert-kafka' needs a 'key.format'",
      at,
      "add 'key.format' = 'json'",
    )
  }
}

function checkKeyFields(
  table: CreateTable,
  options: ReadonlyMap<string, string>,
  primaryKey: readonly string[],
): readonly string[] {
  const option = table.options.find(({ key }) => key === 'key.fields')
  const fields =
    option === undefined ? primaryKey : option.value.split(';').map((each) => each.trim())
  if (option !== undefined) {
    for (const field of fields) {
      const column = table.columns.find(({ name }) => name.text === field)
      if (column?.kind !== 'physical')
        throw unknownColumn(table, { text: field, at: option.valueAt })
    }
    if (options.get('key.format') === undefined) {
      throw new SqlError(
        "'key.fields' needs a 'key.format'",
        option.keyAt,
        "add 'key.format' = 'raw'",
      )
    }
  }
  if (options.get('key.format') !== 'raw' || fields.length === 1) return fields
  const format = table.options.find(({ key }) => key === 'key.format')
  throw new SqlError(
    `the key format 'raw' takes one column, not ${fields.length}`,
    format?.valueAt ?? lastOf(table.name).at,
    "use 'key.format' = 'json'",
  )
}
