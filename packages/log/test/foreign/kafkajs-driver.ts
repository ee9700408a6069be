import kafkajs from 'kafkajs'
import { drive, tell } from './driver.js'
import type {
  CopyOptions,
  ForeignRecord,
  MemberOptions,
  ProducerOptions,
  ReadRecord,
} from './foreign-client.js'

// kafkajs, as `ForeignClient` drives it: `node kafkajs-driver.js HOST:PORT`.

interface Opened {
  producer: kafkajs.Producer
  compression: kafkajs.CompressionTypes
  transaction?: kafkajs.Transaction | undefined
}

const compressionTypes = new Map([
  ['none', kafkajs.CompressionTypes.None],
  ['gzip', kafkajs.CompressionTypes.GZIP],
])

const [bootstrap = ''] = process.argv.slice(2)
const kafka = new kafkajs.Kafka({
  clientId: 'kafkajs',
  brokers: [bootstrap],
  logCreator: () => (entry) => {
    if (entry.level === kafkajs.logLevel.ERROR) console.error(JSON.stringify(entry.log))
  },
  // Longer than a broker's restart.
  retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 30 },
})
const producers = new Map<string, Opened>()
const members = new Map<string, kafkajs.Consumer>()
const admin = kafka.admin()
let isAdminConnected = false
let readers = 0

function opened(name: string): Opened {
  const present = producers.get(name)
  if (present === undefined) throw new Error(`There is no producer ${name}.`)
  return present
}

async function connectedAdmin(): Promise<kafkajs.Admin> {
  if (!isAdminConnected) await admin.connect()
  isAdminConnected = true
  return admin
}

/** A header that is there more than once comes as a list, and goes as one. */
function headersOf(headers: kafkajs.IHeaders | undefined): ReadRecord['headers'] {
  return Object.entries(headers ?? {}).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string | null] => [name, value?.toString() ?? null]),
  )
}

function messageOf({ headers, timestamp, ...record }: ForeignRecord): kafkajs.Message {
  const grouped: Record<string, string[]> = {}
  for (const [name, value] of headers) grouped[name] = [...(grouped[name] ?? []), value ?? '']
  return { ...record, headers: grouped, timestamp: String(timestamp) }
}

function readRecord(partition: number, message: kafkajs.KafkaMessage): ReadRecord {
  return {
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    key: message.key?.toString() ?? null,
    value: message.value?.toString() ?? null,
    headers: headersOf(message.headers),
  }
}

/** Kafka's code; what a list of errors has in common is told by the first. */
function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('type' in at && typeof at.type === 'string') return at.type
    if ('errors' in at && Array.isArray(at.errors)) return codeOf(at.errors[0])
    if ('groups' in at && Array.isArray(at.groups)) return codeOf(at.groups[0]?.error)
    if ('partitions' in at && Array.isArray(at.partitions)) return codeOf(at.partitions[0]?.error)
  }
  return 'UNKNOWN'
}

const records = {
  async producer(line: ProducerOptions & { producer: string }) {
    const { transactionalId, idempotent = transactionalId !== undefined } = line
    const compression = compressionTypes.get(line.compression ?? 'none')
    if (compression === undefined) throw new Error(`It cannot write ${line.compression}.`)
    const producer = kafka.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      idempotent,
      maxInFlightRequests: 1,
      ...(transactionalId !== undefined && { transactionalId }),
    })
    await producer.connect()
    producers.set(line.producer, { producer, compression })
  },
  async send(line: { producer: string; topic: string; records: ForeignRecord[] }) {
    const { producer, transaction, compression } = opened(line.producer)
    const messages = line.records.map(messageOf)
    await (transaction ?? producer).send({ topic: line.topic, acks: -1, compression, messages })
  },
  async begin(line: { producer: string }) {
    const present = opened(line.producer)
    present.transaction = await present.producer.transaction()
  },
  async commit(line: { producer: string }) {
    await opened(line.producer).transaction?.commit()
  },
  async abort(line: { producer: string }) {
    await opened(line.producer).transaction?.abort()
  },
  async read(line: { topic: string; count: number; committed: boolean }) {
    const read: ReadRecord[] = []
    const consumer = kafka.consumer({
      groupId: `kafkajs-reader-${++readers}`,
      readUncommitted: !line.committed,
      maxWaitTimeInMs: 100,
    })
    await consumer.connect()
    await consumer.subscribe({ topic: line.topic, fromBeginning: true })
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => reject(payload.error))
      const eachMessage = async ({ partition, message }: kafkajs.EachMessagePayload) => {
        read.push(readRecord(partition, message))
        if (read.length === line.count) resolve()
      }
      consumer.run({ eachMessage }).catch(reject)
    })
    await consumer.disconnect()
    return read
  },
}

