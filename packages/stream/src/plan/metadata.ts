import { didYouMean, type MetadataColumn, type Span, SqlError } from '../sql/index.js'
import { isCastable } from './coercion.js'
import { listed } from './scope.js'
import type { ColumnMetadata, TableDefinition } from './table.js'
import { type DataType, unboundedLength } from './type.js'
import { isTimestamp } from './type-family.js'
import { baseName, typeName } from './type-name.js'

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
]

/**
 * What a METADATA column stands for.
 * @throws SqlError for a key that there is not, or a type that its values cannot be cast to.
 */
export function resolveMetadata(column: MetadataColumn, type: DataType): ColumnMetadata {
  const key = column.key ?? column.name.text
  const field = ofRecords.find((each) => each.key === key)
  if (field === undefined) {
    const keys = ofRecords.map((each) => each.key)
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
    if (isTimestamp(type)) continue
    throw new SqlError(
      `\`${name}\` of \`${table.name}\` is ${baseName(type)}, of which '${metadata.key}' cannot be made`,
      at,
      `declare the column as ${baseName(field.type)}`,
    )
  }
}
