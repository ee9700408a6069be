import { parseDatePattern } from '../../../plan/java/date-pattern.js'
import { isText } from '../../../plan/type-family.js'
import { castSql } from '../cast.js'
import { quoted } from '../text.js'
import { argument, type FunctionRule, type FunctionRules, type Input, scripted } from './rule.js'

/** DuckDB's letters for the fields that it writes as Java does. */
const inDuckdb: ReadonlyMap<string, string> = new Map([
  ...Object.entries({ yyyy: '%Y', uuuu: '%Y', yy: '%y', MM: '%m', MMM: '%b', MMMM: '%B' }),
  ...Object.entries({ dd: '%d', HH: '%H', hh: '%I', mm: '%M', ss: '%S', SSS: '%g', SSSSSS: '%f' }),
  ...Object.entries({ a: '%p', E: '%a', EE: '%a', EEE: '%a', EEEE: '%A', DDD: '%j' }),
])

/** A constant pattern in DuckDB's letters; undefined where it has a field that DuckDB has not. */
function duckdbPattern(input: Input | undefined): string | undefined {
  const expression = input?.expression
  if (expression?.kind !== 'literal' || typeof expression.value !== 'string') return undefined
  // DuckDB takes no empty pattern.
  if (expression.value === '') return undefined
  const parts = parseDatePattern(expression.value, 'formatter', 'write').map((part) =>
    part.kind === 'text'
      ? part.text.replaceAll('%', '%%')
      : inDuckdb.get(part.letter.repeat(part.count)),
  )
  return parts.includes(undefined) ? undefined : parts.join('')
}

/** DuckDB writes years below 1000 with fewer digits. */
const dateFormat: FunctionRule = (inputs, type) => {
  const value = argument(inputs, 0)
  if (isText(value.type)) return scripted('date_format_text')(inputs, type)
  const pattern = duckdbPattern(inputs[1])
  const scriptedSql = `millrace_date_format(epoch_us(${value.sql}), ${argument(inputs, 1).sql})`
  if (pattern === undefined) return scriptedSql
  return `CASE WHEN ${value.sql} >= TIMESTAMP '1000-01-01' THEN strftime(${value.sql}, ${quoted(pattern)}) ELSE ${scriptedSql} END`
}

const toDate: FunctionRule = (inputs, type) => {
  const value = argument(inputs, 0)
  if (inputs[1] === undefined) return castSql(value.sql, value.type, type, true)
  return `(DATE '1970-01-01' + ${scripted('to_date')(inputs, type)})`
}

const toTimestamp: FunctionRule = (inputs, type) => {
  const value = argument(inputs, 0)
  if (inputs[1] === undefined) return castSql(value.sql, value.type, type, true)
  return `make_timestamp(${scripted('to_timestamp')(inputs, type)})`
}

/** Of a string, as CAST has it, or in the form of a pattern. */
export const pointOfText: FunctionRule = (inputs, type) => {
  const value = argument(inputs, 0)
  if (inputs[1] !== undefined) return toTimestamp(inputs, type)
  return castSql(value.sql, value.type, type, false)
}

const usualPattern = quoted('yyyy-MM-dd HH:mm:ss')

const fromUnixTime: FunctionRule = (inputs) =>
  `millrace_from_unixtime(${argument(inputs, 0).sql}, ${inputs[1]?.sql ?? usualPattern})`

const unixTimestamp =
  (stepTime: string): FunctionRule =>
  (inputs) => {
    const [value, pattern] = inputs
    if (value === undefined) return `epoch_ms(${stepTime}) // 1000`
    return `millrace_unix_timestamp(${value.sql}, ${pattern?.sql ?? usualPattern})`
  }

export const dateFormatFunctions = (stepTime: string): FunctionRules => [
  ['DATE_FORMAT', dateFormat],
  ['TO_DATE', toDate],
  ['TO_TIMESTAMP', toTimestamp],
  ['UNIX_TIMESTAMP', unixTimestamp(stepTime)],
  ['FROM_UNIXTIME', fromUnixTime],
  ['CONVERT_TZ', scripted('convert_tz')],
]
