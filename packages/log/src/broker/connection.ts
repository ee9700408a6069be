import type { Duplex } from 'node:stream'
import { ProtocolError } from '../errors.js'
import { frameBytesMax, requestBytesWaitingMax, unsentBytesMax } from '../limits.js'
import { FrameSplitter, readRequestHeader } from '../protocol/frame.js'
import { inRange } from '../protocol/version-range.js'
import { apiVersionsHandler, unsupportedApiVersions } from './handlers/api-versions.js'
import type { BrokerState, ResponseFrame } from './request-handler.js'

/** Who is at the other end. */
export interface Peer {
  host: string
  port: number
}

/**
 * One client's connection.
 *
 * Requests are handled one after another, so answers leave in the order of their requests; while
 * one waits (a Fetch for records, a JoinGroup for the others, an answer for a slow client) those
 * behind it wait too, and beyond a limit nothing more is read. Bytes that are not a request, or that announce more than may be sent, end this
 * connection with a line to the log, and touch no other.
 */
export class Connection {
  readonly #stream: Duplex
  readonly #broker: BrokerState
  readonly #peer: Peer
  readonly #splitter = new FrameSplitter(frameBytesMax)
  readonly #waiting: Buffer[] = []
  readonly #gone = new AbortController()
  #waitingBytes = 0
  #busy = false

  constructor(stream: Duplex, broker: BrokerState, peer: Peer) {
    this.#stream = stream
    this.#broker = broker
    this.#peer = peer
    stream.on('data', (chunk: Buffer) => this.#receive(chunk))
    stream.on('error', () => stream.destroy())
    stream.on('close', () => this.#gone.abort())
    stream.on('end', () => stream.end())
  }

  /** Aborted when the connection is closed. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#splitter.push(chunk)) {
        this.#waiting.push(frame)
        this.#waitingBytes += frame.length
      }
    } catch (cause) {
      this.#end(cause)
      return
    }
    if (!this.#busy) void this.#work()
    else if (this.#waitingBytes > requestBytesWaitingMax) this.#stream.pause()
  }

  async #work(): Promise<void> {
    this.#busy = true
    try {
      for (let frame = this.#waiting.shift(); frame !== undefined; frame = this.#waiting.shift()) {
        if (this.gone.aborted) return
        this.#waitingBytes -= frame.length
        const answer = this.#answer(frame)
        this.#send(answer instanceof Promise ? await answer : answer)
        if (this.#stream.writableLength > unsentBytesMax) await this.#drained()
        if (this.#waitingBytes <= requestBytesWaitingMax) this.#stream.resume()
      }
    } catch (cause) {
      this.#end(cause)
    } finally {
      this.#busy = false
    }
  }

  #answer(frame: Buffer): ResponseFrame | undefined | Promise<ResponseFrame | undefined> {
    const { header, bodyAt } = readRequestHeader(
      frame,
      (apiKey) => this.#broker.handlers.get(apiKey)?.api.flexibleFrom,
    )
    const handler = this.#broker.handlers.get(header.apiKey)
    if (handler === undefined) {
      throw new ProtocolError(`API ${header.apiKey} is not one that this broker speaks`)
    }
    if (!inRange(handler.versions, header.apiVersion)) {
      if (handler === apiVersionsHandler) return unsupportedApiVersions(header.correlationId)
      throw new ProtocolError(
        `version ${header.apiVersion} of ${handler.api.name} is asked for, ${handler.versions.min} to ${handler.versions.max} are spoken`,
      )
    }
    return handler.answer(
      { broker: this.#broker, header, clientHost: this.#peer.host, gone: this.gone },
      frame,
      bodyAt,
    )
  }

  #send(answer: ResponseFrame | undefined): void {
    if (answer === undefined || this.gone.aborted) return
    this.#stream.cork()
    for (const chunk of answer) this.#stream.write(chunk)
    this.#stream.uncork()
  }

  /** Resolves when the client has taken what was sent, or is gone. */
  #drained(): Promise<void> {
    if (this.gone.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        this.#stream.off('drain', done)
        this.gone.removeEventListener('abort', done)
        resolve()
      }
      this.#stream.on('drain', done)
      this.gone.addEventListener('abort', done)
    })
  }

  #end(cause: unknown): void {
    if (!this.gone.aborted) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      this.#broker.log(
        `broker: closed the connection of ${this.#peer.host}:${this.#peer.port}: ${reason}`,
      )
    }
    this.#stream.destroy()
  }
}
