import path from 'node:path'
import { assignors } from '../groups/consumer/assignors/index.js'
import {
  connectionsMax,
  fetchResponseBytesMax,
  frameBytesMax,
  groupInitialRebalanceDelayMs,
  groupMembersMax,
  groupSessionTimeoutMsMax,
  groupSessionTimeoutMsMin,
  offsetMetadataBytesMax,
  offsetsExpiryCheckMs,
  offsetsRetentionMs,
  transactionTimeoutMsMax,
} from '../limits.js'
import { configTypes } from './config-resource.js'
import type { BrokerState } from './request-handler.js'

/** A setting of the broker that does not change while it runs, by Kafka's name for it. */
export interface BrokerSetting {
  readonly name: string
  /** Kafka's default; null where it has none. */
  readonly defaultValue: string | null
  readonly configType: number
  readonly documentation: string
  readonly valueIn: (broker: BrokerState) => string
}

const { boolean, int, list, long, short, string } = configTypes

/** What the broker goes by, beside the defaults of topics; in the order of their names. */
export const brokerSettings: readonly BrokerSetting[] = [
  setting('advertised.listeners', list, null, listener, 'Where clients reach the broker.'),
  setting(
    'auto.create.topics.enable',
    boolean,
    'true',
    ({ autoCreateTopics }) => String(autoCreateTopics),
    'Whether a topic is made when a client asks for it.',
  ),
  setting('broker.id', int, '-1', nodeId, 'The id of the broker in the cluster.'),
  setting('default.replication.factor', int, '1', () => '1', 'There is one broker.'),
  setting('delete.topic.enable', boolean, 'true', () => 'true', 'Topics can be deleted.'),
  setting(
    'fetch.max.bytes',
    int,
    '57671680',
    () => String(fetchResponseBytesMax),
    'Record batches in one answer to a fetch, whatever the client asks for.',
  ),
  setting(
    'group.consumer.assignment.interval.ms',
    int,
    '1000',
    ({ groups }) => String(groups.consumerAssignmentIntervalMs),
    'How often at most a group of the newer protocol shares its partitions out anew.',
  ),
  setting(
    'group.consumer.assignors',
    list,
    'uniform,range',
    () => assignors.map(({ name }) => name).join(),
    'What decides who is to have what in a group of the newer protocol; the first by default.',
  ),
  setting(
    'group.consumer.heartbeat.interval.ms',
    int,
    '5000',
    ({ groups }) => String(groups.consumerHeartbeatIntervalMs),
    'How often members of the newer protocol are to be heard.',
  ),
  setting(
    'group.consumer.max.size',
    int,
    '2147483647',
    () => String(groupMembersMax),
    'Members that one group of the newer protocol may have.',
  ),
  setting(
    'group.consumer.migration.policy',
    string,
    'bidirectional',
    () => 'bidirectional',
    'Groups become ones of the other protocol with their members, both ways.',
  ),
  setting(
    'group.consumer.session.timeout.ms',
    int,
    '45000',
    ({ groups }) => String(groups.consumerSessionTimeoutMs),
    'How long a member of the newer protocol may be silent.',
  ),
  setting(
    'group.initial.rebalance.delay.ms',
    int,
    '3000',
    () => String(groupInitialRebalanceDelayMs),
    'How long an empty group waits for more members before its first generation.',
  ),
  setting(
    'group.max.session.timeout.ms',
    int,
    '1800000',
    () => String(groupSessionTimeoutMsMax),
    'The longest session timeout that a member may ask for.',
  ),
  setting(
    'group.max.size',
    int,
    '2147483647',
    () => String(groupMembersMax),
    'Members that one group may have.',
  ),
  setting(
    'group.min.session.timeout.ms',
    int,
    '6000',
    () => String(groupSessionTimeoutMsMin),
    'The shortest session timeout that a member may ask for.',
  ),
  setting('listeners', list, 'PLAINTEXT://:9092', listener, 'Where the broker listens.'),
  setting(
    'log.dirs',
    list,
    null,
    ({ directory }) => path.resolve(directory),
    'Where the logs lie.',
  ),
  setting(
    'max.connections',
    int,
    '2147483647',
    () => String(connectionsMax),
    'Connections at once; one more is closed.',
  ),
  setting('node.id', int, null, nodeId, 'The id of the broker in the cluster.'),
  setting(
    'num.partitions',
    int,
    '1',
    ({ defaultPartitions }) => String(defaultPartitions),
    'Partitions of topics that are made without a number.',
  ),
  setting(
    'offset.metadata.max.bytes',
    int,
    '4096',
    () => String(offsetMetadataBytesMax),
    'Bytes of the text that may be kept beside an offset.',
  ),
  setting(
    'offsets.retention.check.interval.ms',
    long,
    '600000',
    () => String(offsetsExpiryCheckMs),
    'How often it is looked for offsets that nobody uses.',
  ),
  setting(
    'offsets.retention.minutes',
    int,
    '10080',
    () => String(offsetsRetentionMs / 60_000),
    'How long offsets that nobody uses are kept.',
  ),
  setting('offsets.topic.num.partitions', int, '50', () => '1', 'Partitions of group offsets.'),
  setting('offsets.topic.replication.factor', short, '3', () => '1', 'There is one broker.'),
  setting(
    'process.roles',
    list,
    null,
    () => 'broker,controller',
    'The broker is its own controller.',
  ),
  setting(
    'socket.request.max.bytes',
    int,
    '104857600',
    () => String(frameBytesMax),
    'The largest request.',
  ),
  setting(
    'transaction.max.timeout.ms',
    int,
    '900000',
    () => String(transactionTimeoutMsMax),
    'The longest timeout that a transactional producer may ask for.',
  ),
  setting(
    'transaction.state.log.num.partitions',
    int,
    '50',
    () => '1',
    'Partitions of the state of transactions.',
  ),
  setting(
    'transaction.state.log.replication.factor',
    short,
    '3',
    () => '1',
    'There is one broker.',
  ),
]

function setting(
  name: string,
  configType: number,
  defaultValue: string | null,
  valueIn: (broker: BrokerState) => string,
  documentation: string,
): BrokerSetting {
  return { name, defaultValue, configType, documentation, valueIn }
}

function nodeId(broker: BrokerState): string {
  return String(broker.nodeId)
}

function listener({ address }: BrokerState): string {
  return `PLAINTEXT://${address.host}:${address.port}`
}
