/** `partitions` of a topic, their offsets and replicas. */
import { gatewayErrors } from '../../errors.js'
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
import { describeTopic, type TopicDescription } from './topics.js'

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
    const { partition } = await partitionOf(request)
    const { client } = request.cluster
    const [earliest, latest] = await Promise.all([
      client.listOffsets(topic, partition, 'earliest'),
      client.listOffsets(topic, partition, 'latest'),
    ])
    const self = urlOf(request, 'topics', topic, 'partitions', partition, 'offset')
    const name = `topic=${topic}/partition=${partition}/offset`
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
    const data = partition.replicas.map((id) => replicaBody(request, partition, id))
    const at = ['topics', topicOf(request), 'partitions', partition.partition, 'replicas']
    return list('KafkaReplicaList', urlOf(request, ...at), data)
  })
  add('GET', 'topics/:topic/partitions/:partition/replicas/:broker_id', async (request) => {
    const partition = await partitionOf(request)
    const id = numberOf(request.params.broker_id, 'Broker')
    if (!partition.replicas.includes(id)) throw gatewayErrors.resourceNotFound(`Replica ${id}`)
    return ok(replicaBody(request, partition, id))
  })
}

function topicOf({ params }: ResourceRequest): string {
  return params.topic ?? ''
}

async function partitionOf(request: ResourceRequest): Promise<Partition> {
  const number = numberOf(request.params.partition, 'Partition')
  const { partitions } = await describeTopic(request.cluster, topicOf(request))
  const found = partitions.find(({ partition }) => partition === number)
  if (found === undefined) throw gatewayErrors.noPartition()
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

function replicaBody(request: ResourceRequest, given: Partition, id: number): object {
  const topic = topicOf(request)
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
