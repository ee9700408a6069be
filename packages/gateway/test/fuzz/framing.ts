/**
 * What the bytes of a connection say, by Node's own parser, apart from the server under test: the
 * requests in them with their bodies, and whether they are framed as HTTP at all.
 */
import http from 'node:http'
import { duplexPair } from 'node:stream'

/** A request as it was found. */
export interface FramedRequest {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  /** As much of it as came. */
  body: Buffer
  /** Whether it came in whole. */
  isComplete: boolean
}

export interface Framing {
  readonly requests: readonly FramedRequest[]
  /** The bytes are no HTTP, from some place on. */
  readonly isBroken: boolean
}

export function framingOf(bytes: Buffer): Promise<Framing> {
  const requests: FramedRequest[] = []
  let isBroken = false
  const server = http.createServer({ keepAliveTimeout: 0 })
  const take = (request: http.IncomingMessage, response: http.ServerResponse) => {
    const { method = '', url = '', headers } = request
    const found: FramedRequest = { method, url, headers, body: Buffer.alloc(0), isComplete: false }
    requests.push(found)
    const chunks: Buffer[] = []
    const end = () => {
      found.body = Buffer.concat(chunks)
      found.isComplete = request.complete
    }
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => {})
    request.on('close', end)
    request.on('end', () => {
      end()
      response.end()
    })
  }
  server.on('request', take)
  server.on('checkContinue', take)
  // It is answered by Node itself, with the next request behind it.
  server.on('checkExpectation', take)
  server.on('connect', (_request, socket) => {
    isBroken = true
    socket.destroy()
  })
  const [ours, theirs] = duplexPair()
  server.on('clientError', (error: NodeJS.ErrnoException) => {
    // The bytes may end in the middle.
    if (error.code !== 'HPE_INVALID_EOF_STATE') isBroken = true
    theirs.destroy()
  })
  return new Promise((resolve) => {
    theirs.on('close', () => {
      ours.destroy()
      setImmediate(() => resolve({ requests, isBroken }))
    })
    ours.on('error', () => {})
    ours.resume()
    server.emit('connection', theirs)
    ours.end(bytes)
  })
}
