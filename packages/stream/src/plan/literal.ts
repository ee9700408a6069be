import {
  type IntervalNode,
  type LiteralNode,
  type Span,
  SqlError,
  type TimeUnit,
} from '../sql/index.js'
import { untypedNull } from './coercion.js'
import { decimalPrecisionMax } from './decimal.js'
import type { Literal } from './expression.js'
import type { DataType } from './type.js'

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** The constant that a literal stands for, with Flink's type of it. */
export function resolveLiteral(node: LiteralNode): Literal {
  switch (node.kind) {
    case 'number':
      return resolveNumber(node.text, node.at, false)
    case 'string':
      return literal(node.value, { kind: 'char', length: lengthOf(node.value), nullable: false })
    case 'boolean':
      return literal(node.value, { kind: 'boolean', nullable: node.value === null })
    case 'null':
      return untypedNull
    case 'temporal':
      return resolveTemporal(node.type, node.value, node.at)
    case 'interval':
      return resolveInterval(node)
    case 'bytes':
      return literal(node.hex, { kind: 'binary', length: node.hex.length / 2, nullable: false })
  }
}

function literal(value: Literal['value'], type: DataType): Literal {
  return { kind: 'literal', value, type }
}

/** Characters, not code units. */
function lengthOf(text: string): number {
  return [...text].length
}

/**
 * Whole numbers are INT or BIGINT, with a point DECIMAL, with an exponent DOUBLE. The sign belongs
 * to the number: -2147483648 is an INT.
 */
export function resolveNumber(text: string, at: Span, negative: boolean): Literal {
  if (/e/i.test(text)) {
    return literal(negative ? -Number(text) : Number(text), { kind: 'double', nullable: false })
  }
  const [whole = '', fraction = ''] = text.split('.')
  if (fraction === '') {
    const value = negative ? -BigInt(whole) : BigInt(whole)
    if (BigInt.asIntN(32, value) === value)
      return literal(Number(value), { kind: 'int', nullable: false })
    if (BigInt.asIntN(64, value) === value)
      return literal(value, { kind: 'bigint', nullable: false })
    throw new SqlError(
      `${text} is larger than a BIGINT`,
      at,
      "write it with a point, or as CAST('…' AS DECIMAL(38, 0))",
    )
  }
  const precision = whole.length + fraction.length
  if (precision > decimalPrecisionMax) {
    throw new SqlError(
      `${text} has more than ${decimalPrecisionMax} digits`,
      at,
      'write it with an exponent, as a DOUBLE',
    )
  }
  const type = { kind: 'decimal', precision, scale: fraction.length, nullable: false } as const
  return literal(`${negative ? '-' : ''}${BigInt(whole || '0')}.${fraction}`, type)
}

const datePattern = /^(\d{1,4})-(\d{1,2})-(\d{1,2})$/
const timePattern = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?$/

function resolveTemporal(type: 'DATE' | 'TIME' | 'TIMESTAMP', text: string, at: Span): Literal {
  const parsed = parseTemporal(type, text.trim())
  if (parsed !== undefined) return parsed
  const example = { DATE: '2026-01-31', TIME: '23:59:59', TIMESTAMP: '2026-01-31 23:59:59.999' }
  throw new SqlError(`'${text}' is not a ${type}`, at, `write ${type} '${example[type]}'`)
}

/** A date, time or timestamp from its text; undefined where it is none. */
export function parseTemporal(
  type: 'DATE' | 'TIME' | 'TIMESTAMP',
  text: string,
): Literal | undefined {
  if (type === 'DATE') {
    const days = parseDays(text)
    return days === undefined ? undefined : literal(days, { kind: 'date', nullable: false })
  }
  if (type === 'TIME') {
    const time = parseTimeOfDay(text)
    return (
      time &&
      literal(time.milliseconds, { kind: 'time', precision: time.precision, nullable: false })
    )
  }
  const [dateText = '', timeText = '00:00:00'] = text.split(/[ T]/, 2)
  const days = parseDays(dateText)
  const time = parseTimeOfDay(timeText)
  if (days === undefined || time === undefined) return undefined
  const value = days * dayMs + time.milliseconds
  return literal(value, { kind: 'timestamp', precision: time.precision, nullable: false })
}

