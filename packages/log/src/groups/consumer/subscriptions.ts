import { crc32c } from '../../records/crc32c.js'
import { TopicPattern } from '../pattern/topic-pattern.js'
import type { ConsumerGroup } from './consumer-group.js'
import type { ConsumerGroupRecord } from './consumer-group-record.js'
import type { Subscription } from './consumer-member.js'
import type { GroupTopics } from './group-topics.js'

/** What members want to read, against the topics that there are. */
export interface Subscribed {
  /** What says anew which topics a pattern means, where that changed; and removes unused ones. */
  readonly records: ConsumerGroupRecord[]
  /** Of all topics that members read and that exist, their ids and sizes. */
  readonly metadataHash: number
}

/** Looks the members' topics up, and finds out what their patterns mean. */
export function subscribed(
  group: ConsumerGroup,
  members: readonly Subscription[],
  topics: GroupTopics,
  now: number,
): Subscribed {
  const patterns = new Set(members.map((each) => each.topicPattern).filter((each) => each !== ''))
  const records: ConsumerGroupRecord[] = []
  const names = new Set(members.flatMap((each) => each.topicNames))
  for (const pattern of patterns) {
    const meant = topicsMatching(pattern, topics)
    for (const each of meant) names.add(each)
    if (meant.join() === group.patterns.get(pattern)?.topics.join()) continue
    const value = { topics: meant, resolvedAt: now }
    records.push({ kind: 'pattern', group: group.name, pattern, value })
  }
  for (const pattern of group.patterns.keys()) {
    if (patterns.has(pattern)) continue
    records.push({ kind: 'pattern', group: group.name, pattern, value: null })
  }
  return { records, metadataHash: hashOf(names, topics) }
}

function topicsMatching(pattern: string, topics: GroupTopics): string[] {
  const compiled = new TopicPattern(pattern)
  return [...topics.names()].filter((each) => compiled.matches(each)).sort()
}

/** Only ever compared with one that was made here; 0 where none of them exists. */
function hashOf(names: ReadonlySet<string>, topics: GroupTopics): number {
  const lines = [...names]
    .sort()
    .map((each) => topics.get(each))
    .filter((each) => each !== undefined)
    .map(({ name, id, partitions }) => `${name} ${id} ${partitions}`)
  if (lines.length === 0) return 0
  const bytes = Buffer.from(lines.join('\n'))
  const high = crc32c(Buffer.from(bytes).reverse()) & 0x1f_ffff
  return high * 2 ** 32 + crc32c(bytes)
}
