import { didYouMean, type Hint, type Span, SqlError } from '../sql/index.js'
import { durationMs } from './duration.js'
import { listed } from './scope.js'

const isTruth = (value: string) => /^(true|false)$/i.test(value)

/** What the hint may say of how rows are asked for; here all of a table lies in memory. */
const asking: Readonly<Record<string, (value: string) => boolean>> = {
  async: isTruth,
  'output-mode': (value) => ['ordered', 'allow_unordered'].includes(value),
  capacity: (value) => /^[1-9]\d*$/.test(value),
  timeout: (value) => durationMs(value) !== undefined,
  shuffle: isTruth,
}

/** What it may say of rows that find nothing: that they are looked up again. */
const retrying: Readonly<Record<string, (value: string) => boolean>> = {
  'retry-predicate': (value) => value === 'lookup_miss',
  'retry-strategy': (value) => value === 'fixed_delay',
  'fixed-delay': (value) => durationMs(value) !== undefined,
  'max-attempts': (value) => /^[1-9]\d*$/.test(value),
}

/** The tables whose lookups are to be tried again, and where that is said. */
export function retriedLookups(hints: readonly Hint[]): ReadonlyMap<string, Span> {
  return new Map(
    hints.flatMap(({ options }) => {
      const table = options.find(({ key }) => key === 'table')
      const retry = options.find(({ key }) => key === 'retry-predicate')
      return table === undefined || retry === undefined ? [] : [[table.value, retry.keyAt] as const]
    }),
  )
}

/**
 * The hint LOOKUP, of a table of this FROM. It advises; whether a lookup may be tried again is for
 * the table to say.
 * @throws SqlError for what it cannot say.
 */
export function checkLookupHint(hint: Hint, tables: readonly string[]): void {
  const example = "write LOOKUP('table' = 't', 'async' = 'true')"
  const table = hint.options.find(({ key }) => key === 'table')
  if (table === undefined || hint.names.length > 0) {
    throw new SqlError("LOOKUP says of which 'table' it speaks", hint.at, example)
  }
  if (!tables.includes(table.value)) {
    throw new SqlError(
      `LOOKUP names \`${table.value}\`, which is no table of this FROM`,
      table.valueAt,
      didYouMean(table.value, tables) ?? listed('the tables are', tables) ?? 'leave it out',
    )
  }
  const given = hint.options.filter(({ key }) => Object.hasOwn(retrying, key))
  const missing = Object.keys(retrying).find((key) => !given.some((each) => each.key === key))
  if (given[0] !== undefined && missing !== undefined) {
    const message = `a LOOKUP that is tried again says '${missing}' too`
    throw new SqlError(message, given[0].keyAt, `it says ${Object.keys(retrying).join(', ')}`)
  }
  for (const { key, keyAt, value, valueAt } of hint.options) {
    if (key === 'table') continue
    const accepts = asking[key] ?? retrying[key]
    if (accepts === undefined) {
      const keys = ['table', ...Object.keys(asking), ...Object.keys(retrying)]
      throw new SqlError(
        `'${key}' is no option of LOOKUP`,
        keyAt,
        didYouMean(key, keys) ?? listed('the options are', keys),
      )
    }
    if (!accepts(value)) throw new SqlError(`'${value}' is no value of '${key}'`, valueAt, example)
  }
}
