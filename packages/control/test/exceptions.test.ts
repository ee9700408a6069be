import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { envelopeFromHeaders } from '@millrace/event'
import { realHost } from '@millrace/host'
import { decodeRecords, Fetcher, LogClient } from '@millrace/log'
import type { ExceptionDetail, ExceptionsView, PlatformView, ResendView } from '../src/api/types.js'
import { temporaryFolder } from './folder.js'
import { eventually, millrace, RunningMillrace } from './millrace.js'

interface Up {
  endpoints: PlatformView['endpoints']
}

const rawTopic = `raw: true
partitions: 2
id: id
becomes:
  topic: orders
  fields:
    order_id: id
    item: basket.item
    price: basket.price
    ordered_at: at
  unknown: refuse
`

const at = Date.UTC(2026, 0, 4, 10)

/** A raw event as a page sends it; what is said last counts. */
function raw(id: number, more: object = {}): string {
  const basket = { item: 'tea', price: 3.5 }
  return JSON.stringify({ id, basket, at: at + id, ...more })
}

/** As nothing that writes JSON again would write it. */
const autumn = `{"id":4, "basket":{"item":"tea","price":4.0},"at":${at + 4} ,"coupon":"AUTUMN"}`

/** A shop whose pages send raw JSON. */
async function shop(t: TestContext): Promise<string> {
  const folder = path.join(temporaryFolder(t), 'shop')
  await millrace(['new', folder])
  writeFileSync(
    path.join(folder, 'topics', 'orders.raw.yaml'),
    rawTopic.replace(/ {2}uuid.*\n/, ''),
  )
  return folder
}

/** A shop that runs. */
class Shop {
  readonly folder: string
  readonly running: RunningMillrace
  readonly #up: Up

  private constructor(folder: string, running: RunningMillrace, up: Up) {
    this.folder = folder
    this.running = running
    this.#up = up
  }

  static async start(t: TestContext, folder: string): Promise<Shop> {
    const running = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'])
    return new Shop(folder, running, await running.json<Up>())
  }

  url(name: string): string {
    return this.#up.endpoints.find((endpoint) => endpoint.name === name)?.url ?? ''
  }

  async send(topic: string, lines: readonly string[]): Promise<void> {
    await millrace(['produce', topic, '-C', this.folder], lines.join('\n'))
  }

  async list(...args: string[]): Promise<ExceptionsView> {
    const { out, err } = await this.run('--json', ...args)
    assert.equal(err, '')
    return JSON.parse(out)
  }

  async resend(...args: string[]): Promise<ResendView & { code: number | null }> {
    const { out, err, code } = await this.run('resend', '--json', ...args)
    assert.equal(err, '')
    return { ...JSON.parse(out), code }
  }

  run(...args: string[]) {
    return millrace(['exceptions', ...args, '-C', this.folder])
  }

  /** Ids of the typed orders, sorted; without those of transactions that were not committed. */
  async orders(): Promise<number[]> {
    const topic = 'orders'
    const bootstrap = this.url('kafka')
    const client = await LogClient.connect({ host: realHost, bootstrap })
    const fetcher = new Fetcher(client, { isolation: 'read_committed' })
    try {
      const end = await client.listOffsets(topic, 0, 'latest', 'read_committed')
      fetcher.assign([{ topic, partition: 0, offset: 0 }])
      const ids: number[] = []
      while (fetcher.position(topic, 0) < end) {
        for (const { batches } of await fetcher.poll()) {
          for (const { headers, timestamp } of batches.flatMap(decodeRecords)) {
            ids.push(Number(envelopeFromHeaders(headers, timestamp)?.id))
          }
        }
      }
      return ids.sort(byNumber)
    } finally {
      fetcher.close()
      await client.close()
    }
  }

  async converted(): Promise<{ recordsIn: number; recordsOut: number; refused?: number }> {
    const view = (await (await fetch(`${this.url('console')}/api/platform`)).json()) as PlatformView
    const stage = view.stages.find(({ id }) => id === 'conversion:orders.raw')
    return stage ?? { recordsIn: 0, recordsOut: 0 }
  }

