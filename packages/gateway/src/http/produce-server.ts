/**
 * The resources that store records. They are served straight from Node's server, beside fastify
 * with all the others: the v3 API answers while it still reads.
 */
import type { Admission } from '../admission.js'
import type { Callers } from '../callers.js'
import type { Origins } from '../cors.js'
import { gatewayErrors } from '../errors.js'
import { bodyBytesMax, retryAfterSeconds } from '../limits.js'
import type { ProduceAnswer } from '../v2/answer.js'
import { answerMediaType, type Format, formatOf, formats } from '../v2/media-type.js'
import type { ProduceV2 } from '../v2/produce.js'
import { failure, producedLine, success } from '../v3/answer.js'
import { readBatch } from '../v3/batch.js'
import type { ProduceV3 } from '../v3/produce.js'
import { RecordStream } from '../v3/records.js'
import { readRecord } from '../v3/request.js'
import type { Bodies } from './bodies.js'
import {
  answer,
  answerError,
  type HttpRequest,
  type HttpResponse,
  preferred,
  sourceOf,
  toGatewayError,
} from './exchange.js'
import { type ProduceRoute, ProduceRoutes } from './routes.js'

export interface ProduceServerOptions {
  v2: ProduceV2
  v3: ProduceV3
  admission: Admission
  bodies: Bodies
  origins: Origins
  /** None are limited where it is undefined. */
  callers: Callers | undefined
  log: (line: string) => void
}

const v3MediaType = 'application/json'

export class ProduceServer {
  readonly #options: ProduceServerOptions
  readonly #routes = new ProduceRoutes()
  readonly #streams = new Set<RecordStream>()
  /** The same function for all requests, which costs less than one for each. */
  readonly #beginV2 = this.#v2.bind(this)
  #isClosing = false

  constructor(options: ProduceServerOptions) {
    this.#options = options
  }

