import type { Partitions } from '../partitions.js'
import { type AssignedMember, type Assignor, topicIdsOf } from './assignor.js'

/** A member with what it is given, and how much that is. */
interface Share {
  readonly member: AssignedMember
  readonly partitions: Map<string, Set<number>>
  count: number
}

/**
 * As even as the subscriptions allow, and as far as that goes with what each had before.
 *
 * 1. Everybody keeps what it had and still reads, as long as it exists.
 * 2. What nobody has goes to the reader that has least.
 * 3. As long as one reader of a topic has at least two more than another, it gives it one.
 *
 * The third step ends: each move makes the sum of the squares of what members have smaller.
 */
export const uniformAssignor: Assignor = {
  name: 'uniform',
  assign(members, partitionCount) {
    const shares = [...members]
      .sort((left, right) => (left.memberId < right.memberId ? -1 : 1))
      .map((member) => ({ member, partitions: new Map<string, Set<number>>(), count: 0 }))
    const topics = topicIdsOf(members).map((topicId) => ({
      topicId,
      count: partitionCount(topicId),
      readers: shares.filter(({ member }) => member.topicIds.has(topicId)),
    }))
    for (const { topicId, count, readers } of topics) keep(readers, topicId, count)
    // Those with few readers first: the others can make up for them.
    topics.sort((left, right) => left.readers.length - right.readers.length)
    for (const { topicId, count, readers } of topics) {
      const taken = new Set(readers.flatMap((each) => [...(each.partitions.get(topicId) ?? [])]))
      for (let partition = 0; partition < count; partition++) {
        if (!taken.has(partition)) give(least(readers), topicId, partition)
      }
    }
    while (topics.some(({ topicId, readers }) => even(readers, topicId)));
    return new Map<string, Partitions>(
      shares.map(({ member, partitions }) => [member.memberId, partitions]),
    )
  },
}

function keep(readers: readonly Share[], topicId: string, count: number): void {
  const taken = new Set<number>()
  for (const share of readers) {
    for (const partition of share.member.target.get(topicId) ?? []) {
      if (partition >= count || taken.has(partition)) continue
      taken.add(partition)
      give(share, topicId, partition)
    }
  }
}

/** Moves partitions of a topic from who has most to who has least; whether any was moved. */
function even(readers: readonly Share[], topicId: string): boolean {
  let moved = false
  for (;;) {
    const to = least(readers)
    const from = most(readers.filter((each) => each.partitions.has(topicId)))
    if (from === undefined || from.count < to.count + 2) return moved
    const ofTopic = from.partitions.get(topicId)
    const partition = ofTopic && Math.max(...ofTopic)
    if (ofTopic === undefined || partition === undefined) return moved
    ofTopic.delete(partition)
    if (ofTopic.size === 0) from.partitions.delete(topicId)
    from.count--
    give(to, topicId, partition)
    moved = true
  }
}

function give(share: Share, topicId: string, partition: number): void {
  const ofTopic = share.partitions.get(topicId) ?? new Set()
  share.partitions.set(topicId, ofTopic.add(partition))
  share.count++
}

/** The first one, where several have as little. A topic has at least one reader. */
function least(shares: readonly Share[]): Share {
  return shares.reduce((one, other) => (other.count < one.count ? other : one))
}

function most(shares: readonly Share[]): Share | undefined {
  return shares.reduce<Share | undefined>(
    (one, other) => (one === undefined || other.count > one.count ? other : one),
    undefined,
  )
}
