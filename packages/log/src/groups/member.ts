import type { Timer } from '@millrace/host'

/** A way to share partitions that a member can take part in, and what it says for it. */
export interface MemberProtocol {
  name: string
  metadata: Buffer
}

/** What a member gets when a generation begins. */
export interface Joined {
  generation: number
  protocolType: string
  protocol: string
  leader: string
  memberId: string
  /** All members, for the leader; nobody for the others. */
  members: { memberId: string; groupInstanceId: string | null; metadata: Buffer }[]
}

/** A request that is held back until its group has got so far. */
export interface Held<Answer> {
  resolve(answer: Answer): void
  reject(cause: unknown): void
}

/** One member of a group, as long as its session lives. */
export interface Member {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  /** In the order in which it likes them. */
  protocols: MemberProtocol[]
  assignment: Buffer
  /** Its JoinGroup, while the group waits for the others. */
  joining?: Held<Joined> | undefined
  /** Its SyncGroup, while the group waits for the leader. */
  syncing?: Held<Buffer> | undefined
  session?: Timer | undefined
}

/** What the member says for a protocol; nothing where it does not know it. */
export function metadataFor(member: Member, protocol: string | null): Buffer {
  return member.protocols.find((each) => each.name === protocol)?.metadata ?? Buffer.alloc(0)
}

export function sameProtocols(
  left: readonly MemberProtocol[],
  right: readonly MemberProtocol[],
): boolean {
  return (
    left.length === right.length &&
    left.every(({ name, metadata }, at) => {
      const other = right[at]
      return other !== undefined && name === other.name && metadata.equals(other.metadata)
    })
  )
}
