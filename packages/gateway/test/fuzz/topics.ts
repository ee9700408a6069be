/** The topics that requests are for: what the project says of them, and their schemas. */
import type { Random } from '@millrace/host'
import type { TopicPolicy } from '../../src/index.js'
import { listOf, oneIn, oneOf } from './message.js'

export interface FuzzTopic {
  readonly partitions: number
  readonly policy?: TopicPolicy
  readonly schema?: { readonly schemaType: 'AVRO' | 'JSON' | 'PROTOBUF'; readonly schema: string }
  /** A value that fits, whose `id` is the one that is given. */
  readonly value: (random: Random, id: string) => unknown
}

const place = {
  ...{ type: 'record', name: 'Place' },
  fields: [
    { name: 'area', type: 'int' },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
}

export const avroSchema = JSON.stringify({
  ...{ type: 'record', name: 'fuzz.Event' },
  fields: [
    { name: 'id', type: 'string' },
    { name: 'small', type: 'int' },
    { name: 'large', type: 'long' },
    { name: 'single', type: 'float' },
    { name: 'double', type: ['null', 'double'], default: null },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['a', 'b', 'c'] } },
    { name: 'tags', type: { type: 'array', items: 'string' }, default: [] },
    { name: 'counts', type: { type: 'map', values: 'long' }, default: {} },
    { name: 'bytes', type: 'bytes', default: '' },
    { name: 'place', type: ['null', place], default: null },
  ],
})

export const jsonSchema = JSON.stringify({
  type: 'object',
  additionalProperties: false,
  required: ['id', 'small'],
  properties: {
    id: { type: 'string', minLength: 1 },
    small: { type: 'integer', minimum: -2_147_483_648, maximum: 2_147_483_647 },
    kind: { enum: ['a', 'b', 'c', null] },
    name: { type: 'string', pattern: '^(?:[a-z]+ ?)+$' },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 5, uniqueItems: true },
    place: { anyOf: [{ type: 'null' }, { $ref: '#/definitions/place' }] },
  },
  definitions: { place: { type: 'object', properties: { area: { type: 'integer' } } } },
})

export const protoSchema = `syntax = "proto3";
package fuzz;
message Event {
  string id = 1;
  int32 small = 2;
  int64 large = 3;
  double double = 4;
  repeated string tags = 5;
  map<string, int64> counts = 6;
  bytes bytes = 7;
  Place place = 8;
  oneof either { string left = 9; bool right = 10; }
  message Place { int32 area = 1; Place within = 2; }
}
`

export function avroValue(random: Random, id: string): Record<string, unknown> {
  return {
    id,
    ...{ small: random.below(1000), large: random.below(2 ** 31), single: 0.5, kind: 'b' },
    ...(oneIn(random, 2) && { double: random.below(100) / 4 }),
    ...(oneIn(random, 3) && { tags: listOf(random, 3, () => 'tag') }),
    ...(oneIn(random, 3) && { counts: { x: 1, y: random.below(9) } }),
    ...(oneIn(random, 4) && { place: { area: 1, ...(oneIn(random, 2) && { note: 'é' }) } }),
  }
}

function jsonValue(random: Random, id: string): unknown {
  return {
    ...{ id, small: random.below(1000) },
    ...(oneIn(random, 2) && { kind: 'a', name: 'some words of it' }),
    ...(oneIn(random, 3) && { tags: ['x', 'y'], place: { area: 3 } }),
  }
}

export function protoValue(random: Random, id: string): unknown {
  return {
    ...{ id, small: random.below(1000) + 1 },
    ...(oneIn(random, 2) && { large: String(random.below(2 ** 31)), double: 0.25 }),
    ...(oneIn(random, 3) && { tags: ['x'], counts: { a: '5' }, bytes: 'AAE=' }),
    ...(oneIn(random, 3) && { place: { area: 3, within: { area: 4 } }, right: true }),
  }
}

/** Anything, with the id in it. */
export function looseValue(random: Random, id: string): unknown {
  const inner = oneOf(random, [1.5, 'text', null, true, [1, [2]], { b: { c: [] } }, 'ünï\n'])
  return oneOf(random, [id, { id, inner }, [id, inner], { id, at: random.below(2 ** 31) }])
}

/** One that nothing else is sent to: its answers do not change. */
export const healthyTopic = 'healthy-topic'

export const topics: Readonly<Record<string, FuzzTopic>> = {
  typed: {
    partitions: 2,
    policy: { exceptionTopic: 'typed-refused', idField: 'id' },
    schema: { schemaType: 'AVRO', schema: avroSchema },
    value: avroValue,
  },
  shaped: {
    partitions: 1,
    schema: { schemaType: 'JSON', schema: jsonSchema },
    value: jsonValue,
  },
  framed: {
    partitions: 1,
    schema: { schemaType: 'PROTOBUF', schema: protoSchema },
    value: protoValue,
  },
  plain: { partitions: 3, value: looseValue },
  raw: { partitions: 1, policy: { raw: true }, value: looseValue },
  spooled: { partitions: 2, policy: { acknowledge: 'spool' }, value: looseValue },
  told: {
    partitions: 2,
    policy: { idField: 'id', timeField: 'at', keyField: 'inner', tier: 'gold', owner: 'fuzz' },
    value: looseValue,
  },
  quick: {
    partitions: 1,
    policy: { profile: 'throughput', timeField: 'large', keyField: 'kind' },
    schema: { schemaType: 'AVRO', schema: avroSchema },
    value: avroValue,
  },
  [healthyTopic]: {
    partitions: 1,
    schema: { schemaType: 'AVRO', schema: avroSchema },
    value: avroValue,
  },
}

/** Those that requests name. */
export const topicNames = Object.keys(topics).filter((name) => name !== healthyTopic)
