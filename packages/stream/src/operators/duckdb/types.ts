import type { DuckDBType } from '@duckdb/node-api'
import * as duckdb from '@duckdb/node-api'
import type { DataType } from '../../plan/type.js'
import { OperatorError } from '../errors.js'

const {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  FLOAT,
  INTEGER,
  SMALLINT,
  TIME,
  TIMESTAMP,
  TINYINT,
  VARCHAR,
} = duckdb

/** DuckDB keeps microseconds; a finer timestamp would lose digits in silence. */
const timePrecisionMax = 6

/**
 * The DuckDB type of a column of a type, and of a plain type what it is computed in. Both timestamps are DuckDB's TIMESTAMP: an instant
 * is kept in UTC, and the session's zone is UTC.
 */
export function duckdbType(type: DataType): DuckDBType {
  switch (type.kind) {
    case 'boolean':
      return BOOLEAN
    case 'tinyint':
      return TINYINT
    case 'smallint':
      return SMALLINT
    case 'int':
      return INTEGER
    case 'bigint':
      return BIGINT
    case 'float':
      return FLOAT
    case 'double':
      return DOUBLE
    case 'decimal':
      return DECIMAL(type.precision, type.scale)
    case 'char':
    case 'varchar':
      return VARCHAR
    case 'binary':
    case 'varbinary':
      return BLOB
    case 'date':
      return DATE
    case 'time':
      return TIME
    case 'timestamp':
    case 'timestampLtz':
      if (type.precision > timePrecisionMax) {
        throw new OperatorError('TYPE_UNSUPPORTED', `a ${type.kind} of precision ${type.precision}`)
      }
      return TIMESTAMP
    case 'array':
    case 'map':
    case 'multiset':
    case 'row':
      // Columns carry these as text (`nested.ts`).
      return VARCHAR
    case 'interval':
      throw new OperatorError('TYPE_UNSUPPORTED', 'an interval as a column')
  }
}

/** The name in SQL text of the type that a type is computed in, intervals and nested ones too. */
export function duckdbTypeName(type: DataType): string {
  switch (type.kind) {
    case 'interval':
      return 'INTERVAL'
    case 'array':
      return `${duckdbTypeName(type.element)}[]`
    case 'map':
      return `MAP(${duckdbTypeName(type.key)}, ${duckdbTypeName(type.value)})`
    case 'multiset':
      return `MAP(${duckdbTypeName(type.element)}, INTEGER)`
    case 'row': {
      const fields = type.fields.map((field, index) => `f${index} ${duckdbTypeName(field.type)}`)
      return `STRUCT(${fields.join(', ')})`
    }
    default:
      return duckdbType(type).toString()
  }
}
