import type { Duplex } from 'node:stream'
import { ProtocolError } from '../errors.js'
import { frameBytesMax, unsentBytesMax } from '../limits.js'
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
 * one waits (a Fetch for records, a JoinGroup for the others) nothing more is read from this
 * client. Bytes that are not a request, or that announce more than may be sent, end this
 * connection with a line to the log, and touch no other.
 */
export class Connection {
  readonly #stream: Duplex
  readonly #broker: BrokerState
  readonly #peer: Peer
  readonly #splitter = new FrameSplitter(frameBytesMax)
  readonly #waiting: Buffer[] = []
  readonly #gone = new AbortController()
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
      this.#waiting.push(...this.#splitter.push(chunk))
    } catch (cause) {
      this.#end(cause)
      return
    }
    if (!this.#busy) void this.#work()
  }

  async #work(): Promise<void> {
    this.#busy = true
    try {
      for (let frame = this.#waiting.shift(); frame !== undefined; frame = this.#waiting.shift()) {
        if (this.gone.aborted) return
        const answer = this.#answer(frame)
        if (answer instanceof Promise) {
          this.#stream.pause()
          this.#send(await answer)
          if (!this.#isClogged()) this.#stream.resume()
        } else {
          this.#send(answer)
        }
        if (this.#isClogged()) await this.#drained()
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

  #isClogged(): boolean {
    return this.#stream.writableLength > unsentBytesMax
  }

  /** Resolves when the client has taken what was sent, or is gone. */
  #drained(): Promise<void> {
    this.#stream.pause()
    return new Promise((resolve) => {
      const done = () => {
        this.#stream.off('drain', done)
        this.gone.removeEventListener('abort', done)
        this.#stream.resume()
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
