import { listGroups } from '../../protocol/apis.js'
import { defineHandler } from '../request-handler.js'

/** The groups that there are, of the states and types asked for. */
export const listGroupsHandler = defineHandler(listGroups, ({ broker }, request) => {
  const states = request.statesFilter.map((each) => each.toLowerCase())
  const types = request.typesFilter.map((each) => each.toLowerCase())
  if (types.length > 0 && !types.includes('classic')) return { groups: [] }
  const groups = broker.groups.names().map((groupId) => {
    const group = broker.groups.group(groupId)
    return {
      groupId,
      protocolType: group?.protocolType ?? '',
      groupState: group?.state ?? 'Empty',
      groupType: 'classic',
    }
  })
  return {
    groups: groups.filter(
      ({ groupState }) => states.length === 0 || states.includes(groupState.toLowerCase()),
    ),
  }
})
