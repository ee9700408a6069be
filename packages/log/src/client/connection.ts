import type { Duplex } from 'node:stream'
import { type Address, type Clock, type Host, NetworkError, type Timer } from '@millrace/host'
import { KafkaError, ProtocolError } from '../errors.js'
import {
  connectTimeoutMs,
  frameBytesMax,
  inFlightRequestsMax,
  requestTimeoutMs,
  waitingRequestsMax,
} from '../limits.js'
import type { Api } from '../protocol/api.js'
import { apiVersions } from '../protocol/apis.js'
import type { Decoded, Encodable, Field } from '../protocol/field.js'
import { FrameSplitter, readResponseHeader, requestFrame } from '../protocol/frame.js'
import { kafkaErrors } from '../protocol/kafka-errors.js'
import { decodeResponse } from '../protocol/message.js'
import { addressText } from './addresses.js'
import { type Announced, commonVersion } from './spoken-versions.js'

export interface RequestOptions {
  /** How long to wait for the answer, beyond the time in which the broker may hold it back. */
  timeoutMs?: number
}

export interface ConnectionOptions {
  readonly clientId: string
  /** Gives the memory for an answer; new memory by default. */
  readonly take?: ((bytes: number) => Buffer) | undefined
}

/** How an answer begins that only says that the version was not understood. */
const unsupportedVersionBytes = Buffer.from([0, kafkaErrors.UNSUPPORTED_VERSION])

/** A request whose answer has not come yet. */
interface Pending {
  readonly timer: Timer
  answer(frame: Buffer): void
  fail(error: Error): void
}

/**
 * One connection to one broker. Requests go out at once, up to `inFlightRequestsMax` of them;
 * the broker answers in order, each answer carrying the correlation id of its request.
 *
 * A connection that fails in any way (lost, an answer that cannot be read, no answer in time)
 * is finished: what was under way fails with a retriable error, and whoever wants to go on
 * opens another. So no answer can ever meet the wrong request.
 */
export class Connection {
  readonly where: string
  readonly #socket: Duplex
  readonly #clock: Clock
  readonly #clientId: string
  readonly #frames: FrameSplitter
  readonly #pending = new Map<number, Pending>()
  readonly #waiting: (() => void)[] = []
  #announced: Announced = new Map([[apiVersions.key, apiVersions.versions]])
  #lastCorrelationId = 0
  #inFlight = 0
  #failure: Error | undefined

  private constructor(
    socket: Duplex,
    clock: Clock,
    address: Address,
    { clientId, take }: ConnectionOptions,
  ) {
    this.#frames = new FrameSplitter({ frameBytesMax, ...(take && { take }) })
    this.where = `broker ${addressText(address)}`
    this.#socket = socket
    this.#clock = clock
    this.#clientId = clientId
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error: Error) => this.#finish(this.#lost(error)))
    socket.on('close', () => this.#finish(this.#lost()))
  }

  /** Connects and asks which versions the broker speaks. */
  static async open(host: Host, address: Address, options: ConnectionOptions): Promise<Connection> {
    const socket = await connect(host, address)
    const connection = new Connection(socket, host.clock, address, options)
    try {
      connection.#announced = await connection.#askVersions()
    } catch (error) {
      connection.close()
      throw error
    }
    return connection
  }

  get isOpen(): boolean {
    return this.#failure === undefined
  }

