import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api'

/** Decimal digits that a JSON number (a double) always keeps. */
const exactDigits = 15

/**
 * A value as JSON. Whole numbers and decimals are numbers when a double holds them exactly (up to
 * 2^53, up to 15 digits), else strings; so are not-a-number and the infinities. Timestamps are
 * ISO 8601 with Z (SQL's TIMESTAMP without a zone counts as UTC); bytes are base64; lists are
 * arrays, structs are objects, maps are arrays of [key, value]; the rest is text as SQL writes it.
 */
export function jsonValue(value: DuckDBValue): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
    case 'object':
      return value === null ? null : jsonObject(value)
    default:
      return String(value)
  }
}

function jsonObject(value: object): unknown {
  if (value instanceof DuckDBTimestampValue) return isoText(value.micros, value)
  if (value instanceof DuckDBTimestampTZValue) return isoText(value.micros, value)
  if (value instanceof DuckDBTimestampMillisecondsValue) return isoText(value.millis * 1000n, value)
  if (value instanceof DuckDBTimestampSecondsValue)
    return isoText(value.seconds * 1_000_000n, value)
  if (value instanceof DuckDBTimestampNanosecondsValue) return isoText(value.nanos / 1000n, value)
  if (value instanceof DuckDBDecimalValue) return decimal(value)
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return value.items.map(jsonValue)
  }
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(
      Object.entries(value.entries).map(([name, inner]) => [name, jsonValue(inner)]),
    )
  }
  if (value instanceof DuckDBMapValue) {
    return value.entries.map(({ key, value: inner }) => [jsonValue(key), jsonValue(inner)])
  }
  if (value instanceof DuckDBUnionValue) return jsonValue(value.value)
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64')
  return value.toString()
}

function decimal(value: DuckDBDecimalValue): number | string {
  const text = value.toString()
  const digits = text.replace(/^-?0*\.?0*/, '').replace('.', '')
  return digits.length <= exactDigits ? Number(text) : text
}

/** Milliseconds, or microseconds where there are any. */
function isoText(micros: bigint, value: object): string {
  const millis = Number(micros / 1000n - (micros % 1000n < 0n ? 1n : 0n))
  const time = new Date(millis)
  // Infinities, and years that JavaScript does not know.
  if (Number.isNaN(time.getTime())) return value.toString()
  const text = time.toISOString()
  const rest = micros - BigInt(millis) * 1000n
  return rest === 0n ? text : `${text.slice(0, -1)}${String(rest).padStart(3, '0')}Z`
}
