import { OperatorError } from '../errors.js'
import { columnName, stepTimeRelation } from './engine.js'
import {
  argument,
  type FunctionRule,
  type FunctionRules,
  literalText,
  template,
} from './function-rule.js'

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
])

function interval(unit: string, count: string): string {
  const make = intervalOf.get(unit)
  if (make === undefined) throw new OperatorError('FUNCTION_UNSUPPORTED', `the unit ${unit}`)
  return make(`CAST(${count} AS INTEGER)`)
}

/** SQL's days of the week begin with 1 on Sunday, DuckDB's with 0. */
const extract: FunctionRule = (inputs) => {
  const unit = literalText(inputs, 0).toUpperCase()
  const { sql } = argument(inputs, 1)
  if (unit === 'DOW') return `extract(dow FROM ${sql}) + 1`
  if (unit === 'EPOCH') return `floor(epoch(${sql}))`
  return `extract(${unit} FROM ${sql})`
}

/** Weeks begin on Sunday, as in Flink (and Calcite); DuckDB's on Monday. */
function truncated(unit: string, sql: string): string {
  if (unit !== 'WEEK') return `date_trunc('${unit}', ${sql})`
  return `(date_trunc('day', ${sql}) - to_days(CAST(extract(dow FROM ${sql}) AS INTEGER)))`
}

const floorTo: FunctionRule = (inputs) =>
  truncated(literalText(inputs, 0).toUpperCase(), argument(inputs, 1).sql)

const ceilTo: FunctionRule = (inputs) => {
  const unit = literalText(inputs, 0).toUpperCase()
  const { sql } = argument(inputs, 1)
  const start = truncated(unit, sql)
  return `CASE WHEN ${start} = ${sql} THEN ${start} ELSE ${start} + ${interval(unit, '1')} END`
}

const difference: FunctionRule = (inputs) => {
  const unit = literalText(inputs, 0).toLowerCase()
  return `datesub('${unit}', ${argument(inputs, 1).sql}, ${argument(inputs, 2).sql})`
}

const later: FunctionRule = (inputs) => {
  const unit = literalText(inputs, 0).toUpperCase()
  return `(${argument(inputs, 2).sql}) + ${interval(unit, argument(inputs, 1).sql)}`
}

const pointInTime: FunctionRule = (inputs) => {
  const factor = Number(literalText(inputs, 1)) === 0 ? 1_000_000 : 1_000
  return `make_timestamp(CAST(trunc(${argument(inputs, 0).sql}) AS BIGINT) * ${factor})`
}

export const timeFunctions: FunctionRules = [
  ['EXTRACT', extract],
  ['FLOOR_TO', floorTo],
  ['CEIL_TO', ceilTo],
  ['TIMESTAMPDIFF', difference],
  ['TIMESTAMPADD', later],
  ['PROCTIME', () => `(SELECT ${columnName(0)} FROM ${stepTimeRelation}())`],
  ['TO_TIMESTAMP_LTZ', pointInTime],
  ['UNIX_MILLIS', template('epoch_ms($0)')],
]
