import { listGroups } from '../../protocol/apis.js'
import { defineHandler } from '../request-handler.js'

/** The groups that there are, of the states and types asked for. */
export const listGroupsHandler = defineHandler(listGroups, ({ broker }, request) => {
  const isAsked = (filter: readonly string[], value: string) =>
    filter.length === 0 || filter.some((each) => each.toLowerCase() === value.toLowerCase())
  const groups = broker.groups
    .all()
    .filter(({ state }) => isAsked(request.statesFilter, state))
    .filter(({ type }) => isAsked(request.typesFilter, type))
    .map(({ name, protocolType, state, type }) => ({
      groupId: name,
      protocolType,
      groupState: state,
      groupType: type,
    }))
  return { groups }
})
