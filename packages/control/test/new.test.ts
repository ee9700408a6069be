import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { EndpointView } from '../src/api/types.js'
import { temporaryFolder } from './folder.js'
import { eventually, millrace, RunningMillrace } from './millrace.js'

test('a new project passes its tests and runs', async (t) => {
  const folder = path.join(temporaryFolder(t), 'shop')
  const created = await millrace(['new', folder])
  assert.equal(created.code, 0)
  assert.match(created.out, /pipelines\/sales\.sql\n/)
  assert.equal(readFileSync(path.join(folder, '.gitignore'), 'utf8'), '.millrace/\n')
  assert.match(
    created.out,
    / {2}millrace produce -C \S+shop orders --file \S+shop\/orders\.ndjson\n/,
  )

  const tested = await millrace(['test', folder])
  assert.match(tested.out, /^1 case passed$/m)
  assert.equal(tested.code, 0)

  const running = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'])
  const { project, endpoints } = await running.json<{
    project: string
    endpoints: EndpointView[]
  }>()
  assert.equal(project, 'shop')

  const help = (await millrace(['produce', '--help'])).out
  const example = /echo '(\{.*\})'/.exec(help)?.[1] ?? ''
  const shown = await millrace(['produce', 'orders', '-C', folder], example)
  assert.equal(shown.out, '1 accepted, 0 refused\n')

  const unwritten = await millrace(['produce', 'ordres', '-C', folder], example)
  assert.match(unwritten.err, /^There is no topic `ordres`\. Write topics\/ordres\.yaml, then/)

  const file = ['--file', path.join(folder, 'orders.ndjson')]
  const sent = await millrace(['produce', 'orders', '-C', folder, ...file])
  assert.deepEqual([sent.out, sent.code], ['5 accepted, 0 refused\n', 0])
  await eventually('a closed window', async () => {
    const query = "SELECT orders FROM sales WHERE window_end = TIMESTAMP '2026-01-04 10:01:00'"
    const { out } = await millrace(['sql', '--json', query, '-C', folder])
    return out !== '' && JSON.parse(out).length === 2
  })

  const nothing = await millrace(['produce', 'orders', '-C', folder, '--json'], '{}\n{"item": 1}\n')
  assert.equal(nothing.code, 1)
  const { accepted, refused, refusals } = JSON.parse(nothing.out)
  assert.deepEqual([accepted, refused], [0, 2])
  assert.deepEqual(
    refusals.map((refusal: { line: number }) => refusal.line),
    [1, 2],
  )

  const orders = [
    '{"order_id": 1, "item": "tea", "price": 3.5, "ordered_at": 1767520800000}',
    '{"order_id": 2, "item": "tea", "ordered_at": 1767520801000}',
  ]
  const produced = await millrace(['produce', 'orders', '-C', folder], `${orders.join('\n')}\n`)
  assert.equal(produced.code, 1)
  assert.equal(produced.out, '1 accepted, 1 refused\n')
  assert.match(produced.err, /^line 2: refused: .*price/)

  // A line that is no JSON does not keep the others back.
  const torn = `{"order_id": 1\n${orders[0]}\n${orders[1]}`
  const partly = await millrace(['produce', 'orders', '-C', folder], torn)
  assert.deepEqual([partly.code, partly.out], [1, '1 accepted, 2 refused\n'])
  assert.match(partly.err, /^line 1: refused: it is not JSON: .*\nline 3: refused: price: /)

  const order = { order_id: 3, item: 'tea', price: 1, ordered_at: 1767520802000 }
  const event = { specversion: '1.0', id: 'e', type: 'shop.Order', source: '/till', data: order }
  const send = (origin: string) =>
    fetch(`${endpoints.find(({ name }) => name === 'gateway')?.url}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json', origin },
      body: JSON.stringify(event),
    })
  const answered = await (await send('http://localhost:5173')).json()
  assert.equal((answered as { events: { topic: string }[] }).events[0]?.topic, 'orders')
  assert.equal((await send('https://shop.example')).status, 403)

  const tailed = await millrace([
    'tail',
    'orders',
    '-C',
    folder,
    '--from',
    'earliest',
    '--limit',
    '1',
  ])
  assert.deepEqual(JSON.parse(tailed.out), JSON.parse(example))
  const waiting = new RunningMillrace(t, ['tail', 'orders', '-C', folder])
  await waiting.says((err) =>
    err.startsWith('Waiting for new records of orders; `--from earliest`'),
  )
  await waiting.end('SIGINT')
  const topics = await millrace(['topics', '-C', folder, '--json'])
  assert.deepEqual(
    JSON.parse(topics.out)
      .filter(({ name }: { name: string }) => name.startsWith('orders'))
      .map(({ name, records }: { name: string; records: number }) => [name, records]),
    [
      ['orders', 9],
      ['orders.exceptions', 4],
    ],
  )
  const metadata = {
    description: 'Orders as they are placed',
    ...{ owner: 'shop', tier: 'standard', consumers: ['billing', 'fraud'] },
    readBy: { pipelines: ['sales'], tables: [] },
    writtenBy: { pipelines: [] },
    schema: { file: 'order.avsc', name: 'shop.Order' },
    ...{ key: 'item', id: 'order_id', time: 'ordered_at', exceptions: 'orders.exceptions' },
  }
  const told = JSON.parse(topics.out).find(({ name }: { name: string }) => name === 'orders')
  assert.deepEqual(told.metadata, metadata)
  const console = endpoints.find(({ name }) => name === 'console')?.url
  assert.deepEqual(await (await fetch(`${console}/api/topics/orders/metadata`)).json(), metadata)
  assert.equal((await fetch(`${console}/api/topics/nowhere/metadata`)).status, 404)
  const one = await millrace(['topics', 'orders', '-C', folder])
  assert.match(one.out, /^orders\nOrders as they are placed\n {2}owner {7}shop\n/)
  assert.match(one.out, /\n {2}consumers {3}billing, fraud\n {2}read by {5}the pipeline sales\n/)
  const noTopic = await millrace(['topics', 'order', '-C', folder])
  assert.match(noTopic.err, /^There is no topic `order`\. Did you mean `orders`\?\n$/)

  const wrong = await millrace(['sql', 'SELEC 1', '-C', folder])
  assert.match(wrong.err, /^line 1, column 1: .*SELEC.*\n$/)
  assert.equal(wrong.code, 1)

  const unknown = await millrace(['tail', 'order', '-C', folder])
  assert.match(unknown.err, /^There is no topic `order`\. Did you mean `orders`\?\n$/)

  const { code } = await running.end('SIGINT')
  assert.equal(code, 0)
})

test('a folder that holds something is left as it is', async (t) => {
  const folder = temporaryFolder(t)
  await millrace(['new', path.join(folder, 'a')])
  const { code, err } = await millrace(['new', folder])
  assert.match(err, /is not empty/)
  assert.equal(code, 1)
})
