import { KafkaError } from '../../errors.js'
import { syncGroup } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

/** Gives a member its part; held back until the leader has handed in the assignment. */
export const syncGroupHandler = defineHandler(syncGroup, async ({ broker }, request) => {
  const { groupId, memberId, groupInstanceId } = request
  try {
    const group = broker.groups.group(groupId)
    const { protocolType, protocolName } = request
    const differs =
      (protocolType !== null && protocolType !== group?.protocolType) ||
      (protocolName !== null && protocolName !== group?.protocol)
    const caller = { group: groupId, memberId, generation: request.generationId, groupInstanceId }
    const assignments = new Map(request.assignments.map((each) => [each.memberId, each.assignment]))
    if (differs && group?.generation === request.generationId) {
      throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `group ${groupId}`)
    }
    const assignment = await broker.groups.sync(caller, assignments)
    return {
      protocolType: group?.protocolType ?? null,
      protocolName: group?.protocol ?? null,
      assignment,
    }
  } catch (cause) {
    return { errorCode: errorOf(cause, broker.log).errorCode }
  }
})
