import { metadataFor } from '../../groups/member.js'
import { describeGroups } from '../../protocol/apis.js'
import { defineHandler } from '../request-handler.js'

/** State and members of groups; one that does not exist is called Dead, as Kafka does. */
export const describeGroupsHandler = defineHandler(
  describeGroups,
  ({ broker }, request) => ({
    groups: request.groups.map((groupId) => {
      const group = broker.groups.group(groupId)
      if (group === undefined) {
        const groupState = broker.groups.names().includes(groupId) ? 'Empty' : 'Dead'
        return { groupId, groupState }
      }
      return {
        groupId,
        groupState: group.state,
        protocolType: group.protocolType,
        protocolData: group.state === 'Stable' ? (group.protocol ?? '') : '',
        members: [...group.members.values()].map((member) => ({
          memberId: member.memberId,
          groupInstanceId: member.groupInstanceId,
          clientId: member.clientId,
          clientHost: member.clientHost,
          memberMetadata: metadataFor(member, group.protocol),
          memberAssignment: member.assignment,
        })),
      }
    }),
  }),
  '0-5',
)
