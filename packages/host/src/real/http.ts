import http from 'node:http'
import { createRequire } from 'node:module'

export interface HttpRequest {
  /** GET where it is not said. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Ends the request, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  /** All of the body. */
  readonly text: string
}

const redirects = new Set([301, 302, 307, 308])
const redirectsMax = 5

/**
 * One request to `http:` or `https:`, and the whole answer, whatever its status. Rejects with the
 * system's error, whose `code` tells more, where there is none.
 *
 * Node's own `fetch` would do it, and costs each process that calls it once 30 ms and 13 MB.
 */
export async function askHttp(url: string, request: HttpRequest = {}): Promise<HttpAnswer> {
  let place = url
  for (let hops = 0; ; hops++) {
    const { status, text, location } = await ask(place, request)
    if (!redirects.has(status) || location === undefined || hops === redirectsMax) {
      return { status, text }
    }
    place = new URL(location, place).href
  }
}

interface Answered extends HttpAnswer {
  location: string | undefined
}

function ask(url: string, request: HttpRequest): Promise<Answered> {
  const { method = 'GET', headers, body, signal } = request
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) => reject(signal?.aborted ? signal.reason : cause)
    const options = { method, headers: { ...headers }, ...(signal && { signal }) }
    const asked = libraryOf(url).request(url, options, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (part) => {
        text += part
      })
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, text, location: answer.headers.location })
      })
      answer.on('error', fail)
    })
    asked.on('error', (cause: NodeJS.ErrnoException) => {
      // The connection of an earlier request was closed at this very moment.
      const isStale = asked.reusedSocket && cause.code === 'ECONNRESET'
      if (isStale && method === 'GET') resolve(ask(url, request))
      else fail(cause)
    })
    asked.end(body)
  })
}

/** TLS is loaded by those who need it. */
function libraryOf(url: string): Pick<typeof http, 'request'> {
  return url.startsWith('https:') ? createRequire(import.meta.url)('node:https') : http
}
