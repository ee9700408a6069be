/** `brokers` of a cluster. */
import { describeCluster } from '@millrace/log/protocol'
import type { GatewayCluster } from '../../cluster.js'
import { gatewayErrors } from '../../errors.js'
import {
  ask,
  check,
  list,
  numberOf,
  ok,
  type ResourceRequest,
  related,
  resource,
  type resourcesOf,
  urlOf,
} from './resource.js'

interface BrokerDescription {
  id: number
  host: string
  port: number
  rack: string | null
}

export function brokerResources(add: ReturnType<typeof resourcesOf>): void {
  add('GET', 'brokers', async (request) => {
    const brokers = await describeBrokers(request.cluster)
    const data = brokers.map((broker) => brokerBody(request, broker))
    return list('KafkaBrokerList', urlOf(request, 'brokers'), data)
  })
  add('GET', 'brokers/:broker_id', async (request) => {
    const id = numberOf(request.params.broker_id, 'Broker')
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
  const self = urlOf(request, 'brokers', id)
  return {
    ...resource(request, 'KafkaBroker', self, `broker=${id}`),
    broker_id: id,
    host,
    port,
    ...(rack !== null && { rack }),
    configs: related(`${self}/configs`),
    partition_replicas: related(`${self}/partition-replicas`),
  }
}
