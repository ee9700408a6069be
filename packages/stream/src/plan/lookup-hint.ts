import { didYouMean, type Hint, notSupported, SqlError } from '../sql/index.js'
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

/** Options that would let a row wait for what it is looked up in. */
const retrying = ['retry-predicate', 'retry-strategy', 'fixed-delay', 'max-attempts']

/**
 * The hint LOOKUP, of a table of this FROM. It advises, but for its retries.
 * @throws SqlError for what it cannot say, and for retries.
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
  for (const { key, keyAt, value, valueAt } of hint.options) {
    if (key === 'table') continue
    if (retrying.includes(key)) {
      throw notSupported(
        `'${key}' of the hint LOOKUP`,
        keyAt,
        "leave it out: a row is looked up once, in what 'lookup.full-cache.periodic-reload.interval' keeps new",
      )
    }
    const accepts = asking[key]
    if (accepts === undefined) {
      const keys = ['table', ...Object.keys(asking)]
      throw new SqlError(
        `'${key}' is no option of LOOKUP`,
        keyAt,
        didYouMean(key, keys) ?? listed('the options are', keys),
      )
    }
    if (!accepts(value)) throw new SqlError(`'${value}' is no value of '${key}'`, valueAt, example)
  }
}
