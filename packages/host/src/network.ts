import type { Duplex } from 'node:stream'

/**
 * Streams of bytes between addresses. A chunk that comes with 'data' is its listener's until that
 * returns: the next bytes, of whichever connection, may be read into the same memory.
 */
export interface Network {
  /**
   * Listens on `port` (0: any free one) and calls `accept` for each connection.
   * Rejects with a `NetworkError` (EADDRINUSE, EACCES) when it cannot.
   */
  listen(address: Address, accept: (connection: Duplex) => void): Promise<Listener>
  /** Rejects with a `NetworkError` (ECONNREFUSED, ETIMEDOUT, …) when nobody answers. */
  connect(address: Address, options?: { timeoutMs?: number }): Promise<Duplex>
}

export interface Address {
  host: string
  port: number
}

export interface Listener {
  /** Where it listens; the port is the one that was given, never 0. */
  readonly address: Address
  /** Stops accepting and closes the connections that are open. */
  close(): Promise<void>
}

/** Why there is no connection. `code` is the operating system's: EADDRINUSE, ECONNREFUSED, … */
export class NetworkError extends Error {
  readonly code: string
  readonly address: Address

  constructor(code: string, address: Address, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'NetworkError'
    this.code = code
    this.address = address
  }
}
