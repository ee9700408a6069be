import { type DataType, type Field, unboundedLength } from '../../plan/type.js'
import { isInteger, isNested } from '../../plan/type-family.js'
import { duckdbTypeName } from './types.js'

/**
 * ARRAY, MAP, MULTISET and ROW are DuckDB's lists, maps and structs while DuckDB computes, and
 * JSON text in columns (`state/storage.ts`). The text holds booleans and small integers as they are,
 * and every other value as the text that DuckDB casts to and from without loss, so what comes back is
 * what went out, and equal values have equal texts.
 */

const text: DataType = { kind: 'varchar', length: unboundedLength, nullable: true }

/** The name of field `index` of a row within DuckDB, whose own names know no case. */
export function rowFieldName(index: number): string {
  return `f${index}`
}

/** The type as which a value is read from and written to JSON. */
function carriedType(type: DataType): DataType {
  switch (type.kind) {
    case 'array':
      return { ...type, element: carriedType(type.element) }
    case 'map':
    case 'multiset': {
      const value: DataType = type.kind === 'map' ? type.value : { kind: 'int', nullable: false }
      return { kind: 'map', key: text, value: carriedType(value), nullable: type.nullable }
    }
    case 'row':
      return {
        ...type,
        fields: type.fields.map((field) => ({ ...field, type: carriedType(field.type) })),
      }
    case 'boolean':
      return type
    default:
      return isInteger(type) && type.kind !== 'bigint' ? type : text
  }
}

/** A value of a nested type as the text of a column. */
export function toTextSql(sql: string, type: DataType): string {
  return `CAST(to_json(CAST(${sql} AS ${duckdbTypeName(carriedType(type))})) AS VARCHAR)`
}

/** The text of a column as a value of its nested type. */
export function fromTextSql(sql: string, type: DataType): string {
  const structure = JSON.stringify(duckdbTypeName(carriedType(type))).replaceAll("'", "''")
  return `CAST(from_json(${sql}, '${structure}') AS ${duckdbTypeName(type)})`
}

export function holdsNested(fields: readonly Field[]): boolean {
  return fields.some(({ type }) => isNested(type))
}
