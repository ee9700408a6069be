import type { DuckDBConnection, DuckDBInstance, DuckDBPreparedStatement } from '@duckdb/node-api'
import type { Host } from '@millrace/host'
import type { Answer, QueryEngine } from '../engine.js'
import { QueryError, type QueryErrorCode } from '../errors.js'
import { queryMsMax, resultBytesMax, resultRowsMax, statementBytesMax } from '../limits.js'
import type { Relation } from '../relation.js'
import { ConnectionPool } from './connection-pool.js'
import { fromDuckDB } from './duckdb-error.js'
import { jsonValue } from './json-value.js'
import { RelationViews, type VisibleTable, visibleDatabase } from './relation-views.js'
import { readOnlyStatement } from './statement.js'

export interface DuckDBEngineOptions {
  host: Host
  instance: DuckDBInstance
  relations: () => readonly Relation[]
  /** Queries that run at once. */
  runningQueries: number
  /** Milliseconds that one query may run; the limit of `limits.ts` by default. */
  queryMs?: number
}

/**
 * Queries answered by a DuckDB instance that others write to.
 *
 * DuckDB knows no rights, so they are made of what it has. Each connection lives in a database of
 * its own that holds only views of the relations; the statement's tree may name nothing else; and
 * the instance is closed to files and networks, with its configuration locked, for all who use it.
 * DuckDB's snapshots keep queries and writers out of each other's way.
 */
export class DuckDBEngine implements QueryEngine {
  readonly #host: Host
  readonly #views: RelationViews
  readonly #viewsConnection: DuckDBConnection
  readonly #pool: ConnectionPool
  readonly #queryMs: number

  private constructor(
    o: DuckDBEngineOptions,
    viewsConnection: DuckDBConnection,
    connections: DuckDBConnection[],
  ) {
    this.#host = o.host
    this.#queryMs = o.queryMs ?? queryMsMax
    this.#viewsConnection = viewsConnection
    this.#views = new RelationViews(viewsConnection, o.relations)
    this.#pool = new ConnectionPool(o.host.clock, connections)
  }

  /** Once for an instance. What its owner wants to configure must be configured before. */
  static async open(o: DuckDBEngineOptions): Promise<DuckDBEngine> {
    const views = await o.instance.connect()
    await views.run(`ATTACH ':memory:' AS ${visibleDatabase}`)
    const connections: DuckDBConnection[] = []
    for (let i = 0; i < o.runningQueries; i++) {
      const connection = await o.instance.connect()
      await connection.run(`USE ${visibleDatabase}`)
      await connection.run("SET SESSION TimeZone = 'UTC'")
      await connection.run('SET SESSION errors_as_json = true')
      connections.push(connection)
    }
    await views.run('SET GLOBAL enable_external_access = false')
    await views.run('SET GLOBAL lock_configuration = true')
    return new DuckDBEngine(o, views, connections)
  }

  tables(): Promise<VisibleTable[]> {
    return this.#views.refresh()
  }

  async query(sql: string, signal?: AbortSignal): Promise<Answer> {
    if (Buffer.byteLength(sql) > statementBytesMax) {
      throw new QueryError(
        'statement_too_long',
        `The statement has more than ${statementBytesMax} bytes.`,
      )
    }
    return this.#pool.with(async (connection) => {
      const started = this.#host.clock.monotonic()
      const run = new LimitedRun(this.#host, connection, this.#queryMs, signal)
      try {
        const tables = await this.#views.refresh()
        const prepared = await run.step(readOnlyStatement(connection, sql, tables))
        const answer = await answerOf(prepared, run)
        return { ...answer, elapsedMs: this.#host.clock.monotonic() - started }
      } catch (error) {
        // A result that was not read to its end holds its snapshot until the connection's next
        // statement, and would keep the writers' file from being tidied.
        await connection.run('SELECT 1').catch(() => {})
        throw fromDuckDB(error, sql)
      } finally {
        run.end()
      }
    })
  }

  async close(): Promise<void> {
    this.#pool.close()
    this.#viewsConnection.closeSync()
  }
}

/** Ends a query that runs too long, or that nobody waits for any more. */
class LimitedRun {
  readonly #queryMs: number
  #stopped: QueryErrorCode | undefined
  readonly end: () => void

  constructor(host: Host, connection: DuckDBConnection, queryMs: number, signal?: AbortSignal) {
    this.#queryMs = queryMs
    const stop = (code: QueryErrorCode) => {
      this.#stopped = code
      connection.interrupt()
    }
    const onAbort = () => stop('cancelled')
    const timer = host.clock.after(queryMs, () => stop('time_limit'))
    if (signal?.aborted) onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    this.end = () => {
      timer.cancel()
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Waits for one step of the query; why it was stopped comes before what DuckDB says of it. */
  async step<T>(working: Promise<T>): Promise<T> {
    try {
      const result = await working
      this.#throwIfStopped()
      return result
    } catch (error) {
      this.#throwIfStopped()
      throw error
    }
  }

  #throwIfStopped(): void {
    if (this.#stopped === 'time_limit') {
      throw new QueryError(
        'time_limit',
        `The query ran longer than ${this.#queryMs} ms and was ended.`,
      )
    }
    if (this.#stopped) throw new QueryError(this.#stopped, 'The query was cancelled.')
  }
}

async function answerOf(
  prepared: DuckDBPreparedStatement,
  run: LimitedRun,
): Promise<Omit<Answer, 'elapsedMs'>> {
  const result = await run.step(prepared.stream())
  const types = result.columnTypes()
  const columns = result.columnNames().map((name, at) => ({ name, type: String(types[at]) }))
  const rows: string[] = []
  let bytes = 0
  for (;;) {
    const chunk = await run.step(result.fetchChunk())
    if (!chunk || chunk.rowCount === 0) return { columns, rows }
    if (rows.length + chunk.rowCount > resultRowsMax) {
      throw new QueryError('result_too_large', `The answer has more than ${resultRowsMax} rows.`)
    }
    for (const row of chunk.getRows()) {
      const text = JSON.stringify(row.map(jsonValue))
      bytes += Buffer.byteLength(text) + 1
      rows.push(text)
      if (bytes > resultBytesMax) {
        throw new QueryError(
          'result_too_large',
          `The answer has more than ${resultBytesMax} bytes.`,
        )
      }
    }
  }
}
