import { leaveGroup } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

const firstVersionWithMembers = 3

/** Takes members out of a group, so that the others need not wait for their sessions to end. */
export const leaveGroupHandler = defineHandler(leaveGroup, ({ broker, header }, request) => {
  const { groupId } = request
  const leave = (memberId: string, groupInstanceId: string | null) => {
    try {
      broker.groups.leave(groupId, memberId, groupInstanceId)
      return 0
    } catch (cause) {
      return errorOf(cause, broker.log).errorCode
    }
  }
  if (header.apiVersion < firstVersionWithMembers) {
    return { errorCode: leave(request.memberId, null) }
  }
  const members = request.members.map(({ memberId, groupInstanceId }) => ({
    memberId,
    groupInstanceId,
    errorCode: leave(memberId, groupInstanceId),
  }))
  return { members }
})
