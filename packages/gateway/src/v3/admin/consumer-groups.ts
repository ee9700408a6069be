/** `consumer-groups`, their consumers, and what these were assigned. */
import { gatewayErrors } from '../../errors.js'
import { describeGroup, type GroupDescription, groupIds } from './groups.js'
import { type AddResource, list, ok, type ResourceRequest, related } from './resource.js'

type Consumer = GroupDescription['consumers'][number]

export function groupResources(add: AddResource): void {
  add('GET', 'consumer-groups', async (request) => {
    const ids = await groupIds(request.cluster)
    const groups = await Promise.all(ids.map((id) => describeGroup(request.cluster, id)))
    const data = groups.map((group) => groupBody(request, group))
    return list('KafkaConsumerGroupList', request.url('consumer-groups'), data)
  })
  add('GET', 'consumer-groups/:group', async (request) =>
    ok(groupBody(request, await groupOf(request))),
  )
  add('GET', 'consumer-groups/:group/consumers', async (request) => {
    const group = await groupOf(request)
    const data = group.consumers.map((consumer) => consumerBody(request, group, consumer))
    const self = request.url('consumer-groups', group.id, 'consumers')
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
    const self = request.url('consumer-groups', group.id, 'consumers', id, 'assignments')
    return list('KafkaConsumerAssignmentList', self, data)
  })
  add('GET', `${assignments}/:topic/partitions/:partition`, async (request) => {
    const group = await groupOf(request)
    const { id, partitions } = consumerOf(request, group)
    const number = request.number('partition', 'Partition')
    const found = partitions.find(
      ({ topic, partition }) => topic === request.param('topic') && partition === number,
    )
    if (found === undefined) throw gatewayErrors.resourceNotFound('The assignment')
    return ok(assignmentBody(request, group.id, id, found))
  })
}

function groupOf(request: ResourceRequest): Promise<GroupDescription> {
  return describeGroup(request.cluster, request.param('group'))
}

function consumerOf(request: ResourceRequest, { consumers }: GroupDescription): Consumer {
  const wanted = request.param('consumer')
  const found = consumers.find(({ id }) => id === wanted)
  if (found !== undefined) return found
  throw gatewayErrors.resourceNotFound(`Consumer ${wanted}`)
}

function groupBody(request: ResourceRequest, group: GroupDescription): object {
  const { id, type, state, assignor, coordinator, consumers } = group
  const self = request.url('consumer-groups', id)
  return {
    ...request.resource('KafkaConsumerGroup', self, `consumer-group=${id}`),
    consumer_group_id: id,
    // Kafka's word for groups that only keep offsets.
    is_simple: consumers.length === 0 && assignor === '',
    partition_assignor: assignor,
    state,
    type,
    is_mixed_consumer_group: false,
    coordinator: related(request.url('brokers', coordinator)),
    consumers: related(`${self}/consumers`),
    lag_summary: related(`${self}/lag-summary`),
  }
}

function consumerBody(request: ResourceRequest, group: GroupDescription, consumer: Consumer) {
  const { id, instanceId, clientId } = consumer
  const self = request.url('consumer-groups', group.id, 'consumers', id)
  const name = `consumer-group=${group.id}/consumer=${id}`
  return {
    ...request.resource('KafkaConsumer', self, name),
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
  const self = request.url(...at, topic, 'partitions', partition)
  const name = `consumer-group=${group}/consumer=${consumer}/assignment=topic=${topic}/partition=${partition}`
  return {
    ...request.resource('KafkaConsumerAssignment', self, name),
    consumer_group_id: group,
    consumer_id: consumer,
    topic_name: topic,
    partition_id: partition,
    partition: related(request.url('topics', topic, 'partitions', partition)),
    lag: related(request.url('consumer-groups', group, 'lags', topic, 'partitions', partition)),
  }
}
