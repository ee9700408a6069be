/** The entry of the broker's worker thread. */
import { parentPort } from 'node:worker_threads'
import { type Address, realHost } from '@millrace/host'
import { Broker, type TopicSummary } from '@millrace/log/broker'
import { serve } from './link.js'

export interface BrokerConfig {
  directory: string
  address: Address
}

/** What the supervisor may ask of the broker. */
export type BrokerMethods = {
  start: (config: BrokerConfig) => Promise<Address>
  /** What is stored; nothing before `start` and after `stop`. */
  topics: () => TopicSummary[]
  stop: () => Promise<void>
}

if (parentPort === null) throw new Error('The broker runs in a worker thread.')
const port = parentPort
let broker: Broker | undefined

const tell = serve(
  {
    send: (message) => port.postMessage(message),
    onMessage: (receive) => port.on('message', receive),
  },
  {
    async start(config: BrokerConfig) {
      broker = await Broker.start({ host: realHost, ...config, log: (line) => tell.line(line) })
      return broker.address
    },
    topics: () => broker?.topics() ?? [],
    async stop() {
      await broker?.close()
    },
  } satisfies BrokerMethods,
)
