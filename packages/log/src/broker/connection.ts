import type { Duplex } from 'node:stream'
import { ProtocolError } from '../errors.js'
import {
  connectionIdleMsMax,
  frameBytesMax,
  largeAnswerBytesMin,
  largeRequestBytesMin,
  requestBytesWaitingMax,
  requestStallMsMax,
  unsentBytesMax,
} from '../limits.js'
import { FrameSplitter, readRequestHeader } from '../protocol/frame.js'
import { inRange } from '../protocol/version-range.js'
import { apiVersionsHandler, unsupportedApiVersions } from './handlers/api-versions.js'
import type { BrokerState, ResponseFrame } from './request-handler.js'

/** Who is at the other end. */
export interface Peer {
  host: string
  port: number
}

/** A request whose turn has not come. */
interface WaitingRequest {
  readonly frame: Buffer
  /** What it took of the budget. */
  readonly takenBytes: number
}

/**
 * One client's connection.
 *
 * Requests are handled one after another, so answers leave in the order of their requests; while
 * one waits (a Fetch for records, a JoinGroup for the others, an answer for a slow client) those
 * behind it wait too, and beyond a limit nothing more is read. Nor is more read of a large request
 * until the broker has the memory for it. Bytes that are not a request, or that announce more than
 * may be sent, end this connection with a line to the log, and touch no other.
 */
export class Connection {
  readonly #stream: Duplex
  readonly #broker: BrokerState
  readonly #peer: Peer
  readonly #splitter: FrameSplitter
  readonly #waiting: WaitingRequest[] = []
  readonly #gone = new AbortController()
  #waitingBytes = 0
  #isBusy = false
  #isPaused = false
  /** What the request that has begun took of the budget. */
  #takenBytes = 0
  /** Whether the request that has begun waits for the budget. */
  #isShort = false
  #lastActiveMs: number
  /** Whether answers are kept back, to leave together with the next one. */
  #isCorked = false
  /** What is to be done when the answer that is being made was sent. */
  #whenSent: (() => void) | undefined
  /** Whether the request that is being answered may be overwritten after its answer. */
  #keepsNothing = false

  constructor(stream: Duplex, broker: BrokerState, peer: Peer) {
    this.#stream = stream
    this.#broker = broker
    this.#splitter = new FrameSplitter({ frameBytesMax, take: broker.memory.take })
    this.#peer = peer
    this.#lastActiveMs = broker.host.clock.monotonic()
    stream.on('data', (chunk: Buffer) => this.#receive(chunk))
    stream.on('error', () => stream.destroy())
    stream.on('close', () => this.#closed())
    stream.on('end', () => stream.end())
  }

  /** Aborted when the connection is closed. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** Closes it where nothing was asked for long, or a request stopped half-way that others need. */
  sweep(): void {
    const silentMs = this.#broker.host.clock.monotonic() - this.#lastActiveMs
    const isHalfWay = this.#takenBytes > 0 && !this.#isPaused
    if (isHalfWay && silentMs > requestStallMsMax && this.#broker.requestBudget.isShort) {
      const detail = `nothing came of a request of ${this.#takenBytes} bytes for ${silentMs} ms`
      this.#end(new ProtocolError(detail))
    } else if (!this.#isBusy && silentMs > connectionIdleMsMax) this.#stream.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#lastActiveMs = this.#broker.host.clock.monotonic()
    try {
      for (const frame of this.#splitter.push(chunk)) {
        // The first may be one that had begun; the others came as a whole.
        this.#waiting.push({ frame, takenBytes: this.#takenBytes })
        this.#takenBytes = 0
        this.#waitingBytes += frame.length
      }
    } catch (cause) {
      this.#end(cause)
      return
    }
    this.#takeForBegun()
    if (!this.#isBusy && this.#waiting.length > 0) void this.#work()
    this.#pace()
  }

  /** A large request is read on only when the broker has the memory for all of it. */
  #takeForBegun(): void {
    const { begunBytes } = this.#splitter
    if (begunBytes < largeRequestBytesMin || this.#takenBytes > 0 || this.#isShort) return
    if (this.#broker.requestBudget.take(begunBytes, this.#taken)) this.#takenBytes = begunBytes
    else this.#isShort = true
  }

  readonly #taken = (): void => {
    this.#isShort = false
    this.#takenBytes = this.#splitter.begunBytes
    this.#lastActiveMs = this.#broker.host.clock.monotonic()
    this.#pace()
  }

  #pace(): void {
    const mustPause = this.#isShort || this.#waitingBytes > requestBytesWaitingMax
    if (mustPause === this.#isPaused) return
    this.#isPaused = mustPause
    if (mustPause) this.#stream.pause()
    else this.#stream.resume()
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        this.#waitingBytes -= next.frame.length
        try {
          // Answers to requests that came together leave together, which wakes the client once.
          if (this.#waiting.length > 0) this.#cork(true)
          const answer = this.#answer(next.frame)
          if (answer instanceof Promise) this.#cork(false)
          this.#send(answer instanceof Promise ? await answer : answer)
          if (this.#keepsNothing) this.#broker.memory.give(next.frame)
        } finally {
          if (next.takenBytes > 0) this.#broker.requestBudget.give(next.takenBytes)
        }
        if (this.gone.aborted) return
        const isFull = this.#stream.writableLength > unsentBytesMax
        if (isFull || this.#waiting.length === 0) this.#cork(false)
        if (isFull) await this.#drained()
        this.#pace()
      }
    } catch (cause) {
      this.#end(cause)
    } finally {
      this.#isBusy = false
      this.#cork(false)
    }
  }

  #cork(isCorked: boolean): void {
    if (isCorked === this.#isCorked) return
    this.#isCorked = isCorked
    if (isCorked) this.#stream.cork()
    else this.#stream.uncork()
  }

  #closed(): void {
    const { requestBudget } = this.#broker
    if (this.#isShort) requestBudget.leave(this.#taken)
    const waiting = this.#waiting.splice(0)
    const takenBytes = waiting.reduce((sum, each) => sum + each.takenBytes, this.#takenBytes)
    if (takenBytes > 0) requestBudget.give(takenBytes)
    this.#takenBytes = 0
    this.#gone.abort()
  }

  #answer(frame: Buffer): ResponseFrame | undefined | Promise<ResponseFrame | undefined> {
    this.#whenSent = undefined
    this.#keepsNothing = false
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
    this.#keepsNothing = handler.keepsNothing
    const context = {
      broker: this.#broker,
      header,
      clientHost: this.#peer.host,
      gone: this.gone,
      whenSent: this.#setWhenSent,
    }
    return handler.answer(context, frame, bodyAt)
  }

  readonly #setWhenSent = (action: () => void): void => {
    this.#whenSent = action
  }

  #send(answer: ResponseFrame | undefined): void {
    if (answer === undefined || this.gone.aborted) return
    this.#lastActiveMs = this.#broker.host.clock.monotonic()
    const bytes = answer.reduce((sum, chunk) => sum + chunk.length, 0)
    const { unsentAnswers } = this.#broker
    const isLarge = bytes >= largeAnswerBytesMin
    if (isLarge) unsentAnswers.add(bytes)
    const whenSent = this.#whenSent
    const sent = (cause?: Error | null) => {
      if (isLarge) unsentAnswers.sent(bytes)
      if (!cause) whenSent?.()
    }
    if (answer.length === 1) this.#stream.write(answer[0], sent)
    else {
      this.#stream.cork()
      const last = answer.length - 1
      for (const [at, chunk] of answer.entries()) {
        this.#stream.write(chunk, at === last ? sent : undefined)
      }
      this.#stream.uncork()
    }
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
