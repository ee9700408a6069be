import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  type DuckDBValue,
  FLOAT,
  INTEGER,
  TIME,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api'
import type { ColumnType, ColumnValue, ScalarKind } from '../column.js'

const staged: Record<ScalarKind, DuckDBType> = {
  BOOLEAN,
  INTEGER,
  BIGINT,
  FLOAT,
  DOUBLE,
  VARCHAR,
  JSON: VARCHAR,
  BLOB,
  DATE,
  TIME,
  TIMESTAMP,
}

/** The type in which values are handed to DuckDB. JSON goes as VARCHAR and is cast on the way in. */
export function stagedType(type: ColumnType): DuckDBType {
  return type.kind === 'DECIMAL' ? DECIMAL(type.width, type.scale) : staged[type.kind]
}

/** The value as DuckDB's vectors of `stagedType(type)` take it. */
export function stagedValue(value: ColumnValue, type: ColumnType): DuckDBValue {
  if (value === null) return null
  switch (type.kind) {
    case 'BIGINT':
      return typeof value === 'bigint' ? value : BigInt(value as number)
    case 'DOUBLE':
      return Number(value)
    case 'BLOB':
      return new DuckDBBlobValue(value as Uint8Array)
    case 'DATE':
      return new DuckDBDateValue(value as number)
    case 'TIME':
      return new DuckDBTimeValue(value as bigint)
    case 'TIMESTAMP':
      return new DuckDBTimestampValue(value as bigint)
    case 'DECIMAL':
      return new DuckDBDecimalValue(value as bigint, type.width, type.scale)
    default:
      return value as DuckDBValue
  }
}
