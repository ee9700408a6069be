import { assignorNamed, assignors } from './assignors/index.js'
import type { ConsumerGroup } from './consumer-group.js'
import type { ConsumerGroupRecord } from './consumer-group-record.js'
import type { GroupTopics } from './group-topics.js'
import { samePartitions } from './partitions.js'

/** The assignor that most members ask for; the first of all where none does. */
export function assignorNameOf({ members }: ConsumerGroup): string {
  const votes = new Map<string, number>()
  for (const { assignor } of members.values()) {
    if (assignor !== null) votes.set(assignor, (votes.get(assignor) ?? 0) + 1)
  }
  return [...votes].sort((left, right) => right[1] - left[1])[0]?.[0] ?? assignors[0].name
}

/** What makes the target that of the group's epoch: who is to have what, where that changes. */
export function targetRecords(
  group: ConsumerGroup,
  topics: GroupTopics,
  now: number,
): ConsumerGroupRecord[] {
  const assignor = assignorNamed(assignorNameOf(group)) ?? assignors[0]
  const counts = new Map<string, number>()
  const members = [...group.members.values()].map((member) => {
    const topicIds = new Set<string>()
    for (const name of group.topicsOf(member)) {
      const topic = topics.get(name)
      if (topic === undefined) continue
      topicIds.add(topic.id)
      counts.set(topic.id, topic.partitions)
    }
    const { memberId, instanceId } = member
    return { memberId, instanceId, topicIds, target: group.target(memberId) }
  })
  const assigned = assignor.assign(members, (topicId) => counts.get(topicId) ?? 0)
  const changed = [...assigned].filter(
    ([memberId, partitions]) => !samePartitions(partitions, group.target(memberId)),
  )
  return [
    ...changed.map(([memberId, value]) => ({
      kind: 'target' as const,
      group: group.name,
      memberId,
      value,
    })),
    {
      kind: 'target-epoch',
      group: group.name,
      value: { epoch: group.epoch, assignedAt: now },
    },
  ]
}
