import { leaveGroup } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

const firstVersionWithMembers = 3

/** Takes members out of a group, so that the others need not wait for their sessions to end. */
export const leaveGroupHandler = defineHandler(leaveGroup, ({ broker, header }, request) => {
  const hasMembers = header.apiVersion >= firstVersionWithMembers
  const leavers = hasMembers
    ? request.members
    : [{ memberId: request.memberId, groupInstanceId: null }]
  try {
    const codes = broker.groups.leave(request.groupId, leavers).map((refusal) => refusal?.code ?? 0)
    if (!hasMembers) return { errorCode: codes[0] ?? 0 }
    const members = leavers.map(({ memberId, groupInstanceId }, at) => ({
      memberId,
      groupInstanceId,
      errorCode: codes[at] ?? 0,
    }))
    return { members }
  } catch (cause) {
    return { errorCode: errorOf(cause, broker.log).errorCode }
  }
})
