import type { Answer } from '../engine.js'
import type { QueryError } from '../errors.js'

/** DuckDB's types, as Apache Pinot's broker names them. Others are STRING. */
const pinotTypes: Readonly<Record<string, string>> = {
  BOOLEAN: 'BOOLEAN',
  TINYINT: 'INT',
  SMALLINT: 'INT',
  INTEGER: 'INT',
  UTINYINT: 'INT',
  USMALLINT: 'INT',
  UINTEGER: 'LONG',
  BIGINT: 'LONG',
  FLOAT: 'FLOAT',
  DOUBLE: 'DOUBLE',
  TIMESTAMP: 'TIMESTAMP',
  'TIMESTAMP WITH TIME ZONE': 'TIMESTAMP',
  BLOB: 'BYTES',
  JSON: 'JSON',
  HUGEINT: 'BIG_DECIMAL',
}

/** The answer as Pinot's `POST /query/sql` gives it, so that its clients can read it. */
export function pinotAnswer(answer: Answer): string {
  const dataSchema = {
    columnNames: answer.columns.map(({ name }) => name),
    columnDataTypes: answer.columns.map(({ type }) => pinotType(type)),
  }
  const rest = {
    exceptions: [],
    numRowsResultSet: answer.rows.length,
    timeUsedMs: Math.round(answer.elapsedMs),
  }
  return `{"resultTable":{"dataSchema":${JSON.stringify(dataSchema)},"rows":[${answer.rows.join(',')}]},${JSON.stringify(rest).slice(1)}`
}

/** Pinot's error codes: 150 is a statement that cannot be parsed, 250 a timeout, 200 the rest. */
export function pinotFailure(error: QueryError): object {
  const errorCode = error.code === 'syntax_error' ? 150 : error.code === 'time_limit' ? 250 : 200
  return { exceptions: [{ errorCode, message: `${error.message} ${error.hint}` }] }
}

function pinotType(type: string): string {
  if (type.endsWith('[]')) return `${pinotType(type.slice(0, -2))}_ARRAY`
  if (type.startsWith('DECIMAL')) return 'BIG_DECIMAL'
  return pinotTypes[type] ?? 'STRING'
}
