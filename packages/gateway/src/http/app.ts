import type { Address } from '@millrace/host'
import { NetworkError } from '@millrace/host'
import { answerFraming, httpServerOptions } from '@millrace/host/http'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import type { Clusters } from '../cluster.js'
import type { Origins } from '../cors.js'
import { GatewayError, gatewayErrors } from '../errors.js'
import { bodyBytesMax, topicCharsMax } from '../limits.js'
import { type SchemaRouteOptions, schemaRoute } from '../schema-route.js'
import type { ConsumerInstances } from '../v2/consumers/instances.js'
import type { RecordReader } from '../v2/consumers/record-reader.js'
import { consumerRoutes } from '../v2/consumers/routes.js'
import { answerMediaType, formats } from '../v2/media-type.js'
import { topicResources } from '../v2/topics.js'
import { adminRoutes } from '../v3/admin/routes.js'
import { clusterResources } from '../v3/clusters.js'
import type { Bodies } from './bodies.js'
import { type HttpRequest, type HttpResponse, v3MediaType } from './exchange.js'
import { refuseOtherMethods } from './methods.js'
import type { ProduceServer } from './produce-server.js'

export interface AppOptions {
  clusters: Clusters
  produce: ProduceServer
  instances: ConsumerInstances
  records: RecordReader
  bodies: Bodies
  schemas: Omit<SchemaRouteOptions, 'answer'>
  origins: Origins
  log: (line: string) => void
}

/** The HTTP server: all resources, and what they share. */
export function gatewayApp(options: AppOptions): FastifyInstance {
  const { clusters, produce, log } = options
  const app = Fastify({
    ...httpServerOptions,
    bodyLimit: bodyBytesMax,
    // Bodies have time limits of their own (`Bodies`), because a stream of records may be long.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    // `answerFraming` refuses requests without one.
    http: { requireHostHeader: false },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: topicCharsMax },
    // What fails before there is a route.
    frameworkErrors: (cause, _request, reply) => answerError(reply, toError(cause)),
  })
  app.setNotFoundHandler((_request, reply) => answerError(reply, gatewayErrors.notFound()))
  app.setErrorHandler((cause: FastifyError, request, reply) => {
    const error = toError(cause)
    if (error.code === 500) log(`gateway: ${request.method} ${request.url}: ${cause.stack}`)
    return answerError(reply, error)
  })
  options.origins.addTo(app)
  const otherMethods = refuseOtherMethods(app)
  app.register(topicResources, { clusters })
  clusterResources(app, clusters)
  app.register(adminRoutes, { clusters })

  const { instances, records, bodies } = options
  app.register(consumerRoutes, { instances, records, bodies })
  app.register(schemaRoute, { ...options.schemas, answer: answerV2 })
  app.register(otherMethods)

  const { server } = app
  const others = server.listeners('request') as ((
    request: HttpRequest,
    response: HttpResponse,
  ) => void)[]
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    if (produce.serve(request, response)) return
    for (const serve of others) serve(request, response)
  })
  answerFraming(server, {
    answer: ({ status, message }, request) => ({
      // Of what has no path both APIs are told as v3 is.
      mediaType: request === undefined ? v3MediaType : mediaTypeOf(request.url ?? ''),
      body: JSON.stringify({ error_code: status, message }),
    }),
    inBody: (response, problem) => produce.cut(response, problem),
    bodyBytesMax,
  })
  return app
}

function mediaTypeOf(url: string): string {
  return url.startsWith('/v3/') ? v3MediaType : answerMediaType
}

/** Rejects with a `NetworkError` when the port is taken. */
export async function listen(app: FastifyInstance, address: Address): Promise<Address> {
  try {
    await app.listen({ host: address.host, port: address.port })
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'EIO'
    const where = `${address.host}:${address.port}`
    const why = code === 'EADDRINUSE' ? 'the port is taken' : (cause as Error).message
    const message = `The gateway could not listen on ${where}: ${why}.`
    throw new NetworkError(code, address, message, { cause })
  }
  const [bound] = app.addresses()
  return { host: address.host, port: typeof bound === 'object' ? bound.port : address.port }
}

function toError(cause: FastifyError): GatewayError {
  if (cause instanceof GatewayError) return cause
  switch (cause.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return gatewayErrors.tooLarge(bodyBytesMax)
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return gatewayErrors.unsupportedMediaType([...formats.keys()])
    default:
      if (cause.statusCode !== undefined && cause.statusCode < 500) {
        return new GatewayError(cause.statusCode, cause.message, { cause })
      }
      return gatewayErrors.internal(cause)
  }
}

function answerError(reply: FastifyReply, error: GatewayError): FastifyReply {
  if (error.retriable) reply.header('retry-after', error.retryAfterSeconds)
  const body = { error_code: error.code, message: error.message }
  return answer(reply, error.status, mediaTypeOf(reply.request.url), body)
}

/** Answers with JSON under exactly this media type. */
export function answer(
  reply: FastifyReply,
  status: number,
  mediaType: string,
  body: object,
): FastifyReply {
  return send(reply, status, mediaType, JSON.stringify(body))
}

/** The same under the media type of the v2 API. */
export function answerV2(reply: FastifyReply, status: number, body: object): FastifyReply {
  return answer(reply, status, answerMediaType, body)
}

/** The same with a body that is JSON already. */
export function send(
  reply: FastifyReply,
  status: number,
  mediaType: string,
  json: string,
): FastifyReply {
  // As bytes: to a text fastify would add a charset, which the media type does not have.
  return reply.status(status).header('content-type', mediaType).send(Buffer.from(json))
}
