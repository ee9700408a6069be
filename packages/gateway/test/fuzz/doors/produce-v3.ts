import type { Random } from '@millrace/host'
import { jsonMessage, listOf, type Message, oneIn, oneOf } from '../message.js'
import {
  avroSchema,
  avroValue,
  jsonSchema,
  protoSchema,
  protoValue,
  topicNames,
  topics,
} from '../topics.js'
import type { NextId } from './produce-v2.js'

/** Records and batches of the v3 API. */
export function produceV3(random: Random, nextId: NextId, clusterId: string): Message {
  const { topic, record } = oneIn(random, 3)
    ? withSchema(random, nextId)
    : withoutSchema(random, nextId)
  const base = `/v3/clusters/${clusterId}/topics/${topic}/records`
  const query = oneOf(random, ['', '', '', '?dry-run', '?async'])
  if (oneIn(random, 3)) {
    const entries = [record(), ...listOf(random, 4, record)].map((each, at) => {
      return { id: `e${at}`, ...each }
    })
    const path = `${base}:batch${query}`
    const head = { door: 'v3 batch', to: 'gateway', method: 'POST', path } as const
    return jsonMessage(head, 'application/json', { entries })
  }
  const records = [record(), ...listOf(random, oneIn(random, 20) ? 200 : 4, record)]
  const joint = oneOf(random, ['', '\n', ' , ', ','])
  return {
    ...{ door: 'v3 records', to: 'gateway', method: 'POST', path: `${base}${query}` },
    headers: [['content-type', 'application/json']],
    body: Buffer.from(records.map((each) => JSON.stringify(each)).join(joint)),
    ...(oneIn(random, 2) && { chunkBytes: oneOf(random, [5, 64, 1000]) }),
  }
}

/** A topic, and records for it. */
interface Kind {
  readonly topic: string
  readonly record: () => object
}

function withoutSchema(random: Random, nextId: NextId): Kind {
  const topic = oneOf(random, topicNames)
  const { value, partitions } = topics[topic] as (typeof topics)[string]
  const record = () => ({
    value: { type: 'JSON', data: value(random, nextId()) },
    ...(oneIn(random, 2) && {
      key: oneOf<unknown>(random, [
        { type: 'STRING', data: 'k' },
        { type: 'BINARY', data: 'AAE=' },
        { type: 'JSON', data: { a: 1 } },
      ]),
    }),
    ...(oneIn(random, 4) && { partition_id: random.below(partitions) }),
    ...(oneIn(random, 4) && {
      headers: [
        { name: 'h', value: 'AAE=' },
        { name: 'n', value: null },
      ],
    }),
    ...(oneIn(random, 4) && { timestamp: '2026-01-04T12:30:00Z' }),
  })
  return { topic, record }
}

function withSchema(random: Random, nextId: NextId): Kind {
  const strategy = oneOf(random, ['TOPIC_NAME', 'RECORD_NAME', 'TOPIC_RECORD_NAME'])
  const common = oneIn(random, 3) ? { subject_name_strategy: strategy } : {}
  switch (random.below(5)) {
    case 0:
      return {
        topic: 'avro',
        record: () => {
          const data = { ...avroValue(random, nextId()), double: null, place: null }
          return { value: { ...common, type: 'AVRO', schema: avroSchema, data } }
        },
      }
    case 1:
      return {
        topic: 'json',
        record: () => {
          const data = { id: nextId(), small: 1 }
          return { value: { ...common, type: 'JSONSCHEMA', schema: jsonSchema, data } }
        },
      }
    case 2:
      return {
        topic: 'proto',
        record: () => {
          const data = protoValue(random, nextId())
          return { value: { ...common, type: 'PROTOBUF', schema: protoSchema, data } }
        },
      }
    case 3:
      return {
        topic: 'typed',
        record: () => {
          const named = oneOf(random, [
            { schema_id: random.below(6) },
            { schema_version: random.below(3) },
            {},
          ])
          return { value: { ...named, data: { ...avroValue(random, nextId()), double: null } } }
        },
      }
    default:
      return {
        topic: oneOf(random, ['plain', 'raw']),
        record: () => ({ value: { type: 'STRING', data: nextId() } }),
      }
  }
}
