import { realHost } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { Gateway } from '../../src/index.js'

// A broker or a gateway in a process that can be killed: its options come as JSON. Says over the
// channel when it is there.

export type ServerTask =
  | { kind: 'broker'; port: number; directory: string }
  | {
      kind: 'gateway'
      port: number
      bootstrap: string
      registryUrl: string
      spoolFolder: string
    }

const task = JSON.parse(process.argv[2] ?? '') as ServerTask
const address = { host: '127.0.0.1', port: task.port }
if (task.kind === 'broker') {
  await Broker.start({ host: realHost, directory: task.directory, address })
} else {
  const { bootstrap, registryUrl, spoolFolder } = task
  const client = await LogClient.connect({ host: realHost, bootstrap })
  const gateway = await Gateway.start({
    ...{ host: realHost, client, registryUrl, address, spoolFolder },
    topics: () => undefined,
    log: (line) => process.stderr.write(`${line}\n`),
  })
  process.on('message', () => process.send?.({ mayBeTwice: gateway.mayBeTwice }))
}
process.send?.('ready')
process.on('disconnect', () => process.exit())