  /** Serves a request, or says that it is another's. */
  serve(request: HttpRequest, response: HttpResponse): boolean {
    if (request.method !== 'POST') return false
    const route = this.#routes.of(request.url ?? '')
    if (route === undefined) return false
    if (this.#isClosing) response.setHeader('connection', 'close')
    const mediaType = route.kind === 'v2' ? answerMediaType : v3MediaType
    const { origin } = request.headers
    if (origin !== undefined && !this.#isAllowed(origin, response, mediaType)) return true
    const leave = this.#enter(request, route)
    if (leave === undefined) {
      answerError(response, gatewayErrors.overloaded(), mediaType)
      return true
    }
    response.on('close', leave)
    if (route.kind !== 'v3-records') {
      try {
        this.#count(request, Number(request.headers['content-length'] ?? 0))
      } catch (cause) {
        answerError(response, toGatewayError(cause), mediaType)
        return true
      }
    }
    if (route.kind === 'v2') {
      // A moment later the body is here, too, if it came along with its head.
      process.nextTick(this.#beginV2, route, request, response)
    } else {
      const handled =
        route.kind === 'v3-records'
          ? this.#v3Records(route, request, response)
          : this.#v3Batch(route, request, response)
      handled.catch((cause: unknown) => this.#failed(request, response, mediaType, cause))
    }
    return true
  }

  #failed(request: HttpRequest, response: HttpResponse, mediaType: string, cause: unknown): void {
    // The sender hung up, and nobody is there to be told.
    if (cause === undefined) return
    const error = toGatewayError(cause)
    if (error.status === 500 && error.cause instanceof Error) {
      this.#options.log(`gateway: ${request.method} ${request.url}: ${error.cause.stack}`)
    }
    answerError(response, error, mediaType)
  }

  /** Whether a web page may send; one that may not is told so. */
  #isAllowed(origin: string, response: HttpResponse, mediaType: string): boolean {
    response.setHeader('vary', 'origin')
    try {
      const headers = this.#options.origins.headersFor(origin)
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      return true
    } catch (cause) {
      answerError(response, toGatewayError(cause), mediaType)
      return false
    }
  }

  /** Streams take no more records, and end with the answers of those that they have. */
  close(): void {
    this.#isClosing = true
    for (const stream of this.#streams) stream.endReading()
  }

  /** Throws 429 where the caller sends too much. */
  #count({ headers, socket }: HttpRequest, bytes: number): void {
    this.#options.callers?.take({ headers, address: socket.remoteAddress ?? '' }, bytes)
  }

  /**
   * A body whose length is not said beforehand counts as the largest one. A stream's records count
   * one by one, while they are under way.
   */
  #enter(request: HttpRequest, route: ProduceRoute): (() => void) | undefined {
    const { admission } = this.#options
    if (route.kind === 'v3-records') return admission.enter(0)
    const length = request.headers['content-length']
    return admission.enter(length === undefined ? bodyBytesMax : Number(length))
  }

  #v2(route: ProduceRoute, request: HttpRequest, response: HttpResponse): void {
    const { bodies } = this.#options
    try {
      const format = formatOf(request.headers['content-type'])
      if (format === undefined) throw gatewayErrors.unsupportedMediaType([...formats.keys()])
      const body = bodies.arrived(request)
      if (body !== undefined) {
        this.#produceV2(route, request, response, format, body)
      } else {
        bodies
          .read(request)
          .then((read) => this.#produceV2(route, request, response, format, read))
          .catch((cause: unknown) => this.#failed(request, response, answerMediaType, cause))
      }
    } catch (cause) {
      this.#failed(request, response, answerMediaType, cause)
    }
  }

  #produceV2(
    route: ProduceRoute,
    request: HttpRequest,
    response: HttpResponse,
    format: Format,
    body: Buffer,
  ): void {
    const { v2 } = this.#options
    const sent = {
      topic: route.topic,
      partition: route.partition,
      format,
      bytes: body.length,
      source: sourceOf(request),
      acknowledge: route.acknowledge ?? preferred(request),
    }
    const respond = (answered: ProduceAnswer) => answerV2(response, answered)
    if (v2.straight(sent, body, respond)) return
    v2.handle({ ...sent, body })
      .then(respond)
      .catch((cause: unknown) => this.#failed(request, response, answerMediaType, cause))
  }

  async #v3Records(
    route: ProduceRoute,
    request: HttpRequest,
    response: HttpResponse,
  ): Promise<void> {
    isJson(request)
    const { v3, bodies, admission } = this.#options
    const sent = {
      source: sourceOf(request),
      acknowledge: route.acknowledge ?? preferred(request),
      order: { tail: Promise.resolve() },
    }
    const target = await v3.target(route.topic, route.clusterId)
    const stream = new RecordStream(request, response, async (record, bytes) => {
      this.#count(request, bytes)
      const leave = admission.enter(bytes, 0)
      if (leave === undefined) throw gatewayErrors.overloaded()
      try {
        const produced = await v3.produce(target, readRecord(record), { ...sent, bytes })
        return producedLine(produced)
      } finally {
        leave()
      }
    })
    this.#streams.add(stream)
    try {
      await stream.run(bodies)
    } finally {
      this.#streams.delete(stream)
    }
  }

  async #v3Batch(route: ProduceRoute, request: HttpRequest, response: HttpResponse): Promise<void> {
    isJson(request)
    const { v3, bodies } = this.#options
    const body = await bodies.read(request)
    const target = await v3.target(route.topic, route.clusterId)
    const entries = readBatch(body)
    const common = {
      source: sourceOf(request),
      acknowledge: route.acknowledge ?? preferred(request),
      bytes: Math.ceil(body.length / entries.length),
      order: { tail: Promise.resolve() },
    }
    const successes: object[] = []
    const failures: object[] = []
    const all = entries.map(async ({ id, sent }) => {
      const given = readRecord(sent, ['id'])
      return success(id, await v3.produce(target, given, common))
    })
    const settled = await Promise.allSettled(all)
    settled.forEach((each, at) => {
      const id = entries[at]?.id ?? ''
      if (each.status === 'fulfilled') successes.push(each.value)
      else failures.push(failure(id, toGatewayError(each.reason)))
    })
    answer(response, 207, v3MediaType, JSON.stringify({ successes, failures }))
  }
}

function answerV2(response: HttpResponse, { status, retriable, body }: ProduceAnswer): void {
  const headers = []
  if (retriable) headers.push('retry-after', String(retryAfterSeconds))
  if (status === 202) headers.push('preference-applied', 'respond-async')
  answer(response, status, answerMediaType, body, headers)
}

/** Throws 415 for a body that is not said to be JSON. */
function isJson({ headers }: HttpRequest): void {
  const [mediaType = ''] = (headers['content-type'] ?? '').split(';')
  if (mediaType.trim().toLowerCase() === v3MediaType) return
  throw gatewayErrors.unsupportedMediaType([v3MediaType])
}
