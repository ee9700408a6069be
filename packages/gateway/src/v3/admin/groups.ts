/** What brokers tell of consumer groups, of the classic protocol and of the newer one. */

import { decodeAssignment, type GroupPartition, KafkaError } from '@millrace/log'
import {
  consumerGroupDescribe,
  describeGroups,
  findCoordinator,
  listGroups,
  type ResponseOf,
} from '@millrace/log/protocol'
import type { GatewayCluster } from '../../cluster.js'
import { gatewayErrors } from '../../errors.js'
import { describeBrokers } from './brokers.js'
import { ask, check } from './resource.js'

export interface GroupDescription {
  id: string
  type: string
  state: string
  assignor: string
  coordinator: number
  consumers: {
    id: string
    instanceId: string | null
    clientId: string
    partitions: GroupPartition[]
  }[]
}

/** The ids of all groups, of all brokers. */
export async function groupIds(cluster: GatewayCluster): Promise<string[]> {
  const { client } = cluster
  const found = await Promise.all(
    (await describeBrokers(cluster)).map(async ({ id }) => {
      // Describing them has told the client where they are.
      await client.cluster.describe([])
      const broker = await client.cluster.broker(id)
      const answer = await broker.request(listGroups, {})
      check(answer.errorCode, `broker ${id}`)
      return answer.groups.map(({ groupId }) => groupId)
    }),
  )
  return [...new Set(found.flat())].sort()
}

/** Throws 404 for a group that is not there. */
export async function describeGroup(
  cluster: GatewayCluster,
  id: string,
): Promise<GroupDescription> {
  const { client } = cluster
  const coordinator = await coordinatorOf(cluster, id)
  const classic = await client.cluster.withCoordinator(
    'group',
    id,
    client.timeoutMs,
    async (at) => {
      const [group] = (await at.request(describeGroups, { groups: [id] })).groups
      return group
    },
  )
  const isClassic =
    classic !== undefined && classic.errorCode === 0 && stateOf(classic.groupState) !== 'DEAD'
  if (isClassic) return { ...ofClassic(classic), coordinator }
  const newer = await client.cluster
    .withCoordinator('group', id, client.timeoutMs, async (at) => {
      const [group] = (await at.request(consumerGroupDescribe, { groupIds: [id] })).groups
      return group
    })
    .catch((cause: unknown) => {
      if (cause instanceof KafkaError && cause.codeName === 'UNSUPPORTED_VERSION') return undefined
      throw cause
    })
  if (newer !== undefined && newer.errorCode === 0) return { ...ofConsumer(newer), coordinator }
  throw gatewayErrors.resourceNotFound(`Consumer group ${id}`)
}

async function coordinatorOf(cluster: GatewayCluster, id: string): Promise<number> {
  const answer = await ask(cluster, findCoordinator, {
    key: id,
    keyType: 0,
    coordinatorKeys: [id],
  })
  const found = answer.coordinators[0] ?? answer
  check(found.errorCode, `group ${id}`)
  return found.nodeId
}

function ofClassic(
  group: ResponseOf<typeof describeGroups>['groups'][number],
): Omit<GroupDescription, 'coordinator'> {
  const { groupId, groupState, protocolType, protocolData, members } = group
  return {
    id: groupId,
    type: 'CLASSIC',
    state: stateOf(groupState),
    assignor: protocolData,
    consumers: members.map((member) => ({
      id: member.memberId,
      instanceId: member.groupInstanceId,
      clientId: member.clientId,
      // Members that are no consumers (Connect's workers) share out other things.
      partitions: protocolType === 'consumer' ? partitionsOf(member.memberAssignment) : [],
    })),
  }
}

function partitionsOf(assignment: Buffer): GroupPartition[] {
  return decodeAssignment(assignment).assignedPartitions.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  )
}

function ofConsumer(
  group: ResponseOf<typeof consumerGroupDescribe>['groups'][number],
): Omit<GroupDescription, 'coordinator'> {
  return {
    id: group.groupId,
    type: 'CONSUMER',
    state: stateOf(group.groupState),
    assignor: group.assignorName,
    consumers: group.members.map(({ memberId, instanceId, clientId, assignment }) => ({
      id: memberId,
      instanceId,
      clientId,
      partitions: assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
        partitions.map((partition) => ({ topic: topicName, partition })),
      ),
    })),
  }
}

/** `PreparingRebalance` as `PREPARING_REBALANCE`. */
function stateOf(state: string): string {
  return state.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase() || 'UNKNOWN'
}
