import { SqlError } from '../error.js'
import {
  type LikeClause,
  type LikeFeature,
  type LikeOption,
  likeFeatures,
} from '../tree/like-clause.js'
import type { Cursor } from './cursor.js'

/** LIKE other [(INCLUDING | EXCLUDING | OVERWRITING feature …)], after the word LIKE. */
export function parseLikeClause(cursor: Cursor): LikeClause {
  const table = cursor.expectNamePath('the table that it is like')
  const options: LikeOption[] = []
  if (cursor.acceptSign('(')) {
    do {
      options.push(parseLikeOption(cursor))
    } while (!cursor.acceptSign(')'))
  }
  const seen = new Set<LikeFeature>()
  for (const { feature, at } of options) {
    if (seen.has(feature)) throw new SqlError(`${feature} is there twice`, at, 'leave one out')
    seen.add(feature)
  }
  return { table, options }
}

function parseLikeOption(cursor: Cursor): LikeOption {
  const start = cursor.token.at
  const strategy = (['INCLUDING', 'EXCLUDING', 'OVERWRITING'] as const).find((word) =>
    cursor.acceptKeyword(word),
  )
  if (strategy === undefined) throw cursor.unexpected('INCLUDING, EXCLUDING or OVERWRITING')
  const feature = likeFeatures.find((word) => cursor.acceptKeyword(word))
  if (feature === undefined) throw cursor.unexpected(likeFeatures.join(', '))
  const at = cursor.since(start)
  const isBlunt = ['ALL', 'CONSTRAINTS', 'DISTRIBUTION', 'PARTITIONS'].includes(feature)
  if (strategy === 'OVERWRITING' && isBlunt) {
    throw new SqlError(
      `${feature} cannot be overwritten`,
      at,
      `write EXCLUDING ${feature}, and what takes its place`,
    )
  }
  return { strategy, feature, at }
}
