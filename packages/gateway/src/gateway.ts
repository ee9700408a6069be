import { type Address, type Host, NetworkError } from '@millrace/host'
import type { LogClient } from '@millrace/log'
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { Admission } from './admission.js'
import { failureOf } from './append.js'
import { eventRoutes } from './cloudevents/routes.js'
import { EventStore } from './cloudevents/store.js'
import { addOrigins, localOrigins } from './cors.js'
import type { TopicCounts } from './counts.js'
import { GatewayError, gatewayErrors } from './errors.js'
import { bodyBytesMax, requestMsMax, retryAfterSeconds, sourceCharsMax } from './limits.js'
import { answerMediaType, formatOf, formats } from './media-type.js'
import type { TopicPolicy } from './policy.js'
import { Produce, topicName } from './produce.js'
import { logError, type ProduceAnswer } from './produce-answer.js'
import { schemaRoute } from './schema-route.js'
import { TopicDirectory } from './topic-directory.js'
import { TopicSchemas } from './topic-schemas.js'

export interface GatewayOptions {
  host: Host
  client: LogClient
  /** Base URL of the schema registry. */
  registryUrl: string
  /** Where to listen; port 0 is any free one. */
  address: Address
  /** What the project says about a topic. Asked at each request, so it may change. */
  topics: (name: string) => TopicPolicy | undefined
  /**
   * Topics whose schema describes CloudEvents of this type; none where it is not said. An event
   * of a type that no topic has goes to the topic of that name.
   */
  topicsOfType?: (type: string) => readonly string[]
  /** Origins of web pages that may send; pages of this machine where it is not said. */
  origins?: readonly string[]
  /** How much may be under way at once; the package's limits where it is not said. */
  admission?: Admission
  /** Takes one line for what a person should know; dropped by default. */
  log?: (line: string) => void
}

/** Events in over HTTP: the REST proxy's v2 produce API, with every event checked first. */
export class Gateway {
  /** Where it listens, with the port that it was given. */
  readonly address: Address
  readonly #produce: Produce
  readonly #app: FastifyInstance

  private constructor(address: Address, produce: Produce, app: FastifyInstance) {
    this.address = address
    this.#produce = produce
    this.#app = app
  }

  /** Rejects with a `NetworkError` when the port is taken. */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const { host, client } = options
    const registryUrl = options.registryUrl.replace(/\/+$/, '')
    const topics = new TopicDirectory(client, host.clock)
    const schemas = new TopicSchemas(registryUrl, host.clock)
    const policyOf = options.topics
    const produce = new Produce({ host, client, topics, schemas, registryUrl, policyOf })
    const app = gatewayApp(produce, topics, options)
    const address = await listen(app, options.address)
    return new Gateway(address, produce, app)
  }

  /** Base URL for callers. */
  get url(): string {
    return `http://${this.address.host}:${this.address.port}`
  }

  /** What became of the events of each topic since the start, sorted by topic. */
  counts(): TopicCounts[] {
    return this.#produce.counts.all()
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
    const message = `The gateway could not listen on ${where}: ${why}.`
    throw new NetworkError(code, address, message, { cause })
  }
  const [bound] = app.addresses()
  return { host: address.host, port: typeof bound === 'object' ? bound.port : address.port }
}

function gatewayApp(
  produce: Produce,
  topics: TopicDirectory,
  options: GatewayOptions,
): FastifyInstance {
  const { admission = new Admission(), log = () => {}, origins = localOrigins } = options
  const admit = admitting(admission)
  const app = Fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: requestMsMax,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1_000 },
    // What fails before there is a route.
    frameworkErrors: (cause, _request, reply) => answerError(reply, toError(cause)),
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser([...formats.keys()], { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
  app.setNotFoundHandler((_request, reply) => answerError(reply, gatewayErrors.notFound()))
  app.setErrorHandler((cause: FastifyError, request, reply) => {
    const error = toError(cause)
    if (error.status === 500) log(`gateway: ${request.method} ${request.url}: ${cause.stack}`)
    return answerError(reply, error)
  })

  addOrigins(app, origins)
  const store = new EventStore({
    produce,
    isTopic: async (name) => {
      const partitions = topicName.test(name) && (await topics.partitions(name).catch(logFailed))
      return typeof partitions === 'number'
    },
    topicsOfType: options.topicsOfType ?? (() => []),
  })
  const { host, registryUrl } = options
  const subjectOf = (topic: string) => options.topics(topic)?.subject ?? `${topic}-value`
  app.register(schemaRoute, { registryUrl, clock: host.clock, subjectOf, answer })
  app.register(eventRoutes, { store, admit, sourceOf, answer: answerProduce })
  app.get('/topics', async (_request, reply) =>
    answer(
      reply,
      200,
      (await topics.all()).map(({ name }) => name),
    ),
  )
  app.get<{ Params: { topic: string } }>('/topics/:topic', async ({ params }, reply) => {
    const partitions = await topics.partitions(params.topic)
    if (partitions === undefined) throw gatewayErrors.topicNotFound(params.topic)
    const numbers = Array.from({ length: partitions }, (_, partition) => ({ partition }))
    return answer(reply, 200, { name: params.topic, configs: {}, partitions: numbers })
  })
  app.post<{ Params: { topic: string }; Body: Buffer | undefined }>(
    '/topics/:topic',
    { onRequest: admit },
    async (request, reply) => {
      const format = formatOf(request.headers['content-type'])
      if (format === undefined) throw gatewayErrors.unsupportedMediaType([...formats.keys()])
      const body = request.body ?? Buffer.alloc(0)
      const sent = { topic: request.params.topic, format, body, source: sourceOf(request) }
      return answerProduce(reply, await produce.handle(sent))
    },
  )
  return app
}

function logFailed(cause: unknown): never {
  throw logError(failureOf(cause))
}

/** Before the body is read. The place is given back however the request ends. */
function admitting(admission: Admission) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const leave = admission.enter(request.headers['content-length'])
    if (leave === undefined) throw gatewayErrors.overloaded()
    reply.raw.once('close', leave)
  }
}

function sourceOf(request: FastifyRequest): string {
  const named = request.headers['x-source']
  const source = (typeof named === 'string' && named) || request.headers['user-agent'] || 'gateway'
  return source.slice(0, sourceCharsMax)
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

function answerProduce(reply: FastifyReply, { status, retriable, body }: ProduceAnswer) {
  if (retriable) reply.header('retry-after', retryAfterSeconds)
  return answer(reply, status, body)
}

function answerError(reply: FastifyReply, error: GatewayError): FastifyReply {
  if (error.retriable) reply.header('retry-after', retryAfterSeconds)
  return answer(reply, error.status, { error_code: error.code, message: error.message })
}

function answer(reply: FastifyReply, status: number, body: object): FastifyReply {
  // As bytes: to a text fastify would add a charset, which the media type does not have.
  const bytes = Buffer.from(JSON.stringify(body))
  return reply.status(status).header('content-type', answerMediaType).send(bytes)
}
