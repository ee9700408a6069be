import type { Clock, Random } from '@millrace/host'
import { KafkaError } from '../errors.js'
import {
  groupMembersMax,
  groupSessionTimeoutMsMax,
  groupSessionTimeoutMsMin,
  nameBytesMax,
  offsetMetadataBytesMax,
} from '../limits.js'
import { Group } from './group.js'
import type { GroupStore, OffsetProducer } from './group-store.js'
import { type Joined, type Member, type MemberProtocol, sameProtocols } from './member.js'

/** What a client says when it wants to be a member. */
export interface JoinRequest {
  group: string
  /** Empty for who was not given one yet. */
  memberId: string
  groupInstanceId: string | null
  clientId: string
  clientHost: string
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  protocolType: string
  protocols: MemberProtocol[]
  /** Whether a new member is first given its id, and has to come back with it. */
  idFirst: boolean
}

/** Who speaks; generation -1 and an empty id for a client that only keeps offsets. */
export interface GroupCaller {
  group: string
  memberId: string
  generation: number
  groupInstanceId: string | null
}

/** An offset to be kept. */
export interface OffsetToCommit {
  topic: string
  partition: number
  offset: number
  leaderEpoch: number
  metadata: string
}

/**
 * Looks after consumer groups: who is a member, and how far each group has read.
 *
 * Members live in memory, offsets and generations in the store; a broker that starts again takes
 * up the saved generations, so that members go on without a rebalance.
 */
export class GroupCoordinator {
  readonly store: GroupStore
  readonly #clock: Clock
  readonly #random: Random
  readonly #groups = new Map<string, Group>()

  constructor(options: { clock: Clock; random: Random; store: GroupStore }) {
    this.store = options.store
    this.#clock = options.clock
    this.#random = options.random
    for (const name of this.store.groups()) {
      const saved = this.store.membership(name)
      if (saved !== undefined) this.#make(name).restore(saved)
    }
  }

