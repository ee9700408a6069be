/** `partitions` of a topic, their offsets and replicas. */
import { gatewayErrors } from '../../errors.js'
import { describeBrokers } from './brokers.js'
import { type AddResource, list, ok, type ResourceRequest, related } from './resource.js'
import { describeTopic, describeTopics, type TopicDescription } from './topics.js'

type Partition = TopicDescription['partitions'][number]

export function partitionResources(add: AddResource): void {
  add('GET', 'topics/:topic/partitions', async (request) => {
    const { name, partitions } = await describeTopic(request.cluster, request.param('topic'))
    const data = partitions.map((each) => partitionBody(request, name, each))
    return list('KafkaPartitionList', request.url('topics', name, 'partitions'), data)
  })
  add('GET', 'topics/:topic/partitions/:partition', async (request) =>
    ok(partitionBody(request, request.param('topic'), await partitionOf(request))),
  )
  add('GET', 'topics/:topic/partitions/:partition/offset', async (request) => {
    const topic = request.param('topic')
    const { offset_type: type = offsetType } = request.query
    if (type !== offsetType) throw gatewayErrors.badRequest(`offset_type:${type} is invalid`)
    const { partition } = await partitionOf(request, gatewayErrors.noPartition)
    const { client } = request.cluster
    const [earliest, latest] = await Promise.all([
      client.listOffsets(topic, partition, 'earliest'),
      client.listOffsets(topic, partition, 'latest'),
    ])
    const self = request.url('topics', topic, 'partitions', partition, 'offset')
    const name = `topic=${topic}/partition=${partition}/offset_type=${offsetType}`
    return ok({
      ...request.resource('KafkaPartitionWithOffsets', self, name),
      topic_name: topic,
      partition_id: partition,
      earliest_offset: earliest,
      latest_offset: latest,
    })
  })
  add('GET', 'topics/:topic/partitions/:partition/replicas', async (request) => {
    const partition = await partitionOf(request)
    const topic = request.param('topic')
    const data = partition.replicas.map((id) => replicaBody(request, topic, partition, id))
    const at = ['topics', topic, 'partitions', partition.partition, 'replicas']
    return list('KafkaReplicaList', request.url(...at), data)
  })
  add('GET', 'topics/:topic/partitions/:partition/replicas/:broker_id', async (request) => {
    const partition = await partitionOf(request)
    const id = request.number('broker_id', 'Broker')
    if (!partition.replicas.includes(id)) throw gatewayErrors.resourceNotFound(`Replica ${id}`)
    return ok(replicaBody(request, request.param('topic'), partition, id))
  })
  add('GET', 'brokers/:broker_id/partition-replicas', async (request) => {
    const id = request.number('broker_id', 'Broker')
    if (!(await describeBrokers(request.cluster)).some((broker) => broker.id === id)) {
      throw gatewayErrors.resourceNotFound(`Broker ${id}`)
    }
    const topics = await describeTopics(request.cluster)
    const data = topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ replicas }) => replicas.includes(id))
        .map((partition) => replicaBody(request, name, partition, id)),
    )
    return list('KafkaReplicaList', request.url('brokers', id, 'partition-replicas'), data)
  })
}

/** The only one that there is. */
const offsetType = 'earliest_and_latest'

async function partitionOf(
  request: ResourceRequest,
  missing = () => gatewayErrors.resourceNotFound(`Partition ${request.param('partition')}`),
): Promise<Partition> {
  const number = request.number('partition', 'Partition')
  const { partitions } = await describeTopic(request.cluster, request.param('topic'))
  const found = partitions.find(({ partition }) => partition === number)
  if (found === undefined) throw missing()
  return found
}

function partitionBody(request: ResourceRequest, topic: string, given: Partition): object {
  const { partition, leader } = given
  const self = request.url('topics', topic, 'partitions', partition)
  return {
    ...request.resource('KafkaPartition', self, `topic=${topic}/partition=${partition}`),
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
  const self = request.url('topics', topic, 'partitions', partition, 'replicas', id)
  const name = `topic=${topic}/partition=${partition}/replica=${id}`
  return {
    ...request.resource('KafkaReplica', self, name),
    topic_name: topic,
    partition_id: partition,
    broker_id: id,
    is_leader: id === leader,
    is_in_sync: inSync.includes(id),
    broker: related(request.url('brokers', id)),
  }
}
