import type { Partitions } from '../partitions.js'
import { type AssignedMember, type Assignor, topicIdsOf } from './assignor.js'

/**
 * Each topic by itself: its partitions in order, cut into as many ranges as members read it, the
 * first ones longer by one. Topics with as many partitions and the same readers are cut alike, so
 * that one member gets the same numbers of each. Static members come first, by their instance.
 */
export const rangeAssignor: Assignor = {
  name: 'range',
  assign(members, partitionCount) {
    const sorted = [...members].sort(byInstanceThenId)
    const assigned = new Map<string, Map<string, Set<number>>>()
    for (const { memberId } of sorted) assigned.set(memberId, new Map())
    for (const topicId of topicIdsOf(members)) {
      const readers = sorted.filter((each) => each.topicIds.has(topicId))
      for (const [at, [from, to]] of ranges(partitionCount(topicId), readers.length).entries()) {
        if (from === to) break
        const partitions = Array.from({ length: to - from }, (_, index) => from + index)
        assigned.get(readers[at]?.memberId ?? '')?.set(topicId, new Set(partitions))
      }
    }
    return assigned as ReadonlyMap<string, Partitions>
  },
}

function ranges(partitions: number, readers: number): [from: number, to: number][] {
  const length = Math.floor(partitions / readers)
  const longer = partitions % readers
  return Array.from({ length: readers }, (_, at) => {
    const from = at * length + Math.min(at, longer)
    return [from, from + length + (at < longer ? 1 : 0)]
  })
}

function byInstanceThenId(left: AssignedMember, right: AssignedMember): number {
  const [one, other] = [left.instanceId, right.instanceId]
  if (one !== null && other !== null) return one < other ? -1 : 1
  if (one !== null) return -1
  if (other !== null) return 1
  return left.memberId < right.memberId ? -1 : 1
}
