import { offsetFetch } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { type BrokerState, defineHandler } from '../request-handler.js'

interface AskedGroup {
  groupId: string
  /** Null: all that the group has. */
  topics: { name: string; partitionIndexes: number[] }[] | null
}

const firstVersionWithGroups = 8

/** Reads the offsets of a group, from version 8 on of several groups. */
export const offsetFetchHandler = defineHandler(
  offsetFetch,
  ({ broker, header }, request) => {
    const { requireStable } = request
    if (header.apiVersion >= firstVersionWithGroups) {
      const groups = request.groups.map((each) => ({
        groupId: each.groupId,
        topics: offsetsOf(broker, each, requireStable),
      }))
      return { groups }
    }
    return { topics: offsetsOf(broker, request, requireStable) }
  },
  '1-9',
)

function offsetsOf(broker: BrokerState, { groupId, topics }: AskedGroup, requireStable: boolean) {
  const { store } = broker.groups
  return (topics ?? allTopics(broker, groupId)).map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => {
      if (requireStable && store.isPending(groupId, name, partitionIndex)) {
        const errorCode = kafkaErrors.UNSTABLE_OFFSET_COMMIT
        return { partitionIndex, committedOffset: -1, metadata: '', errorCode }
      }
      const committed = store.offset(groupId, name, partitionIndex)
      return {
        partitionIndex,
        committedOffset: committed?.offset ?? -1,
        committedLeaderEpoch: committed?.leaderEpoch ?? -1,
        metadata: committed?.metadata ?? '',
      }
    }),
  }))
}

function allTopics(broker: BrokerState, groupId: string) {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of broker.groups.store.offsets(groupId)) {
    const partitions = byTopic.get(topic) ?? []
    byTopic.set(topic, partitions)
    partitions.push(partition)
  }
  return [...byTopic].map(([name, partitionIndexes]) => ({ name, partitionIndexes }))
}
