import type { DuckDBInstance } from '@duckdb/node-api'
import { type Address, type Host, NetworkError } from '@millrace/host'
import { answerFraming, httpServerOptions } from '@millrace/host/http'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { DuckDBEngine } from '../embedded/duckdb-engine.js'
import type { Answer, QueryEngine } from '../engine.js'
import { QueryError } from '../errors.js'
import { poolThreadsDefault, runningQueriesFor, statementBytesMax } from '../limits.js'
import type { Relation } from '../relation.js'
import { pinotAnswer, pinotFailure } from './pinot-shape.js'

/** For whom a request could not be read as one. */
const requestHint = 'An HTTP client writes such requests by itself.'

export interface QueryServerOptions {
  host: Host
  /** Where the relations are. It is locked for good: see `DuckDBEngine`. */
  instance: DuckDBInstance
  /** Asked before each query, so that tables may come and go. */
  relations: () => readonly Relation[]
  address: Address
  /** Milliseconds that one query may run; the limit of `limits.ts` by default. */
  queryMs?: number
  log?: (line: string) => void
}

/**
 * SQL over HTTP.
 *
 * `POST /sql` takes `{"sql": "…"}` or the statement as text/plain, and answers
 * `{columns: [{name, type}], rows: [[…]], rowCount, elapsedMs}`; `POST /query/sql` the same in
 * Apache Pinot's shape; `GET /tables` lists what can be named in FROM. A refusal is
 * `{code, message, hint, position?}` with the status of its kind.
 */
export class QueryServer {
  readonly address: Address
  readonly #http: FastifyInstance
  readonly #engine: QueryEngine

  private constructor(address: Address, http: FastifyInstance, engine: QueryEngine) {
    this.address = address
    this.#http = http
    this.#engine = engine
  }

  /** Rejects with a `NetworkError` when the port is taken. */
  static async start(o: QueryServerOptions): Promise<QueryServer> {
    const engine = await DuckDBEngine.open({
      ...o,
      runningQueries: runningQueriesFor(
        Number(process.env.UV_THREADPOOL_SIZE) || poolThreadsDefault,
      ),
    })
    // JSON's escapes may double a statement; the engine measures the statement itself.
    const bodyBytesMax = 2 * statementBytesMax + 1024
    const http = fastify({
      ...httpServerOptions,
      bodyLimit: bodyBytesMax,
      forceCloseConnections: true,
      // `answerFraming` refuses requests without one.
      http: { requireHostHeader: false },
    })
    route(http, engine, o.log ?? (() => {}))
    answerFraming(http.server, {
      answer: ({ message }) => {
        const error = new QueryError('bad_request', message, { hint: requestHint })
        return { mediaType: 'application/json', body: JSON.stringify(error.body()) }
      },
      bodyBytesMax,
    })
    try {
      await http.listen(o.address)
    } catch (cause) {
      await engine.close()
      const code = (cause as NodeJS.ErrnoException).code ?? 'EIO'
      const why = code === 'EADDRINUSE' ? 'the port is taken' : describe(cause)
      const where = `${o.address.host}:${o.address.port}`
      const message = `The query server could not listen on ${where}: ${why}.`
      throw new NetworkError(code, o.address, message, { cause })
    }
    const listening = http.server.address()
    const port = typeof listening === 'object' && listening ? listening.port : o.address.port
    return new QueryServer({ host: o.address.host, port }, http, engine)
  }

  async close(): Promise<void> {
    await this.#http.close()
    await this.#engine.close()
  }
}

function route(http: FastifyInstance, engine: QueryEngine, log: (line: string) => void): void {
  http.get('/tables', async () => ({ tables: await engine.tables() }))
  http.post('/sql', async (request, reply) => {
    const answer = await engine.query(statementIn(request), gone(reply))
    return reply.type('application/json').send(answerText(answer))
  })
  http.post('/query/sql', async (request, reply) => {
    try {
      const answer = await engine.query(statementIn(request), gone(reply))
      return reply.type('application/json').send(pinotAnswer(answer))
    } catch (error) {
      // As Pinot does: the status speaks of the request, the body of the query.
      return reply.send(pinotFailure(asQueryError(error)))
    }
  })
  http.setNotFoundHandler((request, reply) => {
    const error = new QueryError('not_found', `There is no ${request.method} ${request.url}.`)
    return reply.status(error.status).send(error.body())
  })
  http.setErrorHandler((cause, _request, reply) => {
    const error = asQueryError(cause)
    if (error.code === 'internal') log(`query failed: ${describe(error.cause)}`)
    if (error.code === 'too_many_queries') reply.header('retry-after', '1')
    return reply.status(error.status).send(error.body())
  })
}

function statementIn(request: FastifyRequest): string {
  const { body } = request
  if (typeof body === 'string') return body
  const sql = typeof body === 'object' && body !== null && 'sql' in body ? body.sql : undefined
  if (typeof sql === 'string') return sql
  throw new QueryError('bad_request', 'The body has no "sql".')
}

/** Aborted when the client hangs up before it is answered. */
function gone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort()
  })
  return controller.signal
}

function answerText({ columns, rows, elapsedMs }: Answer): string {
  const rest = { rowCount: rows.length, elapsedMs: Math.round(elapsedMs * 1000) / 1000 }
  return `{"columns":${JSON.stringify(columns)},"rows":[${rows.join(',')}],${JSON.stringify(rest).slice(1)}`
}

/** Ours as they are; fastify's own (a body too long, or no JSON) by their status. */
function asQueryError(cause: unknown): QueryError {
  if (cause instanceof QueryError) return cause
  const status =
    typeof cause === 'object' && cause && 'statusCode' in cause ? cause.statusCode : 500
  if (status === 413) {
    return new QueryError(
      'statement_too_long',
      `The statement has more than ${statementBytesMax} bytes.`,
    )
  }
  if (typeof status === 'number' && status < 500)
    return new QueryError('bad_request', describe(cause))
  return new QueryError('internal', 'The query failed.', { cause })
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
