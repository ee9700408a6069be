import { Duplex } from 'node:stream'
import type { Address } from '../network.js'
import type { Pipe, Receiver } from './pipe.js'

const bufferBytes = 64 * 1024

/**
 * One end of a simulated connection: what a program sees of it. It behaves as a socket does: an
 * end of the other side ends this one too, and `close` comes last.
 */
export class SimulatedStream extends Duplex implements Receiver {
  readonly remoteAddress: string
  readonly remotePort: number
  #out: Pipe | undefined
  #in: Pipe | undefined
  readonly #left: (stream: SimulatedStream) => void

  constructor(remote: Address, left: (stream: SimulatedStream) => void) {
    super({ allowHalfOpen: false, highWaterMark: bufferBytes })
    this.remoteAddress = remote.host
    this.remotePort = remote.port
    this.#left = left
  }

  /** Joins the stream to its pipes. */
  join(into: Pipe, out: Pipe): void {
    this.#in = into
    this.#out = out
  }

  receive(bytes: Buffer): boolean {
    return this.destroyed || this.push(bytes)
  }

  ended(): void {
    if (!this.destroyed) this.push(null)
  }

  /** The connection is lost, as a socket sees it. */
  lose(): void {
    if (this.destroyed) return
    this.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
  }

  override _read(): void {
    this.#in?.resume()
  }

  override _write(chunk: Buffer, _encoding: string, taken: () => void): void {
    // A copy: what is sent must not change when the sender's buffer does.
    this.#out?.send(Buffer.from(chunk), taken)
  }

  override _writev(chunks: { chunk: Buffer }[], taken: () => void): void {
    this.#out?.send(Buffer.concat(chunks.map(({ chunk }) => chunk)), taken)
  }

  override _final(done: () => void): void {
    this.#out?.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#left(this)
    done(error)
  }
}
