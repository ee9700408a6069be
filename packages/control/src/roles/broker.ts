/** The entry of the broker's worker thread. */
import { parentPort } from 'node:worker_threads'
import { type Address, realHost } from '@millrace/host'
import { Broker, type TopicSummary } from '@millrace/log/broker'
import { serve } from './link.js'

/** One cluster: a broker of its own, with its own id, port and folder. */
export interface ClusterConfig {
  name: string
  directory: string
  address: Address
}

/** What a broker says of a topic, and which cluster it is on. */
export interface ClusterTopic extends TopicSummary {
  cluster: string
}

/** What the supervisor may ask of the broker. */
export type BrokerMethods = {
  /** Starts all clusters, the main one first; where each listens, in that order. */
  start: (clusters: ClusterConfig[]) => Promise<Address[]>
  /** What is stored; nothing before `start` and after `stop`. */
  topics: () => ClusterTopic[]
  stop: () => Promise<void>
}

if (parentPort === null) throw new Error('The broker runs in a worker thread.')
const port = parentPort
const brokers = new Map<string, Broker>()

const tell = serve(
  {
    send: (message) => port.postMessage(message),
    onMessage: (receive) => port.on('message', receive),
  },
  {
    async start(clusters: ClusterConfig[]) {
      const [main] = clusters
      const addresses: Address[] = []
      for (const { name, directory, address } of clusters) {
        const where = name === main?.name ? '' : `cluster ${name}: `
        const log = (line: string) => tell.line(`${where}${line}`)
        const broker = await Broker.start({ host: realHost, directory, address, log })
        brokers.set(name, broker)
        addresses.push(broker.address)
      }
      return addresses
    },
    topics: () =>
      [...brokers].flatMap(([cluster, broker]) =>
        broker.topics().map((topic) => ({ ...topic, cluster })),
      ),
    async stop() {
      await Promise.all([...brokers.values()].map((broker) => broker.close()))
    },
  } satisfies BrokerMethods,
)
