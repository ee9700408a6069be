import { unitFunctions } from '../../../plan/functions/temporal.js'
import type { DataType } from '../../../plan/type.js'
import { isText } from '../../../plan/type-family.js'
import { OperatorError } from '../../errors.js'
import { columnName, stepTimeRelation, watermarksRelation } from '../engine.js'
import { wrapped } from '../integers.js'
import { duckdbTypeName } from '../types.js'
import { dateFormatFunctions, pointOfText } from './date-format.js'
import {
  argument,
  type FunctionRule,
  type FunctionRules,
  type Input,
  literalText,
  template,
} from './rule.js'

const stepTime = `(SELECT ${columnName(0)} FROM ${stepTimeRelation}())`

/** DuckDB's interval of one unit, as a function of how many. */
const intervalOf: ReadonlyMap<string, (count: string) => string> = new Map([
  ['MILLISECOND', (count) => `to_milliseconds(${count})`],
  ['SECOND', (count) => `to_seconds(${count})`],
  ['MINUTE', (count) => `to_minutes(${count})`],
  ['HOUR', (count) => `to_hours(${count})`],
  ['DAY', (count) => `to_days(${count})`],
  ['WEEK', (count) => `to_days(7 * ${count})`],
  ['MONTH', (count) => `to_months(${count})`],
  ['QUARTER', (count) => `to_months(3 * ${count})`],
  ['YEAR', (count) => `to_years(${count})`],
  ['DECADE', (count) => `to_years(10 * ${count})`],
  ['CENTURY', (count) => `to_years(100 * ${count})`],
  ['MILLENNIUM', (count) => `to_years(1000 * ${count})`],
])

function interval(unit: string, count: string): string {
  const make = intervalOf.get(unit)
  if (make === undefined) throw new OperatorError('FUNCTION_UNSUPPORTED', `the unit ${unit}`)
  return make(`CAST(${count} AS INTEGER)`)
}

/** How long the units of a clock are, in microseconds. */
const microsOf = {
  MICROSECOND: 1,
  MILLISECOND: 1000,
  SECOND: 1_000_000,
  MINUTE: 60_000_000,
  HOUR: 3_600_000_000,
  DAY: 86_400_000_000,
  WEEK: 604_800_000_000,
} as const

/** What a unit of a clock is counted up to, and in how many microseconds. */
const clockFields: ReadonlyMap<string, readonly [micros: number, most: number]> = new Map([
  ['HOUR', [microsOf.HOUR, 24]],
  ['MINUTE', [microsOf.MINUTE, 60]],
  ['SECOND', [microsOf.SECOND, 60]],
  ['MILLISECOND', [microsOf.MILLISECOND, 1000]],
  ['MICROSECOND', [1, 1_000_000]],
])

/**
 * Flink computes with whole days and what is left of one since 1970, both cut towards zero: before
 * 1970 the fields of the clock are negative, and the day is the next one. Of weeks, ISO's.
 */
const fieldOf =
  (unit: string, place: number): FunctionRule =>
  (inputs) => {
    const { sql, type } = argument(inputs, place)
    if (unit === 'EPOCH') return `(epoch_us(${sql}) // ${microsOf.SECOND})`
    if (unit === 'NANOSECOND') return `((epoch_us(${sql}) % ${microsOf.SECOND}) * 1000)`
    const clock = clockFields.get(unit)
    if (clock !== undefined) {
      const [micros, most] = clock
      return type.kind === 'date'
        ? `CASE WHEN ${sql} IS NOT NULL THEN 0 END`
        : `((epoch_us(${sql}) // ${micros}) % ${most})`
    }
    const date =
      type.kind === 'date'
        ? sql
        : `(DATE '1970-01-01' + CAST(epoch_us(${sql}) // ${microsOf.DAY} AS INTEGER))`
    // SQL's days of the week begin with 1 on Sunday, DuckDB's with 0.
    return unit === 'DOW' ? `extract(dow FROM ${date}) + 1` : `extract(${unit} FROM ${date})`
  }

const extract: FunctionRule = (inputs, type) =>
  fieldOf(literalText(inputs, 0).toUpperCase(), 1)(inputs, type)

/** A time of day as a timestamp of the first day. */
function onFirstDay({ sql, type }: Input): string {
  return type.kind === 'time' ? `make_timestamp(epoch_us(${sql}))` : sql
}

/** Weeks begin on Sunday, as in Flink (and Calcite); DuckDB's on Monday. */
function truncated(unit: string, sql: string): string {
  switch (unit) {
    case 'WEEK':
      return `(date_trunc('day', ${sql}) - to_days(CAST(extract(dow FROM ${sql}) AS INTEGER)))`
    case 'CENTURY':
    case 'MILLENNIUM': {
      const years = unit === 'CENTURY' ? 100 : 1000
      return `make_timestamp((extract(year FROM ${sql}) - 1) // ${years} * ${years} + 1, 1, 1, 0, 0, 0)`
    }
    default:
      return `date_trunc('${unit}', ${sql})`
  }
}

const floorTo: FunctionRule = (inputs, type) => {
  const unit = literalText(inputs, 0).toUpperCase()
  const value = argument(inputs, 1)
  // A date has no clock.
  if (type.kind === 'date' && clockFields.has(unit)) return value.sql
  return truncated(unit, onFirstDay(value))
}

