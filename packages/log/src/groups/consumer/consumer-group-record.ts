import {
  arrayOf,
  bytes,
  field,
  int8,
  int32,
  int64,
  string,
  struct,
  uuid,
} from '../../protocol/field.js'
import { stateRecord } from '../../protocol/state-record.js'
import type { CurrentAssignment, MemberState, Subscription } from './consumer-member.js'
import { type HeldPartitions, listOf, type Partitions, partitionsOf } from './partitions.js'

/** Topics that a pattern was found to mean. */
export interface ResolvedPattern {
  /** Sorted. */
  readonly topics: readonly string[]
  readonly resolvedAt: number
}

/** Something that happened to a group of the newer protocol; null removes what it names. */
export type ConsumerGroupRecord =
  | { kind: 'group-epoch'; group: string; value: { epoch: number; metadataHash: number } | null }
  | { kind: 'subscription'; group: string; memberId: string; value: Subscription | null }
  | { kind: 'target-epoch'; group: string; value: { epoch: number; assignedAt: number } | null }
  | { kind: 'target'; group: string; memberId: string; value: Partitions | null }
  | { kind: 'current'; group: string; memberId: string; value: CurrentAssignment | null }
  | { kind: 'pattern'; group: string; pattern: string; value: ResolvedPattern | null }

type Kind = ConsumerGroupRecord['kind']

const flexible = { flexible: true }

/** `ConsumerGroupMetadataKey`, `…MemberMetadataKey` and so on: the kind is their version. */
const groupKeys = {
  'group-epoch': stateRecord(3, [field('groupId', string)]),
  'target-epoch': stateRecord(6, [field('groupId', string)]),
} as const
const memberKeys = {
  subscription: stateRecord(5, [field('groupId', string), field('memberId', string)]),
  target: stateRecord(7, [field('groupId', string), field('memberId', string)]),
  current: stateRecord(8, [field('groupId', string), field('memberId', string)]),
} as const
const patternKey = stateRecord(16, [field('groupId', string), field('regularExpression', string)])

/** `ConsumerGroupMetadataValue`. */
const groupEpoch = stateRecord(
  0,
  [field('epoch', int32), field('metadataHash', int64, { tag: 0 })],
  flexible,
)
/** `ConsumerGroupTargetAssignmentMetadataValue`. */
const targetEpoch = stateRecord(
  0,
  [field('assignmentEpoch', int32), field('assignmentTimestamp', int64, { tag: 0 })],
  flexible,
)
/** `ConsumerGroupMemberMetadataValue`. */
const subscription = stateRecord(
  0,
  [
    field('instanceId', string, { nullable: '0+' }),
    field('rackId', string, { nullable: '0+' }),
    field('clientId', string),
    field('clientHost', string),
    field('subscribedTopicNames', arrayOf(string)),
    field('subscribedTopicRegex', string, { nullable: '0+' }),
    field('rebalanceTimeoutMs', int32, { default: -1 }),
    field('serverAssignor', string, { nullable: '0+' }),
    field(
      'classicMemberMetadata',
      struct([
        field('sessionTimeoutMs', int32),
        field('supportedProtocols', arrayOf([field('name', string), field('metadata', bytes)])),
      ]),
      // Where it is missing, Kafka reads an empty one: it has to be said that there is none.
      { nullable: '0+', tag: 0 },
    ),
  ],
  flexible,
)
/** `ConsumerGroupTargetAssignmentMemberValue`. */
const target = stateRecord(
  0,
  [
    field(
      'topicPartitions',
      arrayOf([field('topicId', uuid), field('partitions', arrayOf(int32))]),
    ),
  ],
  flexible,
)
const heldPartitions = arrayOf([
  field('topicId', uuid),
  field('partitions', arrayOf(int32)),
  field('assignmentEpochs', arrayOf(int32), { nullable: '0+', default: null, tag: 0 }),
])
/** `ConsumerGroupCurrentMemberAssignmentValue`. */
const current = stateRecord(
  0,
  [
    field('memberEpoch', int32),
    field('previousMemberEpoch', int32),
    field('state', int8),
    field('assignedPartitions', heldPartitions),
    field('partitionsPendingRevocation', heldPartitions),
  ],
  flexible,
)
/** `ConsumerGroupRegularExpressionValue`. */
const pattern = stateRecord(
  0,
  [field('topics', arrayOf(string)), field('version', int64), field('timestamp', int64)],
  flexible,
)

