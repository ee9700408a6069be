/** `partitions` of a topic, their offsets and replicas. */
import { gatewayErrors } from '../../errors.js'
import { describeBrokers } from './brokers.js'
import {
  list,
  numberOf,
  ok,
  type ResourceRequest,
  related,
  resource,
  type resourcesOf,
  urlOf,
} from './resource.js'
import { describeTopic, describeTopics, type TopicDescription } from './topics.js'

type Partition = TopicDescription['partitions'][number]

export function partitionResources(add: ReturnType<typeof resourcesOf>): void {
  add('GET', 'topics/:topic/partitions', async (request) => {
    const { name, partitions } = await describeTopic(request.cluster, topicOf(request))
    const data = partitions.map((each) => partitionBody(request, name, each))
    return list('KafkaPartitionList', urlOf(request, 'topics', name, 'partitions'), data)
  })
  add('GET', 'topics/:topic/partitions/:partition', async (request) =>
    ok(partitionBody(request, topicOf(request), await partitionOf(request))),
  )
  add('GET', 'topics/:topic/partitions/:partition/offset', async (request) => {
    const topic = topicOf(request)
    const { offset_type: type = offsetType } = request.query
    if (type !== offsetType) throw gatewayErrors.badRequest(`offset_type:${type} is invalid`)
    const { partition } = await partitionOf(request, gatewayErrors.noPartition)
    const { client } = request.cluster
    const [earliest, latest] = await Promise.all([
      client.listOffsets(topic, partition, 'earliest'),
      client.listOffsets(topic, partition, 'latest'),
    ])
    const self = urlOf(request, 'topics', topic, 'partitions', partition, 'offset')
    const name = `topic=${topic}/partition=${partition}/offset_type=${offsetType}`
    return ok({
      ...resource(request, 'KafkaPartitionWithOffsets', self, name),
      topic_name: topic,
      partition_id: partition,
      earliest_offset: earliest,
      latest_offset: latest,
    })
  })
  add('GET', 'topics/:topic/partitions/:partition/replicas', async (request) => {
    const partition = await partitionOf(request)
    const topic = topicOf(request)
    const data = partition.replicas.map((id) => replicaBody(request, topic, partition, id))
    const at = ['topics', topic, 'partitions', partition.partition, 'replicas']
    return list('KafkaReplicaList', urlOf(request, ...at), data)
  })
  add('GET', 'topics/:topic/partitions/:partition/replicas/:broker_id', async (request) => {
    const partition = await partitionOf(request)
    const id = numberOf(request.params.broker_id, 'Broker')
    if (!partition.replicas.includes(id)) throw gatewayErrors.resourceNotFound(`Replica ${id}`)
    return ok(replicaBody(request, topicOf(request), partition, id))
  })
  add('GET', 'brokers/:broker_id/partition-replicas', async (request) => {
    const id = numberOf(request.params.broker_id, 'Broker')
    if (!(await describeBrokers(request.cluster)).some((broker) => broker.id === id)) {
      throw gatewayErrors.resourceNotFound(`Broker ${id}`)
    }
    const topics = await describeTopics(request.cluster)
    const data = topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ replicas }) => replicas.includes(id))
        .map((partition) => replicaBody(request, name, partition, id)),
    )
    return list('KafkaReplicaList', urlOf(request, 'brokers', id, 'partition-replicas'), data)
  })
}

/** The only one that there is. */
const offsetType = 'earliest_and_latest'

function topicOf({ params }: ResourceRequest): string {
  return params.topic ?? ''
}

async function partitionOf(
  request: ResourceRequest,
  missing = () => gatewayErrors.resourceNotFound(`Partition ${request.params.partition}`),
): Promise<Partition> {
  const number = numberOf(request.params.partition, 'Partition')
  const { partitions } = await describeTopic(request.cluster, topicOf(request))
  const found = partitions.find(({ partition }) => partition === number)
  if (found === undefined) throw missing()
  return found
}

function partitionBody(request: ResourceRequest, topic: string, given: Partition): object {
  const { partition, leader } = given
  const self = urlOf(request, 'topics', topic, 'partitions', partition)
  return {
    ...resource(request, 'KafkaPartition', self, `topic=${topic}/partition=${partition}`),
    topic_name: topic,
    partition_id: partition,
    ...(leader >= 0 && { leader: related(`${self}/replicas/${leader}`) }),
    replicas: related(`${self}/replicas`),
    reassignment: related(`${self}/reassignment`),
  }
}

function replicaBody(
  request: ResourceRequest,
  topic: string,
  given: Partition,
  id: number,
): object {
  const { partition, leader, inSync } = given
  const self = urlOf(request, 'topics', topic, 'partitions', partition, 'replicas', id)
  const name = `topic=${topic}/partition=${partition}/replica=${id}`
  return {
    ...resource(request, 'KafkaReplica', self, name),
    topic_name: topic,
    partition_id: partition,
    broker_id: id,
    is_leader: id === leader,
    is_in_sync: inSync.includes(id),
    broker: related(urlOf(request, 'brokers', id)),
  }
}
