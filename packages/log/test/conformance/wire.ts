import net from 'node:net'
import type { Api, RequestBodyOf, ResponseOf } from '../../src/protocol/api.js'
import type { Field } from '../../src/protocol/field.js'
import { FrameSplitter, readResponseHeader, requestFrame } from '../../src/protocol/frame.js'
import { decodeResponse } from '../../src/protocol/message.js'

/** How long an answer may take before it counts as none. */
const answerTimeoutMs = 20_000

/** The broker closed the connection, or did not answer. */
export class NoAnswer extends Error {}

/**
 * A bare connection to a broker: any request of our tables in any version, one after another.
 * Nothing is negotiated, retried or looked at on the way.
 */
export class Wire {
  readonly #socket: net.Socket
  readonly #waiting: { resolve(frame: Buffer): void; reject(cause: Error): void }[] = []
  #isClosed = false

  constructor(bootstrap: string) {
    const [host = '', port = ''] = bootstrap.split(':')
    this.#socket = net.connect(Number(port), host)
    const splitter = new FrameSplitter({ frameBytesMax: 100_000_000 })
    this.#socket.on('data', (chunk) => {
      for (const frame of splitter.push(chunk)) this.#waiting.shift()?.resolve(frame)
    })
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => {
      this.#isClosed = true
      for (const each of this.#waiting.splice(0)) each.reject(closed())
    })
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Sends a request that is not answered. */
  send<Q extends readonly Field[]>(
    api: Api<Q>,
    version: number,
    body: RequestBodyOf<Api<Q>>,
    clientId = 'conformance',
  ): void {
    this.sendBytes(Buffer.concat(requestFrame(api, version, { correlationId: 7, clientId }, body)))
  }

  sendBytes(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** Sends a request and gives its decoded answer; rejects with `NoAnswer`. */
  async ask<Q extends readonly Field[], R extends readonly Field[]>(
    api: Api<Q, R>,
    version: number,
    body: RequestBodyOf<Api<Q, R>>,
  ): Promise<ResponseOf<Api<Q, R>>> {
    if (this.#isClosed) throw closed()
    const answer = this.nextFrame()
    this.send(api, version, body)
    const frame = await answer
    const { bodyAt } = readResponseHeader(frame, api, version)
    return decodeResponse(api, version, frame, bodyAt) as ResponseOf<Api<Q, R>>
  }

  /** The next frame that comes, without its length. */
  nextFrame(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new NoAnswer('no answer'))
      const timer = setTimeout(late, answerTimeoutMs)
      this.#waiting.push({
        resolve: (frame) => {
          clearTimeout(timer)
          resolve(frame)
        },
        reject: (cause) => {
          clearTimeout(timer)
          reject(cause)
        },
      })
    })
  }

  close(): void {
    this.#socket.destroy()
  }
}

function closed(): NoAnswer {
  return new NoAnswer('the connection is closed')
}
