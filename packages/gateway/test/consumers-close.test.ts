import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realHost } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { Gateway } from '../src/index.js'
import { Platform } from './platform.js'

/** A session of a member that is silent ends after this; a member that leaves is not waited for. */
const sessionMs = 45_000

test('a gateway that ends commits for its instances, and takes them out of their groups', async (t) => {
  const platform = await Platform.start()
  t.after(() => platform.stop())
  await platform.topic('orders', { partitions: 2 })
  const records = [0, 1, 2].map((n) => ({ value: { n }, partition: 0 }))
  await platform.post('orders', { records })
  const { host, port } = platform.brokerAddress
  const bootstrap = `${host}:${port}`
  const client = await LogClient.connect({ host: realHost, bootstrap })
  t.after(() => client.close())
  const ending = await Gateway.start({
    ...{ host: realHost, client, registryUrl: platform.registry.url },
    address: { host: '127.0.0.1', port: 0 },
    topics: () => undefined,
  })

  const ask = async (gateway: Gateway, method: string, path: string, body?: object) => {
    const response = await fetch(`${gateway.url}${path}`, {
      method,
      headers: {
        'content-type': 'application/vnd.kafka.v2+json',
        accept: 'application/vnd.kafka.json.v2+json, application/vnd.kafka.v2+json',
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return text === '' ? undefined : JSON.parse(text)
  }
  const options = { format: 'json', 'auto.offset.reset': 'earliest' }
  const read = async (gateway: Gateway, path: string, count: number) => {
    const found: { value: { n: number } }[] = []
    while (found.length < count) found.push(...(await ask(gateway, 'GET', `${path}/records`)))
    return found.map(({ value }) => value.n)
  }
  for (const name of ['one', 'two']) {
    const path = `/consumers/leavers/instances/${name}`
    await ask(ending, 'POST', '/consumers/leavers', { ...options, name })
    await ask(ending, 'POST', `${path}/subscription`, { topics: ['orders'] })
  }
  const [one, two] = ['one', 'two'].map((name) => `/consumers/leavers/instances/${name}`)
  // One of them has the partition with records.
  const { partitions } = await ask(ending, 'GET', `${one}/assignments`)
  assert.equal(partitions.length, 1)
  const path = (partitions[0].partition === 0 ? one : two) ?? ''
  assert.deepEqual(await read(ending, path, 3), [0, 1, 2])

  const from = Date.now()
  await ending.close()
  const group = platform.v3('', '').replace(/topics\/$/, 'consumer-groups/leavers')
  const { body } = await platform.get(group)
  assert.equal(body.state, 'EMPTY')
  await ask(platform.gateway, 'POST', '/consumers/leavers', { ...options, name: 'next' })
  const next = '/consumers/leavers/instances/next'
  await ask(platform.gateway, 'POST', `${next}/subscription`, { topics: ['orders'] })
  const { partitions: all } = await ask(platform.gateway, 'GET', `${next}/assignments`)
  assert.equal(all.length, 2)
  assert.ok(Date.now() - from < sessionMs / 4, 'nobody was waited for')
  await platform.post('orders', { records: [{ value: { n: 3 }, partition: 0 }] })
  assert.deepEqual(await read(platform.gateway, next, 1), [3], 'what was given out is committed')
})