/** Kafka's codes of the states. */
const stateCodes: Readonly<Record<MemberState, number>> = { stable: 0, unrevoked: 1, unreleased: 2 }

const kinds: ReadonlyMap<number, Kind> = new Map([
  [groupKeys['group-epoch'].version, 'group-epoch'],
  [groupKeys['target-epoch'].version, 'target-epoch'],
  [memberKeys.subscription.version, 'subscription'],
  [memberKeys.target.version, 'target'],
  [memberKeys.current.version, 'current'],
  [patternKey.version, 'pattern'],
])

export function encodeConsumerGroupRecord(record: ConsumerGroupRecord): {
  key: Buffer
  value: Buffer | null
} {
  return { key: encodeKey(record), value: record.value === null ? null : encodeValue(record) }
}

/** Undefined for a record of another kind, or in another version. */
export function decodeConsumerGroupRecord(
  key: Buffer,
  value: Buffer | null,
): ConsumerGroupRecord | undefined {
  const kind = kinds.get(key.readInt16BE(0))
  switch (kind) {
    case 'group-epoch': {
      const group = groupKeys[kind].decode(key)?.groupId
      const decoded = value === null ? null : groupEpoch.decode(value)
      if (group === undefined || decoded === undefined) return undefined
      return { kind, group, value: decoded }
    }
    case 'target-epoch': {
      const group = groupKeys[kind].decode(key)?.groupId
      const decoded = value === null ? null : decodeTargetEpoch(value)
      if (group === undefined || decoded === undefined) return undefined
      return { kind, group, value: decoded }
    }
    case 'subscription': {
      const named = memberKeys[kind].decode(key)
      if (named === undefined) return undefined
      const { groupId: group, memberId } = named
      const decoded = value === null ? null : decodeSubscription(value, memberId)
      return decoded === undefined ? undefined : { kind, group, memberId, value: decoded }
    }
    case 'target': {
      const named = memberKeys[kind].decode(key)
      const decoded = value === null ? null : decodeTarget(value)
      if (named === undefined || decoded === undefined) return undefined
      return { kind, group: named.groupId, memberId: named.memberId, value: decoded }
    }
    case 'current': {
      const named = memberKeys[kind].decode(key)
      const decoded = value === null ? null : decodeCurrent(value)
      if (named === undefined || decoded === undefined) return undefined
      return { kind, group: named.groupId, memberId: named.memberId, value: decoded }
    }
    case 'pattern': {
      const named = patternKey.decode(key)
      const decoded = value === null ? null : decodePattern(value)
      if (named === undefined || decoded === undefined) return undefined
      return { kind, group: named.groupId, pattern: named.regularExpression, value: decoded }
    }
    default:
      return undefined
  }
}

function encodeKey(record: ConsumerGroupRecord): Buffer {
  const { kind, group: groupId } = record
  switch (kind) {
    case 'group-epoch':
    case 'target-epoch':
      return groupKeys[kind].encode({ groupId })
    case 'pattern':
      return patternKey.encode({ groupId, regularExpression: record.pattern })
    default:
      return memberKeys[kind].encode({ groupId, memberId: record.memberId })
  }
}

