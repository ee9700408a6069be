import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import { avroCodec } from '@millrace/schema/avro'
import { AvroValues } from '../src/generate/avro-values.js'
import { readAvroType } from '../src/schemas/avro-type.js'
import { temporaryFolder } from './folder.js'
import { eventually, millrace, RunningMillrace } from './millrace.js'

const fieldNames = [
  ...['id', 'orderId', 'price', 'lat', 'email', 'url', 'status', 'count', 'ends_at', 'x', 'name'],
]

/** A random schema: every kind of type, names defined once and used again, cycles through unions. */
class Schemas {
  readonly #random: Random
  readonly #closed: string[] = []
  #names = 0

  constructor(random: Random) {
    this.#random = random
  }

  record(depth: number, around: readonly string[]): object {
    const name = `R${this.#names++}`
    const fields = Array.from({ length: 1 + this.#random.below(6) }, (_, at) => ({
      name: `${fieldNames[this.#random.below(fieldNames.length)]}_${at}`.replace(/_0$/, ''),
      type: this.#type(depth + 1, [...around, name]),
    }))
    this.#closed.push(name)
    return { type: 'record', name, fields }
  }

  #type(depth: number, around: readonly string[]): unknown {
    const roll = this.#random.below(depth > 3 ? 9 : 15)
    switch (roll) {
      case 0:
        return { type: 'long', logicalType: this.#one(['timestamp-millis', 'timestamp-micros']) }
      case 1:
        return { type: 'int', logicalType: this.#one(['date', 'time-millis']) }
      case 2: {
        const name = `E${this.#names++}`
        this.#closed.push(name)
        return { type: 'enum', name, symbols: ['A', 'B', 'C'].slice(0, 1 + this.#random.below(3)) }
      }
      case 3: {
        const name = `F${this.#names++}`
        this.#closed.push(name)
        return { type: 'fixed', name, size: this.#random.below(9) }
      }
      case 4:
        return this.#closed.length > 0 ? this.#one(this.#closed) : 'string'
      case 5:
        return ['null', this.#one(around)]
      case 9:
        return { type: 'array', items: this.#type(depth + 1, around) }
      case 10:
        return { type: 'map', values: this.#type(depth + 1, around) }
      case 11:
        return { type: 'array', items: this.#one(around) }
      case 12:
        return this.record(depth, around)
      case 13:
        return [this.record(depth, around), 'null', 'double', this.#one(['string', 'bytes'])]
      case 14:
        return ['int', 'long', 'boolean', 'string', 'null']
      default:
        return this.#one(['int', 'long', 'float', 'double', 'string', 'bytes', 'boolean', 'null'])
    }
  }

  #one<Value>(values: readonly Value[]): Value {
    return values[this.#random.below(values.length)] as Value
  }
}

test('every made-up value of every schema passes its codec, also after it was JSON', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = seededRandom(seed)
    const text = JSON.stringify(new Schemas(random).record(0, []))
    const codec = avroCodec(text)
    const values = new AvroValues(readAvroType(text), { random, seed })
    for (let position = 0; position < 20; position++) {
      const value = values.next({ position, now: 1_767_529_805_007 })
      const sent = JSON.parse(JSON.stringify(value))
      assert.deepEqual(codec.validate(sent), undefined, `seed ${seed}: ${text}`)
      codec.decode(codec.encode(sent))
    }
  }
})

const order = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'order_id', type: 'long' },
    { name: 'price', type: 'double' },
    { name: 'customer_id', type: 'int' },
    { name: 'email', type: 'string' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'micros', type: { type: 'long', logicalType: 'timestamp-micros' } },
  ],
}

interface Order {
  order_id: number
  price: number
  email: string
  at: number
  micros: number
}

test('values look like what their names say; ids are not shared; a seed makes them again', () => {
  const now = 1_767_529_805_007
  const made = (seed: number) => {
    const options = { random: seededRandom(seed), seed, idField: 'order_id', timeField: 'at' }
    const values = new AvroValues(readAvroType(JSON.stringify(order)), options)
    return Array.from({ length: 500 }, (_, position) => values.next({ position, now }) as Order)
  }
  const orders = made(3)
  assert.deepEqual(made(3), orders)
  assert.equal(new Set([...orders, ...made(4)].map((each) => each.order_id)).size, 1_000)
  for (const { price, email, at, micros } of orders) {
    assert.ok(price >= 1 && price < 320 && Number.isInteger(Math.round(price * 1e6) / 1e4))
    assert.match(email, /^user\d+@example\.com$/)
    assert.ok(at <= now && at > now - 5_001)
    assert.ok(Math.abs(micros / 1_000 - now) < 5_001)
  }
})

test('a value of a schema that refers to itself ends', () => {
  const node = {
    type: 'record',
    name: 'Node',
    fields: [
      { name: 'left', type: ['Node', 'null'] },
      { name: 'right', type: ['Node', 'string'] },
      { name: 'all', type: { type: 'array', items: 'Node' } },
    ],
  }
  const values = new AvroValues(readAvroType(JSON.stringify(node)), {
    random: seededRandom(1),
    seed: 1,
  })
  const codec = avroCodec(JSON.stringify(node))
  for (let position = 0; position < 50; position++) {
    const value = values.next({ position, now: 0 })
    assert.equal(codec.validate(value), undefined)
    assert.ok(JSON.stringify(value).length < 1_000_000)
  }
})

test('millrace generate prints, and sends through the gateway', async (t) => {
  const folder = path.join(temporaryFolder(t), 'shop')
  await millrace(['new', folder])
  const generate = ['generate', 'orders', '-C', folder]
  const print = [...generate, '--print', '--seed', '7', '--at', '2026-01-04T12:00:00Z']
  const printed = await millrace([...print, '--count', '600'])
  assert.equal(printed.code, 0, printed.err)
  const lines = printed.out.trimEnd().split('\n')
  assert.equal(lines.length, 600)
  const first = JSON.parse(lines[0] ?? '')
  assert.deepEqual(Object.keys(first), ['order_id', 'item', 'price', 'ordered_at'])
  assert.ok(Math.abs(first.ordered_at - Date.UTC(2026, 0, 4, 12)) < 5_001)
  assert.equal((await millrace([...print, '--count', '600'])).out, printed.out)

  const idle = await millrace(generate)
  assert.match(idle.err, /^Nothing runs in/)
  const unknown = await millrace(['generate', 'order', '-C', folder])
  assert.match(unknown.err, /^There is no topic `order`\. Did you mean `orders`\?\n$/)
  assert.equal((await millrace([...generate, '--rate', 'fast'])).code, 2)

  const running = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'])
  await running.json()
  const sent = await millrace([...generate, '--count', '600'])
  assert.deepEqual([sent.code, sent.out], [0, '600 accepted, 0 refused\n'], sent.err)
  const paced = new RunningMillrace(t, [...generate, '--rate', '200'])
  await paced.says((err) => /\d+ events/.test(err))
  const { out, code } = await paced.end('SIGINT')
  assert.deepEqual([code, /^[\d,]+ accepted, 0 refused\n$/.test(out)], [0, true], out)
  await eventually('what was sent is stored', async () => {
    const topics = JSON.parse((await millrace(['topics', '-C', folder, '--json'])).out)
    const { records } = topics.find(({ name }: { name: string }) => name === 'orders')
    return records === 600 + Number(out.split(' ')[0]?.replace(',', ''))
  })
  await running.end('SIGINT')
})
