import type { ConsumerMember } from './consumer-member.js'
import {
  type HeldPartitions,
  has,
  heldTogether,
  heldWhere,
  noPartitions,
  overlap,
  type Partitions,
} from './partitions.js'

/** What a member is to come to, and what stands in its way. */
export interface Reconciliation {
  targetEpoch: number
  target: Partitions
  /** What it says that it reads; null where it does not say. */
  owned: Partitions | null
  /** Whether nobody has the partition. */
  isFree: (topicId: string, partition: number) => boolean
  /** Ids of the topics that it reads now, where it changed them just before. */
  topicIds?: ReadonlySet<string>
}

/**
 * One step of a member towards its part of the target. It gives up first what it is not to have,
 * and stays in its epoch until it says that it has; then it comes to the target's epoch with what
 * is free, and is given the rest as others give it up. So no partition is ever read by two.
 *
 *     stable ──something to give up──▶ unrevoked ──gave it up──▶ unreleased ──all is free──▶ stable
 *
 * The same member where there is nothing to do.
 */
export function reconciled(member: ConsumerMember, to: Reconciliation): ConsumerMember {
  switch (member.state) {
    case 'stable':
      if (member.epoch !== to.targetEpoch) return next(member, member.epoch, to)
      return withoutUnread(member, to)
    case 'unrevoked':
      if (stillHas(to.owned, member.revoking)) return withoutUnread(member, to)
      return next(member, member.epoch + 1, to)
    case 'unreleased':
      return next(member, member.epoch, to)
  }
}

function next(member: ConsumerMember, epoch: number, to: Reconciliation): ConsumerMember {
  const { target, targetEpoch } = to
  const kept = heldWhere(member.assigned, (topicId, each) => has(target, topicId, each))
  const revoking = heldWhere(member.assigned, (topicId, each) => !has(target, topicId, each))
  if (revoking.size > 0 && stillHas(to.owned, revoking)) {
    return { ...at(member, epoch), state: 'unrevoked', assigned: kept, revoking }
  }
  const { free, isWhole } = missing(kept, to)
  const state = isWhole ? 'stable' : 'unreleased'
  const assigned = heldTogether(kept, free)
  const come = at(member, targetEpoch)
  const isSame = member.state === state && come.epoch === member.epoch && free.size === 0
  if (isSame && revoking.size === 0) return member
  return { ...come, state, assigned, revoking: noPartitions }
}

/** What it is to have and does not have: as far as it is free, and whether that is all. */
function missing(kept: HeldPartitions, { target, targetEpoch, isFree }: Reconciliation) {
  const free = new Map<string, ReadonlyMap<number, number>>()
  let isWhole = true
  for (const [topicId, ofTopic] of target) {
    const wanted = [...ofTopic].filter((each) => !has(kept, topicId, each))
    const there = wanted.filter((each) => isFree(topicId, each))
    if (there.length < wanted.length) isWhole = false
    if (there.length > 0) free.set(topicId, new Map(there.map((each) => [each, targetEpoch])))
  }
  return { free, isWhole }
}

/** Topics that it does not read any more are to be given up at once, whatever the target says. */
function withoutUnread(member: ConsumerMember, { topicIds }: Reconciliation): ConsumerMember {
  if (topicIds === undefined) return member
  const assigned = heldWhere(member.assigned, (topicId) => topicIds.has(topicId))
  const unread = heldWhere(member.assigned, (topicId) => !topicIds.has(topicId))
  if (unread.size === 0) return member
  return {
    ...member,
    state: 'unrevoked',
    assigned,
    revoking: heldTogether(member.revoking, unread),
  }
}

function stillHas(owned: Partitions | null, revoking: HeldPartitions): boolean {
  return owned === null || overlap(owned, revoking)
}

function at(member: ConsumerMember, epoch: number): ConsumerMember {
  if (epoch === member.epoch) return { ...member, previousEpoch: member.epoch }
  return { ...member, epoch, previousEpoch: member.epoch }
}
