import { KafkaError } from '../errors.js'
import { offsetCommit } from '../protocol/apis.js'
import type { LogClient } from './log-client.js'

export interface OffsetToCommit {
  topic: string
  partition: number
  /** Of the next record to read. */
  offset: number
  metadata?: string
}

/** Who commits: a member in a generation of its group. */
export interface CommitMember {
  memberId: string
  generation: number
}

/** Who gives out partitions by itself is no member, and commits as the protocol's nobody. */
const nobody: CommitMember = { memberId: '', generation: -1 }

/**
 * Keeps offsets of a group, all or, where one is refused, perhaps some of them. Rejects with a
 * `KafkaError`: ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID and REBALANCE_IN_PROGRESS where partitions
 * have been given to others, or are about to be.
 */
export async function commitOffsets(
  client: LogClient,
  group: string,
  offsets: readonly OffsetToCommit[],
  member: CommitMember = nobody,
): Promise<void> {
  if (offsets.length === 0) return
  const topics = [...new Set(offsets.map(({ topic }) => topic))].map((name) => ({
    name,
    partitions: offsets
      .filter(({ topic }) => topic === name)
      .map(({ partition, offset, metadata = '' }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedMetadata: metadata,
      })),
  }))
  await client.cluster.withCoordinator('group', group, client.timeoutMs, async (coordinator) => {
    const answer = await coordinator.request(offsetCommit, {
      groupId: group,
      generationIdOrMemberEpoch: member.generation,
      memberId: member.memberId,
      topics,
    })
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, errorCode } of partitions) {
        if (errorCode === 0) continue
        throw new KafkaError(
          errorCode,
          `group ${group}, topic ${name}, partition ${partitionIndex}`,
        )
      }
    }
  })
}
