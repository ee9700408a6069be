/** Partitions of topics, by the topics' ids. No topic is in it without a partition. */
export type Partitions = ReadonlyMap<string, ReadonlySet<number>>

/** Partitions that a member has, each with the epoch in which it was given. */
export type HeldPartitions = ReadonlyMap<string, ReadonlyMap<number, number>>

/** What is common to both: which partitions of which topics. */
type AnyPartitions = ReadonlyMap<string, Pick<ReadonlySet<number>, 'has' | 'size' | 'keys'>>

/** As requests and records write it. */
export interface TopicPartitions {
  topicId: string
  partitions: number[]
}

export const noPartitions: ReadonlyMap<string, never> = new Map<string, never>()

export function partitionsOf(list: readonly TopicPartitions[]): Partitions {
  const partitions = new Map<string, Set<number>>()
  for (const { topicId, partitions: ofTopic } of list) {
    if (ofTopic.length === 0) continue
    const known = partitions.get(topicId) ?? new Set()
    for (const each of ofTopic) known.add(each)
    partitions.set(topicId, known)
  }
  return partitions
}

/** In the order of their numbers. */
export function listOf(partitions: AnyPartitions): TopicPartitions[] {
  return [...partitions].map(([topicId, ofTopic]) => ({
    topicId,
    partitions: [...ofTopic.keys()].sort((left, right) => left - right),
  }))
}

export function has(partitions: AnyPartitions, topicId: string, partition: number): boolean {
  return partitions.get(topicId)?.has(partition) ?? false
}

export function samePartitions(left: AnyPartitions, right: AnyPartitions): boolean {
  return left.size === right.size && isWithin(left, right) && isWithin(right, left)
}

/** Whether every partition of `part` is in `whole`. */
export function isWithin(part: AnyPartitions, whole: AnyPartitions): boolean {
  for (const [topicId, ofTopic] of part) {
    for (const each of ofTopic.keys()) if (!has(whole, topicId, each)) return false
  }
  return true
}

export function overlap(left: AnyPartitions, right: AnyPartitions): boolean {
  for (const [topicId, ofTopic] of left) {
    for (const each of ofTopic.keys()) if (has(right, topicId, each)) return true
  }
  return false
}

/** Those that a test holds for. */
export function heldWhere(
  held: HeldPartitions,
  test: (topicId: string, partition: number) => boolean,
): HeldPartitions {
  const kept = new Map<string, ReadonlyMap<number, number>>()
  for (const [topicId, ofTopic] of held) {
    const those = [...ofTopic].filter(([partition]) => test(topicId, partition))
    if (those.length > 0) kept.set(topicId, new Map(those))
  }
  return kept
}

export function heldTogether(left: HeldPartitions, right: HeldPartitions): HeldPartitions {
  const both = new Map(left)
  for (const [topicId, ofTopic] of right) {
    both.set(topicId, new Map([...(left.get(topicId) ?? []), ...ofTopic]))
  }
  return both
}
