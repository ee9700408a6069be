import { realHost } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { Conversion, type ConversionSpec } from '../../src/index.js'

// A broker or a conversion in a process that can be killed: its task comes as JSON. Says over the
// channel when it is there.

export type Task =
  | { kind: 'broker'; port: number; directory: string }
  | { kind: 'conversion'; bootstrap: string; registryUrl: string; spec: ConversionSpec }

const task = JSON.parse(process.argv[2] ?? '') as Task
const host = realHost
if (task.kind === 'broker') {
  const address = { host: '127.0.0.1', port: task.port }
  await Broker.start({ host, directory: task.directory, address })
} else {
  const { bootstrap, registryUrl, spec } = task
  const client = await LogClient.connect({ host, bootstrap })
  const log = (line: string) => process.stderr.write(`${line}\n`)
  Conversion.start({ host, client, registryUrl, spec, log })
}
process.send?.('ready')
process.on('disconnect', () => process.exit())