  /** The version in which `request` would send. */
  versionOf(api: Api): number {
    return commonVersion(api, this.#announced, this.where)
  }

  /**
   * Sends a request in the newest version that both sides speak and gives its answer. Rejects
   * with a retriable `KafkaError` when the connection is lost or the time is up. Error codes
   * inside the answer are the caller's to look at.
   */
  async request<Q extends readonly Field[], R extends readonly Field[]>(
    api: Api<Q, R>,
    message: Encodable<Q>,
    options: RequestOptions = {},
  ): Promise<Decoded<R>> {
    const version = this.versionOf(api)
    const { frame, bodyAt } = await this.#exchange(api, version, message, options)
    return this.#reading(() => decodeResponse(api, version, frame, bodyAt))
  }

  /** Sends a request that the broker does not answer: Produce with acks 0. */
  async send<Q extends readonly Field[]>(api: Api<Q>, message: Encodable<Q>): Promise<void> {
    await this.#takeSlot()
    this.#write(this.#frame(api, this.versionOf(api), this.#nextCorrelationId(), message))
    this.#giveSlot()
  }

  /** Finishes the connection; what was under way fails. */
  close(): void {
    this.#finish(new KafkaError('NETWORK_EXCEPTION', this.where, { detail: 'It was closed.' }))
  }

  async #askVersions(): Promise<Announced> {
    const version = apiVersions.versions.max
    const message = { clientSoftwareName: 'millrace', clientSoftwareVersion: '0' }
    const { frame, bodyAt } = await this.#exchange(apiVersions, version, message, {})
    // A broker that does not know the version answers in version 0, which begins the same way.
    const refused = frame.indexOf(unsupportedVersionBytes, bodyAt) === bodyAt
    const answer = this.#reading(() =>
      decodeResponse(apiVersions, refused ? 0 : version, frame, bodyAt),
    )
    if (!refused && answer.errorCode !== 0) throw new KafkaError(answer.errorCode, this.where)
    return new Map(
      answer.apiKeys.map((one) => [one.apiKey, { min: one.minVersion, max: one.maxVersion }]),
    )
  }

  async #exchange<Q extends readonly Field[]>(
    api: Api<Q>,
    version: number,
    message: Encodable<Q>,
    options: RequestOptions,
  ): Promise<{ frame: Buffer; bodyAt: number }> {
    await this.#takeSlot()
    const correlationId = this.#nextCorrelationId()
    const chunks = this.#frame(api, version, correlationId, message)
    const frame = await new Promise<Buffer>((answer, fail) => {
      const timeoutMs = options.timeoutMs ?? requestTimeoutMs
      const timer = this.#clock.after(timeoutMs, () => this.#timedOut(api.name, timeoutMs))
      this.#pending.set(correlationId, { timer, answer, fail })
      this.#write(chunks)
    })
    const { bodyAt } = this.#reading(() => readResponseHeader(frame, api, version))
    return { frame, bodyAt }
  }

  /** Encodes a request; when that fails, the place that was taken for it is given back. */
  #frame<Q extends readonly Field[]>(
    api: Api<Q>,
    version: number,
    correlationId: number,
    message: Encodable<Q>,
  ): Buffer[] {
    try {
      if (this.#failure) throw this.#failure
      return requestFrame(api, version, { correlationId, clientId: this.#clientId }, message)
    } catch (error) {
      this.#giveSlot()
      throw error
    }
  }

  /** Takes one of the places for requests under way; waits in line when there is none. */
  async #takeSlot(): Promise<void> {
    if (this.#failure) return
    if (this.#inFlight < inFlightRequestsMax) {
      this.#inFlight++
      return
    }
    if (this.#waiting.length >= waitingRequestsMax) {
      throw new KafkaError('THROTTLING_QUOTA_EXCEEDED', this.where, {
        detail: `${waitingRequestsMax} requests are waiting already.`,
      })
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Hands a place on to the first in line. */
  #giveSlot(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#inFlight--
  }

  #nextCorrelationId(): number {
    this.#lastCorrelationId = (this.#lastCorrelationId + 1) & 0x7fffffff
    return this.#lastCorrelationId
  }

  /** Requests of one turn leave together. */
  #write(chunks: readonly Buffer[]): void {
    this.#socket.cork()
    for (const chunk of chunks) this.#socket.write(chunk)
    process.nextTick(() => this.#socket.uncork())
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) this.#settle(frame)
    } catch (error) {
      this.#finish(this.#unreadable(error))
    }
  }

  #settle(frame: Buffer): void {
    if (frame.length < 4) throw new ProtocolError(`an answer has ${frame.length} bytes`)
    const correlationId = frame.readInt32BE()
    const pending = this.#pending.get(correlationId)
    if (!pending) throw new ProtocolError(`nothing was asked with correlation id ${correlationId}`)
    this.#pending.delete(correlationId)
    pending.timer.cancel()
    pending.answer(frame)
    this.#giveSlot()
  }

  #timedOut(name: string, timeoutMs: number): void {
    const detail = `${name} had no answer after ${timeoutMs} ms.`
    this.#finish(new KafkaError('REQUEST_TIMED_OUT', this.where, { detail }))
  }

  /** Runs what reads an answer; one that cannot be read finishes the connection. */
  #reading<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      const failure = this.#unreadable(error)
      this.#finish(failure)
      throw failure
    }
  }

  /** Final: whoever answers like this is no Kafka broker, and will not become one. */
  #unreadable(error: unknown): Error {
    if (!(error instanceof ProtocolError)) {
      return error instanceof Error ? error : new Error(String(error))
    }
    return new KafkaError('NETWORK_EXCEPTION', this.where, {
      detail: `What it answers is not the Kafka protocol: ${error.detail}.`,
      cause: error,
      final: true,
    })
  }

  #lost(cause?: Error): KafkaError {
    return new KafkaError('NETWORK_EXCEPTION', this.where, {
      ...(cause && { cause, detail: `${cause.message}.` }),
    })
  }

  #finish(error: Error): void {
    if (this.#failure) return
    this.#failure = error
    this.#socket.destroy()
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const one of pending) {
      one.timer.cancel()
      one.fail(error)
    }
    for (const start of this.#waiting.splice(0)) start()
  }
}

async function connect(host: Host, address: Address): Promise<Duplex> {
  try {
    return await host.network.connect(address, { timeoutMs: connectTimeoutMs })
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error
    throw new KafkaError('NETWORK_EXCEPTION', `broker ${addressText(address)}`, {
      detail: error.message,
      cause: error,
    })
  }
}
