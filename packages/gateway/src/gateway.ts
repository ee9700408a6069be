import type { Address, Host } from '@millrace/host'
import type { LogClient } from '@millrace/log'
import type { FastifyInstance } from 'fastify'
import { Admission } from './admission.js'
import { type CallerPolicy, Callers } from './callers.js'
import { EventStore } from './cloudevents/store.js'
import { Clusters, type ConnectCluster } from './cluster.js'
import { localOrigins, Origins } from './cors.js'
import { Counts, type TopicCounts } from './counts.js'
import { gatewayApp, listen } from './http/app.js'
import { Bodies } from './http/bodies.js'
import { eventsDoor } from './http/doors/events.js'
import { v2Door } from './http/doors/v2.js'
import { v3BatchDoor, v3RecordsDoor } from './http/doors/v3.js'
import type { HttpResponse } from './http/exchange.js'
import { ProduceServer } from './http/produce-server.js'
import { spoolBytesMax, spoolFramesMax, spoolSegmentBytes } from './limits.js'
import type { TopicPolicy } from './policy.js'
import { RecordTranscription } from './record-transcription.js'
import { RememberedTopics } from './remembered-topics.js'
import { DeadLetters } from './spool/dead-letters.js'
import { Drain } from './spool/drain.js'
import { Spool, type SpoolLimits, type SpoolOptions } from './spool/spool.js'
import { Store } from './store.js'
import { Targets } from './targets.js'
import { TopicSchemas } from './topic-schemas.js'
import { ConsumerInstances } from './v2/consumers/instances.js'
import { RecordReader } from './v2/consumers/record-reader.js'
import { ProduceV2 } from './v2/produce.js'
import { ProduceV3 } from './v3/produce.js'
import type { RecordStream } from './v3/records.js'

export interface GatewayOptions {
  host: Host
  /**
   * The main cluster, which has the topics that the project says nothing of. It may be one that is
   * not connected yet (`LogClient.open`): then what was known of topics before counts until it is.
   */
  client: LogClient
  /** What the project calls it; `main` where it is not said. */
  clusterName?: string
  /** The other clusters, by the names under which policies say where topics are. */
  clusters?: ReadonlyMap<string, ConnectCluster>
  /** Base URL of the schema registry. */
  registryUrl: string
  /** Where to listen; port 0 is any free one. */
  address: Address
  /** What the project says about a topic. Asked at each request, so it may change. */
  topics: (name: string) => TopicPolicy | undefined
  /**
   * Topics whose schema describes CloudEvents of this type; none where it is not said. An event
   * of a type that no topic has goes to the topic of that name.
   */
  topicsOfType?: (type: string) => readonly string[]
  /** Origins of web pages that may send; pages of this machine where it is not said. */
  origins?: readonly string[]
  /** How much may be under way at once; the package's limits where it is not said. */
  admission?: Admission
  /** How much each caller may send; as much as it likes where it is not said. */
  callers?: CallerPolicy
  /**
   * Folder for events that are acknowledged before the log has them, and for what was known of
   * topics; nothing is acknowledged before, and nothing remembered, where it is not said. No other process may use it at the same time.
   */
  spoolFolder?: string
  /** How much may wait there; the package's limits where it is not said. */
  spoolLimits?: SpoolLimits
  /** How long a consumer instance lives that nothing is asked of; five minutes if not said. */
  consumerIdleMs?: number
  /** Takes one line for what a person should know; dropped by default. */
  log?: (line: string) => void
}

/** Events in over HTTP: the REST proxy's v2 and v3 produce APIs, with every event checked first. */
export class Gateway {
  /** Where it listens, with the port that it was given. */
  readonly address: Address
  readonly #parts: Parts

  private constructor(address: Address, parts: Parts) {
    this.address = address
    this.#parts = parts
  }