  async register(change: (fields: object[]) => object[]): Promise<void> {
    const schema = JSON.parse(readFileSync(path.join(this.folder, 'schemas/order.avsc'), 'utf8'))
    const text = JSON.stringify({ ...schema, fields: change(schema.fields) })
    const response = await fetch(`${this.url('registry')}/subjects/orders-value/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ schema: text }),
    })
    assert.equal(response.status, 200)
  }
}

/** The tables, the job and the converter. */
function childrenOf(folder: string): number[] {
  const lock = readFileSync(path.join(folder, '.millrace', 'lock'), 'utf8')
  const { children } = JSON.parse(lock) as { children: { pid: number }[] }
  return children.map(({ pid }) => pid)
}

const byNumber = (a: number, b: number) => a - b

test('raw JSON, good and bad: found by reason, field and keyword, mended, sent again, each once', async (t) => {
  const folder = await shop(t)
  const first = await Shop.start(t, folder)

  await t.test('good ones become orders, bad ones exceptions', async () => {
    await first.send('orders.raw', [
      raw(1),
      raw(2, { basket: { item: 'tea', price: 'dear' } }),
      raw(3, { coupon: 'SPRING' }),
      autumn,
      raw(5, { at: 'yesterday' }),
    ])
    // Through the gateway's own check.
    await first.send('orders', ['{"order_id": 6, "item": "tea", "ordered_at": 0}'])
    await eventually('all are converted', async () => (await first.converted()).recordsIn === 5)
    assert.deepEqual(await first.orders(), [1])
    const { recordsOut, refused } = await first.converted()
    assert.deepEqual([recordsOut, refused], [1, 4])
  })

  await t.test('they are found, the newest first', async () => {
    const events = ({ exceptions }: ExceptionsView) => exceptions.map(({ event }) => event).sort()
    const all = await first.list()
    assert.equal(all.exceptions.length, 5)
    assert.ok(all.exceptions.every(({ status }) => status === 'open'))
    const times = all.exceptions.map(({ time }) => time)
    assert.deepEqual(times, [...times].sort().reverse())
    assert.deepEqual(events(await first.list('--field', 'price')), ['2', '6'])
    assert.deepEqual(events(await first.list('--reason', 'GOT STRING "DEAR"')), ['2'])
    assert.deepEqual(events(await first.list('--keyword', 'autumn')), ['4'])
    assert.deepEqual(events(await first.list('--topic', 'orders.raw')), [...['2', '3', '4', '5']])
    assert.deepEqual(events(await first.list('--event', '5', '--since', '1h')), ['5'])
    assert.deepEqual(events(await first.list('--until', '1h')), [])
    assert.equal((await first.list('--limit', '2')).exceptions.length, 2)
    const { out } = await first.run('--keyword', 'autumn')
    assert.match(out, /^id +time +topic +field +reason +event +original\n/)
    assert.match(out, /\norders\.exceptions:0:\d+ .* orders +coupon +unknown field.* 4 +\{"id":4,/)
    assert.equal((await first.run('--keyword', 'winter')).out, 'There are no such exceptions.\n')
  })

  await t.test('one is shown whole', async () => {
    const [found] = (await first.list('--keyword', 'autumn')).exceptions
    const { out } = await first.run('show', found?.id ?? '')
    assert.match(out, new RegExp(`^${found?.id}\\n  topic +orders\\n  status +open\\n`))
    assert.match(out, /\n {2}from +orders\.raw, partition \d, offset \d+\n/)
    assert.ok(out.endsWith(`\n${autumn}\n`), 'it is told as it was sent')
    const json = await first.run('show', found?.id ?? '', '--json')
    const detail = JSON.parse(json.out) as ExceptionDetail
    assert.deepEqual([detail.event, detail.first.field], ['4', 'coupon'])
  })

  await t.test('what is asked wrongly is one clear line', async () => {
    const cases: [string[], RegExp, number][] = [
      [['--since', 'soon'], /^`--since` is `soon`; it must be a time like .* See `millrace/, 2],
      [['--limit', '0'], /^`--limit` is `0`; it must be a whole number from 1 to 1000\./, 2],
      [
        ['--topic', 'ordrs'],
        /^The topic `ordrs` has no exceptions\. Did you mean `orders`\?\n$/,
        1,
      ],
      [['show', 'x'], /^`id` is `x`; it must be an id as the list tells it/, 2],
      [['show', 'orders.exceptions:0:999'], /^There is no exception orders\.exceptions:0:999 /, 1],
      [
        ['resend', 'orders.exceptions:0:999'],
        /^There is no exception orders\.exceptions:0:999 /,
        1,
      ],
    ]
    for (const [args, what, code] of cases) {
      const ended = await first.run(...args)
      assert.match(ended.err, what)
      assert.equal(ended.err.trimEnd().split('\n').length, 1)
      assert.deepEqual([ended.out, ended.code], ['', code])
    }
    const url = `${first.url('console')}/api/exceptions`
    const unknown = await fetch(`${url}?topc=orders`)
    assert.equal(unknown.status, 400)
    assert.deepEqual(await unknown.json(), {
      code: 'BAD_PARAMETER',
      message: 'There is no parameter `topc`. Did you mean `topic`?',
    })
  })

  await t.test('before anything is mended, nothing fits, and nothing is sent', async () => {
    const { resent, refused, code } = await first.resend()
    assert.deepEqual([resent, refused, code], [0, 5, 1])
    assert.deepEqual(await first.orders(), [1])
  })

  const optional = (fields: object[]) => {
    return [...fields, { name: 'coupon', type: ['null', 'string'], default: null }]
  }

  await t.test('with a new optional field those fit that lacked it, each once', async () => {
    await first.register(optional)
    const dry = await first.resend('--topic', 'orders', '--dry-run')
    assert.deepEqual([dry.resent, dry.refused, dry.dryRun], [2, 3, true])
    assert.deepEqual(await first.orders(), [1])
    const [one] = (await first.list('--keyword', 'spring')).exceptions
    const alone = await first.resend(one?.id ?? '')
    assert.deepEqual([alone.resent, alone.refused, alone.code], [1, 0, 0])
    const { out, code } = await first.run('resend', '--topic', 'orders')
    assert.match(
      out,
      /^id .*\n.*\n(orders\.exceptions:0:\d+ .*\n){3}\n1 resent, 3 still do not fit\n$/,
    )
    assert.equal(code, 1)
    assert.deepEqual(await first.orders(), [1, 3, 4])
    const again = await first.resend(one?.id ?? '')
    assert.deepEqual(
      again.items.map(({ outcome }) => outcome),
      ['resent before'],
    )
    assert.deepEqual((await first.resend()).resent, 0)
    assert.deepEqual(await first.orders(), [1, 3, 4])
    const { exceptions } = await first.list('--status', 'resent')
    assert.deepEqual(exceptions.map(({ event }) => event).sort(), ['3', '4'])
    assert.equal((await first.list()).exceptions.length, 3)
  })

  await t.test('the event that was sent again is what it would have been', async () => {
    const tailed = ['tail', 'orders', '--from', 'earliest', '--limit', '2', '--json']
    const { out } = await millrace([...tailed, '-C', folder])
    const [plain, sent] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(sent.value, {
      ...{ order_id: 3, item: 'tea', price: 3.5, ordered_at: at + 3, coupon: 'SPRING' },
    })
    assert.deepEqual([plain.key, sent.key], ['tea', 'tea'])
    assert.deepEqual(sent.headers.ce_id, '3')
    assert.equal(sent.headers.ce_type, 'shop.Order')
    assert.equal(sent.headers.ce_source, plain.headers.ce_source)
    assert.equal(sent.headers.ce_time, new Date(at + 3).toISOString())
  })

  await t.test('those that come are followed', async () => {
    const only = ['--keyword', 'followed', '--since', '1h', '--json']
    const following = new RunningMillrace(t, ['exceptions', '--follow', ...only, '-C', folder])
    await first.send('orders.raw', ['{"id":"followed"}'])
    const { event, topic } = await following.json<{ event: string; topic: string }>()
    assert.deepEqual([event, topic], ['followed', 'orders'])
    assert.equal((await following.end('SIGINT')).code, 0)
  })

  await first.running.end('SIGKILL')
  await t.test(
    'with a mapping that was mended, and a schema that asks for less, the rest fits',
    async () => {
      const file = path.join(folder, 'topics', 'orders.raw.yaml')
      const text = readFileSync(file, 'utf8')
      writeFileSync(
        file,
        text.replace('    ordered_at: at\n', '    ordered_at: at\n    note: note\n'),
      )
      const wrong = await millrace(['up', folder, '--free-ports'])
      assert.match(
        wrong.err,
        /^topics\/orders\.raw\.yaml:11:\d+: the schema `order\.avsc` has no field `note`/,
      )
      const defaults = '  defaults:\n    order_id: 0\n    item: nothing\n'
      const spoilt = text.replace('    ordered_at: at\n', '    ordered_at: stamp\n')
      writeFileSync(file, spoilt.replace('  unknown', `${defaults}    ordered_at: 0\n  unknown`))
      const second = await Shop.start(t, folder)
      // Now `at` is unknown.
      const still = await second.resend('--event', '5')
      assert.deepEqual([still.refused, still.items[0]?.field], [1, 'at'])
      assert.equal((await second.list('--event', '5')).exceptions[0]?.field, 'at')
      writeFileSync(
        file,
        text
          .replace('  unknown: refuse', `${defaults}    ordered_at: 0\n  unknown: drop`)
          .replace('    ordered_at: at\n', ''),
      )
      await second.running.end('SIGTERM')
      const third = await Shop.start(t, folder)
      const { resent } = await third.resend('--event', '5')
      assert.equal(resent, 1)
      assert.deepEqual(await third.orders(), [1, 3, 4, 5])
      await third.running.end('SIGTERM')
    },
  )
})

