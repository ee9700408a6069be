import { deleteGroups } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

/** Removes groups that have no members, with their offsets. */
export const deleteGroupsHandler = defineHandler(deleteGroups, ({ broker }, request) => ({
  results: request.groupsNames.map((groupId) => {
    try {
      broker.groups.delete(groupId)
      return { groupId }
    } catch (cause) {
      return { groupId, errorCode: errorOf(cause, broker.log).errorCode }
    }
  }),
}))
