import type { Clock, Timer } from '@millrace/host'
import { KafkaError } from '../errors.js'
import { groupInitialRebalanceDelayMs } from '../limits.js'
import type { KafkaErrorName } from '../protocol/kafka-errors.js'
import type { Membership } from './group-record.js'
import { type Held, type Joined, type Member, metadataFor } from './member.js'

/** Kafka's names, as DescribeGroups gives them. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

/**
 * The members of one group, and how they agree on who reads what (Kafka's classic protocol).
 *
 *     Empty ──join──▶ PreparingRebalance ──all joined, or time is up──▶ CompletingRebalance
 *                        ▲      ▲                                          │ leader's assignment
 *                        │      └──join, leave, session over── Stable ◀────┘
 *                        └── (the last member left: Empty)
 *
 * Invariants:
 * - A generation begins with `CompletingRebalance` and has a fixed set of members, one protocol
 *   that all of them know, and one leader among them.
 * - A member holds at most one JoinGroup and one SyncGroup. What is held is always answered: by
 *   the next generation, by the assignment, or by an error when the member or its generation go.
 * - Only `Stable` has assignments that count, and what it has was saved before it was told.
 */
export class Group {
  readonly name: string
  readonly members = new Map<string, Member>()
  state: GroupState = 'Empty'
  generation = 0
  protocolType = ''
  protocol: string | null = null
  leader: string | null = null
  /** Ids that were given to members who did not come back with them yet. */
  readonly promised = new Map<string, Timer>()
  readonly #clock: Clock
  readonly #save: (membership: Membership) => void
  #deadline: Timer | undefined
  #isFilling = false

  constructor(name: string, clock: Clock, save: (membership: Membership) => void) {
    this.name = name
    this.#clock = clock
    this.#save = save
  }

  /** Brings back a generation that was saved; its members have a session's time to be heard. */
  restore(saved: Membership): void {
    this.generation = saved.generation
    this.protocolType = saved.protocolType
    this.protocol = saved.protocol
    this.leader = saved.leader
    for (const each of saved.members) {
      const protocols = [{ name: saved.protocol ?? '', metadata: each.subscription }]
      const { memberId, groupInstanceId, clientId, clientHost, assignment } = each
      const member: Member = {
        memberId,
        groupInstanceId,
        clientId,
        clientHost,
        assignment,
        protocols,
        sessionTimeoutMs: each.sessionTimeout,
        rebalanceTimeoutMs: each.rebalanceTimeout,
      }
      this.members.set(memberId, member)
      this.heard(member)
    }
    this.state = this.members.size === 0 ? 'Empty' : 'Stable'
  }

  /** Takes the member in, holds its JoinGroup, and begins a rebalance where none is under way. */
  join(member: Member, held: Held<Joined>): void {
    member.joining?.reject(rebalancing(this.name))
    member.joining = held
    this.members.set(member.memberId, member)
    this.#quiet(member)
    if (this.state === 'PreparingRebalance') this.#completeJoin()
    else this.rebalance()
  }