test('a converter that is killed while raw events come makes each one order or exception', async (t) => {
  const folder = await shop(t)
  const running = await Shop.start(t, folder)
  let id = 0
  for (let round = 0; round < 4; round++) {
    const killed = childrenOf(folder)
    const sending = running.send(
      'orders.raw',
      Array.from({ length: 300 }, () => (id++ % 3 === 0 ? raw(id, { at: null }) : raw(id))),
    )
    for (const pid of killed) process.kill(pid, 'SIGKILL')
    await sending
    await eventually('all roles run again', async () => {
      const children = childrenOf(folder)
      return children.length === killed.length && children.every((pid) => !killed.includes(pid))
    })
  }
  await eventually('all are converted', async () => (await running.converted()).recordsIn === id)
  const wanted = Array.from({ length: id }, (_, at) => at + 1)
  assert.deepEqual(
    await running.orders(),
    wanted.filter((each) => (each - 1) % 3 !== 0),
  )
  const { exceptions, read } = await running.list('--limit', '1000')
  assert.equal(read, id / 3)
  assert.deepEqual(
    exceptions.map(({ event }) => Number(event)).sort(byNumber),
    wanted.filter((each) => (each - 1) % 3 === 0),
  )
})

test('a platform that is killed while exceptions are sent again sends each once', async (t) => {
  const folder = await shop(t)
  let running = await Shop.start(t, folder)
  const count = 900
  const lines = Array.from({ length: count }, (_, at) => raw(at + 1, { coupon: 'SPRING' }))
  await running.send('orders.raw', lines)
  await eventually('all are refused', async () => (await running.converted()).refused === count)
  await running.register((fields) => [
    ...fields,
    { name: 'coupon', type: ['null', 'string'], default: null },
  ])
  for (let kills = 0; kills < 2; kills++) {
    const before = (await running.orders()).length
    const resend = `${running.url('console')}/api/exceptions/resend`
    const asked = fetch(resend, { method: 'POST' }).catch(() => {})
    await eventually('some are sent again', async () => (await running.orders()).length > before)
    await running.running.end('SIGKILL')
    await asked
    running = await Shop.start(t, folder)
    const open = (await running.list('--limit', '1000')).exceptions.length
    t.diagnostic(`kill ${kills + 1}: ${open} of ${count} are open still`)
    // The kill came late, and nothing is left that could be sent.
    if (open === 0) break
  }
  await running.resend()
  assert.equal((await running.list('--status', 'all', '--limit', '1000')).exceptions.length, count)
  assert.equal((await running.list()).exceptions.length, 0)
  assert.equal((await running.resend()).items.length, 0)
  assert.deepEqual(
    await running.orders(),
    Array.from({ length: count }, (_, at) => at + 1),
  )
})