  /** Rejects with a `NetworkError` when the port is taken. */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const { host, clusterName = 'main', log = () => {} } = options
    const registryUrl = options.registryUrl.replace(/\/+$/, '')
    const remembered = RememberedTopics.open(host, options.spoolFolder, log)
    const clusters = new Clusters({
      ...{ host, remembered, main: { name: clusterName, client: options.client } },
      others: options.clusters ?? new Map(),
    })
    const schemas = new TopicSchemas(registryUrl, host.clock)
    const targets = new Targets({ host, clusters, registryUrl, policyOf: options.topics })
    const counts = new Counts()
    const spooling = await openSpool(options, { clusters, counts, log })
    const store = new Store(counts, spooling?.spool)
    const bodies = new Bodies(host.clock)
    const transcription = new RecordTranscription()
    const v2 = new ProduceV2({ targets, schemas, store, transcription })
    const v3 = new ProduceV3({ targets, schemas, store, transcription })
    const admission = options.admission ?? new Admission()
    const origins = new Origins(options.origins ?? localOrigins)
    const callers = options.callers && new Callers(options.callers, host.clock)
    const events = new EventStore({
      produce: v2,
      isTopic: (name) => targets.isTopic(name),
      topicsOfType: options.topicsOfType ?? (() => []),
    })
    const streams = new Map<HttpResponse, RecordStream>()
    const doors = {
      v2: v2Door({ v2, bodies }),
      'v3-records': v3RecordsDoor({ v3, bodies, admission, callers, streams }),
      'v3-batch': v3BatchDoor({ v3, bodies }),
      events: eventsDoor({ events, bodies }),
    }
    const produce = new ProduceServer({ doors, streams, admission, origins, callers, log })
    const { consumerIdleMs: idleMs } = options
    const instances = new ConsumerInstances({
      host,
      clusters,
      policyOf: options.topics,
      ...(idleMs !== undefined && { idleMs }),
    })
    const records = new RecordReader(registryUrl, host.clock)
    const subjectOf = (topic: string) => options.topics(topic)?.subject ?? `${topic}-value`
    const asked = { registryUrl, clock: host.clock, subjectOf }
    const shared = { clusters, produce, instances, records, bodies, origins }
    const app = gatewayApp({ ...shared, log, schemas: asked })
    const address = await listen(app, options.address)
    const parts = { app, produce, instances, bodies, clusters, counts, spooling, remembered }
    return new Gateway(address, parts)
  }

  /** Base URL for callers. */
  get url(): string {
    return `http://${this.address.host}:${this.address.port}`
  }

  /** Events that are in the log, perhaps twice: see `spool/drain.ts`. */
  get mayBeTwice(): number {
    return this.#parts.spooling?.drain.mayBeTwice ?? 0
  }

  /** What became of the events of each topic since the start, sorted by topic. */
  counts(): TopicCounts[] {
    return this.#parts.counts.all()
  }

  /** Stops listening; requests that are under way are answered first. */
  async close(): Promise<void> {
    const { app, produce, instances, bodies, clusters, spooling, remembered } = this.#parts
    produce.close()
    await instances.close()
    await app.close()
    bodies.close()
    spooling?.drain.close()
    await remembered.close()
    await spooling?.spool.close()
    spooling?.deadLetters.close()
    await clusters.close()
  }
}

interface Parts {
  app: FastifyInstance
  produce: ProduceServer
  instances: ConsumerInstances
  bodies: Bodies
  clusters: Clusters
  counts: Counts
  spooling: Spooling | undefined
  remembered: RememberedTopics
}

interface Spooling {
  spool: Spool
  drain: Drain
  deadLetters: DeadLetters
}

/** Rejects with a `DiskError` where another process has the folder. */
async function openSpool(
  { host, spoolFolder: folder, spoolLimits, topics: policyOf }: GatewayOptions,
  { clusters, counts, log }: { clusters: Clusters; counts: Counts; log: (line: string) => void },
): Promise<Spooling | undefined> {
  if (folder === undefined) return undefined
  const deadLetters = new DeadLetters({ host, folder, clusters, policyOf, log })
  const drain = new Drain({ clock: host.clock, clusters, counts, deadLetters, log })
  const limits = spoolLimits ?? {
    bytesMax: spoolBytesMax,
    framesMax: spoolFramesMax,
    segmentBytes: spoolSegmentBytes,
  }
  const onFrames: SpoolOptions['onFrames'] = (frames) => drain.take(frames)
  const spool = await Spool.open({ host, folder, limits, log, onFrames })
  drain.start(spool)
  return { spool, drain, deadLetters }
}
