import type { Random } from '@millrace/host'
import { KafkaError } from '../errors.js'
import {
  groupMembersMax,
  groupSessionTimeoutMsMax,
  groupSessionTimeoutMsMin,
  nameBytesMax,
} from '../limits.js'
import type { GroupCaller } from './any-group.js'
import type { Group } from './group.js'
import {
  commonProtocols,
  held,
  type Joined,
  keptProtocols,
  type Member,
  type MemberProtocol,
  sameProtocols,
  voted,
} from './member.js'

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
  /** Whether a leader knows that it may be told to leave the assignment as it is. */
  maySkipAssignment: boolean
}

/** A leader's or a member's SyncGroup. */
export interface SyncRequest extends GroupCaller {
  protocolType: string | null
  protocol: string | null
  assignments: ReadonlyMap<string, Buffer>
}

/** The part that a member was given, and by which protocol. */
export interface Synced {
  protocolType: string | null
  protocol: string | null
  assignment: Buffer
}

/** A member that is to leave: by its id, its instance id, or both. */
export interface Leaver {
  memberId: string
  groupInstanceId: string | null
}

/** MEMBER_ID_REQUIRED, with the id. */
export class MemberIdRequired extends KafkaError {
  readonly memberId: string

  constructor(group: string, memberId: string) {
    super('MEMBER_ID_REQUIRED', `group ${group}`)
    this.memberId = memberId
  }
}

/**
 * What a request does to a classic group: Kafka's rules of who is let in, who is refused and
 * what begins a rebalance. The group itself knows how a rebalance goes.
 */
export class ClassicProtocol {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  /**
   * Resolves when the generation begins that the member is part of. Rejects with
   * MEMBER_ID_REQUIRED (the id is in the error), UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID,
   * INCONSISTENT_GROUP_PROTOCOL, GROUP_MAX_SIZE_REACHED.
   */
  async join(group: Group, request: JoinRequest): Promise<Joined> {
    const { memberId, groupInstanceId } = request
    checkRoom(group, memberId)
    checkProtocols(group, request)
    if (memberId === '') return this.#enter(group, request)
    if (group.promised.has(memberId)) {
      group.keepPromise(memberId)
      return letIn(group, request, memberId)
    }
    const member = group.member(memberId, groupInstanceId)
    const unchanged = sameProtocols(member.protocols, request.protocols)
    const isSettled =
      group.state === 'CompletingRebalance' ||
      (group.state === 'Stable' && group.leader !== memberId)
    if (unchanged && isSettled) {
      group.heard(member)
      return group.joined(member)
    }
    Object.assign(member, said(request))
    return takeIn(group, member)
  }

  /**
   * Resolves with the member's part when the leader has handed in its assignment. Rejects with
   * UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION, INCONSISTENT_GROUP_PROTOCOL,
   * REBALANCE_IN_PROGRESS.
   */
  async sync(group: Group, request: SyncRequest): Promise<Synced> {
    const member = group.member(request.memberId, request.groupInstanceId)
    group.checkGeneration(request.generation)
    checkSyncProtocol(group, request)
    const { protocolType, protocol } = group
    switch (group.state) {
      case 'Stable':
        group.synced(member)
        group.heard(member)
        return { protocolType, protocol, assignment: member.assignment }
      case 'CompletingRebalance': {
        const assignment = await held<Buffer>((each) =>
          group.sync(member, request.assignments, each),
        )
        return { protocolType, protocol, assignment }
      }
      default:
        throw rebalancing(group)
    }
  }

  /** Throws REBALANCE_IN_PROGRESS to a member that has to join again. */
  heartbeat(group: Group, caller: GroupCaller): void {
    const member = group.member(caller.memberId, caller.groupInstanceId)
    group.checkGeneration(caller.generation)
    group.heard(member)
    if (group.state === 'PreparingRebalance') throw rebalancing(group)
  }

  /** Takes members out; gives what refuses each, in their order. */
  leave(group: Group, leavers: readonly Leaver[]): (KafkaError | undefined)[] {
    const gone = new Set<Member>()
    const refusals = leavers.map(({ memberId, groupInstanceId }) => {
      if (group.promised.has(memberId)) {
        group.settlePromise(memberId)
        return undefined
      }
      try {
        const byInstance = groupInstanceId === null ? undefined : group.instance(groupInstanceId)
        const member =
          memberId === '' && byInstance !== undefined
            ? byInstance
            : group.member(memberId, groupInstanceId)
        if (gone.has(member)) throw new KafkaError('UNKNOWN_MEMBER_ID', `group ${group.name}`)
        gone.add(member)
        return undefined
      } catch (cause) {
        if (cause instanceof KafkaError) return cause
        throw cause
      }
    })
    if (gone.size > 0) group.remove([...gone])
    return refusals
  }

