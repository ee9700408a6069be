/** How far consumer groups are behind: of each partition, and in all. */
import { gatewayErrors } from '../../errors.js'
import { describeGroup } from './groups.js'
import { type AddResource, list, ok, type ResourceRequest, related } from './resource.js'

/** Of a partition of which the group has committed an offset. */
interface Lag {
  topic: string
  partition: number
  /** Where the group stands, and where the partition ends. */
  current: number
  end: number
  lag: number
  /** Who reads it now; empty where nobody does. */
  consumer: string
  instance: string | null
  client: string
}

export function lagResources(add: AddResource): void {
  add('GET', 'consumer-groups/:group/lags', async (request) => {
    const data = (await lagsOf(request)).map((lag) => lagBody(request, lag))
    return list(
      'KafkaConsumerLagList',
      request.url('consumer-groups', request.param('group'), 'lags'),
      data,
    )
  })
  add('GET', 'consumer-groups/:group/lags/:topic/partitions/:partition', async (request) => {
    const number = request.number('partition', 'Partition')
    const found = (await lagsOf(request)).find(
      ({ topic, partition }) => topic === request.param('topic') && partition === number,
    )
    if (found === undefined) throw gatewayErrors.resourceNotFound('The lag')
    return ok(lagBody(request, found))
  })
  add('GET', 'consumer-groups/:group/lag-summary', async (request) => {
    const lags = await lagsOf(request)
    const group = request.param('group')
    const most = lags.reduce((a, b) => (b.lag > a.lag ? b : a))
    const self = request.url('consumer-groups', group, 'lag-summary')
    const name = `consumer-group=${group}/lag-summary`
    return ok({
      ...request.resource('KafkaConsumerGroupLagSummary', self, name),
      consumer_group_id: group,
      max_lag_consumer_id: most.consumer,
      max_lag_instance_id: most.instance,
      max_lag_client_id: most.client,
      max_lag_topic_name: most.topic,
      max_lag_partition_id: most.partition,
      max_lag: most.lag,
      total_lag: lags.reduce((sum, { lag }) => sum + lag, 0),
      max_lag_consumer: related(request.url('consumer-groups', group, 'consumers', most.consumer)),
      max_lag_partition: related(request.url('topics', most.topic, 'partitions', most.partition)),
    })
  })
}

/** One at least. Throws 404 for a group that is not there, or has committed nothing. */
async function lagsOf(request: ResourceRequest): Promise<Lag[]> {
  const { client } = request.cluster
  const { id, consumers } = await describeGroup(request.cluster, request.param('group'))
  const all = await client.committedOffsets(id)
  const committed = all.filter(({ offset }) => offset >= 0)
  if (committed.length === 0) throw gatewayErrors.resourceNotFound(`What the group ${id} committed`)
  const lags = await Promise.all(
    committed.map(async ({ topic, partition, offset }) => {
      const end = await client.listOffsets(topic, partition, 'latest', 'read_committed')
      const reader = consumers.find(({ partitions }) =>
        partitions.some((each) => each.topic === topic && each.partition === partition),
      )
      return {
        topic,
        partition,
        current: offset,
        end,
        lag: end - offset,
        consumer: reader?.id ?? '',
        instance: reader?.instanceId ?? null,
        client: reader?.clientId ?? '',
      }
    }),
  )
  return lags.sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  )
}

function lagBody(request: ResourceRequest, lag: Lag): object {
  const group = request.param('group')
  const { topic, partition } = lag
  const self = request.url('consumer-groups', group, 'lags', topic, 'partitions', partition)
  const name = `consumer-group=${group}/lag=topic=${topic}/partition=${partition}`
  return {
    ...request.resource('KafkaConsumerLag', self, name),
    consumer_group_id: group,
    topic_name: topic,
    partition_id: partition,
    consumer_id: lag.consumer,
    instance_id: lag.instance,
    client_id: lag.client,
    current_offset: lag.current,
    log_end_offset: lag.end,
    lag: lag.lag,
  }
}
