import type { Random } from '@millrace/host'
import { jsonMessage, type Message, oneIn, oneOf } from '../message.js'
import { topicNames } from '../topics.js'

const json = 'application/vnd.kafka.v2+json'
const groups = ['fuzz-group-1', 'fuzz-group-2']
const instances = ['i1', 'i2', 'i3']

/** The consumers of the v2 API: instances, what they read, and where they are. */
export function consumers(random: Random): Message {
  const group = oneOf(random, groups)
  const at = `/consumers/${group}/instances/${oneOf(random, instances)}`
  const topic = oneOf(random, topicNames)
  const post = (path: string, body: unknown) =>
    jsonMessage({ door: 'consumers', to: 'gateway', method: 'POST', path }, json, body)
  const ask = (method: string, path: string): Message => {
    return { door: 'consumers', to: 'gateway', method, path, headers: [], body: undefined }
  }
  const partitions = [{ topic, partition: 0 }]
  switch (random.below(14)) {
    case 0:
    case 1:
    case 2:
      return post(`/consumers/${group}`, {
        name: oneOf(random, instances),
        format: oneOf(random, ['json', 'binary', 'avro', 'jsonschema', 'protobuf']),
        'auto.offset.reset': oneOf(random, ['earliest', 'latest', 'none']),
        'auto.commit.enable': oneOf(random, ['true', 'false']),
        'consumer.request.timeout.ms': 30,
        ...(oneIn(random, 3) && { 'fetch.min.bytes': 1 }),
      })
    case 3:
      return post(
        `${at}/subscription`,
        oneIn(random, 4) ? { topic_pattern: '^pl.*' } : { topics: [topic] },
      )
    case 4:
      return ask(oneOf(random, ['GET', 'DELETE']), `${at}/subscription`)
    case 5:
    case 6:
      return post(`${at}/assignments`, { partitions })
    case 7:
      return ask('GET', `${at}/assignments`)
    case 8:
      return post(`${at}/offsets`, { offsets: [{ topic, partition: 0, offset: random.below(5) }] })
    case 9:
      return { ...post(`${at}/offsets`, { partitions }), method: 'GET' }
    case 10:
      return post(`${at}/positions${oneOf(random, ['', '/beginning', '/end'])}`, {
        ...{ partitions, offsets: [{ topic, partition: 0, offset: 0 }] },
        ...(oneIn(random, 3) && {
          timestamps: [{ topic, partition: 0, timestamp: '2026-01-04T12:30:00Z' }],
        }),
      })
    case 11:
      return ask('DELETE', at)
    default:
      return ask('GET', `${at}/records?timeout=20&max_bytes=${oneOf(random, [100, 100_000])}`)
  }
}
