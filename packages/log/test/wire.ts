import net from 'node:net'
import type { TestContext } from 'node:test'
import type { Api, RequestBodyOf, ResponseOf } from '../src/protocol/api.js'
import type { Field } from '../src/protocol/field.js'
import { FrameSplitter, readResponseHeader, requestFrame } from '../src/protocol/frame.js'
import { decodeResponse } from '../src/protocol/message.js'
import { afterwards } from './broker-harness.js'

/** A bare connection: frames in, frames out. */
export class Wire {
  readonly socket: net.Socket
  readonly frames: Buffer[] = []
  isClosed = false
  readonly #waiting: { resolve(frame: Buffer): void; reject(cause: Error): void }[] = []

  constructor(t: TestContext, { bootstrap }: { bootstrap: string }) {
    const [host = '', port] = bootstrap.split(':')
    this.socket = net.connect(Number(port), host)
    const splitter = new FrameSplitter({ frameBytesMax: 100_000_000 })
    this.socket.on('data', (chunk) => {
      for (const frame of splitter.push(chunk)) {
        const waiting = this.#waiting.shift()
        if (waiting === undefined) this.frames.push(frame)
        else waiting.resolve(frame)
      }
    })
    this.socket.on('close', () => {
      this.isClosed = true
      const closed = new Error('The broker closed the connection.')
      for (const each of this.#waiting.splice(0)) each.reject(closed)
    })
    this.socket.on('error', () => {})
    afterwards(t, () => this.socket.destroy())
  }

  send<Q extends readonly Field[]>(
    api: Api<Q>,
    version: number,
    body: RequestBodyOf<Api<Q>>,
    correlationId = 1,
  ): void {
    const header = { correlationId, clientId: 'wire' }
    this.socket.write(Buffer.concat(requestFrame(api, version, header, body)))
  }

  next(): Promise<Buffer> {
    const frame = this.frames.shift()
    if (frame !== undefined) return Promise.resolve(frame)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  async ask<Q extends readonly Field[], R extends readonly Field[]>(
    api: Api<Q, R>,
    version: number,
    body: RequestBodyOf<Api<Q, R>>,
  ): Promise<ResponseOf<Api<Q, R>>> {
    this.send(api, version, body)
    const frame = await this.next()
    const { bodyAt } = readResponseHeader(frame, api, version)
    return decodeResponse(api, version, frame, bodyAt) as ResponseOf<Api<Q, R>>
  }
}
