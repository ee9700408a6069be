import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { mapFields } from '@millrace/converter/mapping'
import { seededRandom } from '@millrace/host'
import { codecOf } from '@millrace/schema/read'
import { spoil } from '../src/generate/spoil.js'
import { TopicValues } from '../src/generate/topic-values.js'
import type { BecomesSpec } from '../src/project/becomes.js'
import { readSchema, type SchemaFile } from '../src/project/schema.js'
import type { TopicSpec } from '../src/project/topic.js'
import { temporaryFolder } from './folder.js'
import { millrace } from './millrace.js'

const about: Pick<TopicSpec, 'tier' | 'consumers' | 'partitions' | 'cluster' | 'configs'> = {
  ...{ tier: 'standard', consumers: [], partitions: 1, cluster: 'main', configs: {} },
}

const order = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'order_id', type: 'long' },
    { name: 'item', type: 'string' },
    { name: 'price', type: ['null', 'double'] },
    { name: 'stops', type: { type: 'array', items: 'int' } },
  ],
}

const orderProperties = {
  order_id: { type: 'integer' },
  item: { type: 'string' },
  price: { type: ['null', 'number'] },
  stops: { type: 'array', items: { type: 'integer' } },
}

const texts: Record<string, string> = {
  'order.avsc': JSON.stringify(order),
  'order.json': JSON.stringify({
    ...{ type: 'object', required: ['order_id', 'item'], properties: orderProperties },
    additionalProperties: false,
  }),
  'order.proto':
    'syntax = "proto3"; message Order { int64 order_id = 1; string item = 2; double price = 3; repeated int32 stops = 4; }',
}

function schemaFile(file: string): SchemaFile {
  const types = { avsc: 'AVRO', json: 'JSON', proto: 'PROTOBUF' } as const
  const type = types[file.slice(file.indexOf('.') + 1) as keyof typeof types]
  const text = texts[file] ?? ''
  const read = readSchema({ file, type, text, references: [], referred: [] }, file, [])
  assert.ok(read)
  return read
}

const becomes: BecomesSpec = {
  topic: 'orders',
  mapping: {
    // Two change places, and two lie in an object.
    fields: { order_id: 'item', item: 'order_id', price: 'basket.price', stops: 'basket.stops' },
    defaults: {},
    unknown: 'refuse',
  },
}

for (const file of Object.keys(texts)) {
  test(`made-up raw events become events that fit, but for the share that is not to (${file})`, () => {
    const schema = schemaFile(file)
    const codec = codecOf({ schema: schema.text, schemaType: schema.type, references: [] })
    const topics: TopicSpec[] = [
      { ...about, name: 'orders', schema, id: 'order_id' },
      { ...about, name: 'orders.raw', raw: true, becomes },
    ]
    const made = (invalid: number) => {
      const values = new TopicValues(topics, 'orders.raw', { seed: 5, invalid })
      const raw = Array.from({ length: 400 }, (_, position) => values.next({ position, now: 0 }))
      return { raw, spoilt: values.spoilt }
    }
    const fits = (raw: unknown) => {
      const typed = mapFields(JSON.parse(JSON.stringify(raw)), becomes.mapping)
      return codec.validate(typed) === undefined
    }
    const right = made(0)
    assert.deepEqual(right.raw.filter(fits).length, 400)
    assert.ok('basket' in (right.raw[0] as object))
    const some = made(0.2)
    assert.equal(some.raw.filter((raw) => !fits(raw)).length, some.spoilt)
    assert.ok(some.spoilt > 40 && some.spoilt < 120, `${some.spoilt}`)
    const same = (raw: unknown, at: number) => JSON.stringify(raw) === JSON.stringify(right.raw[at])
    assert.deepEqual(some.raw.filter(same).length, 400 - some.spoilt)
    assert.deepEqual(made(0.2), some)
  })
}

test('what everything fits has no mistake', () => {
  const event = { a: { b: 1 } }
  assert.equal(
    spoil(event, seededRandom(1), () => true),
    undefined,
  )
  assert.deepEqual(event, { a: { b: 1 } })
  assert.equal(
    spoil([], seededRandom(1), (each) => each !== 'wrong'),
    'wrong',
  )
})

test('millrace generate on a raw topic, and what keeps it from it', async (t) => {
  const folder = path.join(temporaryFolder(t), 'shop')
  await millrace(['new', folder])
  const file = path.join(folder, 'topics', 'orders.raw.yaml')
  const print = (topic: string, ...more: string[]) => {
    return millrace(['generate', topic, '-C', folder, '--print', '--count', '50', ...more])
  }
  const mapping = 'becomes:\n  topic: orders\n  fields: { order_id: id, price: basket.price }\n'
  writeFileSync(file, `raw: true\n${mapping}`)
  const { out, err } = await print('orders.raw')
  const lines = out.trimEnd().split('\n')
  assert.equal(lines.length, 50, err)
  const { id, basket, ...more } = JSON.parse(lines[0] ?? '')
  assert.deepEqual([typeof id, Object.keys(basket)], ['number', ['price']])
  assert.deepEqual(Object.keys(more).sort(), ['item', 'ordered_at'])
  const typed = (await print('orders', '--invalid', '1')).out.trimEnd().split('\n')
  assert.equal(typed.length, 50)
  const wrong = await print('orders.raw', '--invalid', '2')
  assert.equal(wrong.code, 2)
  assert.match(wrong.err, /^--invalid: `2` is not a share from 0 to 1\./)

  const clash = 'becomes:\n  topic: orders\n  fields: { item: x, price: x }\n'
  writeFileSync(file, `raw: true\n${clash}`)
  assert.match((await print('orders.raw')).err, /^No event could be made up for `orders\.raw`/)
  writeFileSync(file, 'raw: true\n')
  assert.match((await print('orders.raw')).err, /^The topic `orders\.raw` is raw and says nothing/)
})
