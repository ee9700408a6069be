import type { DuckDBConnection } from '@duckdb/node-api'
import type { Clock } from '@millrace/host'
import { QueryError } from '../errors.js'
import { waitingQueriesMax, waitMsMax } from '../limits.js'

/**
 * The connections that queries run on: a query has one to itself, and first come is first served.
 *
 * Invariant: nobody waits while a connection is free.
 */
export class ConnectionPool {
  readonly #clock: Clock
  readonly #all: readonly DuckDBConnection[]
  readonly #free: DuckDBConnection[]
  readonly #waiting = new Set<{
    take: (connection: DuckDBConnection) => void
    refuse: (error: QueryError) => void
  }>()
  #closed = false

  constructor(clock: Clock, connections: readonly DuckDBConnection[]) {
    this.#clock = clock
    this.#all = connections
    this.#free = [...connections]
  }

  /** Runs `use` with a connection of its own. Refuses when too many wait, or for too long. */
  async with<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#take()
    try {
      return await use(connection)
    } finally {
      this.#give(connection)
    }
  }

  /** Refuses those who wait and ends those who run. */
  close(): void {
    this.#closed = true
    for (const waiter of this.#waiting)
      waiter.refuse(new QueryError('closed', 'The server is stopping.'))
    for (const connection of this.#all) connection.interrupt()
    for (const connection of this.#free) connection.closeSync()
    this.#free.length = 0
  }

  #take(): Promise<DuckDBConnection> {
    if (this.#closed) throw new QueryError('closed', 'The server is stopping.')
    const free = this.#free.pop()
    if (free) return Promise.resolve(free)
    if (this.#waiting.size >= waitingQueriesMax) {
      throw new QueryError('too_many_queries', `${this.#waiting.size} queries wait already.`)
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        timer.cancel()
        this.#waiting.delete(waiter)
      }
      const waiter = {
        take: (connection: DuckDBConnection) => {
          leave()
          resolve(connection)
        },
        refuse: (error: QueryError) => {
          leave()
          reject(error)
        },
      }
      const timer = this.#clock.after(waitMsMax, () =>
        waiter.refuse(
          new QueryError('too_many_queries', `The query waited ${waitMsMax} ms for its turn.`),
        ),
      )
      this.#waiting.add(waiter)
    })
  }

  #give(connection: DuckDBConnection): void {
    const [next] = this.#waiting
    if (next) next.take(connection)
    else if (this.#closed) connection.closeSync()
    else this.#free.push(connection)
  }
}