const ceilTo: FunctionRule = (inputs, type) => {
  const unit = literalText(inputs, 0).toUpperCase()
  const value = argument(inputs, 1)
  // The end of a date's day is the next date, in Flink.
  if (type.kind === 'date' && unit === 'DAY') return `${value.sql} + 1`
  const sql = onFirstDay(value)
  const start = truncated(unit, sql)
  return `CASE WHEN ${start} = ${sql} THEN ${start} ELSE ${start} + ${interval(unit, '1')} END`
}

/** Months between two dates, as many as fit from the earlier one on: 31 January to 28 February is one. */
function monthsBetween(earlier: string, later: string): string {
  const most = `datediff('month', ${earlier}, ${later})`
  return `(${most} - CASE WHEN ${earlier} + to_months(CAST(${most} AS INTEGER)) > ${later} THEN 1 ELSE 0 END)`
}

/** In milliseconds, months counted in dates and one less where the clock is not there yet. */
const difference: FunctionRule = (inputs) => {
  const unit = literalText(inputs, 0).toUpperCase()
  const [from, to] = [argument(inputs, 1).sql, argument(inputs, 2).sql]
  if (isUnitOfClock(unit)) {
    const millis = microsOf[unit] / 1000
    return wrapped(`((epoch_ms(${to}) - epoch_ms(${from})) // ${millis})`, 'int', 'BIGINT')
  }
  const [start, end] = [`CAST(${from} AS DATE)`, `CAST(${to} AS DATE)`]
  const months = `CASE WHEN ${end} >= ${start} THEN ${monthsBetween(start, end)} ELSE -${monthsBetween(end, start)} END`
  const arrived = `CAST(x.a + to_months(CAST(x.m AS INTEGER)) AS DATE) = x.b AND x.late`
  const struct = `{a: ${start}, b: ${end}, m: ${months}, late: CAST(CAST(${to} AS TIMESTAMP) AS TIME) < CAST(CAST(${from} AS TIMESTAMP) AS TIME)}`
  const whole = `list_transform([${struct}], lambda x: x.m - CASE WHEN ${arrived} THEN 1 ELSE 0 END)[1]`
  const length = { MONTH: 1, QUARTER: 3 }[unit] ?? 12
  return `(${whole} // ${length})`
}

function isUnitOfClock(unit: string): unit is keyof typeof microsOf {
  return Object.hasOwn(microsOf, unit)
}

const later: FunctionRule = (inputs) => {
  const unit = literalText(inputs, 0).toUpperCase()
  return `(${argument(inputs, 2).sql}) + ${interval(unit, argument(inputs, 1).sql)}`
}

/** Each side from the earlier to the later of its times; to meet in one instant is enough. */
const overlaps: FunctionRule = (inputs) => {
  const [a, b, c, d] = [0, 1, 2, 3].map((index) => argument(inputs, index).sql)
  const anyNull = inputs.map(({ sql }) => `(${sql}) IS NULL`).join(' OR ')
  return `CASE WHEN ${anyNull} THEN NULL ELSE greatest(${a}, ${b}) >= least(${c}, ${d}) AND greatest(${c}, ${d}) >= least(${a}, ${b}) END`
}

/** Of a double seconds keep their fraction, of a decimal they are cut. Out of range is NULL. */
const pointInTime: FunctionRule = (inputs) => {
  const { sql, type } = argument(inputs, 0)
  const inSeconds = inputs[1] !== undefined && Number(literalText(inputs, 1)) === 0
  const whole = isFraction(type) && inSeconds ? `(${sql}) * 1000` : `${sql}`
  const millis =
    isFraction(type) || !inSeconds
      ? `CAST(trunc(${whole}) AS HUGEINT)`
      : `CAST(trunc(${whole}) AS HUGEINT) * 1000`
  return `CASE WHEN abs(${millis}) <= ${latestMillis} THEN make_timestamp(CAST(${millis} AS BIGINT) * 1000) END`
}

/** 9999-12-31 23:59:59.999. */
const latestMillis = 253_402_300_799_999n

function isFraction(type: DataType): boolean {
  return type.kind === 'double' || type.kind === 'float'
}

/** Of the table whose name is the argument. */
const currentWatermark: FunctionRule = ([table], type) => {
  const [name, watermark] = [columnName(0), columnName(1)]
  return `(SELECT CAST(${watermark} AS ${duckdbTypeName(type)}) FROM ${watermarksRelation}() WHERE ${name} = ${table?.sql})`
}

export const temporalFunctions: FunctionRules = [
  ['EXTRACT', extract],
  ...[...unitFunctions].map(([name, unit]) => [name, fieldOf(unit, 0)] as const),
  ['FLOOR_TO', floorTo],
  ['CEIL_TO', ceilTo],
  ['OVERLAPS', overlaps],
  ['TIMESTAMPDIFF', difference],
  ['TIMESTAMPADD', later],
  ...dateFormatFunctions(stepTime),
  [
    'TO_TIMESTAMP_LTZ',
    (inputs, type) => (isText(argument(inputs, 0).type) ? pointOfText : pointInTime)(inputs, type),
  ],
  ...['PROCTIME', 'CURRENT_TIMESTAMP', 'NOW', 'CURRENT_ROW_TIMESTAMP', 'LOCALTIMESTAMP'].map(
    (name) => [name, () => stepTime] as const,
  ),
  ['CURRENT_DATE', () => `CAST(${stepTime} AS DATE)`],
  ...['CURRENT_TIME', 'LOCALTIME'].map(
    (name) => [name, () => `CAST(date_trunc('second', ${stepTime}) AS TIME)`] as const,
  ),
  ['UNIX_MILLIS', template('epoch_ms($0)')],
  ['CURRENT_WATERMARK', currentWatermark],
]
