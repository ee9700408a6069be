import type { Random } from '@millrace/host'
import { jsonMessage, type Message, oneIn, oneOf } from '../message.js'
import { topicNames } from '../topics.js'

/** Topics that administration may make, change and take away. */
export const adminTopics = ['admin-1', 'admin-2', 'admin-3']

const configs = ['retention.ms', 'cleanup.policy', 'max.message.bytes', 'segment.bytes']

/** Administration: the v3 API's, and what v2 tells of topics and brokers. */
export function admin(random: Random, clusterId: string): Message {
  const base = `/v3/clusters/${clusterId}`
  const topic = oneOf(random, adminTopics)
  const send = (method: string, path: string, body: unknown) =>
    jsonMessage({ door: 'admin', to: 'gateway', method, path }, 'application/json', body)
  const ask = (method: string, path: string): Message => {
    return { door: 'admin', to: 'gateway', method, path, headers: [], body: undefined }
  }
  const config = oneOf(random, configs)
  const change = {
    name: config,
    value: oneOf<unknown>(random, ['86400000', 'delete', 'compact', 1048576, null]),
  }
  switch (random.below(10)) {
    case 0:
    case 1:
      return send('POST', `${base}/topics`, {
        topic_name: topic,
        ...(oneIn(random, 5)
          ? { replicas_assignments: { 0: [0], 1: [0] } }
          : { partitions_count: 1 + random.below(3), replication_factor: 1 }),
        ...(oneIn(random, 3) && { configs: [change] }),
        ...(oneIn(random, 3) && { validate_only: true }),
      })
    case 2:
      return send('PATCH', `${base}/topics/${topic}`, { partitions_count: 1 + random.below(6) })
    case 3:
      return ask('DELETE', `${base}/topics/${topic}`)
    case 4:
      return send('PUT', `${base}/topics/${topic}/configs/${config}`, { value: change.value })
    case 5:
      return send('POST', `${base}/topics/${topic}/configs:alter`, {
        data: [{ ...change, operation: oneOf(random, ['SET', 'DELETE']) }],
        ...(oneIn(random, 3) && { validate_only: true }),
      })
    case 6:
      return send('POST', `${base}/topics/-/configs:alter`, {
        data: [{ topic_name: topic, configs: [change] }],
      })
    case 7:
      return ask('DELETE', `${base}/topics/${topic}/configs/${config}`)
    default:
      return ask('GET', reading(random, base))
  }
}

function reading(random: Random, base: string): string {
  const topic = oneOf(random, [...topicNames, ...adminTopics])
  const group = 'fuzz-group-1'
  return oneOf(random, [
    ...[
      '/topics',
      '/brokers',
      `/topics/${topic}`,
      `/topics/${topic}/partitions`,
      `/topics/${topic}/schema`,
    ],
    ...[
      `/topics/${topic}/partitions/0`,
      `/topics/${topic}/partitions/0/offsets`,
      '/v3/clusters',
      base,
    ],
    ...[
      ...[
        'topics',
        `topics/${topic}`,
        `topics/${topic}/partitions`,
        `topics/${topic}/partitions/0`,
      ],
      ...[`topics/${topic}/partitions/0/offset`, `topics/${topic}/partitions/0/replicas`],
      ...[`topics/${topic}/partitions/0/replicas/0`, `topics/${topic}/partitions/0/reassignment`],
      ...[`topics/${topic}/partitions/-/reassignment`, 'topics/-/partitions/-/reassignment'],
      ...[`topics/${topic}/configs`, `topics/${topic}/configs/retention.ms`, 'topics/-/configs'],
      ...[
        'brokers',
        'brokers/0',
        'brokers/0/configs',
        'brokers/-/configs',
        'brokers/0/configs/log.dirs',
      ],
      ...['brokers/0/partition-replicas', 'broker-configs', 'broker-configs/x', 'acls'],
      ...['consumer-groups', `consumer-groups/${group}`, `consumer-groups/${group}/consumers`],
      ...[
        `consumer-groups/${group}/consumers/x`,
        `consumer-groups/${group}/consumers/x/assignments`,
      ],
      ...[`consumer-groups/${group}/lags`, `consumer-groups/${group}/lag-summary`],
      ...[`consumer-groups/${group}/lags/${topic}/partitions/0`],
    ].map((path) => `${base}/${path}`),
  ])
}
