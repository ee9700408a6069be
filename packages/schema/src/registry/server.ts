import { type Address, type Host, NetworkError } from '@millrace/host'
import type { LogClient } from '@millrace/log'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import { RegistryError, registryErrors } from '../errors.js'
import { registryBodyBytesMax, registryRequestMsMax, subjectCharsMax } from '../limits.js'
import { SchemaRegistry, type SchemaText } from './registry.js'
import { openSchemasTopic } from './topic.js'

/** Media type of every answer. */
const mediaType = 'application/vnd.schemaregistry.v1+json'

/** Media types that a request may have. */
const requestMediaTypes = [
  mediaType,
  'application/vnd.schemaregistry+json',
  'application/json',
  'application/octet-stream',
]

export interface RegistryServerOptions {
  host: Host
  client: LogClient
  /** Where to listen; port 0 is any free one. */
  address: Address
  /** Takes one line for what a person should know; dropped by default. */
  log?: (line: string) => void
}

/** The Confluent Schema Registry's HTTP API over the topic `_schemas`. */
export class RegistryServer {
  readonly registry: SchemaRegistry
  /** Where it listens, with the port that it was given. */
  readonly address: Address
  readonly #app: FastifyInstance

  private constructor(registry: SchemaRegistry, address: Address, app: FastifyInstance) {
    this.registry = registry
    this.address = address
    this.#app = app
  }

  /** Reads the topic, then listens. Rejects with a `NetworkError` when the port is taken. */
  static async start(options: RegistryServerOptions): Promise<RegistryServer> {
    const registry = await SchemaRegistry.open(await openSchemasTopic(options.client))
    const app = registryApp(registry, options.log)
    const address = await listen(app, options.address)
    return new RegistryServer(registry, address, app)
  }

  /** Base URL for clients. */
  get url(): string {
    return `http://${this.address.host}:${this.address.port}`
  }

  /** Stops listening; requests that are under way are answered first. */
  async close(): Promise<void> {
    await this.#app.close()
  }
}

async function listen(app: FastifyInstance, address: Address): Promise<Address> {
  try {
    await app.listen({ host: address.host, port: address.port })
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'EIO'
    const where = `${address.host}:${address.port}`
    const why = code === 'EADDRINUSE' ? 'the port is taken' : (cause as Error).message
    const message = `The schema registry could not listen on ${where}: ${why}.`
    throw new NetworkError(code, address, message, { cause })
  }
  const [bound] = app.addresses()
  return { host: address.host, port: typeof bound === 'object' ? bound.port : address.port }
}

/** The HTTP API, not listening yet. */
export function registryApp(
  registry: SchemaRegistry,
  log: (line: string) => void = () => {},
): FastifyInstance {
  const app = Fastify({
    bodyLimit: registryBodyBytesMax,
    requestTimeout: registryRequestMsMax,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: subjectCharsMax },
    // What fails before there is a route; the hooks are not called for it.
    frameworkErrors: (cause, _request, reply) => answerError(reply, toError(cause)),
  })
  acceptMediaTypes(app)
  app.addHook('onSend', async (_request, reply) => {
    reply.header('content-type', mediaType)
  })
  app.setNotFoundHandler((_request, reply) => answerError(reply, registryErrors.notFound()))
  app.setErrorHandler((cause: FastifyError, request, reply) => {
    const error = toError(cause)
    if (error.status === 500) log(`registry: ${request.method} ${request.url}: ${cause.stack}`)
    return answerError(reply, error)
  })
  readRoutes(app, registry)
  writeRoutes(app, registry)
  return app
}

function readRoutes(app: FastifyInstance, registry: SchemaRegistry): void {
  app.get('/', () => ({}))
  app.get('/config', () => ({ compatibilityLevel: 'BACKWARD' }))
  app.get('/mode', () => ({ mode: 'READWRITE' }))
  app.get('/schemas/types', () => ['AVRO'])

  app.get<{ Params: { id: string } }>('/schemas/ids/:id', ({ params }) => {
    const { schema, schemaType } = registry.byId(parseId(params.id))
    return schemaType === 'AVRO' ? { schema } : { schemaType, schema }
  })
  app.get<{ Params: { id: string } }>('/schemas/ids/:id/schema', ({ params }, reply) =>
    reply.send(registry.byId(parseId(params.id)).schema),
  )
  app.get<{ Params: { id: string } }>('/schemas/ids/:id/subjects', ({ params }) =>
    registry.usesOf(parseId(params.id)).map(({ subject }) => subject),
  )
  app.get<{ Params: { id: string } }>('/schemas/ids/:id/versions', ({ params }) =>
    registry.usesOf(parseId(params.id)).map(({ subject, version }) => ({ subject, version })),
  )

  app.get('/subjects', () => registry.subjects())
  app.get<{ Params: { subject: string } }>('/subjects/:subject/versions', ({ params }) =>
    registry.versions(params.subject).map(({ version }) => version),
  )
  app.get<{ Params: { subject: string; version: string } }>(
    '/subjects/:subject/versions/:version',
    ({ params }) => {
      const { schemaType, ...rest } = registry.version(params.subject, params.version)
      return schemaType === 'AVRO' ? rest : { ...rest, schemaType }
    },
  )
  app.get<{ Params: { subject: string; version: string } }>(
    '/subjects/:subject/versions/:version/schema',
    ({ params }, reply) => reply.send(registry.version(params.subject, params.version).schema),
  )
}

function writeRoutes(app: FastifyInstance, registry: SchemaRegistry): void {
  app.post<{ Params: { subject: string }; Body: unknown }>(
    '/subjects/:subject/versions',
    async ({ params, body }) => {
      const { id } = await registry.register(params.subject, schemaTextOf(body))
      return { id }
    },
  )
  app.post<{ Params: { subject: string }; Body: unknown }>(
    '/subjects/:subject',
    ({ params, body }) => {
      const { schemaType: _, ...found } = registry.lookup(params.subject, schemaTextOf(body))
      return found
    },
  )
}

/** Members that are not known here (metadata, ruleSet, id, version, …) are let pass. */
function schemaTextOf(body: unknown): SchemaText {
  if (typeof body !== 'object' || body === null) {
    throw registryErrors.unprocessable('The request must be a JSON object with a "schema".')
  }
  const { schema, schemaType, references } = body as Record<string, unknown>
  if (typeof schema !== 'string') {
    throw registryErrors.invalidSchema('"schema" must be a string that holds the schema')
  }
  if (typeof schemaType !== 'string' && schemaType !== undefined && schemaType !== null) {
    throw registryErrors.unprocessable('"schemaType" must be a string.')
  }
  if (Array.isArray(references) && references.length > 0) {
    throw registryErrors.invalidSchema('references to other subjects are not supported yet')
  }
  return { schema, ...(typeof schemaType === 'string' ? { schemaType } : {}) }
}

function parseId(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw registryErrors.notFound()
  return Number(text)
}

function acceptMediaTypes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(requestMediaTypes, { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body.toString()))
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
  const bytes = Buffer.from(JSON.stringify({ error_code: error.code, message: error.message }))
  return reply.status(error.status).header('content-type', mediaType).send(bytes)
}
