import type { Address, Host } from '@millrace/host'
import { KafkaError } from '../errors.js'
import { addressText } from './addresses.js'
import { Connection } from './connection.js'

/**
 * What a connection is for. A broker answers a connection's requests in order, so one that is
 * held back (a fetch that waits for records, a member that waits for its group) would hold up
 * all behind it: each fetcher and each member has a lane of its own.
 */
export type Lane = 'requests' | `fetcher-${number}`

/** The open connections, one for each broker and lane; lost ones are opened again when needed. */
export class BrokerConnections {
  readonly #host: Host
  readonly #clientId: string
  readonly #connections = new Map<string, Promise<Connection>>()
  /** Where the answers of a lane get their memory from. */
  readonly #memory = new Map<Lane, (bytes: number) => Buffer>()
  #isClosed = false

  constructor(host: Host, clientId: string) {
    this.#host = host
    this.#clientId = clientId
  }

  /** Answers of this lane are received into memory that `take` gives. */
  receiveInto(lane: Lane, take: (bytes: number) => Buffer): void {
    this.#memory.set(lane, take)
  }

  /** Gives the connection; opens it when there is none that is open. */
  async to(address: Address, lane: Lane): Promise<Connection> {
    if (this.#isClosed) throw closedError(address)
    const key = `${addressText(address)} ${lane}`
    const known = this.#connections.get(key)
    if (known && (await known.then((one) => one.isOpen).catch(() => false))) return known
    const current = this.#connections.get(key)
    if (current !== known && current) return current
    const opening = this.#open(address, lane)
    this.#connections.set(key, opening)
    try {
      return await opening
    } catch (error) {
      if (this.#connections.get(key) === opening) this.#connections.delete(key)
      throw error
    }
  }

  /** Closes the connections of a lane that is not needed any longer. */
  closeLane(lane: Lane): void {
    this.#memory.delete(lane)
    for (const [key, connection] of this.#connections) {
      if (!key.endsWith(` ${lane}`)) continue
      this.#connections.delete(key)
      void connection.then((one) => one.close()).catch(() => {})
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const all = [...this.#connections.values()]
    this.#connections.clear()
    for (const one of await Promise.allSettled(all)) {
      if (one.status === 'fulfilled') one.value.close()
    }
  }

  async #open(address: Address, lane: Lane): Promise<Connection> {
    const connection = await Connection.open(this.#host, address, {
      clientId: this.#clientId,
      take: this.#memory.get(lane),
    })
    if (this.#isClosed) {
      connection.close()
      throw closedError(address)
    }
    return connection
  }
}

/** Not retriable: nobody opens a closed client again. */
function closedError(address: Address): KafkaError {
  return new KafkaError('BROKER_NOT_AVAILABLE', `broker ${addressText(address)}`, {
    detail: 'The client was closed.',
  })
}
