import { OlapError } from './errors.js'

/** A DECIMAL's digits: `width` in all, `scale` of them behind the point. */
export interface DecimalType {
  readonly kind: 'DECIMAL'
  readonly width: number
  readonly scale: number
}

export type ScalarKind =
  | 'BOOLEAN'
  | 'INTEGER'
  | 'BIGINT'
  | 'FLOAT'
  | 'DOUBLE'
  | 'VARCHAR'
  | 'JSON'
  | 'BLOB'
  | 'DATE'
  | 'TIME'
  | 'TIMESTAMP'

export type ColumnType = { readonly kind: ScalarKind } | DecimalType

export interface Column {
  readonly name: string
  readonly type: ColumnType
}

/**
 * One value of a row, as it is between decoding and storing. By the column's type:
 * BOOLEAN boolean; INTEGER, FLOAT, DOUBLE number; BIGINT bigint (or, when the column was widened
 * after the value was read, number; likewise DOUBLE); VARCHAR, JSON string; BLOB bytes;
 * DATE number of days since 1970-01-01; TIME bigint microseconds since midnight;
 * TIMESTAMP bigint microseconds since 1970-01-01T00:00:00Z; DECIMAL bigint, unscaled.
 */
export type ColumnValue = boolean | number | bigint | string | Uint8Array | null

/** The type as SQL writes it, e.g. `DECIMAL(10,2)`. */
export function typeText(type: ColumnType): string {
  return type.kind === 'DECIMAL' ? `DECIMAL(${type.width},${type.scale})` : type.kind
}

const scalarKinds: ReadonlySet<string> = new Set([
  'BOOLEAN',
  'INTEGER',
  'BIGINT',
  'FLOAT',
  'DOUBLE',
  'VARCHAR',
  'JSON',
  'BLOB',
  'DATE',
  'TIME',
  'TIMESTAMP',
])

function isScalarKind(text: string): text is ScalarKind {
  return scalarKinds.has(text)
}

/** The other way round; undefined for a type that tables do not have. */
export function parseType(text: string): ColumnType | undefined {
  const upper = text.trim().toUpperCase()
  if (isScalarKind(upper)) return { kind: upper }
  const decimal = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(upper)
  if (!decimal) return undefined
  const width = Number(decimal[1])
  const scale = Number(decimal[2])
  return width >= 1 && width <= 38 && scale <= width ? { kind: 'DECIMAL', width, scale } : undefined
}

const wider: Partial<Record<ScalarKind, readonly ScalarKind[]>> = {
  INTEGER: ['BIGINT', 'DOUBLE'],
  BIGINT: ['DOUBLE'],
  FLOAT: ['DOUBLE'],
}

/**
 * The type that holds the values of both, as Avro's promotions allow: one of the two.
 * Throws when there is none.
 */
export function widen(column: string, stored: ColumnType, incoming: ColumnType): ColumnType {
  if (typeText(stored) === typeText(incoming)) return stored
  if (stored.kind !== 'DECIMAL' && incoming.kind !== 'DECIMAL') {
    if (wider[stored.kind]?.includes(incoming.kind)) return incoming
    if (wider[incoming.kind]?.includes(stored.kind)) return stored
  }
  throw new OlapError(
    'column_conflict',
    `column ${column} is ${typeText(stored)} in the table and ${typeText(incoming)} in the record.`,
  )
}

/** Where a column is; names do not tell upper from lower case, as in SQL. -1: not there. */
export function columnAt(columns: readonly Column[], name: string): number {
  const lower = name.toLowerCase()
  return columns.findIndex((column) => column.name.toLowerCase() === lower)
}
