import type { FastifyInstance } from 'fastify'
import type { Clusters, GatewayCluster } from '../cluster.js'
import { GatewayError, gatewayErrors } from '../errors.js'
import { answerV2 } from '../http/app.js'
import { kafkaFailure } from '../kafka-failure.js'
import { describeBrokers } from '../v3/admin/brokers.js'
import { describeTopic, type TopicDescription } from '../v3/admin/topics.js'

type Named = { Params: { topic: string; partition: string } }

/** `/`, `/topics…` and `/brokers`: of all clusters that can be reached. */
export async function topicResources(
  app: FastifyInstance,
  { clusters }: { clusters: Clusters },
): Promise<void> {
  app.setErrorHandler((cause) => {
    throw kafkaFailure(cause)
  })

  // Whether anybody is here: what asks for that asks for nothing else.
  app.get('/', async (_request, reply) => answerV2(reply, 200, {}))

  app.get('/topics', async (_request, reply) => {
    const reachable = await clusters.reachable()
    const topics = await Promise.all(reachable.map(({ topics }) => topics.all()))
    const names = new Set(topics.flat().map(({ name }) => name))
    return answerV2(reply, 200, [...names].sort())
  })

  app.get('/brokers', async (_request, reply) => {
    const found = await Promise.all((await clusters.reachable()).map(describeBrokers))
    return answerV2(reply, 200, { brokers: found.flat().map(({ id }) => id) })
  })

  app.get<Named>('/topics/:topic', async ({ params }, reply) => {
    const { cluster, topic } = await find(params.topic)
    const { name, partitions } = topic
    const configs = (await cluster.client.topicConfigs([name])).get(name) ?? new Map()
    return answerV2(reply, 200, {
      name,
      configs: Object.fromEntries(configs),
      partitions: partitions.map(partitionBody),
    })
  })

  app.get<Named>('/topics/:topic/partitions', async ({ params }, reply) => {
    const { topic } = await find(params.topic)
    return answerV2(reply, 200, topic.partitions.map(partitionBody))
  })

  app.get<Named>('/topics/:topic/partitions/:partition', async ({ params }, reply) => {
    const { topic } = await find(params.topic)
    return answerV2(reply, 200, partitionBody(partitionOf(topic, params.partition)))
  })

  app.get<Named>('/topics/:topic/partitions/:partition/offsets', async ({ params }, reply) => {
    const { cluster, topic } = await find(params.topic)
    const { partition } = partitionOf(topic, params.partition)
    const [beginning, end] = await Promise.all([
      cluster.client.listOffsets(topic.name, partition, 'earliest'),
      cluster.client.listOffsets(topic.name, partition, 'latest'),
    ])
    return answerV2(reply, 200, { beginning_offset: beginning, end_offset: end })
  })

  /** Throws 40403, as the proxy does, where no cluster has the topic. */
  async function find(name: string): Promise<{ cluster: GatewayCluster; topic: TopicDescription }> {
    for (const cluster of await clusters.reachable()) {
      if ((await cluster.topics.partitions(name)) === undefined) continue
      return { cluster, topic: await describeTopic(cluster, name) }
    }
    throw new GatewayError(40403, `There is no topic ${name}.`)
  }
}

function partitionOf(
  topic: TopicDescription,
  text: string,
): TopicDescription['partitions'][number] {
  const found = topic.partitions.find(({ partition }) => String(partition) === text)
  if (found === undefined) throw gatewayErrors.noPartition()
  return found
}

function partitionBody({
  partition,
  leader,
  replicas,
  inSync,
}: TopicDescription['partitions'][number]) {
  return {
    partition,
    leader,
    replicas: replicas.map((broker) => {
      return { broker, leader: broker === leader, in_sync: inSync.includes(broker) }
    }),
  }
}
