import type { FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError, gatewayErrors } from '../errors.js'
import { bodyBytesMax, retryAfterSeconds, sourceCharsMax } from '../limits.js'
import type { Acknowledge } from '../store.js'
import type { ProduceAnswer } from '../v2/answer.js'
import { answerMediaType } from '../v2/media-type.js'

export type HttpRequest = FastifyRequest['raw']
export type HttpResponse = FastifyReply['raw']

/** Of what the v3 API is asked and answers. */
export const v3MediaType = 'application/json'

/** Answers with JSON, in one piece; `headers` are names and values in turn. */
export function answer(
  response: HttpResponse,
  status: number,
  mediaType: string,
  body: string,
  headers: readonly string[] = [],
): void {
  // Who hung up is not told.
  if (response.destroyed || response.headersSent) return
  const length = Buffer.byteLength(body)
  const always = ['content-type', mediaType, 'content-length', String(length)]
  response.writeHead(status, headers.length === 0 ? always : [...always, ...headers])
  // Where no character takes more than a byte the text is its bytes.
  response.end(body, length === body.length ? 'latin1' : 'utf8')
}

/** Answers under the media type of the v2 API. */
export function answerProduced(response: HttpResponse, produced: ProduceAnswer): void {
  const { status, retriable, body } = produced
  const headers = []
  if (retriable) headers.push('retry-after', String(retryAfterSeconds))
  if (status === 202) headers.push('preference-applied', 'respond-async')
  answer(response, status, answerMediaType, body, headers)
}

export function answerError(response: HttpResponse, error: GatewayError, mediaType: string): void {
  const { code, message, status, retryAfterSeconds } = error
  const headers: string[] = []
  if (retryAfterSeconds !== undefined) headers.push('retry-after', String(retryAfterSeconds))
  // Of a body that was not read to its end the rest would be taken for a request.
  if (!response.req.complete) headers.push('connection', 'close')
  answer(response, status, mediaType, JSON.stringify({ error_code: code, message }), headers)
}

/**
 * Calls `end` once, when nothing more happens with a response: it is sent, or never will be. One
 * that stands behind others on its connection is told nothing when that is closed before its turn.
 */
export function whenOver(request: HttpRequest, response: HttpResponse, end: () => void): void {
  if (response.socket !== null) {
    response.on('close', end)
    return
  }
  const { socket } = request
  const once = () => {
    socket.off('close', once)
    response.off('close', once)
    end()
  }
  socket.on('close', once)
  response.on('close', once)
}

/** Whether a body says that it is larger than any that is taken. */
export function isTooLarge({ headers }: HttpRequest): boolean {
  return Number(headers['content-length'] ?? 0) > bodyBytesMax
}

export function toGatewayError(cause: unknown): GatewayError {
  return cause instanceof GatewayError ? cause : gatewayErrors.internal(cause)
}

/** Who the sender says that it is. */
export function sourceOf({ headers }: HttpRequest): string {
  const named = headers['x-source']
  const source = (typeof named === 'string' && named) || headers['user-agent'] || 'gateway'
  return source.length > sourceCharsMax ? source.slice(0, sourceCharsMax) : source
}

/** Whether the sender prefers not to wait for the log: `Prefer: respond-async` (RFC 7240). */
export function preferred({ headers }: HttpRequest): Acknowledge | undefined {
  const { prefer } = headers
  if (typeof prefer !== 'string') return undefined
  return /(^|,)\s*respond-async\s*(,|;|$)/i.test(prefer) ? 'spool' : undefined
}
