import type { Network } from '@millrace/host'
import { controlErrors } from '../errors.js'
import { type PortName, type Ports, portNames } from '../project/manifest.js'
import { codeOf } from '../roles/link.js'

/** Everything listens here and nowhere else. */
export const localHost = '127.0.0.1'

/** Throws PORT_TAKEN with all that are taken, before anything is started. */
export async function checkPorts(network: Network, ports: Ports): Promise<void> {
  const taken: { name: string; port: number }[] = []
  const roles = portNames.map((name) => [name, ports[name]] as const)
  for (const [name, port] of [...roles, ...Object.entries(ports.clusters)]) {
    if (port === 0) continue
    try {
      const listener = await network.listen({ host: localHost, port }, (socket) => socket.destroy())
      await listener.close()
    } catch (cause) {
      if (codeOf(cause) !== 'EADDRINUSE') throw cause
      taken.push({ name, port })
    }
  }
  if (taken.length > 0) throw controlErrors.portsTaken(taken)
}

/** Runs `listen`; a port that was taken since it was checked becomes PORT_TAKEN. */
export async function onPort<Result>(
  name: PortName,
  port: number,
  listen: () => Promise<Result>,
): Promise<Result> {
  try {
    return await listen()
  } catch (cause) {
    if (codeOf(cause) === 'EADDRINUSE') throw controlErrors.portsTaken([{ name, port }])
    throw cause
  }
}
