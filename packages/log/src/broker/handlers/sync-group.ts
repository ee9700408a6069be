import { KafkaError } from '../../errors.js'
import { syncGroup } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

const firstVersionWithProtocol = 5

/** Gives a member its part; held back until the leader has handed in the assignment. */
export const syncGroupHandler = defineHandler(syncGroup, async ({ broker, header }, request) => {
  try {
    const { protocolType, protocolName } = request
    const saysProtocol = protocolType !== null && protocolName !== null
    if (header.apiVersion >= firstVersionWithProtocol && !saysProtocol) {
      throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `group ${request.groupId}`)
    }
    const synced = await broker.groups.sync({
      group: request.groupId,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      generation: request.generationId,
      protocolType,
      protocol: protocolName,
      assignments: new Map(request.assignments.map((each) => [each.memberId, each.assignment])),
    })
    const { protocol, ...rest } = synced
    return { ...rest, protocolName: protocol }
  } catch (cause) {
    return { errorCode: errorOf(cause, broker.log).errorCode }
  }
})
