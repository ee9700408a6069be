import { arrayOf, bytes, field, int32, int64, string } from '../protocol/field.js'
import { stateRecord } from '../protocol/state-record.js'

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
}

/** The part of a group that outlives the broker's process: a generation and who reads what. */
export interface Membership {
  protocolType: string
  generation: number
  protocol: string | null
  leader: string | null
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
  if (record.kind === 'membership') {
    const { group, value } = record
    return {
      key: membershipKey.encode({ group }),
      value: value === null ? null : membershipValue.encode(value),
    }
  }
  const { key, value } = record
  if (value === null) return { key: offsetKey.encode(key), value: null }
  const { committedAt, ...rest } = value
  return {
    key: offsetKey.encode(key),
    value: offsetValue.encode({ ...rest, commitTimestamp: committedAt }),
  }
}

/** Reads what `encodeGroupRecord` wrote; undefined for a record of another kind. */
export function decodeGroupRecord(record: {
  key: Buffer | null
  value: Buffer | null
}): GroupRecord | undefined {
  if (record.key === null || record.key.length < 2) return undefined
  if (record.key.readInt16BE(0) === membershipKey.version) {
    const key = membershipKey.decode(record.key)
    if (key === undefined) return undefined
    const value = record.value === null ? null : membershipValue.decode(record.value)
    return value === undefined ? undefined : { kind: 'membership', group: key.group, value }
  }
  const key = offsetKey.decode(record.key)
  if (key === undefined) return undefined
  if (record.value === null) return { kind: 'offset', key, value: null }
  const value = offsetValue.decode(record.value)
  if (value === undefined) return undefined
  const { offset, leaderEpoch, metadata, commitTimestamp } = value
  const committed = { offset, leaderEpoch, metadata, committedAt: commitTimestamp }
  return { kind: 'offset', key, value: committed }
}