function encodeValue(record: ConsumerGroupRecord): Buffer | null {
  if (record.value === null) return null
  switch (record.kind) {
    case 'group-epoch':
      return groupEpoch.encode(record.value)
    case 'target-epoch': {
      const { epoch, assignedAt } = record.value
      return targetEpoch.encode({ assignmentEpoch: epoch, assignmentTimestamp: assignedAt })
    }
    case 'subscription':
      return encodeSubscription(record.value)
    case 'target':
      return target.encode({ topicPartitions: listOf(record.value) })
    case 'current':
      return encodeCurrent(record.value)
    case 'pattern': {
      const { topics, resolvedAt } = record.value
      return pattern.encode({ topics, version: 0, timestamp: resolvedAt })
    }
  }
}

function decodeTargetEpoch(value: Buffer) {
  const decoded = targetEpoch.decode(value)
  return decoded && { epoch: decoded.assignmentEpoch, assignedAt: decoded.assignmentTimestamp }
}

function encodeSubscription({
  topicNames,
  topicPattern,
  assignor,
  classic,
  ...rest
}: Subscription) {
  return subscription.encode({
    ...rest,
    subscribedTopicNames: topicNames,
    subscribedTopicRegex: topicPattern,
    serverAssignor: assignor,
    classicMemberMetadata: classic && {
      sessionTimeoutMs: classic.sessionTimeoutMs,
      supportedProtocols: classic.protocols,
    },
  })
}

function decodeSubscription(value: Buffer, memberId: string): Subscription | undefined {
  const decoded = subscription.decode(value)
  if (decoded === undefined) return undefined
  const {
    subscribedTopicNames,
    subscribedTopicRegex,
    serverAssignor,
    classicMemberMetadata,
    ...rest
  } = decoded
  return {
    ...rest,
    memberId,
    topicNames: subscribedTopicNames,
    topicPattern: subscribedTopicRegex ?? '',
    assignor: serverAssignor,
    classic: classicMemberMetadata && {
      sessionTimeoutMs: classicMemberMetadata.sessionTimeoutMs,
      protocols: classicMemberMetadata.supportedProtocols.map(({ name, metadata }) => ({
        name,
        metadata: Buffer.from(metadata),
      })),
    },
  }
}

function decodeTarget(value: Buffer): Partitions | undefined {
  const decoded = target.decode(value)
  return decoded && partitionsOf(decoded.topicPartitions)
}

function encodeCurrent(value: CurrentAssignment): Buffer {
  return current.encode({
    memberEpoch: value.epoch,
    previousMemberEpoch: value.previousEpoch,
    state: stateCodes[value.state],
    assignedPartitions: encodeHeld(value.assigned),
    partitionsPendingRevocation: encodeHeld(value.revoking),
  })
}

function decodeCurrent(value: Buffer): CurrentAssignment | undefined {
  const decoded = current.decode(value)
  if (decoded === undefined) return undefined
  const states = Object.keys(stateCodes) as MemberState[]
  const { memberEpoch } = decoded
  return {
    epoch: memberEpoch,
    previousEpoch: decoded.previousMemberEpoch,
    state: states.find((each) => stateCodes[each] === decoded.state) ?? 'unreleased',
    assigned: decodeHeld(decoded.assignedPartitions, memberEpoch),
    revoking: decodeHeld(decoded.partitionsPendingRevocation, memberEpoch),
  }
}

function encodeHeld(held: HeldPartitions) {
  return [...held].map(([topicId, ofTopic]) => ({
    topicId,
    partitions: [...ofTopic.keys()],
    assignmentEpochs: [...ofTopic.values()],
  }))
}

/** Older records have no epochs: what they name counts as given in the member's. */
function decodeHeld(
  list: readonly { topicId: string; partitions: number[]; assignmentEpochs: number[] | null }[],
  memberEpoch: number,
): HeldPartitions {
  return new Map(
    list.map(({ topicId, partitions, assignmentEpochs }) => [
      topicId,
      new Map(partitions.map((each, at) => [each, assignmentEpochs?.[at] ?? memberEpoch])),
    ]),
  )
}

function decodePattern(value: Buffer): ResolvedPattern | undefined {
  const decoded = pattern.decode(value)
  return decoded && { topics: decoded.topics, resolvedAt: decoded.timestamp }
}
