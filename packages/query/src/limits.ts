/** Bytes of one statement's text. */
export const statementBytesMax = 256 * 1024

/** Rows of one answer. More is refused, never cut silently. */
export const resultRowsMax = 100_000

/** Bytes of one answer's rows, as JSON. */
export const resultBytesMax = 32 * 1024 * 1024

/** How long one query may run. */
export const queryMsMax = 10_000

/** How long a query may wait for its turn. */
export const waitMsMax = 5_000

/** Queries that wait for their turn. */
export const waitingQueriesMax = 200

/** Threads of Node's pool when nobody says otherwise (libuv's own default). */
export const poolThreadsDefault = 4

/**
 * A running query holds a thread of Node's pool; these are left for whoever else needs one, above
 * all the tables that are written meanwhile.
 */
export const poolThreadsLeft = 2

/** Queries that run at once, at most; more only share the same processors. */
export const runningQueriesMax = 8

/** Queries that run at once, for a pool of so many threads. */
export function runningQueriesFor(poolThreads: number): number {
  return Math.max(1, Math.min(runningQueriesMax, poolThreads - poolThreadsLeft))
}
