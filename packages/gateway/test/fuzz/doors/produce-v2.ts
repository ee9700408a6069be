import type { Random } from '@millrace/host'
import { jsonMessage, listOf, type Message, oneIn, oneOf } from '../message.js'
import { hostileSchema } from '../schemas.js'
import {
  avroSchema,
  avroValue,
  jsonSchema,
  protoSchema,
  protoValue,
  topicNames,
  topics,
} from '../topics.js'

/** Ids of records: each is unlike all others of its seed. */
export type NextId = () => string

const mediaType = (format: string) => `application/vnd.kafka.${format}.v2+json`

/** `POST /topics/{topic}`, in all formats, with and without a partition in the path. */
export function produceV2(random: Random, nextId: NextId): Message {
  return oneIn(random, 3) ? withFormat(random, nextId) : plainJson(random, nextId)
}

function plainJson(random: Random, nextId: NextId): Message {
  const topic = oneOf(random, topicNames)
  const { value, partitions } = topics[topic] as (typeof topics)[string]
  const record = () => ({
    value: value(random, nextId()),
    ...(oneIn(random, 2) && { key: oneOf<unknown>(random, ['k', 'key-2', 7, { a: 1 }]) }),
    ...(oneIn(random, 5) && { partition: random.below(partitions) }),
    ...(oneIn(random, 5) && { timestamp: 1_700_000_000_000 + random.below(1000) }),
  })
  const records = [record(), ...listOf(random, oneIn(random, 20) ? 300 : 4, record)]
  const path = `/topics/${topic}${query(random)}`
  const type = oneOf(random, [mediaType('json'), 'application/json'])
  // A record may not name another partition than the path.
  return { ...message(path, type, { records }), isRight: !path.includes('/partitions') }
}

function withFormat(random: Random, nextId: NextId): Message {
  switch (random.below(6)) {
    case 5:
      return hostile(random, nextId)
    case 0: {
      const records = [{ value: Buffer.from(nextId()).toString('base64'), key: 'AAE=' }]
      const topic = oneOf(random, ['plain', 'raw', 'spooled'])
      return {
        ...message(`/topics/${topic}${query(random)}`, mediaType('binary'), { records }),
        isRight: true,
      }
    }
    case 1: {
      const value = { ...avroValue(random, nextId()), double: { double: 0.5 }, place: null }
      return message(`/topics/avro${query(random)}`, mediaType('avro'), {
        value_schema: avroSchema,
        ...(oneIn(random, 3) && { key_schema: '"string"' }),
        records: [{ value, ...(oneIn(random, 3) && { key: 'k' }) }],
      })
    }
    case 2: {
      const records = [{ value: { id: nextId(), small: 1, name: 'words' } }]
      return message(`/topics/json${query(random)}`, mediaType('jsonschema'), {
        value_schema: jsonSchema,
        records,
      })
    }
    case 3: {
      const records = [{ value: protoValue(random, nextId()) }]
      return message(`/topics/proto${query(random)}`, mediaType('protobuf'), {
        value_schema: protoSchema,
        records,
      })
    }
    default: {
      const records = [{ value: { id: nextId(), small: 1, large: 1, single: 1, kind: 'a' } }]
      const value_schema_id = random.below(8)
      return message('/topics/typed', mediaType('avro'), { value_schema_id, records })
    }
  }
}

/** A schema that was made to cost something comes along, with values that may make it. */
function hostile(random: Random, nextId: NextId): Message {
  const { schemaType = 'AVRO', schema } = hostileSchema(random)
  const format = { AVRO: 'avro', JSON: 'jsonschema', PROTOBUF: 'protobuf' }[schemaType] ?? 'avro'
  const value = () =>
    oneOf<unknown>(random, [
      nextId(),
      `${'a'.repeat(60)}!`,
      'x'.repeat(5_000),
      [],
      {},
      { a: 'x' },
      1,
    ])
  const records = [value(), value(), value()].map((each) => ({ value: each }))
  return message('/topics/hostile', mediaType(format), { value_schema: schema, records })
}

/** One partition for all, or how it is to be answered; mostly neither. */
function query(random: Random): string {
  return oneOf(random, ['', '', '', '', '/partitions/0', '?dry-run', '?async', '?async=false', '/'])
}

function message(path: string, type: string, body: unknown): Message {
  return jsonMessage({ door: 'v2 produce', to: 'gateway', method: 'POST', path }, type, body)
}
