import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'

// A load on an HTTP server from many connections that stay open, in a process of its own so that
// the server is what is measured: `node load-process.js FILE`, which
// holds a `Load` as JSON. Prints what it saw as
// one line of JSON, a `Seen`. It speaks just the HTTP that is needed, straight on the sockets.

/** What to send, and how. */
export interface Load {
  port: number
  /** As `POST` it: path, headers beside the length, and bodies, sent in turn. */
  path: string
  headers: Readonly<Record<string, string>>
  bodies: readonly string[]
  connections: number
  /** Before it counts: a process that has just started is slow, and so would the server seem. */
  warmSeconds: number
  seconds: number
  /** Requests a second over all connections; as many as are answered where not given. */
  perSecond?: number
}

/** What came back. */
export interface Seen {
  requests: number
  seconds: number
  /** With those before it counted. */
  requestsInAll: number
  /** Answers whose status was not the expected one of success, by status. */
  failed: Record<string, number>
  /** From the moment when a request was due to its answer. */
  p50Ms: number
  p99Ms: number
  worstMs: number
}

const load = JSON.parse(fs.readFileSync(process.argv[2] ?? '', 'utf8')) as Load
const requests = load.bodies.map((body) => {
  const lines = [`POST ${load.path} HTTP/1.1`, 'host: 127.0.0.1']
  for (const [name, value] of Object.entries(load.headers)) lines.push(`${name}: ${value}`)
  lines.push(`content-length: ${Buffer.byteLength(body)}`, '', body)
  return Buffer.from(lines.join('\r\n'))
})

/** Of one answer, to be read at once. */
const answerBytesMax = 64 * 1024
/** As both servers write it. */
const lengthHeader = Buffer.from('\r\ncontent-length: ')

/** Latencies in steps of 50 µs up to ten seconds. */
const stepMs = 0.05
const histogram = new Uint32Array(200_000)
const failed: Record<string, number> = {}
let answered = 0
let answeredInAll = 0
let worstMs = 0
let sent = 0

/** Connections without a request under way, and when those were due that wait for one. */
const idle: Connection[] = []
const waiting: number[] = []

/** One connection, and when the request that is under way on it was due. */
class Connection {
  readonly #socket: net.Socket
  #rest: Buffer | undefined
  #dueAt = 0

  private constructor() {
    // One buffer for all that is read: the load takes a core from what it measures.
    const onread = {
      buffer: Buffer.allocUnsafe(answerBytesMax),
      callback: (bytes: number, buffer: Uint8Array) => {
        this.#receive((buffer as Buffer).subarray(0, bytes))
        return true
      },
    }
    const { port } = load
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true, onread })
    this.#socket.on('error', (error) => fail(error.message))
    this.#socket.on('close', () => fail('the server closed a connection'))
  }

  static async open(): Promise<Connection> {
    const connection = new Connection()
    await once(connection.#socket, 'connect')
    return connection
  }

  send(dueAt: number): void {
    this.#dueAt = dueAt
    this.#socket.write(requests[sent++ % requests.length] as Buffer)
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    if (isWhole(bytes)) {
      this.#rest = undefined
      this.#answered(bytes.toString('latin1', 9, 12))
    } else {
      this.#rest = Buffer.from(bytes)
    }
  }

  #answered(status: string): void {
    const now = performance.now()
    answeredInAll++
    if (now >= countsFrom) {
      const ms = now - this.#dueAt
      const step = Math.min(histogram.length - 1, Math.floor(ms / stepMs))
      histogram[step] = (histogram[step] as number) + 1
      if (ms > worstMs) worstMs = ms
      answered++
    }
    if (!status.startsWith('2')) failed[status] = (failed[status] ?? 0) + 1
    if (now >= endsAt) return
    const dueAt = load.perSecond === undefined ? now : waiting.shift()
    if (dueAt === undefined) idle.push(this)
    else this.send(dueAt)
  }
}

const connections = await Promise.all(Array.from({ length: load.connections }, Connection.open))
const began = performance.now()
const countsFrom = began + load.warmSeconds * 1000
const endsAt = countsFrom + load.seconds * 1000
if (load.perSecond === undefined) {
  for (const connection of connections) connection.send(performance.now())
} else {
  idle.push(...connections)
  pace(load.perSecond)
}
setTimeout(report, endsAt - began + 100)

/** Whether an answer is there from its first byte to its last. */
function isWhole(bytes: Buffer): boolean {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return false
  const at = bytes.indexOf(lengthHeader)
  // Without a length the body comes in chunks and ends with an empty one.
  if (at < 0 || at > headEnd) return bytes.toString('latin1', bytes.length - 5) === '0\r\n\r\n'
  const end = bytes.indexOf('\r\n', at + 2)
  const length = Number(bytes.toString('latin1', at + lengthHeader.length, end))
  return bytes.length >= headEnd + 4 + length
}

/**
 * Sends what is due, and what was due while the machine was busy with other things; on any
 * connection that is free, as a pool of connections does.
 */
function pace(perSecond: number): void {
  let due = 0
  const tick = () => {
    const now = performance.now()
    if (now >= endsAt) return
    for (; due < ((now - began) / 1000) * perSecond; due++) {
      const dueAt = began + (due / perSecond) * 1000
      const connection = idle.pop()
      if (connection === undefined) waiting.push(dueAt)
      else connection.send(dueAt)
    }
    setTimeout(tick, 1)
  }
  tick()
}

function report(): void {
  const at = (share: number) => {
    let left = Math.floor(answered * share)
    const step = histogram.findIndex((count) => {
      left -= count
      return left < 0
    })
    return (step + 1) * stepMs
  }
  const seen: Seen = {
    requests: answered,
    seconds: load.seconds,
    requestsInAll: answeredInAll,
    failed,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    worstMs,
  }
  process.stdout.write(`${JSON.stringify(seen)}\n`, () => process.exit())
}

function fail(why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(1)
}
