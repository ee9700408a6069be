import { isUtf8 } from 'node:buffer'
import type { Clock } from '@millrace/host'
import { answerFraming, httpServerOptions } from '@millrace/host/http'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import { RegistryError, registryErrors } from '../../errors.js'
import { checkDepth } from '../../json-depth.js'
import {
  registryAgeMsMax,
  registryBodyBytesMax,
  registryRequestMsMax,
  subjectCharsMax,
} from '../../limits.js'
import type { SchemaRegistry } from '../registry.js'
import { compatibilityRoutes } from './compatibility.js'
import { configRoutes } from './config.js'
import { contextPath, contextRoutes } from './contexts.js'
import { metadataRoutes } from './metadata.js'
import { refuseOtherMethods } from './methods.js'
import { modeRoutes } from './mode.js'
import { schemaRoutes } from './schemas.js'
import { subjectRoutes } from './subjects.js'
import { versionRoutes } from './versions.js'

/** Media type of every answer. */
const mediaType = 'application/vnd.schemaregistry.v1+json'

/** Media types that a request may have. */
const requestMediaTypes = [
  mediaType,
  'application/vnd.schemaregistry+json',
  'application/json',
  'application/octet-stream',
]

export interface RegistryAppOptions {
  registry: SchemaRegistry
  clock: Clock
  /** What the Kafka cluster calls itself, for `/v1/metadata/id`. */
  clusterId?: string
  /** Takes one line for what a person should know; dropped by default. */
  log?: (line: string) => void
}

/** The HTTP API of Confluent's Schema Registry, not listening yet; one resource a file. */
export function registryApp(options: RegistryAppOptions): FastifyInstance {
  const { registry, clock, clusterId = '', log = () => {} } = options
  const app = Fastify({
    ...httpServerOptions,
    bodyLimit: registryBodyBytesMax,
    // `answerFraming` refuses requests without one.
    http: { requireHostHeader: false },
    requestTimeout: registryRequestMsMax,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: subjectCharsMax },
    rewriteUrl: (request) => contextPath(request.url ?? '/'),
    // What fails before there is a route; the hooks are not called for it.
    frameworkErrors: (cause, _request, reply) => answerError(reply, toError(cause)),
  })
  acceptMediaTypes(app)
  follow(app, registry, clock)
  app.addHook('onSend', async (_request, reply) => {
    reply.header('content-type', mediaType)
  })
  app.setNotFoundHandler((_request, reply) => answerError(reply, registryErrors.notFound()))
  app.setErrorHandler((cause: FastifyError, request, reply) => {
    const error = toError(cause)
    if (error.status === 500) log(`registry: ${request.method} ${request.url}: ${cause.stack}`)
    return answerError(reply, error)
  })
  const refuseOthers = refuseOtherMethods(app)
  app.get('/', () => ({}))
  app.post('/', () => ({}))
  subjectRoutes(app, registry)
  versionRoutes(app, registry)
  schemaRoutes(app, registry)
  compatibilityRoutes(app, registry)
  configRoutes(app, registry)
  modeRoutes(app, registry)
  contextRoutes(app, registry)
  metadataRoutes(app, clusterId)
  refuseOthers()
  answerFraming(app.server, {
    answer: ({ status, message }) => ({ mediaType, body: errorBody(status, message) }),
    bodyBytesMax: registryBodyBytesMax,
  })
  return app
}

/**
 * What other registries wrote is looked for as requests come, and never waited for: while the
 * log is away, what is known is still answered.
 */
function follow(app: FastifyInstance, registry: SchemaRegistry, clock: Clock): void {
  let lookedAt = clock.monotonic()
  app.addHook('onRequest', async () => {
    if (clock.monotonic() - lookedAt < registryAgeMsMax) return
    lookedAt = clock.monotonic()
    registry.refresh().catch(() => {
      // Said to those who write.
    })
  })
}

function acceptMediaTypes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(requestMediaTypes, { parseAs: 'buffer' }, (_request, given, done) => {
    const body = given as Buffer
    // Some clients name a type of content in requests that have none.
    if (body.length === 0) return done(null, undefined)
    if (!isUtf8(body)) return done(registryErrors.malformed('it is not UTF-8'))
    try {
      const text = body.toString('utf8')
      // What is kept of it is walked, and written again.
      checkDepth(text)
      done(null, JSON.parse(text))
    } catch (cause) {
      done(registryErrors.malformed((cause as Error).message))
    }
  })
}

function toError(cause: FastifyError): RegistryError {
  if (cause instanceof RegistryError) return cause
  switch (cause.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return registryErrors.tooLarge(registryBodyBytesMax)
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return registryErrors.unsupportedMediaType()
    default:
      if (cause.statusCode !== undefined && cause.statusCode < 500) {
        return new RegistryError(cause.statusCode, cause.message, { cause })
      }
      return registryErrors.internal()
  }
}

function answerError(reply: FastifyReply, error: RegistryError): FastifyReply {
  // As bytes: to a text fastify would add a charset, which the media type does not have.
  const bytes = Buffer.from(errorBody(error.code, error.message))
  return reply.status(error.status).header('content-type', mediaType).send(bytes)
}

function errorBody(code: number, message: string): string {
  return JSON.stringify({ error_code: code, message })
}
