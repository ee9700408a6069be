/** A member, and the topics that it wants to read. */
export interface Subscriber {
  memberId: string
  topics: readonly string[]
}

export interface AssignedTopic {
  topic: string
  partitions: number[]
}

/** The name under which Kafka's clients agree on this way. */
export const rangeAssignorName = 'range'

/**
 * Gives out partitions as Kafka's RangeAssignor does: of each topic, those who want it get runs
 * of neighbouring partitions in the order of their ids, the first ones one more where it does not
 * come out even. All members must come to the same result, since any of them may lead the group.
 */
export function assignRanges(
  subscribers: readonly Subscriber[],
  partitionsOf: ReadonlyMap<string, number>,
): Map<string, AssignedTopic[]> {
  const assigned = new Map<string, AssignedTopic[]>(
    subscribers.map(({ memberId }) => [memberId, []]),
  )
  for (const topic of [...partitionsOf.keys()].sort()) {
    const count = partitionsOf.get(topic) ?? 0
    const wanting = subscribers
      .filter(({ topics }) => topics.includes(topic))
      .map(({ memberId }) => memberId)
      .sort()
    if (wanting.length === 0) continue
    const each = Math.floor(count / wanting.length)
    const more = count % wanting.length
    let next = 0
    for (const [at, memberId] of wanting.entries()) {
      const partitions = Array.from({ length: each + (at < more ? 1 : 0) }, () => next++)
      if (partitions.length > 0) assigned.get(memberId)?.push({ topic, partitions })
    }
  }
  return assigned
}
