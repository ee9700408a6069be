/** `brokers` of a cluster. */
import { describeCluster } from '@millrace/log/protocol'
import type { GatewayCluster } from '../../cluster.js'
import { gatewayErrors } from '../../errors.js'
import {
  type AddResource,
  ask,
  check,
  list,
  ok,
  type ResourceRequest,
  related,
} from './resource.js'

interface BrokerDescription {
  id: number
  host: string
  port: number
  rack: string | null
}

export function brokerResources(add: AddResource): void {
  add('GET', 'brokers', async (request) => {
    const brokers = await describeBrokers(request.cluster)
    const data = brokers.map((broker) => brokerBody(request, broker))
    return list('KafkaBrokerList', request.url('brokers'), data)
  })
  add('GET', 'brokers/:broker_id', async (request) => {
    const id = request.number('broker_id', 'Broker')
    const found = (await describeBrokers(request.cluster)).find((broker) => broker.id === id)
    if (found === undefined) throw gatewayErrors.resourceNotFound(`Broker ${id}`)
    return ok(brokerBody(request, found))
  })
}

export async function describeBrokers(cluster: GatewayCluster): Promise<BrokerDescription[]> {
  const answer = await ask(cluster, describeCluster, {})
  check(answer.errorCode, `cluster ${cluster.id}`, answer.errorMessage)
  return answer.brokers
    .map(({ brokerId, host, port, rack }) => ({ id: brokerId, host, port, rack }))
    .sort((a, b) => a.id - b.id)
}

function brokerBody(request: ResourceRequest, { id, host, port, rack }: BrokerDescription): object {
  const self = request.url('brokers', id)
  return {
    ...request.resource('KafkaBroker', self, `broker=${id}`),
    broker_id: id,
    host,
    port,
    ...(rack !== null && { rack }),
    configs: related(`${self}/configs`),
    partition_replicas: related(`${self}/partition-replicas`),
  }
}