  /** Names of all groups, those that have nothing but offsets too. */
  names(): string[] {
    return [...new Set([...this.#groups.keys(), ...this.store.groups()])].sort()
  }

  /** The members of a group; undefined where it has none and had none. */
  group(name: string): Group | undefined {
    return this.#groups.get(name)
  }

  /**
   * Resolves when the generation begins that the member is part of. Rejects with
   * MEMBER_ID_REQUIRED (the id is in the error), UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID,
   * INCONSISTENT_GROUP_PROTOCOL, INVALID_SESSION_TIMEOUT, GROUP_MAX_SIZE_REACHED.
   */
  async join(request: JoinRequest): Promise<Joined> {
    checkJoin(request)
    await this.store.ready()
    const group = this.#groups.get(request.group) ?? this.#makeFor(request)
    checkProtocols(group, request)
    const present = this.#presentMember(group, request)
    if (present === undefined) return this.#enter(group, request)
    const unchanged = sameProtocols(present.protocols, request.protocols)
    const isSettled =
      group.state === 'CompletingRebalance' ||
      (group.state === 'Stable' && group.leader !== present.memberId)
    if (unchanged && isSettled) {
      group.heard(present)
      return group.joined(present)
    }
    present.protocols = keptProtocols(request.protocols)
    present.sessionTimeoutMs = request.sessionTimeoutMs
    present.rebalanceTimeoutMs = request.rebalanceTimeoutMs
    return held((each) => group.join(present, each))
  }

  /** Resolves with the member's part when the leader has handed in its assignment. */
  async sync(caller: GroupCaller, assignments: ReadonlyMap<string, Buffer>): Promise<Buffer> {
    const { group, member } = this.#member(caller)
    group.heard(member)
    switch (group.state) {
      case 'Stable':
        return member.assignment
      case 'CompletingRebalance':
        return held((each) => group.sync(member, assignments, each))
      default:
        throw new KafkaError('REBALANCE_IN_PROGRESS', `group ${group.name}`)
    }
  }

  /** Throws REBALANCE_IN_PROGRESS to a member that has to join again. */
  heartbeat(caller: GroupCaller): void {
    const { group, member } = this.#member(caller)
    group.heard(member)
    if (group.state === 'PreparingRebalance') {
      throw new KafkaError('REBALANCE_IN_PROGRESS', `group ${group.name}`)
    }
  }

  /** Throws UNKNOWN_MEMBER_ID. */
  leave(groupName: string, memberId: string, groupInstanceId: string | null): void {
    const group = this.#groups.get(groupName)
    if (group?.promised.has(memberId)) {
      group.settlePromise(memberId)
      return
    }
    const member =
      groupInstanceId === null
        ? group?.members.get(memberId)
        : group && instanceOf(group, groupInstanceId)
    if (group === undefined || member === undefined) throw unknownMember(groupName)
    group.remove(member)
  }

  /**
   * Keeps offsets, of a member or of a client that needs no group. Throws what refuses all of
   * them; gives the error code of each that is refused alone.
   */
  async commit(
    caller: GroupCaller,
    offsets: readonly OffsetToCommit[],
    producer?: OffsetProducer,
  ): Promise<(KafkaError | undefined)[]> {
    await this.store.ready()
    this.#checkCommitter(caller, producer !== undefined)
    const results = offsets.map(({ topic, partition, metadata }) =>
      Buffer.byteLength(metadata) <= offsetMetadataBytesMax
        ? undefined
        : new KafkaError('OFFSET_METADATA_TOO_LARGE', `partition ${topic}-${partition}`),
    )
    const committedAt = this.#clock.now()
    const records = offsets
      .filter((_, at) => results[at] === undefined)
      .map(({ topic, partition, ...value }) => ({
        kind: 'offset' as const,
        key: { group: caller.group, topic, partition },
        value: { ...value, committedAt },
      }))
    this.store.append(records, producer)
    return results
  }

  /** Removes a group and its offsets. Throws GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP. */
  delete(name: string): void {
    const group = this.#groups.get(name)
    if (group === undefined && !this.store.groups().includes(name)) {
      throw new KafkaError('GROUP_ID_NOT_FOUND', `group ${name}`)
    }
    if (group !== undefined && group.members.size > 0) {
      throw new KafkaError('NON_EMPTY_GROUP', `group ${name}`)
    }
    this.#groups.delete(name)
    this.store.removeGroup(name)
  }

  /** Stops all timers and answers what is held. */
  async close(): Promise<void> {
    for (const group of this.#groups.values()) {
      group.close(new KafkaError('COORDINATOR_NOT_AVAILABLE', `group ${group.name}`))
    }
    await this.store.settled()
  }

  #make(name: string): Group {
    const group = new Group(name, this.#clock, (value) =>
      this.store.append([{ kind: 'membership', group: name, value }]),
    )
    this.#groups.set(name, group)
    return group
  }

  #makeFor({ group, memberId }: JoinRequest): Group {
    if (memberId !== '') throw unknownMember(group)
    return this.#make(group)
  }

  /** The member that asks again; undefined for a new one. A static one takes its old place. */
  #presentMember(group: Group, request: JoinRequest): Member | undefined {
    const { memberId, groupInstanceId } = request
    const instance = instanceOf(group, groupInstanceId)
    if (memberId === '') {
      if (instance !== undefined) group.replace(instance)
      return undefined
    }
    if (instance !== undefined && instance.memberId !== memberId) {
      throw new KafkaError('FENCED_INSTANCE_ID', `group ${group.name}`)
    }
    const member = group.members.get(memberId)
    if (member === undefined && !group.promised.has(memberId)) throw unknownMember(group.name)
    return member
  }

