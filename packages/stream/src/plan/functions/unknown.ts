import { didYouMean, notSupported, type Span, SqlError } from '../../sql/index.js'
import { callableNames } from '../functions.js'
import { notThere } from './not-there.js'

/** The error for a name that no function has. */
export function unknownFunction(written: string, at: Span): SqlError {
  const upper = written.toUpperCase()
  const window = /^(TUMBLE|HOP|SESSION)(_(?:START|END|ROWTIME|PROCTIME))?$/.exec(upper)
  if (window !== null) {
    const [, name, part] = window
    return new SqlError(
      part === undefined
        ? `${upper} stands in GROUP BY alone, or in FROM`
        : `${upper} is a part of the window ${name} of GROUP BY, and there is none`,
      at,
      `write GROUP BY ${name}(time_column, INTERVAL …)`,
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
