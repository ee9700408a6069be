import net from 'node:net'
import { type Address, type Network, NetworkError } from '../network.js'

const connectTimeoutMsDefault = 10_000
const receiveBytes = 256 * 1024

/**
 * What all sockets read into, one after another. With memory of its own for each chunk, as Node
 * has it by default, a busy broker's collector has more to do than the broker.
 */
const receiveBuffer = Buffer.allocUnsafeSlow(receiveBytes)

/** The machine's TCP. */
export const realNetwork: Network = {
  listen(address, accept) {
    return new Promise((resolve, reject) => {
      const open = new Set<net.Socket>()
      const server = net.createServer({ noDelay: true, pauseOnConnect: true }, (accepted) => {
        const socket = readingIntoOneBuffer(accepted)
        open.add(socket)
        socket.on('close', () => open.delete(socket))
        accept(socket)
      })
      server.once('error', (cause) => reject(toNetworkError(address, 'listen on', cause)))
      server.listen(address.port, address.host, () => {
        const bound = server.address() as net.AddressInfo
        resolve({
          address: { host: address.host, port: bound.port },
          close: () =>
            new Promise((closed) => {
              server.close(() => closed())
              for (const socket of open) socket.destroy()
            }),
        })
      })
    })
  },
  connect(address, options) {
    return new Promise((resolve, reject) => {
      const socket: net.Socket = net.connect({
        ...{ host: address.host, port: address.port, noDelay: true },
        onread: {
          buffer: receiveBuffer,
          callback: (length: number) => emitReceived(socket, length),
        },
      })
      const timeoutMs = options?.timeoutMs ?? connectTimeoutMsDefault
      const onError = (cause: Error) => {
        socket.destroy()
        reject(toNetworkError(address, 'connect to', cause))
      }
      const onTimeout = () =>
        onError(Object.assign(new Error(`no answer in ${timeoutMs} ms`), { code: 'ETIMEDOUT' }))
      socket.setTimeout(timeoutMs, onTimeout)
      socket.once('error', onError)
      socket.once('connect', () => {
        socket.setTimeout(0)
        socket.removeListener('timeout', onTimeout)
        socket.removeListener('error', onError)
        resolve(socket)
      })
    })
  },
}

/**
 * A socket like the one that a server accepted, which is left empty. For connections that are made
 * Node takes a buffer to read into, for those that are accepted it does not: the socket must be
 * made anew over the same handle. Where Node has no such handle any more, the socket is as it was.
 */
function readingIntoOneBuffer(accepted: net.Socket): net.Socket {
  const owner = accepted as { _handle?: unknown }
  const handle = owner._handle
  if (typeof handle !== 'object' || handle === null) {
    accepted.resume()
    return accepted
  }
  owner._handle = null
  accepted.destroy()
  const socket: net.Socket = new net.Socket({
    ...{ handle, readable: true, writable: true },
    onread: { buffer: receiveBuffer, callback: (length: number) => emitReceived(socket, length) },
  } as net.SocketConstructorOpts)
  return socket
}

function emitReceived(socket: net.Socket, length: number): boolean {
  socket.emit('data', receiveBuffer.subarray(0, length))
  return true
}

function toNetworkError(address: Address, verb: string, cause: Error): NetworkError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'EIO'
  const where = `${address.host}:${address.port}`
  return new NetworkError(code, address, `Could not ${verb} ${where}: ${reason(code, cause)}.`, {
    cause,
  })
}

function reason(code: string, cause: Error): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'the port is taken by another program'
    case 'EACCES':
      return 'permission denied'
    case 'ECONNREFUSED':
      return 'nothing listens there'
    default:
      return cause.message
  }
}
