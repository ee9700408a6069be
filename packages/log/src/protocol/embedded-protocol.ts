import { ProtocolError } from '../errors.js'
import { codecOf } from './codec.js'
import { arrayOf, bytes, type Decoded, field, int32, string } from './field.js'
import { Reader } from './reader.js'
import { Writer } from './writer.js'

/** The protocol type of groups whose members are consumers. */
export const consumerProtocolType = 'consumer'

/** What consumers say to one another inside JoinGroup: `ConsumerProtocolSubscription` of Kafka. */
const subscriptionFields = [
  field('topics', arrayOf(string)),
  field('userData', bytes, { nullable: '0+', default: null }),
  field('ownedPartitions', arrayOf([field('topic', string), field('partitions', arrayOf(int32))]), {
    versions: '1+',
  }),
  field('generationId', int32, { versions: '2+', default: -1 }),
  field('rackId', string, { versions: '3+', nullable: '3+', default: null }),
] as const

/** And inside SyncGroup: `ConsumerProtocolAssignment`. */
const assignmentFields = [
  field(
    'assignedPartitions',
    arrayOf([field('topic', string), field('partitions', arrayOf(int32))]),
  ),
  field('userData', bytes, { nullable: '0+', default: null }),
] as const

const versionMax = 3

export type EmbeddedSubscription = Decoded<typeof subscriptionFields>
export type EmbeddedAssignment = Decoded<typeof assignmentFields>

/** Throws `ProtocolError` for other bytes. A newer version is read as the newest that is known. */
export function decodeSubscription(metadata: Buffer): EmbeddedSubscription {
  const { version, reader } = versionOf(metadata)
  return codecOf(subscriptionFields, version, false).read(reader) as EmbeddedSubscription
}

/** Nothing is assigned by no bytes. Throws `ProtocolError` for other bytes. */
export function decodeAssignment(assignment: Buffer): EmbeddedAssignment {
  if (assignment.length === 0) return { assignedPartitions: [], userData: null }
  const { version, reader } = versionOf(assignment)
  return codecOf(assignmentFields, version, false).read(reader) as EmbeddedAssignment
}

export function encodeAssignment(
  assignedPartitions: EmbeddedAssignment['assignedPartitions'],
  version: number,
): Buffer {
  const writer = new Writer()
  writer.int16(version)
  const message = { assignedPartitions, userData: null }
  codecOf(assignmentFields, Math.min(version, versionMax), false).write(writer, message)
  return Buffer.concat(writer.chunks())
}

export function encodeSubscription(topics: readonly string[]): Buffer {
  const writer = new Writer()
  const version = 0
  writer.int16(version)
  codecOf(subscriptionFields, version, false).write(writer, { topics: [...topics], userData: null })
  return Buffer.concat(writer.chunks())
}

/** The version that a subscription is written in. */
export function subscriptionVersion(metadata: Buffer): number {
  return versionOf(metadata).version
}

function versionOf(bytes: Buffer): { version: number; reader: Reader } {
  const reader = new Reader(bytes)
  const version = reader.int16()
  if (version < 0) throw new ProtocolError(`version ${version} of the consumers' protocol`)
  return { version: Math.min(version, versionMax), reader }
}
