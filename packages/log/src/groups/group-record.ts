import { arrayOf, bytes, field, int32, int64, string } from '../protocol/field.js'
import { stateRecord } from '../protocol/state-record.js'
import {
  type ConsumerGroupRecord,
  decodeConsumerGroupRecord,
  encodeConsumerGroupRecord,
} from './consumer/consumer-group-record.js'

/** Which partition's offset, of which group. */
export interface OffsetKey {
  group: string
  topic: string
  partition: number
}

/** How far a group has read a partition. */
export interface CommittedOffset {
  /** The next record to read. */
  offset: number
  leaderEpoch: number
  /** Whatever the member wrote beside it. */
  metadata: string
  committedAt: number
  /** When it is forgotten, where the client asked for a time of its own. */
  expiresAt?: number
}

/** The part of a group that outlives the broker's process: a generation and who reads what. */
export interface Membership {
  protocolType: string
  generation: number
  protocol: string | null
  leader: string | null
  /** When the group came into its state; -1 where that is not known. */
  stateSince: number
  members: MemberRecord[]
}

export interface MemberRecord {
  memberId: string
  groupInstanceId: string | null
  clientId: string
  clientHost: string
  rebalanceTimeout: number
  sessionTimeout: number
  subscription: Buffer
  assignment: Buffer
}

/** A record of `__consumer_offsets`; a value of null removes what the key names. */
export type GroupRecord =
  | { kind: 'offset'; key: OffsetKey; value: CommittedOffset | null }
  | { kind: 'membership'; group: string; value: Membership | null }
  | ConsumerGroupRecord

/** `OffsetCommitKey` and `OffsetCommitValue` of Apache Kafka. */
const offsetKey = stateRecord(1, [
  field('group', string),
  field('topic', string),
  field('partition', int32),
])
const offsetValue = stateRecord(3, [
  field('offset', int64),
  field('leaderEpoch', int32),
  field('metadata', string),
  field('commitTimestamp', int64),
])
/** The version in which an offset can have a time of its own at which it is forgotten. */
const expiringOffsetValue = stateRecord(1, [
  field('offset', int64),
  field('metadata', string),
  field('commitTimestamp', int64),
  field('expireTimestamp', int64, { default: -1 }),
])

/** `GroupMetadataKey` and `GroupMetadataValue`. */
const membershipKey = stateRecord(2, [field('group', string)])
const membershipValue = stateRecord(3, [
  field('protocolType', string),
  field('generation', int32),
  field('protocol', string, { nullable: '0+' }),
  field('leader', string, { nullable: '0+' }),
  field('currentStateTimestamp', int64, { default: -1 }),
  field(
    'members',
    arrayOf([
      field('memberId', string),
      field('groupInstanceId', string, { nullable: '0+', default: null }),
      field('clientId', string),
      field('clientHost', string),
      field('rebalanceTimeout', int32),
      field('sessionTimeout', int32),
      field('subscription', bytes),
      field('assignment', bytes),
    ]),
  ),
])

export function encodeGroupRecord(record: GroupRecord): { key: Buffer; value: Buffer | null } {
  switch (record.kind) {
    case 'membership': {
      const { group, value } = record
      const key = membershipKey.encode({ group })
      return { key, value: value === null ? null : encodeMembership(value) }
    }
    case 'offset': {
      const key = offsetKey.encode(record.key)
      return { key, value: record.value === null ? null : encodeOffset(record.value) }
    }
    default:
      return encodeConsumerGroupRecord(record)
  }
}

/** Reads what `encodeGroupRecord` wrote; undefined for a record of another kind. */
export function decodeGroupRecord(record: {
  key: Buffer | null
  value: Buffer | null
}): GroupRecord | undefined {
  if (record.key === null || record.key.length < 2) return undefined
  const { value } = record
  switch (record.key.readInt16BE(0)) {
    case membershipKey.version: {
      const key = membershipKey.decode(record.key)
      const membership = value === null ? null : decodeMembership(value)
      if (key === undefined || membership === undefined) return undefined
      return { kind: 'membership', group: key.group, value: membership }
    }
    case offsetKey.version: {
      const key = offsetKey.decode(record.key)
      const offset = value === null ? null : decodeOffset(value)
      if (key === undefined || offset === undefined) return undefined
      return { kind: 'offset', key, value: offset }
    }
    default:
      return decodeConsumerGroupRecord(record.key, value)
  }
}

function encodeMembership({ stateSince, ...rest }: Membership): Buffer {
  return membershipValue.encode({ ...rest, currentStateTimestamp: stateSince })
}

function decodeMembership(value: Buffer): Membership | undefined {
  const decoded = membershipValue.decode(value)
  if (decoded === undefined) return undefined
  const { currentStateTimestamp, ...rest } = decoded
  return { ...rest, stateSince: currentStateTimestamp }
}

function encodeOffset({ committedAt, expiresAt, ...rest }: CommittedOffset): Buffer {
  const value = { ...rest, commitTimestamp: committedAt }
  if (expiresAt === undefined) return offsetValue.encode(value)
  return expiringOffsetValue.encode({ ...value, expireTimestamp: expiresAt })
}

function decodeOffset(value: Buffer): CommittedOffset | undefined {
  const plain = offsetValue.decode(value)
  if (plain !== undefined) {
    const { commitTimestamp, ...rest } = plain
    return { ...rest, committedAt: commitTimestamp }
  }
  const expiring = expiringOffsetValue.decode(value)
  if (expiring === undefined) return undefined
  const { offset, metadata, commitTimestamp, expireTimestamp } = expiring
  const committed = { offset, metadata, leaderEpoch: -1, committedAt: commitTimestamp }
  return expireTimestamp < 0 ? committed : { ...committed, expiresAt: expireTimestamp }
}
