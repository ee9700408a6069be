/**
 * The resources that store records. They are served straight from Node's server, beside fastify
 * with all the others: they answer while they still read, and most of what they do is done in the
 * turn of the event loop in which a request comes.
 */
import type { FramingProblem } from '@millrace/host/http'
import type { Admission } from '../admission.js'
import type { Callers } from '../callers.js'
import type { Origins } from '../cors.js'
import { GatewayError, gatewayErrors } from '../errors.js'
import { bodyBytesMax } from '../limits.js'
import { answerMediaType } from '../v2/media-type.js'
import type { RecordStream } from '../v3/records.js'
import {
  answerError,
  type HttpRequest,
  type HttpResponse,
  isTooLarge,
  toGatewayError,
  v3MediaType,
  whenOver,
} from './exchange.js'
import { type ProduceRoute, ProduceRoutes } from './routes.js'
import { type Turn, Turns } from './turns.js'

/** A request that stores records, which was admitted, and its answer. */
export interface Exchange {
  readonly route: ProduceRoute
  readonly request: HttpRequest
  readonly response: HttpResponse
  /** Ends with the answer, if nobody ends it before. */
  readonly turn: Turn
}

/** Serves the requests of one API. What it throws, or rejects with, is answered. */
export type Door = (exchange: Exchange) => void | Promise<void>

export interface ProduceServerOptions {
  doors: Readonly<Record<ProduceRoute['kind'], Door>>
  /** Those that are under way. */
  streams: ReadonlyMap<HttpResponse, RecordStream>
  admission: Admission
  origins: Origins
  /** None are limited where it is undefined. */
  callers: Callers | undefined
  log: (line: string) => void
}

export class ProduceServer {
  readonly #options: ProduceServerOptions
  readonly #routes = new ProduceRoutes()
  readonly #turns = new Turns()
  /** The same function for all requests, which costs less than one for each. */
  readonly #begin = this.#handle.bind(this)
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
    const mediaType = mediaTypeOf(route)
    const { origin } = request.headers
    if (origin !== undefined && !this.#isAllowed(origin, response, mediaType)) return true
    // However much room there is, and whoever waits: it will never be taken.
    if (route.kind !== 'v3-records' && isTooLarge(request)) {
      answerError(response, gatewayErrors.tooLarge(bodyBytesMax), mediaType)
      return true
    }
    const leave = this.#enter(request, route)
    if (leave === undefined) {
      answerError(response, gatewayErrors.overloaded(), mediaType)
      return true
    }
    const turn = this.#turns.take(request)
    whenOver(request, response, () => {
      leave()
      turn.end()
    })
    if (route.kind !== 'v3-records') {
      try {
        this.#count(request, Number(request.headers['content-length'] ?? 0))
      } catch (cause) {
        answerError(response, toGatewayError(cause), mediaType)
        return true
      }
    }
    // A moment later the body is here, too, if it came along with its head.
    process.nextTick(this.#begin, { route, request, response, turn })
    return true
  }

  /** Tells of a body that cannot be read on, where its answer may have begun; else says false. */
  cut(response: HttpResponse, { status, message }: FramingProblem): boolean {
    const stream = this.#options.streams.get(response)
    return stream?.fail(new GatewayError(status, message)) ?? false
  }

  /** Streams take no more records, and end with the answers of those that they have. */
  close(): void {
    this.#isClosing = true
    for (const stream of this.#options.streams.values()) stream.endReading()
  }

  #handle(exchange: Exchange): void {
    try {
      const handled = this.#options.doors[exchange.route.kind](exchange)
      handled?.catch((cause: unknown) => this.#failed(exchange, cause))
    } catch (cause) {
      this.#failed(exchange, cause)
    }
  }

  #failed({ route, request, response }: Exchange, cause: unknown): void {
    // The sender hung up, and nobody is there to be told.
    if (cause === undefined) return
    const error = toGatewayError(cause)
    if (error.status === 500 && error.cause instanceof Error) {
      this.#options.log(`gateway: ${request.method} ${request.url}: ${error.cause.stack}`)
    }
    answerError(response, error, mediaTypeOf(route))
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
}

function mediaTypeOf({ kind }: ProduceRoute): string {
  return kind === 'v3-records' || kind === 'v3-batch' ? v3MediaType : answerMediaType
}