  /** Begins a rebalance: all members are to join again. */
  rebalance(): void {
    for (const member of this.members.values()) {
      this.#dropSync(member, rebalancing(this.name))
    }
    this.#isFilling = this.state === 'Empty'
    this.state = 'PreparingRebalance'
    const waitMs = this.#isFilling ? groupInitialRebalanceDelayMs : this.#rebalanceTimeoutMs()
    this.#setDeadline(waitMs, () => {
      this.#isFilling = false
      this.#removeAll([...this.members.values()].filter((each) => each.joining === undefined))
      this.#beginGeneration()
    })
    this.#completeJoin()
  }

  /** Holds a member's SyncGroup; the leader's brings the assignment and makes the group stable. */
  sync(member: Member, assignments: ReadonlyMap<string, Buffer>, held: Held<Buffer>): void {
    this.#dropSync(member, rebalancing(this.name))
    member.syncing = held
    if (member.memberId !== this.leader) return
    const assigned = [...this.members.values()].map((each) => ({
      each,
      assignment: assignments.get(each.memberId) ?? Buffer.alloc(0),
    }))
    // Views of the request's bytes would keep the whole request.
    for (const { each, assignment } of assigned) each.assignment = Buffer.from(assignment)
    try {
      this.#save(this.#membership())
    } catch (cause) {
      for (const { each } of assigned) this.#dropSync(each, cause)
      this.rebalance()
      return
    }
    this.#deadline?.cancel()
    this.state = 'Stable'
    for (const { each } of assigned) {
      each.syncing?.resolve(each.assignment)
      each.syncing = undefined
      this.heard(each)
    }
  }

  /** Gives the member another session's time. */
  heard(member: Member): void {
    this.#quiet(member)
    if (member.joining !== undefined) return
    member.session = this.#clock.after(member.sessionTimeoutMs, () => this.remove(member))
  }

  /** The member is gone; the others share what it read. */
  remove(member: Member): void {
    this.#forget(member)
    if (this.state === 'PreparingRebalance') this.#completeJoin()
    else this.rebalance()
  }

  /** What a member is told when its generation has begun. */
  joined(member: Member): Joined {
    const { leader, protocol } = this
    const members =
      member.memberId !== leader
        ? []
        : [...this.members.values()].map((each) => ({
            memberId: each.memberId,
            groupInstanceId: each.groupInstanceId,
            metadata: metadataFor(each, protocol),
          }))
    return {
      generation: this.generation,
      protocolType: this.protocolType,
      protocol: protocol ?? '',
      leader: leader ?? '',
      memberId: member.memberId,
      members,
    }
  }

  /** Protocols that all members know. */
  commonProtocols(): string[] {
    const [first, ...others] = [...this.members.values()]
    const names = first?.protocols.map((each) => each.name) ?? []
    return names.filter((name) => others.every((each) => knows(each, name)))
  }

  /** Gives out an id; a rebalance waits for its member until its session's time is over. */
  promise(memberId: string, timeoutMs: number): void {
    const expire = () => this.settlePromise(memberId)
    this.promised.set(memberId, this.#clock.after(timeoutMs, expire))
  }

  /** The member is here with the id that it was given. */
  keepPromise(memberId: string): void {
    this.promised.get(memberId)?.cancel()
    this.promised.delete(memberId)
  }

  /** The member does not come, or its time is over. */
  settlePromise(memberId: string): void {
    this.keepPromise(memberId)
    if (this.state === 'PreparingRebalance') this.#completeJoin()
  }

  /** Makes place for another member with the same instance id; the old one is fenced. */
  replace(member: Member): void {
    this.#forget(member, 'FENCED_INSTANCE_ID')
  }

  /** Stops all timers and answers what is held. */
  close(cause: KafkaError): void {
    this.#deadline?.cancel()
    for (const timer of this.promised.values()) timer.cancel()
    for (const member of this.members.values()) {
      this.#quiet(member)
      member.joining?.reject(cause)
      this.#dropSync(member, cause)
    }
  }

  #completeJoin(): void {
    const isComplete =
      this.promised.size === 0 &&
      [...this.members.values()].every((each) => each.joining !== undefined)
    if (isComplete && !this.#isFilling) this.#beginGeneration()
  }

  #beginGeneration(): void {
    this.#deadline?.cancel()
    this.generation++
    if (this.members.size === 0) {
      this.state = 'Empty'
      this.leader = null
      this.protocol = null
      try {
        this.#save(this.#membership())
      } catch {
        // The next start finds members that are gone, and waits a session's time for them.
      }
      return
    }
    if (this.leader === null || !this.members.has(this.leader)) {
      this.leader = [...this.members.keys()][0] ?? null
    }
    this.protocol = this.#vote()
    this.state = 'CompletingRebalance'
    for (const member of this.members.values()) {
      const held = member.joining
      member.joining = undefined
      this.heard(member)
      held?.resolve(this.joined(member))
    }
    this.#setDeadline(this.#rebalanceTimeoutMs(), () => {
      this.#removeAll([...this.members.values()].filter((each) => each.syncing === undefined))
      this.rebalance()
    })
  }

  /** The protocol that most members like best, of those that all know. */
  #vote(): string | null {
    const common = this.commonProtocols()
    const votes = new Map<string, number>()
    for (const member of this.members.values()) {
      const choice = member.protocols.find((each) => common.includes(each.name))
      if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1)
    }
    return [...votes].sort((left, right) => right[1] - left[1])[0]?.[0] ?? null
  }

  #membership(): Membership {
    return {
      protocolType: this.protocolType,
      generation: this.generation,
      protocol: this.protocol,
      leader: this.leader,
      members: [...this.members.values()].map((each) => ({
        memberId: each.memberId,
        groupInstanceId: each.groupInstanceId,
        clientId: each.clientId,
        clientHost: each.clientHost,
        rebalanceTimeout: each.rebalanceTimeoutMs,
        sessionTimeout: each.sessionTimeoutMs,
        subscription: metadataFor(each, this.protocol),
        assignment: each.assignment,
      })),
    }
  }

  #rebalanceTimeoutMs(): number {
    return Math.max(0, ...[...this.members.values()].map((each) => each.rebalanceTimeoutMs))
  }

  #setDeadline(waitMs: number, action: () => void): void {
    this.#deadline?.cancel()
    this.#deadline = this.#clock.after(waitMs, action)
  }

  #removeAll(members: Member[]): void {
    for (const member of members) this.#forget(member)
    for (const timer of this.promised.values()) timer.cancel()
    this.promised.clear()
  }

  #forget(member: Member, reason: KafkaErrorName = 'UNKNOWN_MEMBER_ID'): void {
    this.members.delete(member.memberId)
    this.#quiet(member)
    const cause = new KafkaError(reason, `group ${this.name}`)
    member.joining?.reject(cause)
    member.joining = undefined
    this.#dropSync(member, cause)
  }

  #dropSync(member: Member, cause: unknown): void {
    member.syncing?.reject(cause)
    member.syncing = undefined
  }

  #quiet(member: Member): void {
    member.session?.cancel()
    member.session = undefined
  }
}

function knows(member: Member, protocol: string): boolean {
  return member.protocols.some((each) => each.name === protocol)
}

function rebalancing(group: string): KafkaError {
  return new KafkaError('REBALANCE_IN_PROGRESS', `group ${group}`)
}
