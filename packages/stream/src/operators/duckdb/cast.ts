import { type DataType, unboundedLength } from '../../plan/type.js'
import { isNested } from '../../plan/type-family.js'
import { OperatorError } from '../errors.js'
import {
  type IntegerKind,
  integerBits,
  integerName,
  isInteger,
  widerName,
  wrapped,
} from './integers.js'
import { rowFieldName } from './nested.js'
import { nestedText } from './nested-text.js'
import { doubleFromText, textOfDouble } from './number-as-text.js'
import { dateFromText, timeFromText, timestampFromText } from './time-from-text.js'
import { duckdbTypeName } from './types.js'

/**
 * CAST as Flink has it. Where DuckDB differs, Flink's rule is spelled out: decimals and doubles
 * become integers by truncation (DuckDB rounds), integers that do not fit wrap around and doubles
 * saturate (DuckDB fails), a decimal that does not fit is NULL, CHAR and VARCHAR pad and cut,
 * a timestamp and a time lose digits by truncation, booleans are TRUE and FALSE. What is read of
 * text and written as text is in `time-from-text.ts` and `number-as-text.ts`.
 */
export function castSql(sql: string, from: DataType, to: DataType, tryCast: boolean): string {
  const cast = tryCast ? 'TRY_CAST' : 'CAST'
  if (isNested(to)) return toNested(sql, from, to, tryCast)
  if (isInteger(to)) return toInteger(sql, from, to, cast)
  switch (to.kind) {
    case 'boolean':
      return toBoolean(sql, from, cast)
    case 'decimal': {
      return `${isText(from) ? cast : 'TRY_CAST'}(${exactly(sql, from)} AS ${duckdbTypeName(to)})`
    }
    case 'char':
    case 'varchar':
      return fitLength(toText(sql, from), from, to)
    case 'binary':
    case 'varbinary':
      return isText(from) ? `encode(${sql})` : sql
    case 'timestamp':
    case 'timestampLtz':
      return fitPrecision(
        isText(from) ? timestampFromText(sql, cast) : `${cast}(${sql} AS TIMESTAMP)`,
        to.precision,
        timePrecisionOf(from),
      )
    case 'date':
      return isText(from) ? dateFromText(sql, cast) : `${cast}(${sql} AS DATE)`
    case 'time':
      return fitTimePrecision(
        isText(from) ? timeFromText(sql, cast) : `${cast}(${sql} AS TIME)`,
        to.precision,
        timePrecisionOf(from),
      )
    case 'float':
    case 'double':
      if (isText(from)) return doubleFromText(sql, to.kind === 'float' ? 'FLOAT' : 'DOUBLE', cast)
      return `${cast}(${sql} AS ${duckdbTypeName(to)})`
    default:
      return `${cast}(${sql} AS ${duckdbTypeName(to)})`
  }
}

/** Part by part, by the rules of the parts. */
function toNested(sql: string, from: DataType, to: DataType, tryCast: boolean, depth = 0): string {
  const part = (each: string, partFrom: DataType, partTo: DataType) =>
    isNested(partTo)
      ? toNested(each, partFrom, partTo, tryCast, depth + 1)
      : castSql(each, partFrom, partTo, tryCast)
  const name = `part${depth}`
  switch (to.kind) {
    case 'array':
      if (from.kind !== 'array') break
      return `list_transform(${sql}, lambda ${name}: ${part(name, from.element, to.element)})`
    case 'map': {
      if (from.kind !== 'map') break
      const [key, value] = [`${name}.key`, `${name}.value`]
      const entry = `{'key': ${part(key, from.key, to.key)}, 'value': ${part(value, from.value, to.value)}}`
      return `map_from_entries(list_transform(map_entries(${sql}), lambda ${name}: ${entry}))`
    }
    case 'row': {
      if (from.kind !== 'row') break
      const fields = to.fields.map((field, index) => {
        const each = `struct_extract(${sql}, '${rowFieldName(index)}')`
        return `${rowFieldName(index)} := ${part(each, from.fields[index]?.type ?? field.type, field.type)}`
      })
      return `CASE WHEN ${sql} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`
    }
  }
  throw new OperatorError('FUNCTION_UNSUPPORTED', `CAST from ${from.kind} to ${to.kind}`)
}

/** A double has the digits that it is written with, as Java's BigDecimal.valueOf: 1.005 is no less. */
function exactly(sql: string, from: DataType): string {
  if (from.kind === 'boolean') return `CAST(${sql} AS INTEGER)`
  if (from.kind === 'double' || from.kind === 'float')
    return `CAST(CAST(${sql} AS DOUBLE) AS VARCHAR)`
  return sql
}

function isText(type: DataType): boolean {
  return type.kind === 'char' || type.kind === 'varchar'
}

function toBoolean(sql: string, from: DataType, cast: string): string {
  if (from.kind === 'boolean') return sql
  if (!isText(from)) return `(${sql} <> 0)`
  const text = `lower(trim(${sql}))`
  const otherwise = cast === 'CAST' ? `CAST(${sql} AS BOOLEAN)` : 'NULL'
  return `CASE WHEN ${text} IN ('true', 't', 'yes', 'y', '1') THEN TRUE WHEN ${text} IN ('false', 'f', 'no', 'n', '0') THEN FALSE ELSE ${otherwise} END`
}

type IntegerType = DataType & { kind: IntegerKind }

