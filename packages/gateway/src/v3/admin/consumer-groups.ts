/** `consumer-groups`, their consumers, and what these were assigned. */
import { gatewayErrors } from '../../errors.js'
import { describeGroup, type GroupDescription, groupIds } from './groups.js'
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

type Consumer = GroupDescription['consumers'][number]

export function groupResources(add: ReturnType<typeof resourcesOf>): void {
  add('GET', 'consumer-groups', async (request) => {
    const ids = await groupIds(request.cluster)
    const groups = await Promise.all(ids.map((id) => describeGroup(request.cluster, id)))
    const data = groups.map((group) => groupBody(request, group))
    return list('KafkaConsumerGroupList', urlOf(request, 'consumer-groups'), data)
  })
  add('GET', 'consumer-groups/:group', async (request) =>
    ok(groupBody(request, await groupOf(request))),
  )
  add('GET', 'consumer-groups/:group/consumers', async (request) => {
    const group = await groupOf(request)
    const data = group.consumers.map((consumer) => consumerBody(request, group, consumer))
    const self = urlOf(request, 'consumer-groups', group.id, 'consumers')
    return list('KafkaConsumerList', self, data)
  })
  add('GET', 'consumer-groups/:group/consumers/:consumer', async (request) => {
    const group = await groupOf(request)
    return ok(consumerBody(request, group, consumerOf(request, group)))
  })

  const assignments = 'consumer-groups/:group/consumers/:consumer/assignments'
  add('GET', assignments, async (request) => {
    const group = await groupOf(request)
    const { id, partitions } = consumerOf(request, group)
    const data = partitions.map((each) => assignmentBody(request, group.id, id, each))
    const self = urlOf(request, 'consumer-groups', group.id, 'consumers', id, 'assignments')
    return list('KafkaConsumerAssignmentList', self, data)
  })
  add('GET', `${assignments}/:topic/partitions/:partition`, async (request) => {
    const group = await groupOf(request)
    const { id, partitions } = consumerOf(request, group)
    const number = numberOf(request.params.partition, 'Partition')
    const found = partitions.find(
      ({ topic, partition }) => topic === request.params.topic && partition === number,
    )
    if (found === undefined) throw gatewayErrors.resourceNotFound('The assignment')
    return ok(assignmentBody(request, group.id, id, found))
  })
}

function groupOf({ cluster, params }: ResourceRequest): Promise<GroupDescription> {
  return describeGroup(cluster, params.group ?? '')
}

function consumerOf({ params }: ResourceRequest, { consumers }: GroupDescription): Consumer {
  const found = consumers.find(({ id }) => id === params.consumer)
  if (found !== undefined) return found
  throw gatewayErrors.resourceNotFound(`Consumer ${params.consumer}`)
}

function groupBody(request: ResourceRequest, group: GroupDescription): object {
  const { id, type, state, assignor, coordinator, consumers } = group
  const self = urlOf(request, 'consumer-groups', id)
  return {
    ...resource(request, 'KafkaConsumerGroup', self, `consumer-group=${id}`),
    consumer_group_id: id,
    // Kafka's word for groups that only keep offsets.
    is_simple: consumers.length === 0 && assignor === '',
    partition_assignor: assignor,
    state,
    type,
    is_mixed_consumer_group: false,
    coordinator: related(urlOf(request, 'brokers', coordinator)),
    consumers: related(`${self}/consumers`),
    lag_summary: related(`${self}/lag-summary`),
  }
}

function consumerBody(request: ResourceRequest, group: GroupDescription, consumer: Consumer) {
  const { id, instanceId, clientId } = consumer
  const self = urlOf(request, 'consumer-groups', group.id, 'consumers', id)
  const name = `consumer-group=${group.id}/consumer=${id}`
  return {
    ...resource(request, 'KafkaConsumer', self, name),
    consumer_group_id: group.id,
    consumer_id: id,
    instance_id: instanceId,
    client_id: clientId,
    assignments: related(`${self}/assignments`),
  }
}

function assignmentBody(
  request: ResourceRequest,
  group: string,
  consumer: string,
  { topic, partition }: { topic: string; partition: number },
): object {
  const at = ['consumer-groups', group, 'consumers', consumer, 'assignments']
  const self = urlOf(request, ...at, topic, 'partitions', partition)
  const name = `consumer-group=${group}/consumer=${consumer}/assignment=topic=${topic}/partition=${partition}`
  return {
    ...resource(request, 'KafkaConsumerAssignment', self, name),
    consumer_group_id: group,
    consumer_id: consumer,
    topic_name: topic,
    partition_id: partition,
    partition: related(urlOf(request, 'topics', topic, 'partitions', partition)),
    lag: related(urlOf(request, 'consumer-groups', group, 'lags', topic, 'partitions', partition)),
  }
}
