/**
 * What comes to an HTTP server and is no request: answered once, in the server's own format, and
 * the connection is closed. Node's own answer has no body, and may overtake those of the requests
 * before it on the connection, which are then lost.
 *
 * Invariants: a connection has its answers in the order of its requests, the one about what is no
 * request last; nothing that comes after it is looked at.
 */
import {
  type IncomingMessage,
  maxHeaderSize,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { Duplex } from 'node:stream'

export { httpServerOptions } from './http-server.js'

/** What is wrong with the frame of a request, whatever it asks for. */
export interface FramingProblem {
  /** The HTTP status: 400, 408, 413, 417, 431, 501, 505. */
  readonly status: number
  /** A sentence or two: what is wrong, and what would be right. */
  readonly message: string
}

export interface FramingOptions {
  /** What is answered; the request where it is known which one it is. */
  answer(problem: FramingProblem, request?: IncomingMessage): { mediaType: string; body: string }
  /**
   * Told of what is wrong with the body of a request, before it is answered; says whether the one
   * who answers the request tells it, as it has to where the answer has begun.
   */
  inBody?(response: ServerResponse, problem: FramingProblem): boolean
  /** A body that says that it is larger is not asked for (`Expect: 100-continue`). */
  bodyBytesMax?: number
}

/** How long a connection is read from after its last answer, so that the sender sees the answer. */
const lingerMsMax = 2_000

/** The longest name of a method that is told. */
const methodCharsMax = 32

/**
 * Takes care of these on a server, once all that listens to it is there. The server must let
 * requests without a Host pass (`requireHostHeader: false`): they are refused here.
 */
export function answerFraming(server: Server, options: FramingOptions): void {
  const connections = new Connections(options)
  const serve = server.listeners('request')
  server.removeAllListeners('request')
  server.removeAllListeners('clientError')
  server.on('connection', (socket) => {
    // Node closes a connection by this after an answer that is the last one.
    socket.destroySoon = () => linger(socket)
  })
  server.on('request', (request, response) => {
    if (!connections.begin(request, response)) return
    const problem = problemOf(request)
    if (problem !== undefined) connections.refuse(response, problem)
    else for (const each of serve) each.call(server, request, response)
  })
  server.on('checkContinue', (request, response) => {
    const { bodyBytesMax = Number.POSITIVE_INFINITY } = options
    const isTooLarge = Number(request.headers['content-length'] ?? 0) > bodyBytesMax
    if (!isTooLarge) response.writeContinue()
    server.emit('request', request, response)
  })
  server.on('checkExpectation', (request, response) => {
    if (connections.begin(request, response)) connections.refuse(response, problems.expectation)
  })
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    // Node has left it to whoever takes it.
    socket.on('error', () => {})
    connections.end(socket, problems.method(request.method ?? ''))
  })
  server.on('clientError', (cause: FramingError, socket: Duplex) => {
    // Behind a request that said that it is the last one.
    if (cause.code === 'HPE_CLOSED_CONNECTION') return
    if (socket.destroyed || !socket.writable || cause.code === 'ECONNRESET') socket.destroy()
    else connections.fail(socket, cause)
  })
}

/** An error of Node's parser. */
interface FramingError extends Error {
  code?: string
  /** The chunk in which it was found, and how far it was read. */
  rawPacket?: Buffer
  bytesParsed?: number
}

/** The last request of each connection. */
class Connections {
  readonly #options: FramingOptions
  readonly #last = new WeakMap<Duplex, ServerResponse>()
  /** Those that have, or will have, their last answer. */
  readonly #ended = new WeakSet<Duplex>()

  constructor(options: FramingOptions) {
    this.#options = options
  }

