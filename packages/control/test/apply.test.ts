import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { realHost } from '@millrace/host'
import { LogClient } from '@millrace/log'
import type { ApplyView, ExceptionsView, PlatformView, TopicView } from '../src/api/types.js'
import { temporaryFolder } from './folder.js'
import { eventually, millrace, RunningMillrace } from './millrace.js'

const rawTopic = `raw: true
partitions: 2
id: id
becomes:
  topic: orders
  fields: { order_id: id, ordered_at: at }
`

/** A raw event, as `becomes` has it once `item` and `price` are known to lie in the basket. */
function raw(id: number): string {
  return JSON.stringify({ id, at: Date.UTC(2026, 0, 4) + id, basket: { item: 'tea', price: 3.5 } })
}

test('a platform follows the files of its project while events come', async (t) => {
  const folder = path.join(temporaryFolder(t), 'shop')
  await millrace(['new', folder])
  const write = (file: string, text: string) => writeFileSync(path.join(folder, file), text)
  const edit = (file: string, from: string, to: string) => {
    const text = readFileSync(path.join(folder, file), 'utf8')
    assert.ok(text.includes(from), `${file} has ${from}`)
    write(file, text.replace(from, to))
  }
  write('topics/notes.yaml', 'configs: { max.message.bytes: 5000 }\n')
  const running = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'])
  const { endpoints } = await running.json<PlatformView>()
  const cli = async <Answer>(...args: string[]): Promise<Answer> => {
    const { out, err } = await millrace([...args, '-C', folder, '--json'])
    assert.equal(err, '')
    return JSON.parse(out) as Answer
  }
  const apply = async (...args: string[]) => {
    const { changes, applied } = await cli<ApplyView>('apply', ...args)
    return [applied, ...changes.map(({ effect, file }) => `${effect} ${file}`).sort()]
  }
  const topics = () => cli<TopicView[]>('topics')
  const records = async (name: string) =>
    (await topics()).find((each) => each.name === name)?.records
  const gateway = endpoints.find(({ name }) => name === 'gateway')?.url
  const post = async (topic: string, lines: string[]) => {
    const body = `{"records":[${lines.map((line) => `{"value":${line}}`).join()}]}`
    const headers = { 'content-type': 'application/vnd.kafka.json.v2+json' }
    const { status } = await fetch(`${gateway}/topics/${topic}`, { method: 'POST', headers, body })
    assert.equal(status, 200)
  }
  const produce = (topic: string, lines: string[]) => {
    return millrace(['produce', topic, '-C', folder], lines.join('\n'))
  }
  assert.deepEqual(await apply(), [false])
  assert.match((await millrace(['apply', '-C', folder])).out, /^Nothing has changed\.\n$/)

  await t.test('a raw topic is new: its conversion begins', async () => {
    write('topics/orders.raw.yaml', rawTopic)
    assert.deepEqual(await apply('--dry-run'), [false, 'now topics/orders.raw.yaml'])
    assert.equal(await records('orders.raw'), undefined)
    assert.deepEqual(await apply(), [true, 'now topics/orders.raw.yaml'])
    assert.equal((await produce('orders.raw', [raw(1), raw(2)])).code, 0)
    await eventually('both are exceptions', async () => {
      return (await cli<ExceptionsView>('exceptions')).exceptions.length === 2
    })
  })

  await t.test('its mapping is mended, with events under way: each is converted once', async () => {
    let isApplied = false
    let sent = 2
    const sending = (async () => {
      for (let after = 0; after < 20; after += Number(isApplied)) {
        await post('orders.raw', [raw(sent + 1), raw(sent + 2)])
        sent += 2
        await realHost.clock.sleep(50)
      }
    })()
    const basket = 'item: basket.item, price: basket.price'
    edit('topics/orders.raw.yaml', 'ordered_at: at', `ordered_at: at, ${basket}`)
    edit('topics/orders.yaml', 'owner: shop', 'owner: till')
    const [yaml, rawYaml] = ['now topics/orders.yaml', 'now topics/orders.raw.yaml']
    assert.deepEqual(await apply(), [true, rawYaml, yaml])
    isApplied = true
    await sending
    await eventually('all are read', async () => {
      const view = await cli<ExceptionsView>('exceptions', '--limit', '1000')
      return ((await records('orders')) ?? 0) + view.exceptions.length === sent
    })
    assert.ok(((await records('orders')) ?? 0) > 0, 'some came after the change')
    const sentAgain = await cli<{ refused: number }>('exceptions', 'resend')
    assert.equal(sentAgain.refused, 0)
    assert.equal(await records('orders'), sent)
    const orders = (await topics()).find(({ name }) => name === 'orders')
    assert.equal(orders?.metadata?.owner, 'till')
  })

  await t.test('schemas, new topics and settings', async () => {
    const optional = '{ "name": "coupon", "type": ["null", "string"], "default": null }'
    edit('schemas/order.avsc', '"fields": [', `"fields": [ ${optional},`)
    write('topics/gifts.yaml', 'schema: order.avsc\npartitions: 3\n')
    write('topics/notes.yaml', 'owner: till\n')
    assert.deepEqual(await apply(), [
      true,
      ...['now topics/gifts.yaml', 'now topics/notes.yaml', 'now topics/orders.yaml'],
      'restart pipelines/sales.sql',
    ])
    const order = { order_id: 1, item: 'tea', price: 1, ordered_at: 1, coupon: 'SPRING' }
    assert.equal((await produce('gifts', [JSON.stringify(order)])).code, 0)
    assert.equal((await produce('gifts', ['{}'])).code, 1)
    const gifts = (await topics()).find(({ name }) => name === 'gifts')
    assert.deepEqual([gifts?.partitions, gifts?.records], [3, 1])
    const bootstrap = endpoints.find(({ name }) => name === 'kafka')?.url ?? ''
    const client = await LogClient.connect({ host: realHost, bootstrap })
    t.after(() => client.close())
    const configs = (await client.topicConfigs(['notes'])).get('notes')
    assert.notEqual(configs?.get('max.message.bytes'), '5000')
  })

  await t.test('what is refused changes nothing, and what is broken is told', async () => {
    edit('topics/gifts.yaml', 'partitions: 3', 'partitions: 2\nowner: gifts')
    write('topics/more.yaml', 'owner: more\n')
    const refused = ['now topics/gifts.yaml', 'now topics/more.yaml', 'refused topics/gifts.yaml']
    assert.deepEqual(await apply(), [false, ...refused])
    const { out, code } = await millrace(['apply', '-C', folder])
    assert.equal(code, 1)
    assert.match(out, /\nrefused +topics\/gifts\.yaml +it has 3 partitions/)
    assert.match(out, /\n1 refused; nothing was changed\n$/)
    assert.ok((await topics()).every(({ name }) => name !== 'more'))
    edit('topics/gifts.yaml', 'partitions: 2', 'partitions: 3')
    const required = '"fields": [ { "name": "tip", "type": "int" },'
    edit('schemas/order.avsc', '"fields": [', required)
    assert.deepEqual((await apply()).slice(0, 1), [false])
    const told = await millrace(['apply', '-C', folder])
    assert.match(told.out, /refused +schemas\/order\.avsc +it cannot take the place/)
    edit('schemas/order.avsc', required, '"fields": [')
    write('topics/more.yaml', 'ownr: more\n')
    const broken = await millrace(['apply', '-C', folder])
    assert.equal(broken.code, 1)
    assert.match(
      broken.err,
      /^topics\/more\.yaml:1:1: unknown key `ownr`\. Did you mean `owner`\?\n$/,
    )
    const before = (await records('orders')) ?? 0
    await post('orders.raw', [raw(100_000)])
    await eventually('it goes on', async () => (await records('orders')) === before + 1)
  })

  await t.test('a raw topic that becomes nothing any more is only stored', async () => {
    write('topics/more.yaml', 'owner: more\n')
    write('topics/orders.raw.yaml', 'raw: true\npartitions: 2\n')
    assert.deepEqual((await apply())[0], true)
    const before = [await records('orders.raw'), await records('orders')]
    await post('orders.raw', [raw(100_001)])
    const console = endpoints.find(({ name }) => name === 'console')?.url
    // The view is made once a second.
    await eventually('the conversion is no stage any more', async () => {
      const view = (await (await fetch(`${console}/api/platform`)).json()) as PlatformView
      return view.stages.every(({ kind }) => kind !== 'conversion')
    })
    const after = [await records('orders.raw'), await records('orders')]
    assert.deepEqual(after, [(before[0] ?? 0) + 1, before[1]])
  })

  assert.equal((await running.end('SIGINT')).code, 0)
  const again = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'])
  await again.json()
  assert.deepEqual(await apply(), [false])
  assert.equal((await again.end('SIGINT')).code, 0)
})