  /** Takes in a new member, or gives it the id to come back with. */
  #enter(group: Group, request: JoinRequest): Promise<Joined> {
    if (group.members.size >= groupMembersMax) {
      throw new KafkaError('GROUP_MAX_SIZE_REACHED', `group ${group.name}`)
    }
    const { memberId: promised, groupInstanceId, clientId, clientHost } = request
    const memberId = promised || `${groupInstanceId ?? clientId}-${this.#random.uuid()}`
    if (promised === '' && request.idFirst && groupInstanceId === null) {
      group.promise(memberId, request.sessionTimeoutMs)
      throw new MemberIdRequired(group.name, memberId)
    }
    if (group.members.size === 0) group.protocolType = request.protocolType
    const member: Member = {
      memberId,
      groupInstanceId,
      clientId,
      clientHost,
      sessionTimeoutMs: request.sessionTimeoutMs,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs,
      protocols: keptProtocols(request.protocols),
      assignment: Buffer.alloc(0),
    }
    return held((each) => {
      group.keepPromise(memberId)
      group.join(member, each)
    })
  }

  #member(caller: GroupCaller): { group: Group; member: Member } {
    const { memberId, groupInstanceId } = caller
    const group = this.#groups.get(caller.group)
    const holder = group && instanceOf(group, groupInstanceId)
    // Before the member itself: who was replaced is to end, and not to come back as a new one.
    if (holder !== undefined && holder.memberId !== memberId) {
      throw new KafkaError('FENCED_INSTANCE_ID', `group ${caller.group}`)
    }
    const member = group?.members.get(memberId)
    if (group === undefined || member === undefined) throw unknownMember(caller.group)
    if (groupInstanceId !== null && holder === undefined) {
      throw new KafkaError('FENCED_INSTANCE_ID', `group ${group.name}`)
    }
    if (caller.generation !== group.generation) {
      const detail = `It is in generation ${group.generation}, the member in ${caller.generation}.`
      throw new KafkaError('ILLEGAL_GENERATION', `group ${group.name}`, { detail })
    }
    return { group, member }
  }

  #checkCommitter(caller: GroupCaller, inTransaction: boolean): void {
    if (caller.generation < 0 && caller.memberId === '') {
      const members = this.#groups.get(caller.group)?.members.size ?? 0
      if (members === 0 || inTransaction) return
      throw unknownMember(caller.group)
    }
    const { group, member } = this.#member(caller)
    group.heard(member)
    if (group.state === 'CompletingRebalance') {
      throw new KafkaError('REBALANCE_IN_PROGRESS', `group ${group.name}`)
    }
  }
}

/** MEMBER_ID_REQUIRED, with the id. */
export class MemberIdRequired extends KafkaError {
  readonly memberId: string

  constructor(group: string, memberId: string) {
    super('MEMBER_ID_REQUIRED', `group ${group}`)
    this.memberId = memberId
  }
}

function checkJoin({ group, sessionTimeoutMs, protocols }: JoinRequest): void {
  if (group === '') throw new KafkaError('INVALID_GROUP_ID', 'group ""')
  if (Buffer.byteLength(group) > nameBytesMax) {
    const detail = `The id has more than ${nameBytesMax} bytes.`
    throw new KafkaError('INVALID_GROUP_ID', `group ${group.slice(0, 100)}…`, { detail })
  }
  if (sessionTimeoutMs < groupSessionTimeoutMsMin || sessionTimeoutMs > groupSessionTimeoutMsMax) {
    const detail = `${sessionTimeoutMs} ms were asked for, ${groupSessionTimeoutMsMin} to ${groupSessionTimeoutMsMax} are possible.`
    throw new KafkaError('INVALID_SESSION_TIMEOUT', `group ${group}`, { detail })
  }
  if (protocols.length === 0) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `group ${group}`)
}

/** A member must speak of the same kind of thing as the others, and share a protocol with them. */
function checkProtocols(group: Group, { memberId, protocolType, protocols }: JoinRequest): void {
  const others = [...group.members.values()].filter((each) => each.memberId !== memberId)
  if (others.length === 0) return
  const shared = protocols.some(({ name }) =>
    others.every((other) => other.protocols.some((each) => each.name === name)),
  )
  if (shared && protocolType === group.protocolType) return
  throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `group ${group.name}`)
}

/** The member that holds an instance id; undefined for no id. */
function instanceOf(group: Group, groupInstanceId: string | null): Member | undefined {
  if (groupInstanceId === null) return undefined
  return [...group.members.values()].find((each) => each.groupInstanceId === groupInstanceId)
}

/** Views of the request's bytes would keep the whole request. */
function keptProtocols(protocols: readonly MemberProtocol[]): MemberProtocol[] {
  return protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
}

function held<Answer>(
  hold: (held: { resolve(answer: Answer): void; reject(cause: unknown): void }) => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => hold({ resolve, reject }))
}

function unknownMember(group: string): KafkaError {
  return new KafkaError('UNKNOWN_MEMBER_ID', `group ${group}`)
}
