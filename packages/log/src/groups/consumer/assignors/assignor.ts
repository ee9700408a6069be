import type { Partitions } from '../partitions.js'

/** What an assignor knows of a member. */
export interface AssignedMember {
  readonly memberId: string
  readonly instanceId: string | null
  /** Ids of the topics that it reads, all of which exist. */
  readonly topicIds: ReadonlySet<string>
  /** What it was to have so far. */
  readonly target: Partitions
}

/**
 * Decides who is to have what. Every partition of a topic goes to exactly one of the members that
 * read the topic, and to nobody else; what is given for the same input is the same.
 */
export interface Assignor {
  /** Kafka's name of it. */
  readonly name: string
  /** Gives each member its partitions, by its id; `partitionCount` by a topic's id. */
  assign(
    members: readonly AssignedMember[],
    partitionCount: (topicId: string) => number,
  ): ReadonlyMap<string, Partitions>
}

/** The topics that any of them reads, each once, in a fixed order. */
export function topicIdsOf(members: readonly AssignedMember[]): string[] {
  return [...new Set(members.flatMap((each) => [...each.topicIds]))].sort()
}
