/** What can be wrong with a format or a record in it; the hint says what to do. */
const formatErrors = {
  OPTION_UNKNOWN: 'correct the table options',
  FORMAT_UNSUPPORTED: "use 'json', 'csv', 'avro-confluent' or 'raw'",
  TYPE_UNSUPPORTED: 'declare the column with another type',
  SCHEMA_MISMATCH: 'declare the columns as the schema has them',
  NULL_REFUSED: 'filter such rows out, or declare the column without NOT NULL',
  VALUE_REFUSED: 'write what the schema has',
} as const

/** A table that cannot be read or written as declared, or a row that its sink refuses. */
export class FormatError extends Error {
  readonly code: keyof typeof formatErrors

  constructor(code: keyof typeof formatErrors, detail: string) {
    super(`${detail} (${formatErrors[code]})`)
    this.name = 'FormatError'
    this.code = code
  }
}

/** Bytes that are not what the format says. Whoever reads adds topic, partition and offset. */
export class DecodeError extends Error {
  constructor(detail: string) {
    super(detail)
    this.name = 'DecodeError'
  }
}
