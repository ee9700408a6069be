/** Whose settings there are: a topic's, a broker's, or those that all brokers begin with. */

import type { GatewayCluster } from '../../cluster.js'
import { gatewayErrors } from '../../errors.js'
import { describeBrokers } from './brokers.js'
import type { ResourceRequest } from './resource.js'

export interface Owner {
  /** Kafka's number for the type of resource. */
  readonly type: number
  readonly name: string
  readonly kind: string
  readonly path: readonly string[]
  /** Its name without the cluster. */
  readonly crn: string
  /** What its settings say of it. */
  readonly fields: object
}

export const topicOwner = (name: string): Owner => ({
  type: 2,
  name,
  kind: 'KafkaTopicConfig',
  path: ['topics', name, 'configs'],
  crn: `topic=${name}`,
  fields: { topic_name: name },
})

export const brokerOwner = (id: number): Owner => ({
  type: 4,
  name: String(id),
  kind: 'KafkaBrokerConfig',
  path: ['brokers', String(id), 'configs'],
  crn: `broker=${id}`,
  fields: { broker_id: id },
})

/** No name means the settings that all brokers begin with. */
export const clusterOwner: Owner = {
  type: 4,
  name: '',
  kind: 'KafkaClusterConfig',
  path: ['broker-configs'],
  crn: 'broker-config',
  fields: { config_type: 'BROKER' },
}

/** The broker of a path. Throws 404 for one that is not there. */
export async function brokerOf(request: ResourceRequest): Promise<Owner> {
  const id = request.number('broker_id', 'Broker')
  if ((await describeBrokers(request.cluster)).some((broker) => broker.id === id))
    return brokerOwner(id)
  throw gatewayErrors.resourceNotFound(`Broker ${id}`)
}

/** A broker's settings are asked of itself, so it has a request of its own. */
export function askedTogether(owners: readonly Owner[]): (readonly Owner[])[] {
  const others = owners.filter((owner) => !isBroker(owner))
  const alone = owners.filter(isBroker).map((owner) => [owner])
  return others.length === 0 ? alone : [others, ...alone]
}

/** Who answers for the settings of an owner: the broker itself, else any. */
export function brokerFor(
  { client }: GatewayCluster,
  owner: Owner,
): ReturnType<GatewayCluster['client']['cluster']['anyBroker']> {
  return isBroker(owner) ? client.cluster.broker(Number(owner.name)) : client.cluster.anyBroker()
}

function isBroker({ type, name }: Owner): boolean {
  return type === clusterOwner.type && name !== clusterOwner.name
}
