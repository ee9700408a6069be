import type { ConsumerGroup } from '../../groups/consumer/consumer-group.js'
import { heldTogether, listOf } from '../../groups/consumer/partitions.js'
import { assignorNameOf } from '../../groups/consumer/target-assignment.js'
import { consumerGroupDescribe } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { groupOperations, operationsNotAsked } from '../authorized-operations.js'
import { type BrokerState, defineHandler } from '../request-handler.js'

/** Kafka's codes of which protocol a member speaks. */
const memberTypes = { classic: 0, consumer: 1 } as const

/** State and members of groups of the newer protocol. */
export const consumerGroupDescribeHandler = defineHandler(
  consumerGroupDescribe,
  ({ broker }, request) => ({
    groups: request.groupIds.map((groupId) => {
      const group = broker.groups.consumerGroup(groupId)
      if (group === undefined) return { groupId, ...notFound(broker, groupId) }
      const authorizedOperations = request.includeAuthorizedOperations
        ? groupOperations
        : operationsNotAsked
      return { ...described(broker, group), authorizedOperations }
    }),
  }),
)

function notFound(broker: BrokerState, groupId: string) {
  if (groupId === '') {
    return { errorCode: kafkaErrors.INVALID_GROUP_ID, errorMessage: 'The group has no name.' }
  }
  const isOther = broker.groups.find(groupId) !== undefined
  const errorMessage = isOther
    ? `Group ${groupId} is not a consumer group.`
    : `Group ${groupId} not found.`
  return { errorCode: kafkaErrors.GROUP_ID_NOT_FOUND, errorMessage }
}

function described(broker: BrokerState, group: ConsumerGroup) {
  return {
    groupId: group.name,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.targetEpoch,
    assignorName: assignorNameOf(group),
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      rackId: member.rackId,
      memberEpoch: member.epoch,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: member.topicNames,
      subscribedTopicRegex: member.topicPattern,
      assignment: named(broker, heldTogether(member.assigned, member.revoking)),
      targetAssignment: named(broker, group.target(member.memberId)),
      memberType: member.classic === null ? memberTypes.consumer : memberTypes.classic,
    })),
  }
}

/** Partitions with the names of their topics; those of topics that are gone are not told. */
function named(broker: BrokerState, partitions: Parameters<typeof listOf>[0]) {
  const topicPartitions = listOf(partitions).flatMap((each) => {
    const topicName = broker.topics.byId(each.topicId)?.description.name
    return topicName === undefined ? [] : [{ ...each, topicName }]
  })
  return { topicPartitions }
}