const groups = {
  async join(
    line: MemberOptions & {
      member: string
      group: string
      topic: string
      sessionTimeoutMs: number
    },
  ) {
    const { member, sessionTimeoutMs } = line
    const consumer = kafka.consumer({
      groupId: line.group,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: 100,
      maxWaitTimeInMs: 100,
    })
    members.set(member, consumer)
    consumer.on('consumer.group_join', ({ payload }) => {
      const partitions = payload.memberAssignment[line.topic] ?? []
      tell({ event: 'assigned', member, partitions })
    })
    await consumer.connect()
    await consumer.subscribe({ topic: line.topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch, isStale }) => {
        if (isStale()) return
        const { topic, partition } = batch
        const offset = String(Number(batch.lastOffset()) + 1)
        const read = batch.messages.map((message) => readRecord(partition, message))
        tell({ event: 'records', member, records: read })
        await consumer.commitOffsets([{ topic, partition, offset }])
      },
    })
  },
  async copy(line: CopyOptions & { member: string; topic: string; sessionTimeoutMs: number }) {
    const { member, group, topic, to, transactionalId, sessionTimeoutMs } = line
    const idempotent = true
    const producer = kafka.producer({ idempotent, transactionalId, maxInFlightRequests: 1 })
    await producer.connect()
    // Takes the id, which ends what the one before left open; its offsets would be waited for.
    await (await producer.transaction()).abort()
    const consumer = kafka.consumer({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: 100,
      maxWaitTimeInMs: 100,
      // So that one batch comes at a time.
      maxBytesPerPartition: 1,
      maxBytes: 1,
    })
    members.set(member, consumer)
    let transactions = 0
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async ({ batch, resolveOffset, isStale }) => {
        if (isStale()) return
        const { partition } = batch
        const next = Number(batch.lastOffset()) + 1
        const transaction = await producer.transaction()
        const messages = batch.messages.map(({ key, value }) => ({ partition, key, value }))
        await transaction.send({ topic: to, messages })
        const partitions = [{ partition, offset: String(next) }]
        await transaction.sendOffsets({ consumerGroupId: group, topics: [{ topic, partitions }] })
        if (++transactions % line.abortEvery === 0) {
          await transaction.abort()
          return
        }
        await transaction.commit()
        resolveOffset(batch.lastOffset())
        const read = batch.messages.map((message) => readRecord(partition, message))
        tell({ event: 'records', member, records: read })
      },
    })
  },
  async leave(line: { member: string }) {
    await members.get(line.member)?.disconnect()
    members.delete(line.member)
  },
}

const topics = {
  async createTopic(line: { topic: string; partitions: number; configs?: object }) {
    const configEntries = Object.entries(line.configs ?? {}).map(([name, value]) => ({
      name,
      value,
    }))
    const topic = { topic: line.topic, numPartitions: line.partitions, configEntries }
    const made = await (await connectedAdmin()).createTopics({ topics: [topic] })
    // A topic that is there is not an error of kafkajs.
    if (!made) throw Object.assign(new Error(line.topic), { type: 'TOPIC_ALREADY_EXISTS' })
  },
  async topics() {
    return (await connectedAdmin()).listTopics()
  },
  async partitions({ topic }: { topic: string }) {
    const { topics } = await (await connectedAdmin()).fetchTopicMetadata({ topics: [topic] })
    return topics[0]?.partitions.length
  },
  async createPartitions({ topic, count }: { topic: string; count: number }) {
    await (await connectedAdmin()).createPartitions({ topicPartitions: [{ topic, count }] })
  },
  async deleteTopic({ topic }: { topic: string }) {
    await (await connectedAdmin()).deleteTopics({ topics: [topic] })
  },
  async configs({ topic }: { topic: string }) {
    const { resources } = await (await connectedAdmin()).describeConfigs({
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
      includeSynonyms: true,
    })
    const entries = resources[0]?.configEntries ?? []
    return Object.fromEntries(
      entries.map(({ configName, configValue }) => [configName, configValue]),
    )
  },
  /** kafkajs has the older request alone, which gives all settings at once. */
  async alterConfigs({ topic, set }: { topic: string; set: Record<string, string> }) {
    const configEntries = Object.entries(set).map(([name, value]) => ({ name, value }))
    const type = kafkajs.ConfigResourceTypes.TOPIC
    await (await connectedAdmin()).alterConfigs({
      validateOnly: false,
      resources: [{ type, name: topic, configEntries }],
    })
  },
  /** By partition: the first offset, the next one, or the first at or after a time. */
  async offsets({ topic, at }: { topic: string; at: 'earliest' | 'latest' | number }) {
    const client = await connectedAdmin()
    const listed =
      typeof at === 'number'
        ? await client.fetchTopicOffsetsByTimestamp(topic, at)
        : (await client.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
            partition,
            offset: at === 'earliest' ? low : high,
          }))
    return listed.sort((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset))
  },
  async deleteRecords(line: { topic: string; partition: number; before: number }) {
    const { topic, partition, before } = line
    const client = await connectedAdmin()
    // It looks for the leader in what it knows; this makes it know.
    await client.fetchTopicOffsets(topic)
    const partitions = [{ partition, offset: String(before) }]
    await client.deleteTopicRecords({ topic, partitions })
  },
  async cluster() {
    const { brokers, controller, clusterId } = await (await connectedAdmin()).describeCluster()
    return { brokers: brokers.map(({ nodeId }) => nodeId), controller, clusterId }
  },
}

const groupAdministration = {
  async groups() {
    const { groups } = await (await connectedAdmin()).listGroups()
    return groups.map(({ groupId }) => groupId)
  },
  async describeGroup({ group }: { group: string }) {
    const { groups } = await (await connectedAdmin()).describeGroups([group])
    return { state: groups[0]?.state, members: groups[0]?.members.length }
  },
  async groupOffsets({ group }: { group: string }) {
    const topics = await (await connectedAdmin()).fetchOffsets({ groupId: group })
    return topics.flatMap(({ topic, partitions }) =>
      partitions
        .sort((a, b) => a.partition - b.partition)
        .map(({ partition, offset }) => [topic, partition, Number(offset)]),
    )
  },
  async setGroupOffset(line: { group: string; topic: string; partition: number; offset: number }) {
    const { group, topic, partition, offset } = line
    const partitions = [{ partition, offset: String(offset) }]
    await (await connectedAdmin()).setOffsets({ groupId: group, topic, partitions })
  },
  async deleteGroup({ group }: { group: string }) {
    await (await connectedAdmin()).deleteGroups([group])
  },
}

drive({ ...records, ...groups, ...topics, ...groupAdministration }, codeOf)
