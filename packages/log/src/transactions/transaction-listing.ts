import { matcherOf } from '../regular-expression.js'
import { type Transaction, type TransactionStatus, transactionStatuses } from './transaction.js'

/** Kafka's names of the statuses, as admins see them. */
const statusNames: Readonly<Record<TransactionStatus, string>> = {
  empty: 'Empty',
  ongoing: 'Ongoing',
  'prepare-commit': 'PrepareCommit',
  'prepare-abort': 'PrepareAbort',
  'complete-commit': 'CompleteCommit',
  'complete-abort': 'CompleteAbort',
}

/** Statuses of Kafka in which nothing ever is here. */
const namesWithout = ['Dead', 'PrepareEpochFence']

export function nameOf(status: TransactionStatus): string {
  return statusNames[status]
}

/** Which transactions are asked for; an empty list asks for all. */
export interface TransactionFilter {
  /** Kafka's names of statuses. */
  statuses: readonly string[]
  producerIds: readonly number[]
  /** Those that began longer ago than this; all where it is negative. */
  durationMs: number
  /** A regular expression for whole transactional ids; all where it is empty. */
  pattern: string
}

/**
 * The transactions that a filter lets through, and the names in it that are of no status. Those
 * that have nothing open have begun "at -1", for Kafka and so here: older than anything. Throws
 * INVALID_REGULAR_EXPRESSION.
 */
export function listed(
  transactions: Iterable<Transaction>,
  filter: TransactionFilter,
  now: number,
): { found: Transaction[]; unknownStatuses: string[] } {
  const { statuses, producerIds, durationMs, pattern } = filter
  const known = new Set([...transactionStatuses.map(nameOf), ...namesWithout])
  const isNamed = pattern === '' ? () => true : matcherOf(pattern)
  const found = [...transactions].filter(
    ({ transactionalId, status, producerId, startedAt }) =>
      (statuses.length === 0 || statuses.includes(nameOf(status))) &&
      (producerIds.length === 0 || producerIds.includes(producerId)) &&
      (durationMs < 0 || now - startedAt > durationMs) &&
      isNamed(transactionalId),
  )
  return { found, unknownStatuses: statuses.filter((each) => !known.has(each)) }
}
