import type { RequestBodyOf } from '../src/protocol/api.js'
import type { createTopics } from '../src/protocol/apis.js'
import type { KafkaErrorName } from '../src/protocol/kafka-errors.js'

/**
 * Requests of administrators that are asked of the embedded broker and of a real Apache Kafka, and
 * the code that both answer.
 */

type CreateAsked = NonNullable<RequestBodyOf<typeof createTopics>['topics']>[number]
const one = { numPartitions: 1, replicationFactor: 1 }
const decide = { numPartitions: -1, replicationFactor: -1 }

/**
 * Topics to make where there are `rides` and `with.dot`: what is special, the code, the request.
 */
export const creations: [string, KafkaErrorName, CreateAsked[]][] = [
  ['made', 'NONE', [{ name: 'new', ...one }]],
  ['with the numbers of the broker', 'NONE', [{ name: 'new', ...decide }]],
  ['there already', 'TOPIC_ALREADY_EXISTS', [{ name: 'rides', ...one }]],
  [
    'twice in the request',
    'INVALID_REQUEST',
    [
      { name: 'new', ...one },
      { name: 'new', ...one },
    ],
  ],
  ['no name', 'INVALID_TOPIC_EXCEPTION', [{ name: '', ...one }]],
  ['a folder', 'INVALID_TOPIC_EXCEPTION', [{ name: '..', ...one }]],
  ['a long name', 'INVALID_TOPIC_EXCEPTION', [{ name: 'x'.repeat(250), ...one }]],
  ['a blank', 'INVALID_TOPIC_EXCEPTION', [{ name: 'a b', ...one }]],
  ['a name that collides', 'INVALID_TOPIC_EXCEPTION', [{ name: 'with_dot', ...one }]],
  ["the broker's own log", 'INVALID_REQUEST', [{ name: '__cluster_metadata', ...one }]],
  ['no partitions', 'INVALID_PARTITIONS', [{ name: 'new', ...one, numPartitions: 0 }]],
  ['-2 partitions', 'INVALID_PARTITIONS', [{ name: 'new', ...one, numPartitions: -2 }]],
  ['20000 partitions', 'POLICY_VIOLATION', [{ name: 'new', ...one, numPartitions: 20000 }]],
  ['no replica', 'INVALID_REPLICATION_FACTOR', [{ name: 'new', ...one, replicationFactor: 0 }]],
  ['two replicas', 'INVALID_REPLICATION_FACTOR', [{ name: 'new', ...one, replicationFactor: 2 }]],
  ['-2 replicas', 'INVALID_REPLICATION_FACTOR', [{ name: 'new', ...one, replicationFactor: -2 }]],
  [
    'numbers and an assignment',
    'INVALID_REQUEST',
    [{ name: 'new', ...one, assignments: [{ partitionIndex: 0, brokerIds: [1] }] }],
  ],
  ...(
    [
      ['assigned in any order', 'NONE', [1, [1]], [0, [1]]],
      ['assigned to another broker', 'INVALID_REPLICA_ASSIGNMENT', [0, [2]]],
      ['assigned to none', 'INVALID_REPLICA_ASSIGNMENT', [0, []]],
      ['assigned twice to one broker', 'INVALID_REPLICA_ASSIGNMENT', [0, [1, 1]]],
      ['assigned from 1 on', 'INVALID_REPLICA_ASSIGNMENT', [1, [1]]],
      ['assigned from -1 on', 'INVALID_REPLICA_ASSIGNMENT', [-1, [1]]],
      ['one partition assigned twice', 'INVALID_REPLICA_ASSIGNMENT', [0, [1]], [0, [1]]],
    ] as [string, KafkaErrorName, ...[number, number[]][]][]
  ).map(([what, code, ...parts]): [string, KafkaErrorName, CreateAsked[]] => [
    what,
    code,
    [
      {
        name: 'new',
        ...decide,
        assignments: parts.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
      },
    ],
  ]),
  ...(
    [
      ['a setting that is not known', 'INVALID_CONFIG', 'nope', '1'],
      ['a setting without a value', 'INVALID_CONFIG', 'retention.ms', null],
      ['a value that is none', 'INVALID_CONFIG', 'retention.ms', 'x'],
      ['a value out of its range', 'INVALID_CONFIG', 'retention.ms', '-2'],
      ['a setting', 'NONE', 'retention.ms', '1000'],
    ] as const
  ).map(([what, code, name, value]): [string, KafkaErrorName, CreateAsked[]] => [
    what,
    code,
    [{ name: 'new', ...one, configs: [{ name, value }] }],
  ]),
]

/** Kafka's codes of resources and of changes. */
export const topic = 2
export const broker = 4
export const [set, remove, append, subtract] = [0, 1, 2, 3]
export type Change = readonly [name: string, operation: number | undefined, value: string | null]

/** What IncrementalAlterConfigs is to change of a resource. */
export function resource(resourceType: number, resourceName: string, ...changes: Change[]) {
  return {
    resourceType,
    resourceName,
    configs: changes.map(([name, configOperation = 0, value]) => ({
      name,
      configOperation,
      value,
    })),
  }
}

/** Changes of settings where there is a topic `rides` and a broker 1. */
export const changes: [KafkaErrorName, ReturnType<typeof resource>][] = [
  ['INVALID_CONFIG', resource(topic, 'rides', ['nope', set, 'x'])],
  ['NONE', resource(topic, 'rides', ['nope', remove, 'x'])],
  ['INVALID_CONFIG', resource(topic, 'rides', ['nope', append, 'x'])],
  ['INVALID_CONFIG', resource(topic, 'rides', ['', set, 'x'])],
  ['INVALID_CONFIG', resource(topic, 'rides', ['retention.ms', append, '1'])],
  ['INVALID_CONFIG', resource(topic, 'rides', ['retention.ms', subtract, '1'])],
  ['INVALID_CONFIG', resource(topic, 'rides', ['retention.ms', set, 'x'])],
  ['INVALID_CONFIG', resource(topic, 'rides', ['cleanup.policy', append, 'nope'])],
  ['INVALID_REQUEST', resource(topic, 'rides', ['retention.ms', set, null])],
  ['INVALID_REQUEST', resource(topic, 'rides', ['cleanup.policy', append, null])],
  [
    'INVALID_REQUEST',
    resource(topic, 'rides', ['retention.ms', set, '1'], ['retention.ms', remove, null]),
  ],
  ['UNKNOWN_TOPIC_OR_PARTITION', resource(topic, 'nope', ['retention.ms', set, '1'])],
  ['INVALID_REQUEST', resource(topic, '', ['retention.ms', set, '1'])],
  ['INVALID_REQUEST', resource(broker, '1', ['node.id', set, '7'])],
  ['INVALID_REQUEST', resource(broker, '', ['num.partitions', set, '7'])],
  ['NONE', resource(broker, '1', ['num.partitions', remove, null])],
  ['INVALID_REQUEST', resource(broker, '1', ['message.max.bytes', set, 'x'])],
  ['INVALID_CONFIG', resource(broker, '1', ['message.max.bytes', append, '1'])],
  ['INVALID_REQUEST', resource(broker, '1', ['message.max.bytes', set, null])],
  ['INVALID_REQUEST', resource(broker, '2', ['message.max.bytes', set, '7000'])],
  ['INVALID_REQUEST', resource(broker, 'x', ['message.max.bytes', set, '7000'])],
  ['INVALID_CONFIG', resource(8, '1', ['logger', set, 'INFO'])],
  ['INVALID_REQUEST', resource(9, 'x', ['retention.ms', set, '1'])],
]
