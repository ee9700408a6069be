import type { Group } from './group.js'
import type { Membership } from './group-record.js'
import { type Member, metadataFor } from './member.js'

/** What is saved of a group's generation. */
export function membershipOf(group: Group, stateSince: number): Membership {
  return {
    protocolType: group.protocolType,
    generation: group.generation,
    protocol: group.protocol,
    leader: group.leader,
    stateSince,
    members: [...group.members.values()].map((each) => ({
      memberId: each.memberId,
      groupInstanceId: each.groupInstanceId,
      clientId: each.clientId,
      clientHost: each.clientHost,
      rebalanceTimeout: each.rebalanceTimeoutMs,
      sessionTimeout: each.sessionTimeoutMs,
      subscription: metadataFor(each, group.protocol),
      assignment: each.assignment,
    })),
  }
}

/** The members of a generation that was saved; of their protocols only the chosen one was. */
export function membersOf(saved: Membership): Member[] {
  return saved.members.map((each) => ({
    memberId: each.memberId,
    groupInstanceId: each.groupInstanceId,
    clientId: each.clientId,
    clientHost: each.clientHost,
    assignment: each.assignment,
    protocols: [{ name: saved.protocol ?? '', metadata: each.subscription }],
    sessionTimeoutMs: each.sessionTimeout,
    rebalanceTimeoutMs: each.rebalanceTimeout,
    isNew: false,
  }))
}
