import { didYouMean, type MetadataColumn, type Span, SqlError } from '../sql/index.js'
import { isCastable } from './coercion.js'
import { listed } from './scope.js'
import type { ColumnMetadata, TableDefinition } from './table.js'
import { type DataType, unboundedLength } from './type.js'
import { isSameType, isTimestamp } from './type-family.js'
import { baseName, typeName } from './type-name.js'
import { formatOf } from './value-format.js'

/** What a record has beside its key and value. */
interface MetadataField {
  readonly key: string
  readonly type: DataType
  /** A sink may set it. */
  readonly isWritable?: true
}

const text: DataType = { kind: 'varchar', length: unboundedLength, nullable: false }

/** Of the connectors `kafka` and `upsert-kafka`. */
const ofRecords: readonly MetadataField[] = [
  { key: 'topic', type: text },
  { key: 'partition', type: { kind: 'int', nullable: false } },
  { key: 'leader-epoch', type: { kind: 'int', nullable: true } },
  { key: 'offset', type: { kind: 'bigint', nullable: false } },
  {
    key: 'timestamp',
    type: { kind: 'timestampLtz', precision: 3, nullable: false },
    isWritable: true,
  },
  { key: 'timestamp-type', type: text },
  {
    key: 'headers',
    type: {
      kind: 'map',
      key: text,
      value: { kind: 'varbinary', length: unboundedLength, nullable: true },
      nullable: false,
    },
    isWritable: true,
  },
]

/** Of the connector `filesystem`: of the file in which a row lies. */
const ofFiles: readonly MetadataField[] = [
  { key: 'file.path', type: text },
  { key: 'file.name', type: text },
  { key: 'file.size', type: { kind: 'bigint', nullable: false } },
  { key: 'file.modification-time', type: { kind: 'timestampLtz', precision: 3, nullable: false } },
]

const orNull = <Type extends DataType>(type: Type) => ({ ...type, nullable: true })
const anyText = orNull(text)
const instant = { kind: 'timestampLtz', precision: 3, nullable: true } as const
const texts: DataType = { kind: 'array', element: anyText, nullable: true }
const textsByName: DataType = { kind: 'map', key: anyText, value: anyText, nullable: true }

/** Of the formats of a value, behind the prefix `value.`. */
const ofFormats: Readonly<Record<string, readonly MetadataField[]>> = {
  'debezium-json': [
    { key: 'value.schema', type: anyText },
    { key: 'value.ingestion-timestamp', type: instant },
    { key: 'value.source.timestamp', type: instant },
    { key: 'value.source.database', type: anyText },
    { key: 'value.source.schema', type: anyText },
    { key: 'value.source.table', type: anyText },
    { key: 'value.source.properties', type: textsByName },
  ],
  'canal-json': [
    { key: 'value.database', type: anyText },
    { key: 'value.table', type: anyText },
    {
      key: 'value.sql-type',
      type: { kind: 'map', key: anyText, value: { kind: 'int', nullable: true }, nullable: true },
    },
    { key: 'value.pk-names', type: texts },
    { key: 'value.ingestion-timestamp', type: instant },
    { key: 'value.event-timestamp', type: instant },
  ],
  'maxwell-json': [
    { key: 'value.database', type: anyText },
    { key: 'value.table', type: anyText },
    { key: 'value.primary-key-columns', type: texts },
    { key: 'value.ingestion-timestamp', type: instant },
  ],
  'ogg-json': [
    { key: 'value.table', type: anyText },
    { key: 'value.primary-keys', type: texts },
    { key: 'value.ingestion-timestamp', type: { ...instant, precision: 6 } },
    { key: 'value.event-timestamp', type: { ...instant, precision: 6 } },
  ],
}

/**
 * What a METADATA column stands for.
 * @throws SqlError for a key that there is not, or a type that its values cannot be cast to.
 */
export function resolveMetadata(
  column: MetadataColumn,
  type: DataType,
  options: ReadonlyMap<string, string>,
): ColumnMetadata {
  const key = column.key ?? column.name.text
  const known =
    options.get('connector') === 'filesystem'
      ? ofFiles
      : [...ofRecords, ...(ofFormats[formatOf(options) ?? ''] ?? [])]
  const field = known.find((each) => each.key === key)
  if (field === undefined) {
    const keys = known.map((each) => each.key)
    throw new SqlError(
      `records have no metadata '${key}'`,
      column.at,
      didYouMean(key, keys)?.replaceAll('`', "'") ?? listed('there is', keys),
    )
  }
  if (!isCastable(field.type, type)) {
    throw new SqlError(
      `the metadata '${key}' is ${typeName(field.type)}, which cannot be cast to ${baseName(type)}`,
      column.type.at,
      `declare the column as ${baseName(field.type)}`,
    )
  }
  return { key, type: field.type, isVirtual: column.virtual }
}

/** @throws SqlError where a row of the table would set what only the broker knows. */
export function checkWrittenMetadata(table: TableDefinition, at: Span): void {
  for (const { name, metadata, type } of table.columns) {
    if (metadata === undefined || metadata.isVirtual) continue
    const field = ofRecords.find((each) => each.key === metadata.key)
    if (field?.isWritable !== true) {
      throw new SqlError(
        `\`${name}\` of \`${table.name}\` is the metadata '${metadata.key}', which cannot be written`,
        at,
        'declare it as METADATA VIRTUAL: it is read then, and no column of what is written',
      )
    }
    // A sink takes any timestamp as the record's, and headers as they are.
    if (isTimestamp(field.type) ? isTimestamp(type) : isSameType(field.type, type)) continue
    throw new SqlError(
      `\`${name}\` of \`${table.name}\` is ${baseName(type)}, of which '${metadata.key}' cannot be made`,
      at,
      `declare the column as ${baseName(field.type)}`,
    )
  }
}
