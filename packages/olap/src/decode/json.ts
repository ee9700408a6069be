import { parseJson, printJson } from '@millrace/event'
import type { Column, ColumnType, ColumnValue } from '../column.js'
import { OlapError } from '../errors.js'

export interface JsonRow {
  columns: Column[]
  values: ColumnValue[]
}

/**
 * A JSON object as a row. A field is of the type that `known` says (the table's column, or one
 * declared), else of the one its first value suggests: number DOUBLE, text VARCHAR, true and
 * false BOOLEAN, objects and arrays JSON. Fields that are null and not known are left out.
 * Throws for what is no object, and for a value that its column cannot hold.
 */
export function readJsonRow(
  payload: Buffer,
  known: (field: string) => ColumnType | undefined,
): JsonRow {
  const parsed: unknown = parseJson(payload.toString('utf8'))
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new OlapError(
      'bad_record',
      'the value is neither Avro in the wire format nor a JSON object',
    )
  }
  const row: JsonRow = { columns: [], values: [] }
  for (const [name, value] of Object.entries(parsed)) {
    const type = known(name) ?? suggestedType(value)
    if (!type) continue
    row.columns.push({ name, type })
    row.values.push(value === null ? null : jsonValueAs(value, type, name))
  }
  return row
}

function suggestedType(value: unknown): ColumnType | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'number' || typeof value === 'bigint') return { kind: 'DOUBLE' }
  if (typeof value === 'boolean') return { kind: 'BOOLEAN' }
  return { kind: typeof value === 'string' ? 'VARCHAR' : 'JSON' }
}

/** A JSON value (or the text of one) as a column of this type keeps it. Throws when it does not fit. */
export function jsonValueAs(value: unknown, type: ColumnType, column: string): ColumnValue {
  const converted = convert(value, type)
  if (converted !== undefined) return converted
  const shown = printJson(value)?.slice(0, 60)
  throw new OlapError('bad_record', `column ${column} is ${type.kind} and cannot hold ${shown}`)
}

function convert(value: unknown, type: ColumnType): ColumnValue | undefined {
  switch (type.kind) {
    case 'BOOLEAN':
      return typeof value === 'boolean' ? value : undefined
    case 'INTEGER':
      return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31
        ? (value as number)
        : undefined
    case 'BIGINT':
      if (typeof value === 'string' && /^-?\d{1,18}$/.test(value)) return BigInt(value)
      if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value : undefined
      return Number.isSafeInteger(value) ? BigInt(value as number) : undefined
    case 'FLOAT':
    case 'DOUBLE':
      return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined
    case 'VARCHAR':
      return typeof value === 'string' ? value : undefined
    case 'JSON':
      return printJson(value)
    case 'BLOB':
      return typeof value === 'string' ? Buffer.from(value, 'base64') : undefined
    case 'DATE': {
      const at = instantMicros(typeof value === 'string' ? `${value}T00:00:00Z` : undefined)
      return at === undefined ? undefined : Number(at / 86_400_000_000n)
    }
    case 'TIME':
      return typeof value === 'string' && /^\d\d:\d\d:\d\d(\.\d{1,6})?$/.test(value)
        ? instantMicros(`1970-01-01T${value}Z`)
        : undefined
    case 'TIMESTAMP':
      return instantMicros(value)
    case 'DECIMAL':
      return decimalUnscaled(value, type.scale, type.width)
  }
}

const instantText = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/

/** ISO 8601 or SQL text (without a zone: UTC), or milliseconds since 1970. */
function instantMicros(value: unknown): bigint | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? BigInt(Math.round(value * 1000)) : undefined
  }
  const match = typeof value === 'string' ? instantText.exec(value) : null
  if (!match) return undefined
  const [, date, minutes, seconds = ':00', fraction = '', zone = 'Z'] = match
  const millis = Date.parse(`${date}T${minutes}${seconds}${zone}`)
  if (Number.isNaN(millis)) return undefined
  return BigInt(millis) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6))
}

function decimalUnscaled(value: unknown, scale: number, width: number): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value))
  if (!match || !['number', 'bigint', 'string'].includes(typeof value)) return undefined
  const [, sign, whole = '', fraction = ''] = match
  if (fraction.length > scale) return undefined
  const digits = `${whole}${fraction.padEnd(scale, '0')}`.replace(/^0+(?=\d)/, '')
  return digits.length <= width ? BigInt(`${sign}${digits}`) : undefined
}
