import { heartbeat } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

/** Keeps a member's session, and tells it of a rebalance. */
export const heartbeatHandler = defineHandler(heartbeat, ({ broker }, request) => {
  const { groupId, memberId, generationId, groupInstanceId } = request
  try {
    broker.groups.heartbeat({ group: groupId, memberId, generation: generationId, groupInstanceId })
    return {}
  } catch (cause) {
    return { errorCode: errorOf(cause, broker.log).errorCode }
  }
})
