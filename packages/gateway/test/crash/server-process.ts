import { realHost } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { Gateway, type TopicPolicy } from '../../src/index.js'
import { spoolFramesMax, spoolSegmentBytes } from '../../src/limits.js'

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
      policies: Record<string, TopicPolicy>
      spoolBytesMax?: number
    }

const task = JSON.parse(process.argv[2] ?? '') as ServerTask
const address = { host: '127.0.0.1', port: task.port }
if (task.kind === 'broker') {
  await Broker.start({ host: realHost, directory: task.directory, address })
} else {
  const { bootstrap, registryUrl, spoolFolder, policies, spoolBytesMax: bytesMax } = task
  const limits = { framesMax: spoolFramesMax, segmentBytes: spoolSegmentBytes }
  await Gateway.start({
    ...{ host: realHost, registryUrl, address, spoolFolder },
    // It waits for nobody, so it may be there before the log.
    client: LogClient.open({ host: realHost, bootstrap }),
    ...(bytesMax !== undefined && { spoolLimits: { ...limits, bytesMax } }),
    topics: (name) => policies[name],
    log: (line) => process.stderr.write(`${line}\n`),
  })
}
process.send?.('ready')
process.on('disconnect', () => process.exit())