  /**
   * Says whether a request is one to serve. One that comes behind an answer that says that it is
   * the last one is not: nobody would learn what became of it.
   */
  begin({ socket }: IncomingMessage, response: ServerResponse): boolean {
    if (this.#ended.has(socket)) return false
    // Node's own note, which its types do not have.
    const before = this.#last.get(socket) as { _last?: boolean } | undefined
    if (before?._last === true) return false
    this.#last.set(socket, response)
    return true
  }

  /** Answers a request with what is wrong, and reads no further one. */
  refuse(response: ServerResponse, problem: FramingProblem): void {
    const { req: request } = response
    this.#ended.add(request.socket)
    const { mediaType, body } = this.#options.answer(problem, request)
    response.writeHead(problem.status, {
      ...{ 'content-type': mediaType, 'content-length': Buffer.byteLength(body) },
      connection: 'close',
    })
    response.end(body)
    request.resume()
  }

  /** What came could not be read on. */
  fail(socket: Duplex, cause: FramingError): void {
    if (this.#ended.has(socket)) return
    const response = this.#last.get(socket)
    const isInBody = response !== undefined && !response.req.complete
    const problem = problemIn(cause, isInBody)
    if (!isInBody) {
      this.end(socket, problem)
      return
    }
    const isTold = this.#options.inBody?.(response, problem) === true
    if (!isTold && !response.headersSent) {
      this.refuse(response, problem)
      return
    }
    this.#ended.add(socket)
    whenOver(response, () => linger(socket))
  }

  /** Answers what is no request, after those that are under way. */
  end(socket: Duplex, problem: FramingProblem): void {
    if (this.#ended.has(socket)) return
    this.#ended.add(socket)
    const { mediaType, body } = this.#options.answer(problem)
    const head = [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      `content-type: ${mediaType}`,
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ]
    const answer = () => {
      if (!socket.writable) return
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
      linger(socket)
    }
    const response = this.#last.get(socket)
    if (response === undefined) answer()
    else whenOver(response, answer)
  }
}

function whenOver(response: ServerResponse, then: () => void): void {
  if (response.closed) then()
  else response.once('close', then)
}

/**
 * Closes a connection once its sender has, or after a moment: what still comes is read and dropped,
 * because a connection that is closed with bytes unread takes its last answer with it.
 */
function linger(socket: Duplex): void {
  if (socket.destroyed) return
  const timer = setTimeout(() => socket.destroy(), lingerMsMax)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
  socket.end()
  socket.resume()
}

/** What is wrong with a request that Node lets pass. */
function problemOf({ headers, httpVersion }: IncomingMessage): FramingProblem | undefined {
  if (headers.host === undefined && httpVersion === '1.1') return problems.host
  const coding = headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return problems.coding(coding)
  return undefined
}

const aRequest = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) \S+ HTTP\/(\d)\.\d$/

/** What is wrong, by the code of Node's parser, in the body of a request or before there is one. */
function problemIn(cause: FramingError, isInBody: boolean): FramingProblem {
  switch (cause.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return problems.slow
    case 'HPE_HEADER_OVERFLOW':
      return problems.headers
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return problems.chunkExtensions
    case 'HPE_INVALID_EOF_STATE':
      return problems.end
    case 'HPE_INVALID_CONTENT_LENGTH':
    case 'HPE_UNEXPECTED_CONTENT_LENGTH':
      return problems.length
    case 'HPE_INVALID_TRANSFER_ENCODING':
      return problems.transferEncoding
    case 'HPE_PAUSED_H2_UPGRADE':
      return problems.version
  }
  if (isInBody) return problems.chunk
  const [, method, version] = aRequest.exec(lineIn(cause)) ?? []
  if (method === undefined) return problems.request
  if (version !== '1') return problems.version
  if (cause.code === 'HPE_INVALID_METHOD') return problems.method(method)
  return problems.request
}

/** The line in which reading ended. */
function lineIn({ rawPacket = Buffer.alloc(0), bytesParsed = 0 }: FramingError): string {
  const from = bytesParsed === 0 ? 0 : rawPacket.lastIndexOf('\n', bytesParsed - 1) + 1
  const to = rawPacket.indexOf('\r\n', bytesParsed)
  return rawPacket.toString('latin1', from, to < 0 ? rawPacket.length : to)
}

const problems = {
  request: {
    status: 400,
    message:
      'Bad Request: this is not HTTP/1.1. A request is a line with a method, a path without spaces and HTTP/1.1, then headers, each a name, a colon and a value; lines end with CR LF.',
  },
  host: { status: 400, message: 'Bad Request: the header Host is missing.' },
  length: {
    status: 400,
    message:
      'Bad Request: Content-Length is the length of the body in bytes, said once, and not beside Transfer-Encoding.',
  },
  transferEncoding: {
    status: 400,
    message:
      'Bad Request: Transfer-Encoding is `chunked`, and not beside Content-Length: how long the body is cannot be told otherwise.',
  },
  chunk: {
    status: 400,
    message:
      'Bad Request: the body is not in chunks, as its Transfer-Encoding says. A chunk is its length in hexadecimal digits, CR LF, so many bytes, and CR LF.',
  },
  end: {
    status: 400,
    message: 'Bad Request: the connection ended before the request was whole.',
  },
  slow: {
    status: 408,
    message: 'The request did not come in whole in its time. Send it again.',
  },
  chunkExtensions: { status: 413, message: 'The extensions of a chunk are too long.' },
  expectation: {
    status: 417,
    message: 'Expectation Failed: only 100-continue may be expected.',
  },
  headers: {
    status: 431,
    message: `The request line and the headers are longer than ${maxHeaderSize} bytes. Send fewer, or shorter ones.`,
  },
  version: { status: 505, message: 'HTTP Version Not Supported: HTTP/1.1 is spoken here.' },
  method: (method: string) => ({
    status: 501,
    message: `Not Implemented: there is no method ${method.slice(0, methodCharsMax)} here.`,
  }),
  coding: (coding: string) => ({
    status: 501,
    message: `Not Implemented: the transfer coding ${coding.slice(0, methodCharsMax)} is not read here. Send the body as it is, or in chunks.`,
  }),
} as const