function toInteger(sql: string, from: DataType, to: IntegerType, cast: string): string {
  if (isInteger(from)) {
    const narrows = integerBits(from.kind) > integerBits(to.kind)
    return narrows ? narrowed(sql, from.kind, to.kind) : `CAST(${sql} AS ${integerName(to.kind)})`
  }
  switch (from.kind) {
    case 'decimal':
      return narrowed(wrapped(`CAST(trunc(${sql}) AS HUGEINT)`, 'bigint'), 'bigint', to.kind)
    case 'float':
    case 'double': {
      const through = to.kind === 'bigint' ? 'bigint' : 'int'
      return narrowed(saturated(sql, through), through, to.kind)
    }
    case 'char':
    case 'varchar':
      return textToInteger(sql, integerName(to.kind), cast)
    case 'boolean':
      return `CAST(${sql} AS ${integerName(to.kind)})`
    default:
      throw new OperatorError('FUNCTION_UNSUPPORTED', `CAST from ${from.kind} to ${to.kind}`)
  }
}

/** Digits, and perhaps a point and digits that are cut off; no exponent. */
function textToInteger(sql: string, name: string, cast: string): string {
  const isNumber = `regexp_full_match(trim(${sql}), '[+-]?[0-9]+([.][0-9]*)?')`
  const otherwise =
    cast === 'CAST' ? `error('Conversion: "' || ${sql} || '" is no ${name}')` : 'NULL'
  return `CASE WHEN ${isNumber} THEN ${cast}(split_part(trim(${sql}), '.', 1) AS ${name}) WHEN ${sql} IS NOT NULL THEN ${otherwise} END`
}

/** Through the type wider than `from`, where the offsets that `wrapped` adds cannot overflow. */
function narrowed(sql: string, from: IntegerKind, to: IntegerKind): string {
  if (integerBits(from) <= integerBits(to)) return sql
  const wider = widerName(from)
  return wrapped(`CAST(${sql} AS ${wider})`, to, wider)
}

/** Java's `(int)` and `(long)` of a double: NaN is 0, what is too large becomes the largest. */
function saturated(sql: string, kind: 'int' | 'bigint'): string {
  const limit = 2n ** BigInt(integerBits(kind) - 1)
  const cast = `CAST(trunc(${sql}) AS ${integerName(kind)})`
  return `CASE WHEN isnan(${sql}) THEN 0 WHEN ${sql} >= ${limit}::DOUBLE THEN ${limit - 1n} WHEN ${sql} <= -${limit}::DOUBLE THEN (-${limit - 1n} - 1)::${integerName(kind)} ELSE ${cast} END`
}

function toText(sql: string, from: DataType): string {
  if (isNested(from)) return nestedText(sql, from, toText)
  switch (from.kind) {
    case 'char':
    case 'varchar':
      return sql
    case 'boolean':
      return `CASE WHEN ${sql} THEN 'TRUE' WHEN NOT ${sql} THEN 'FALSE' END`
    case 'binary':
    case 'varbinary':
      return `decode(${sql})`
    case 'timestamp':
    case 'timestampLtz':
      return secondsText(sql, '%Y-%m-%d %H:%M:%S', from.precision)
    case 'time':
      return secondsText(`(DATE '1970-01-01' + ${sql})`, '%H:%M:%S', from.precision)
    case 'float':
    case 'double':
      return textOfDouble(sql)
    default:
      return `CAST(${sql} AS VARCHAR)`
  }
}

/** With exactly `precision` digits of the second. */
function secondsText(sql: string, format: string, precision: number): string {
  if (precision === 0) return `strftime(${sql}, '${format}')`
  const text = `strftime(${sql}, '${format}.%f')`
  return precision >= 6 ? text : `left(${text}, -${6 - precision})`
}

/** CHAR(n) pads with spaces and cuts, VARCHAR(n) cuts; length counts characters. */
export function fitLength(sql: string, from: DataType, to: DataType): string {
  if (to.kind === 'varchar') {
    const fits = isText(from) && 'length' in from && from.length <= to.length
    return to.length === unboundedLength || fits ? sql : `left(${sql}, ${to.length})`
  }
  if (to.kind !== 'char') return sql
  return `rpad(left(${sql}, ${to.length}), ${to.length}, ' ')`
}

function timePrecisionOf(type: DataType): number {
  if (type.kind === 'date') return 0
  const hasPrecision =
    type.kind === 'timestamp' || type.kind === 'timestampLtz' || type.kind === 'time'
  return hasPrecision ? type.precision : 6
}

/** Cuts a time of `from` digits of the second to `precision` digits. */
function fitTimePrecision(sql: string, precision: number, from: number): string {
  if (from <= precision || precision >= 6) return sql
  const cut = `CAST(extract(microsecond FROM ${sql}) AS BIGINT) % ${10 ** (6 - precision)}`
  return `(${sql} - to_microseconds(${cut}))`
}

/** Cuts a timestamp of `from` digits of the second to `precision` digits. */
export function fitPrecision(sql: string, precision: number, from = 6): string {
  if (from <= precision || precision >= 6) return sql
  if (precision === 0) return `date_trunc('second', ${sql})`
  if (precision === 3) return `date_trunc('milliseconds', ${sql})`
  const unit = 10 ** (6 - precision)
  const micros = `epoch_us(${sql})`
  return `make_timestamp(${micros} - ((${micros} % ${unit}) + ${unit}) % ${unit})`
}
