import { MemberIdRequired } from '../../groups/classic-protocol.js'
import { joinGroup } from '../../protocol/apis.js'
import { clientAddress } from '../client-address.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

const firstVersionWithIdFirst = 4
const firstVersionWithNullProtocol = 7
const firstVersionWithSkippedAssignment = 9

/** Takes a member in; the answer is held back until its generation begins. */
export const joinGroupHandler = defineHandler(joinGroup, async (context, request) => {
  const { broker, header, clientHost } = context
  const { apiVersion, clientId } = header
  const { memberId, sessionTimeoutMs, rebalanceTimeoutMs } = request
  try {
    const joined = await broker.groups.join({
      group: request.groupId,
      memberId,
      groupInstanceId: request.groupInstanceId,
      clientId: clientId ?? '',
      clientHost: clientAddress(clientHost),
      sessionTimeoutMs,
      rebalanceTimeoutMs: rebalanceTimeoutMs < 0 ? sessionTimeoutMs : rebalanceTimeoutMs,
      protocolType: request.protocolType,
      protocols: request.protocols,
      idFirst: apiVersion >= firstVersionWithIdFirst,
      maySkipAssignment: apiVersion >= firstVersionWithSkippedAssignment,
    })
    const { generation, protocol, ...rest } = joined
    return { ...rest, generationId: generation, protocolName: protocol }
  } catch (cause) {
    const { errorCode } = errorOf(cause, broker.log)
    const given = cause instanceof MemberIdRequired ? cause.memberId : memberId
    const protocolName = apiVersion >= firstVersionWithNullProtocol ? null : ''
    return { errorCode, protocolName, memberId: given }
  }
})
