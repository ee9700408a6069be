import { didYouMean, notSupported, type Span, SqlError } from '../../sql/index.js'
import { callableNames } from '../functions.js'
import { notThere } from './not-there.js'

/** The error for a name that no function has. */
export function unknownFunction(written: string, at: Span): SqlError {
  const upper = written.toUpperCase()
  if (groupWindows.includes(upper)) {
    return new SqlError(
      `${upper} as a function of GROUP BY is Flink's old form of windows`,
      at,
      'write FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(time_column), INTERVAL …)) and GROUP BY window_start, window_end',
    )
  }
  const reason = notThere.get(upper)
  if (reason !== undefined) return notSupported(`the function ${upper}`, at, reason)
  const names = [...callableNames(), 'COUNT', 'SUM', 'MIN', 'MAX', 'AVG']
  return new SqlError(
    `there is no function ${upper}, and Flink has none`,
    at,
    didYouMean(upper, names) ?? "the functions are those of Flink's documentation",
  )
}

const groupWindows = ['TUMBLE', 'HOP', 'SESSION', 'TUMBLE_START', 'TUMBLE_END', 'TUMBLE_ROWTIME']