  /** Takes in a new member, or gives it the id to come back with. */
  #enter(group: Group, request: JoinRequest): Promise<Joined> {
    const { groupInstanceId, clientId } = request
    const memberId = `${groupInstanceId ?? clientId}-${this.#random.uuid()}`
    if (groupInstanceId !== null) {
      const old = group.instance(groupInstanceId)
      if (old !== undefined) return comeBack(group, old, request, memberId)
    } else if (request.idFirst) {
      group.promise(memberId, request.sessionTimeoutMs)
      throw new MemberIdRequired(group.name, memberId)
    }
    return letIn(group, request, memberId)
  }
}

/** Throws INVALID_GROUP_ID, INVALID_SESSION_TIMEOUT. */
export function checkJoin({ group, sessionTimeoutMs }: JoinRequest): void {
  checkGroupId(group)
  if (sessionTimeoutMs < groupSessionTimeoutMsMin || sessionTimeoutMs > groupSessionTimeoutMsMax) {
    const detail = `${sessionTimeoutMs} ms were asked for, ${groupSessionTimeoutMsMin} to ${groupSessionTimeoutMsMax} are possible.`
    throw new KafkaError('INVALID_SESSION_TIMEOUT', `group ${group}`, { detail })
  }
}

/** Throws INVALID_GROUP_ID for a name that no members can have. */
export function checkGroupId(group: string): void {
  if (group === '') throw new KafkaError('INVALID_GROUP_ID', 'group ""')
  if (Buffer.byteLength(group) <= nameBytesMax) return
  const detail = `The id has more than ${nameBytesMax} bytes.`
  throw new KafkaError('INVALID_GROUP_ID', `group ${group.slice(0, 100)}…`, { detail })
}

/**
 * A member that was started again takes its old place under a new id. Where the group is stable
 * and goes on with the protocol it has, nobody need know (KIP-345, KIP-814).
 */
function comeBack(
  group: Group,
  old: Member,
  request: JoinRequest,
  memberId: string,
): Promise<Joined> {
  const { leader } = group
  const place = { ...newMember(request, memberId), isNew: false, assignment: old.assignment }
  group.replace(old, place)
  const isUnaffected = voted([...group.members.values()]) === group.protocol
  if (group.state !== 'Stable' || !isUnaffected) return takeIn(group, place)
  try {
    group.save()
  } catch (cause) {
    group.replace(place, { ...old, joining: undefined, syncing: undefined })
    throw cause
  }
  const joined = group.joined(place, true)
  // Without the word for it, a leader would hand in an assignment that nobody asked for.
  const answer = { ...joined, leader: leader ?? '', members: [], skipAssignment: false }
  return Promise.resolve(request.maySkipAssignment ? joined : answer)
}

function letIn(group: Group, request: JoinRequest, memberId: string): Promise<Joined> {
  if (group.members.size === 0) group.protocolType = request.protocolType
  return takeIn(group, newMember(request, memberId))
}

function takeIn(group: Group, member: Member): Promise<Joined> {
  return held((each) => group.join(member, each))
}

function newMember(request: JoinRequest, memberId: string): Member {
  const { groupInstanceId, clientId, clientHost } = request
  const assignment = Buffer.alloc(0)
  const who = { memberId, groupInstanceId, clientId, clientHost }
  return { ...who, ...said(request), assignment, isNew: true }
}

/** What a member says anew each time it joins. */
function said({ sessionTimeoutMs, rebalanceTimeoutMs, protocols }: JoinRequest) {
  return { sessionTimeoutMs, rebalanceTimeoutMs, protocols: keptProtocols(protocols) }
}

function checkRoom(group: Group, memberId: string): void {
  const { members, state } = group
  const joining = [...members.values()].filter((each) => each.joining !== undefined)
  const isFull =
    state === 'PreparingRebalance'
      ? joining.length >= groupMembersMax && !joining.some((each) => each.memberId === memberId)
      : members.size >= groupMembersMax && !members.has(memberId)
  if (isFull) throw new KafkaError('GROUP_MAX_SIZE_REACHED', `group ${group.name}`)
}

/** A member must speak of the same kind of thing as the others, and share a protocol with all. */
function checkProtocols(group: Group, { protocolType, protocols }: JoinRequest): void {
  const members = [...group.members.values()]
  const common = commonProtocols(members)
  const isShared = protocols.some(({ name }) => members.length === 0 || common.includes(name))
  const isSameType = group.isEmpty ? protocolType !== '' : protocolType === group.protocolType
  if (isSameType && isShared) return
  throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `group ${group.name}`)
}

function checkSyncProtocol(group: Group, { protocolType, protocol }: SyncRequest): void {
  const differs =
    (protocolType !== null && protocolType !== group.protocolType) ||
    (protocol !== null && group.protocol !== null && protocol !== group.protocol)
  if (differs) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `group ${group.name}`)
}

function rebalancing(group: Group): KafkaError {
  return new KafkaError('REBALANCE_IN_PROGRESS', `group ${group.name}`)
}
