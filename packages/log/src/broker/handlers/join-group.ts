import { MemberIdRequired } from '../../groups/group-coordinator.js'
import { joinGroup } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

const firstVersionWithIdFirst = 4

/** Takes a member in; the answer is held back until its generation begins. */
export const joinGroupHandler = defineHandler(joinGroup, async (context, request) => {
  const { broker, header, clientHost } = context
  const { memberId, sessionTimeoutMs, rebalanceTimeoutMs } = request
  try {
    const joined = await broker.groups.join({
      group: request.groupId,
      memberId,
      groupInstanceId: request.groupInstanceId,
      clientId: header.clientId ?? '',
      clientHost,
      sessionTimeoutMs,
      rebalanceTimeoutMs: rebalanceTimeoutMs < 0 ? sessionTimeoutMs : rebalanceTimeoutMs,
      protocolType: request.protocolType,
      protocols: request.protocols,
      idFirst: header.apiVersion >= firstVersionWithIdFirst,
    })
    const { generation, protocol, ...rest } = joined
    return { ...rest, generationId: generation, protocolName: protocol }
  } catch (cause) {
    const { errorCode } = errorOf(cause, broker.log)
    const given = cause instanceof MemberIdRequired ? cause.memberId : memberId
    return { errorCode, protocolName: '', memberId: given }
  }
})
