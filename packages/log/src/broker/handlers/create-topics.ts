import { KafkaError } from '../../errors.js'
import type { RequestOf } from '../../protocol/api.js'
import { createTopics } from '../../protocol/apis.js'
import { describedTopic } from '../described-topic.js'
import { errorOf } from '../error-code.js'
import { checkNotRepeated, onceEach } from '../once-each.js'
import { checkReplicas } from '../replica-assignment.js'
import { type BrokerState, defineHandler } from '../request-handler.js'

type Asked = RequestOf<typeof createTopics>['topics'][number]

const brokersDecide = -1

/** Makes topics, or with `validateOnly` says whether they could be made. */
export const createTopicsHandler = defineHandler(createTopics, async ({ broker }, request) => {
  const topics = []
  for (const { asked, repeated } of onceEach(request.topics, ({ name }) => name)) {
    try {
      checkNotRepeated(`topic "${asked.name}"`, repeated)
      topics.push(await create(broker, asked, request.validateOnly))
    } catch (cause) {
      topics.push({ name: asked.name, ...errorOf(cause, broker.log) })
    }
  }
  return { topics }
})

async function create(broker: BrokerState, asked: Asked, validateOnly: boolean) {
  const { name } = asked
  const partitions = partitionsOf(broker, asked)
  const configs = configsOf(asked)
  broker.topics.checkNew(name, partitions, configs)
  const topicId = validateOnly
    ? undefined
    : (await broker.topics.create(name, partitions, configs)).description.id
  return {
    name,
    ...(topicId !== undefined && { topicId }),
    errorMessage: null,
    numPartitions: partitions,
    replicationFactor: 1,
    configs: describedTopic(configs, broker.brokerConfigs),
  }
}

/** How many partitions are wanted, once it is clear that they can lie on this broker. */
function partitionsOf(broker: BrokerState, asked: Asked): number {
  const { name, numPartitions, replicationFactor, assignments } = asked
  const where = `topic "${name}"`
  if (assignments.length > 0) {
    if (numPartitions !== brokersDecide || replicationFactor !== brokersDecide) {
      const detail = 'With an assignment, the numbers of partitions and of replicas must be -1.'
      throw new KafkaError('INVALID_REQUEST', where, { detail })
    }
    const indexes = new Set(assignments.map(({ partitionIndex }) => partitionIndex))
    if (assignments.some((_, index) => !indexes.has(index))) {
      const detail = 'Partitions must be assigned from 0 on, without a gap and each of them once.'
      throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', where, { detail })
    }
    for (const { brokerIds } of assignments) checkReplicas(where, brokerIds, broker.nodeId)
    return assignments.length
  }
  if (![brokersDecide, 1].includes(replicationFactor)) {
    const detail = `${replicationFactor} replicas were asked for, there is one broker.`
    throw new KafkaError('INVALID_REPLICATION_FACTOR', where, { detail })
  }
  return numPartitions === brokersDecide ? broker.defaultPartitions : numPartitions
}

function configsOf({ name, configs }: Asked): Record<string, string> {
  return Object.fromEntries(
    configs.map((each) => {
      if (each.value !== null) return [each.name, each.value]
      const detail = `${each.name} has no value.`
      throw new KafkaError('INVALID_CONFIG', `topic "${name}"`, { detail })
    }),
  )
}
