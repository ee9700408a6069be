import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { PlatformView } from '../src/api/types.js'
import { temporaryFolder } from './folder.js'
import { eventually, RunningMillrace } from './millrace.js'

const files = {
  'millrace.yaml': `name: shop
gateway:
  limits:
    header: x-api-key
    requestsPerSecond: 2
    callers:
      shop-backend: { requestsPerSecond: 1000 }
`,
  'topics/clicks.yaml': 'owner: web\npartitions: 1\nacknowledge: spool\n',
  'topics/orders.yaml': 'owner: shop\n',
}

test('limits of callers, and from where a topic’s senders are answered, are as the project says', async (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(path.join(folder, 'topics'))
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text)
  const platform = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'])
  const { endpoints } = await platform.json<{ endpoints: PlatformView['endpoints'] }>()
  const gateway = endpoints.find(({ name }) => name === 'gateway')?.url
  assert.ok(gateway)
  const send = async (topic: string, key: string, query = '') => {
    const response = await fetch(`${gateway}/topics/${topic}${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.kafka.json.v2+json', 'x-api-key': key },
      body: JSON.stringify({ records: [{ value: { n: 1 } }] }),
    })
    const { offsets } = (await response.json()) as { offsets?: { offset: number | null }[] }
    const wait = response.headers.get('retry-after')
    return { status: response.status, offset: offsets?.[0]?.offset, wait }
  }

  const fromSpool = await send('clicks', 'a')
  assert.deepEqual([fromSpool.status, fromSpool.offset], [202, null])
  assert.equal((await send('clicks', 'shop-backend', '?async=false')).status, 200)
  assert.equal((await send('orders', 'shop-backend')).status, 200)
  await eventually('the spooled event in the log', async () => {
    const offsets = await fetch(`${gateway}/topics/clicks/partitions/0/offsets`)
    return ((await offsets.json()) as { end_offset: number }).end_offset === 2
  })

  // Two a second of a caller that the project does not name, whenever the second began.
  const strangers = await Promise.all(Array.from({ length: 10 }, () => send('orders', 'b')))
  const refused = strangers.filter(({ status }) => status === 429)
  assert.ok(refused.length >= 6, `${refused.length} of 10 were refused`)
  assert.ok(refused.every(({ wait }) => Number(wait) >= 1))
  const named = await Promise.all(Array.from({ length: 10 }, () => send('orders', 'shop-backend')))
  assert.ok(named.every(({ status }) => status === 200))
  assert.equal((await platform.end('SIGTERM')).code, 0)
})
