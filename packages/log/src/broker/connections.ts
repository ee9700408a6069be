import type { Duplex } from 'node:stream'
import type { Timer } from '@millrace/host'
import { connectionSweepMs, connectionsMax } from '../limits.js'
import { Connection } from './connection.js'
import type { BrokerState } from './request-handler.js'

/** The connections that are open, bounded in number and looked over now and then. */
export class Connections {
  readonly #broker: BrokerState
  readonly #open = new Set<Connection>()
  #sweep: Timer

  constructor(broker: BrokerState) {
    this.#broker = broker
    this.#sweep = this.#sweepLater()
  }

  /** Takes in a client; one too many is closed, with a line to the log. */
  accept(stream: Duplex): void {
    if (this.#open.size >= connectionsMax) {
      this.#broker.log(`broker: refused a connection, ${connectionsMax} are open`)
      stream.destroy()
      return
    }
    const connection = new Connection(stream, this.#broker, peerOf(stream))
    this.#open.add(connection)
    connection.gone.addEventListener('abort', () => this.#open.delete(connection))
  }

  /** Ends the looking over; the listener closes the connections. */
  close(): void {
    this.#sweep.cancel()
  }

  #sweepLater(): Timer {
    return this.#broker.host.clock.after(connectionSweepMs, () => {
      for (const connection of this.#open) connection.sweep()
      this.#sweep = this.#sweepLater()
    })
  }
}

function peerOf(stream: Duplex): { host: string; port: number } {
  const { remoteAddress, remotePort } = stream as { remoteAddress?: string; remotePort?: number }
  return { host: remoteAddress ?? 'unknown', port: remotePort ?? 0 }
}
