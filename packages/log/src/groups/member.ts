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
  /** The leader is to hand in no assignment: the one that there is stays (KIP-814). */
  skipAssignment: boolean
  /** All members, for the leader; nobody for the others. */
  members: { memberId: string; groupInstanceId: string | null; metadata: Buffer }[]
}

/** A request that is held back until its group has got so far. */
export interface Held<Answer> {
  resolve(answer: Answer): void
  reject(cause: unknown): void
}

/** Waits for whoever holds the request to answer it. */
export function held<Answer>(hold: (held: Held<Answer>) => void): Promise<Answer> {
  return new Promise((resolve, reject) => hold({ resolve, reject }))
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
  /** It waits for its first generation. */
  isNew: boolean
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

/** Views of the request's bytes would keep the whole request. */
export function keptProtocols(protocols: readonly MemberProtocol[]): MemberProtocol[] {
  return protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
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

/** Names of the protocols that all of them know, in the order of the first one. */
export function commonProtocols(members: readonly Pick<Member, 'protocols'>[]): string[] {
  const [first, ...others] = members
  const names = first?.protocols.map((each) => each.name) ?? []
  return names.filter((name) =>
    others.every(({ protocols }) => protocols.some((each) => each.name === name)),
  )
}

/** The protocol that most members like best, of those that all know. */
export function voted(members: readonly Pick<Member, 'protocols'>[]): string | null {
  const common = commonProtocols(members)
  const votes = new Map<string, number>()
  for (const { protocols } of members) {
    const choice = protocols.find((each) => common.includes(each.name))
    if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1)
  }
  return [...votes].sort((left, right) => right[1] - left[1])[0]?.[0] ?? null
}
