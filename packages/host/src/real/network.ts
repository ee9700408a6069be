import net from 'node:net'
import { type Address, type Network, NetworkError } from '../network.js'

const connectTimeoutMsDefault = 10_000

/** The machine's TCP. */
export const realNetwork: Network = {
  listen(address, accept) {
    return new Promise((resolve, reject) => {
      const open = new Set<net.Socket>()
      const server = net.createServer({ noDelay: true }, (socket) => {
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
      const socket = net.connect({ host: address.host, port: address.port, noDelay: true })
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
