// A broker, a registry and a gateway in a process of their own, so that one that never comes back
// can be told from outside. What is asked over the channel is answered under the same number.
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { envelopeFromHeaders } from '@millrace/event'
import { realHost } from '@millrace/host'
import { decodeRecords, Fetcher, LogClient } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { RegistryServer, type SchemaRegistry } from '@millrace/schema'
import { Gateway, type TopicCounts } from '../../src/index.js'
import { CountedAdmission } from './counted-admission.js'
import { topics } from './topics.js'

export interface Ready {
  readonly gatewayPort: number
  readonly registryPort: number
  readonly clusterId: string
}

/** What the process is asked. */
export type Question =
  | { readonly what: 'state' }
  | { readonly what: 'counts' }
  | { readonly what: 'stored'; readonly from: Readonly<Record<string, number[]>> }
  | { readonly what: 'reset' }
  | { readonly what: 'reopened' }
  | { readonly what: 'heap' }

/** How the process is, since it was asked last. */
export interface State {
  /** The longest time in which it did nothing else, and the processor time that it took. */
  readonly blockedMs: number
  readonly cpuMs: number
  /** Lines of its log, and warnings of Node. */
  readonly lines: readonly string[]
  /** Places and bytes that are under way. */
  readonly admitted: readonly number[]
}

export interface Stored {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly value: Buffer | null
  readonly id: string | undefined
}

const anyPort = { host: '127.0.0.1', port: 0 }
const directory = process.argv[2] ?? ''
process.on('disconnect', () => process.exit())

const lines: string[] = []
process.on('warning', (warning) => lines.push(`warning: ${warning.stack}`))
const host = realHost
const broker = await Broker.start({
  host,
  directory: path.join(directory, 'log'),
  address: anyPort,
})
const bootstrap = `${broker.address.host}:${broker.address.port}`
const client = await LogClient.connect({ host, bootstrap })
const log = (line: string) => lines.push(line)
const registry = await RegistryServer.start({ host, client, address: anyPort, log })
const admission = new CountedAdmission()
const gateway = await Gateway.start({
  ...{ host, client, registryUrl: registry.url, address: anyPort, log, admission },
  spoolFolder: path.join(directory, 'spool'),
  consumerIdleMs: 2_000,
  topics: (name) => topics[name]?.policy,
})
for (const [name, { partitions, schema }] of Object.entries(topics)) {
  await client.createTopic(name, { partitions })
  if (schema !== undefined) await registry.registry.register(`${name}-value`, schema)
}
for (const name of ['avro', 'json', 'proto', 'hostile']) {
  await client.createTopic(name, { partitions: 1 })
}
await registry.registry.putConfig('hostile-value', { compatibility: 'NONE' })

const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()
let cpu = process.cpuUsage()

function state(): State {
  const { user, system } = process.cpuUsage(cpu)
  cpu = process.cpuUsage()
  const blockedMs = delay.max / 1e6
  delay.reset()
  const { requests, bytes } = admission
  const cpuMs = (user + system) / 1000
  return { blockedMs, cpuMs, lines: lines.splice(0), admitted: [requests, bytes] }
}

/** What came to each topic from these offsets on. */
async function stored(from: Readonly<Record<string, number[]>>): Promise<Stored[]> {
  const found: Stored[] = []
  for (const { name: topic, partitions } of await client.topics(Object.keys(from))) {
    for (let partition = 0; partition < partitions; partition++) {
      const end = await client.listOffsets(topic, partition, 'latest')
      const offset = from[topic]?.[partition] ?? 0
      if (offset >= end) continue
      const fetcher = new Fetcher(client)
      fetcher.assign([{ topic, partition, offset }])
      while (fetcher.position(topic, partition) < end) {
        for (const { batches } of await fetcher.poll()) {
          for (const record of batches.flatMap(decodeRecords)) {
            if (record.offset < offset) continue
            const { id } = envelopeFromHeaders(record.headers) ?? {}
            found.push({ topic, partition, offset: record.offset, value: record.value, id })
          }
        }
      }
      fetcher.close()
    }
  }
  return found
}

/** Every subject with its versions, its config and its mode. */
function told(registry: SchemaRegistry): string {
  const subjects = registry
    .subjects('all')
    .map((subject) => [
      subject,
      registry.versions(subject, 'all').map((version) => [version, registry.isDeleted(version)]),
      registry.config(subject, true),
      registry.mode(subject, true),
    ])
  return JSON.stringify([registry.contexts(), subjects])
}

/** Whether a registry that starts now is the same; otherwise what differs. */
async function reopened(): Promise<string | undefined> {
  const other = await RegistryServer.start({ host, client, address: anyPort })
  try {
    const [is, was] = [told(other.registry), told(registry.registry)]
    if (is === was) return undefined
    let at = 0
    while (is[at] === was[at]) at++
    return `after a restart ${is.slice(Math.max(0, at - 200), at + 200)}, before it ${was.slice(Math.max(0, at - 200), at + 200)}`
  } catch (cause) {
    return `it does not start: ${(cause as Error).stack}`
  } finally {
    await other.close()
  }
}

/** The settings of the whole registry as they were. */
async function reset(): Promise<void> {
  await registry.registry.deleteConfig('').catch(() => {})
  await registry.registry.deleteMode('', false).catch(() => {})
  await registry.registry.putMode('', 'READWRITE', true)
}

async function answer(question: Question): Promise<unknown> {
  switch (question.what) {
    case 'state':
      return state()
    case 'counts':
      return gateway.counts() satisfies TopicCounts[]
    case 'stored':
      return stored(question.from)
    case 'reset':
      return reset()
    case 'reopened':
      return reopened()
    case 'heap':
      globalThis.gc?.()
      return process.memoryUsage().heapUsed
  }
}

process.on('message', ({ number, question }: { number: number; question: Question }) => {
  answer(question).then(
    (found) => process.send?.({ number, found }),
    (cause: Error) => process.send?.({ number, failure: cause.stack }),
  )
})
const ready: Ready = {
  gatewayPort: gateway.address.port,
  registryPort: registry.address.port,
  clusterId: client.clusterId ?? '',
}
process.send?.(ready)
