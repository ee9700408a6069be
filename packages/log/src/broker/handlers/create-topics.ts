import { KafkaError } from '../../errors.js'
import type { RequestOf } from '../../protocol/api.js'
import { createTopics } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { type BrokerState, defineHandler } from '../request-handler.js'

type Asked = RequestOf<typeof createTopics>['topics'][number]

const brokersDecide = -1

/** Makes topics, or with `validateOnly` says whether they could be made. */
export const createTopicsHandler = defineHandler(createTopics, async ({ broker }, request) => {
  const topics = []
  for (const asked of request.topics) {
    try {
      topics.push(await create(broker, asked, request.validateOnly))
    } catch (cause) {
      topics.push({ name: asked.name, ...errorOf(cause, broker.log) })
    }
  }
  return { topics }
})

async function create(broker: BrokerState, asked: Asked, validateOnly: boolean) {
  const { name, numPartitions, replicationFactor, assignments } = asked
  const where = `topic "${name}"`
  if (![brokersDecide, 1].includes(replicationFactor)) {
    const detail = `${replicationFactor} replicas were asked for, there is one broker.`
    throw new KafkaError('INVALID_REPLICATION_FACTOR', where, { detail })
  }
  if (assignments.some(({ brokerIds }) => brokerIds.some((id) => id !== broker.nodeId))) {
    const detail = `Broker ${broker.nodeId} is the only one.`
    throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', where, { detail })
  }
  const wanted = assignments.length > 0 ? assignments.length : numPartitions
  const partitions = wanted === brokersDecide ? broker.defaultPartitions : wanted
  const configs = Object.fromEntries(
    asked.configs.flatMap((each) => (each.value === null ? [] : [[each.name, each.value]])),
  )
  if (validateOnly) broker.topics.checkNew(name, partitions, configs)
  const topicId = validateOnly
    ? undefined
    : (await broker.topics.create(name, partitions, configs)).description.id
  return {
    name,
    ...(topicId !== undefined && { topicId }),
    errorMessage: null,
    numPartitions: partitions,
    replicationFactor: 1,
    configs: Object.entries(configs).map(([key, value]) => ({
      name: key,
      value,
      configSource: topicConfigSource,
    })),
  }
}

/** Kafka's code for a setting that was given with the topic. */
const topicConfigSource = 1
