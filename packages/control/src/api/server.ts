import fastifyStatic from '@fastify/static'
import { answerFraming, httpServerOptions } from '@millrace/host/http'
import Fastify, { type FastifyInstance } from 'fastify'
import { ControlError, controlErrors } from '../errors.js'
import { pageFolder } from '../installation.js'
import type { Platform } from '../supervise/platform.js'
import { localHost, onPort } from '../supervise/ports.js'
import { addApply } from './apply.js'
import { boardRows } from './board.js'
import { addExceptions } from './exceptions.js'
import { Monitor } from './monitor.js'
import { prometheusText } from './prometheus.js'
import { askQuery, askWhenFilled } from './query.js'
import { listTopics, topicMetadata } from './topics.js'
import type { ErrorView } from './types.js'

const pageNotBuilt = `<!doctype html><meta charset="utf-8"><title>Millrace</title>
<p>The console is not built. Run <code>npm run build</code> and reload this page.</p>
<p>The platform runs all the same: <a href="/api/platform">/api/platform</a>.</p>`

/**
 * The console's API and page, on the console's port. Nothing but this machine can reach it.
 * Stops with the platform.
 */
export async function startApi(platform: Platform): Promise<Monitor> {
  const monitor = new Monitor(platform)
  const server = Fastify({
    ...httpServerOptions,
    forceCloseConnections: true,
    // `answerFraming` refuses requests without one.
    http: { requireHostHeader: false },
  })
  server.setErrorHandler((cause: Error & { statusCode?: number }, _request, reply) => {
    const known = cause instanceof ControlError
    const error: ErrorView = { code: known ? cause.code : 'FAILED', message: cause.message }
    return reply.status(known ? cause.status : (cause.statusCode ?? 500)).send(error)
  })
  server.get('/api/platform', () => monitor.view)
  server.get('/metrics', (_request, reply) =>
    reply.type('text/plain; version=0.0.4').send(prometheusText(monitor.view)),
  )
  server.get<{ Querystring: { internal?: string } }>('/api/topics', ({ query }) =>
    listTopics(platform, query.internal === 'true'),
  )
  server.get<{ Params: { topic: string } }>('/api/topics/:topic/metadata', ({ params }) =>
    topicMetadata(platform.project, params.topic),
  )
  addLive(server, monitor)
  addQueries(server, platform)
  addExceptions(server, platform)
  addApply(server, platform)
  addPage(server, platform)
  answerFraming(server.server, {
    answer: ({ message }) => {
      const error: ErrorView = { code: 'BAD_REQUEST', message }
      return { mediaType: 'application/json', body: JSON.stringify(error) }
    },
  })

  const { ports } = platform
  await onPort('console', ports.console, () =>
    server.listen({ host: localHost, port: ports.console }),
  )
  const address = server.server.address()
  if (address !== null && typeof address === 'object') ports.console = address.port
  monitor.start()
  platform.beforeStop('console', async () => {
    monitor.stop()
    await server.close()
  })
  return monitor
}

/** Server-sent events: the platform's view now, and after each measurement. */
function addLive(server: FastifyInstance, monitor: Monitor): void {
  server.get('/api/live', (request, reply) => {
    reply.hijack()
    const { raw } = reply
    raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      connection: 'keep-alive',
    })
    const send = (view: unknown) => {
      // A reader that does not keep up is left out until it does; the next view is newer anyway.
      if (!raw.writableNeedDrain) raw.write(`event: platform\ndata: ${JSON.stringify(view)}\n\n`)
    }
    send(monitor.view)
    request.raw.once('close', monitor.subscribe(send))
  })
}

function addQueries(server: FastifyInstance, platform: Platform): void {
  server.get<{ Params: { name: string } }>('/api/boards/:name', async (request) => {
    const { name } = request.params
    const board = platform.project.boards.find((each) => each.name === name)
    if (board === undefined) throw controlErrors.boardUnknown(name)
    const answer = await askWhenFilled(platform.url('query'), board.sql)
    return answer === undefined ? { name, points: [] } : boardRows(board, answer)
  })
  server.post<{ Body: { sql?: unknown } | null }>('/api/sql', async ({ body }) => {
    const sql = body?.sql
    if (typeof sql !== 'string') throw controlErrors.badParameter('sql', sql, 'a text')
    return askQuery(platform.url('query'), sql)
  })
}

function addPage(server: FastifyInstance, platform: Platform): void {
  if (platform.host.disk.exists(`${pageFolder}/index.html`)) {
    server.register(fastifyStatic, { root: pageFolder })
    return
  }
  server.get('/', (_request, reply) => reply.type('text/html').send(pageNotBuilt))
}
