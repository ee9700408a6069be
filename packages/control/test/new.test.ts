import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from './folder.js'
import { millrace, RunningMillrace } from './millrace.js'

test('a new project passes its tests and runs', async (t) => {
  const folder = path.join(temporaryFolder(t), 'shop')
  const created = await millrace(['new', folder])
  assert.equal(created.code, 0)
  assert.match(created.out, /pipelines\/sales\.sql\n/)

  const tested = await millrace(['test', folder])
  assert.match(tested.out, /1 of 1 cases passed/)
  assert.equal(tested.code, 0)

  const running = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'])
  const { project } = await running.json<{ project: string }>()
  assert.equal(project, 'shop')

  const orders = [
    '{"order_id": 1, "item": "tea", "price": 3.5, "ordered_at": 1767520800000}',
    '{"order_id": 2, "item": "tea", "ordered_at": 1767520801000}',
  ]
  const produced = await millrace(['produce', 'orders', '-C', folder], `${orders.join('\n')}\n`)
  assert.equal(produced.code, 1)
  assert.equal(produced.out, '1 accepted, 1 refused\n')
  assert.match(produced.err, /^line 2: refused: .*price/)

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
  assert.deepEqual(JSON.parse(tailed.out), {
    order_id: 1,
    item: 'tea',
    price: 3.5,
    ordered_at: 1767520800000,
  })
  const topics = await millrace(['topics', '-C', folder, '--json'])
  assert.deepEqual(
    JSON.parse(topics.out)
      .filter(({ name }: { name: string }) => name.startsWith('orders'))
      .map(({ name, offsets }: { name: string; offsets: number }) => [name, offsets]),
    [
      ['orders', 1],
      ['orders.exceptions', 1],
    ],
  )
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
