import type { Group } from '../../groups/group.js'
import { metadataFor } from '../../groups/member.js'
import { describeGroups } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { groupOperations, operationsNotAsked } from '../authorized-operations.js'
import { defineHandler } from '../request-handler.js'

const firstVersionWithNotFound = 6

/**
 * State and members of groups of the classic protocol. One that does not exist is called Dead,
 * which is all that older versions are told; so is one of the newer protocol.
 */
export const describeGroupsHandler = defineHandler(
  describeGroups,
  ({ broker, header }, request) => ({
    groups: request.groups.map((groupId) => {
      const group = broker.groups.group(groupId)
      const authorizedOperations = request.includeAuthorizedOperations
        ? groupOperations
        : operationsNotAsked
      if (group !== undefined) return { ...described(group), authorizedOperations }
      const isOther = broker.groups.find(groupId) !== undefined
      const errorMessage = isOther
        ? `Group ${groupId} is not a classic group.`
        : `Group ${groupId} not found.`
      const isTold = header.apiVersion >= firstVersionWithNotFound
      const error = isTold ? { errorCode: kafkaErrors.GROUP_ID_NOT_FOUND, errorMessage } : {}
      return { groupId, groupState: 'Dead', ...error, authorizedOperations }
    }),
  }),
)

function described(group: Group) {
  const isStable = group.state === 'Stable'
  return {
    groupId: group.name,
    groupState: group.state,
    protocolType: group.protocolType,
    protocolData: isStable ? (group.protocol ?? '') : '',
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      // While they do not agree on a protocol, there is none by which to choose it.
      ...(isStable && { memberMetadata: metadataFor(member, group.protocol) }),
      memberAssignment: member.assignment,
    })),
  }
}
