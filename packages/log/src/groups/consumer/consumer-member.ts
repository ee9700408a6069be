import { KafkaError } from '../../errors.js'
import type { MemberProtocol } from '../member.js'
import { type HeldPartitions, isWithin, noPartitions, type Partitions } from './partitions.js'

/** What a member says of itself and wants; a record of its own. */
export interface Subscription {
  readonly memberId: string
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** How long it may take to give partitions back. */
  readonly rebalanceTimeoutMs: number
  /** Sorted, each once. */
  readonly topicNames: readonly string[]
  /** Empty for none. */
  readonly topicPattern: string
  /** Null for the group's choice. */
  readonly assignor: string | null
  /** Set for a member that speaks the classic protocol. */
  readonly classic: ClassicSide | null
}

/** What only members of the classic protocol say. */
export interface ClassicSide {
  readonly sessionTimeoutMs: number
  readonly protocols: readonly MemberProtocol[]
}

/**
 * How far a member has come towards what it is to have: all of it, or it is to give something
 * back first, or others are to give back what it will get.
 */
export type MemberState = 'stable' | 'unrevoked' | 'unreleased'

/** What a member has; a record of its own. */
export interface CurrentAssignment {
  /** The epoch of the group that it has come to; -2 while a static one is away. */
  readonly epoch: number
  /** Where the answer with the last epoch was lost, it still says this one. */
  readonly previousEpoch: number
  readonly state: MemberState
  readonly assigned: HeldPartitions
  /** What it was told to give back, and may still read. */
  readonly revoking: HeldPartitions
}

/** A member of a group of the newer protocol; never changed, only replaced. */
export type ConsumerMember = Subscription & CurrentAssignment

/** Epochs in a heartbeat that are none. */
export const joiningEpoch = 0
export const leavingEpoch = -1
/** Of a static member that will be back. */
export const awayEpoch = -2

export function newMember(memberId: string): ConsumerMember {
  return {
    memberId,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    rebalanceTimeoutMs: -1,
    topicNames: [],
    topicPattern: '',
    assignor: null,
    classic: null,
    ...nothingAssigned,
  }
}

/** What a member has before it is given anything. */
export const nothingAssigned: CurrentAssignment = {
  epoch: 0,
  previousEpoch: 0,
  state: 'stable',
  assigned: noPartitions,
  revoking: noPartitions,
}

/**
 * Throws FENCED_MEMBER_EPOCH for a member that is not where the group has it. One epoch back is
 * accepted from who has no more than it was given: the answer with the newer one was lost.
 */
export function checkEpoch(member: ConsumerMember, epoch: number, owned: Partitions | null): void {
  if (epoch === member.epoch || epoch === joiningEpoch) return
  const isLate =
    epoch === member.previousEpoch && owned !== null && isWithin(owned, member.assigned)
  if (epoch < member.epoch && isLate) return
  const detail = `Its epoch is ${member.epoch}, it says ${epoch}. It must give up its partitions and join again.`
  throw new KafkaError('FENCED_MEMBER_EPOCH', `member ${member.memberId}`, { detail })
}

export function sameSubscription(left: Subscription, right: Subscription): boolean {
  const sameText = (['instanceId', 'rackId', 'clientId', 'clientHost', 'assignor'] as const).every(
    (each) => left[each] === right[each],
  )
  return (
    sameText &&
    left.rebalanceTimeoutMs === right.rebalanceTimeoutMs &&
    sameTopics(left, right) &&
    sameClassic(left.classic, right.classic)
  )
}

/** Whether they want to read the same. */
export function sameTopics(left: Subscription, right: Subscription): boolean {
  return (
    left.topicPattern === right.topicPattern &&
    left.topicNames.length === right.topicNames.length &&
    left.topicNames.every((each, at) => each === right.topicNames[at])
  )
}

function sameClassic(left: ClassicSide | null, right: ClassicSide | null): boolean {
  if (left === null || right === null) return left === right
  return (
    left.sessionTimeoutMs === right.sessionTimeoutMs &&
    left.protocols.length === right.protocols.length &&
    left.protocols.every(({ name, metadata }, at) => {
      const other = right.protocols[at]
      return name === other?.name && metadata.equals(other.metadata)
    })
  )
}