function parseDays(text: string): number | undefined {
  const [matched, year, month, day] = datePattern.exec(text) ?? []
  if (matched === undefined) return undefined
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (date.getUTCMonth() !== Number(month) - 1) return undefined
  return Math.floor(date.getTime() / dayMs)
}

function parseTimeOfDay(text: string): { milliseconds: number; precision: number } | undefined {
  const [matched, hour, minute, second, fraction = ''] = timePattern.exec(text) ?? []
  if (matched === undefined) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const whole = Number(hour) * hourMs + Number(minute) * minuteMs + Number(second) * secondMs
  return { milliseconds: whole + Number(`0.${fraction || '0'}`) * 1000, precision: fraction.length }
}

/** How long a unit is, in milliseconds or in months. */
const unitLength = new Map<TimeUnit, { unit: 'millisecond' | 'month'; length: number }>([
  ['SECOND', { unit: 'millisecond', length: secondMs }],
  ['MINUTE', { unit: 'millisecond', length: minuteMs }],
  ['HOUR', { unit: 'millisecond', length: hourMs }],
  ['DAY', { unit: 'millisecond', length: dayMs }],
  ['WEEK', { unit: 'millisecond', length: 7 * dayMs }],
  ['MONTH', { unit: 'month', length: 1 }],
  ['QUARTER', { unit: 'month', length: 3 }],
  ['YEAR', { unit: 'month', length: 12 }],
])

/** INTERVAL '1' DAY, and '1 12:30' DAY TO MINUTE: each part in the unit of its place. */
function resolveInterval(node: IntervalNode): Literal {
  const { unit, amount } = parseInterval(node)
  return literal(node.negative ? -amount : amount, { kind: 'interval', unit, nullable: false })
}

const clockUnits: readonly TimeUnit[] = ['DAY', 'HOUR', 'MINUTE', 'SECOND']

function parseInterval(node: IntervalNode): { unit: 'millisecond' | 'month'; amount: number } {
  const first = unitLength.get(node.from)
  if (first === undefined) {
    throw new SqlError(
      `an INTERVAL is not counted in ${node.from}`,
      node.at,
      "write INTERVAL '0.001' SECOND, or another unit from SECOND to YEAR",
    )
  }
  const text = node.value.trim()
  const negative = text.startsWith('-')
  const digits = negative ? text.slice(1) : text
  const amount =
    node.to === undefined
      ? singleAmount(node, digits, first.length)
      : compound(node, node.to, digits)
  if (amount === undefined) {
    const example = node.to === undefined ? '15' : node.from === 'YEAR' ? '1-6' : '1 12:30:00'
    throw new SqlError(
      `'${node.value}' is not an interval of ${node.from}${node.to ? ` TO ${node.to}` : ''}`,
      node.at,
      `write it like '${example}'`,
    )
  }
  return { unit: first.unit, amount: negative ? -amount : amount }
}

function singleAmount(node: IntervalNode, digits: string, length: number): number | undefined {
  const pattern = node.from === 'SECOND' ? /^\d+(\.\d{1,3})?$/ : /^\d+$/
  return pattern.test(digits) ? Math.round(Number(digits) * length) : undefined
}

function compound(node: IntervalNode, to: TimeUnit, digits: string): number | undefined {
  if (node.from === 'YEAR' && to === 'MONTH') {
    const [matched, years, months] = /^(\d+)-(\d{1,2})$/.exec(digits) ?? []
    return matched === undefined ? undefined : Number(years) * 12 + Number(months)
  }
  const units = clockUnits.slice(clockUnits.indexOf(node.from), clockUnits.indexOf(to) + 1)
  if (units.length < 2 || !clockUnits.includes(node.from)) return undefined
  if (node.from === 'DAY' && !/^\d+ \d/.test(digits)) return undefined
  const parts = digits.split(/[ :]/)
  const numbers = parts.every((part, index) =>
    (units[index] === 'SECOND' ? /^\d+(\.\d{1,3})?$/ : /^\d+$/).test(part),
  )
  if (parts.length !== units.length || !numbers) return undefined
  return units.reduce(
    (sum, unit, index) =>
      sum + Math.round(Number(parts[index]) * (unitLength.get(unit)?.length ?? 0)),
    0,
  )
}
