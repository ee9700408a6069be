import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { realHost } from '@millrace/host'
import { LogClient, Producer } from '@millrace/log'
import type { PlatformView, TopicView } from '../src/api/types.js'
import { temporaryFolder } from './folder.js'
import { millrace, RunningMillrace } from './millrace.js'

interface Up {
  endpoints: PlatformView['endpoints']
}

const template = fileURLToPath(new URL('../../template', import.meta.url))

function kafkaOf({ endpoints }: Up, cluster: string | undefined): string {
  const found = endpoints.find((each) => each.name === 'kafka' && each.cluster === cluster)
  assert.ok(found, `a Kafka endpoint of ${cluster}`)
  return found.url
}

function clusterIdIn(folder: string): string | undefined {
  const properties = readFileSync(path.join(folder, 'meta.properties'), 'utf8')
  return /^cluster\.id=(\S+)$/m.exec(properties)?.[1]
}

async function withClient<Result>(
  bootstrap: string,
  use: (client: LogClient) => Promise<Result>,
): Promise<Result> {
  const client = await LogClient.connect({ host: realHost, bootstrap })
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}

test('several clusters run in one process, each with its own id, port, topics and folder', async (t) => {
  const folder = temporaryFolder(t)
  cpSync(template, folder, { recursive: true })
  const manifest =
    'name: shop\nclusters:\n  archive:\n    description: What is kept for years\n  eu-west:\n'
  writeFileSync(path.join(folder, 'millrace.yaml'), manifest)
  const topic = 'owner: billing\ncluster: archive\npartitions: 2\n'
  writeFileSync(path.join(folder, 'topics', 'invoices.yaml'), topic)
  const first = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'])
  const started = await first.json<Up>()

  const places = [undefined, 'archive', 'eu-west'].map((cluster) => kafkaOf(started, cluster))
  assert.equal(new Set(places).size, 3)
  const data = path.join(folder, '.millrace')
  const ids = ['log', 'clusters/archive', 'clusters/eu-west'].map((each) =>
    clusterIdIn(path.join(data, each)),
  )
  assert.equal(new Set(ids).size, 3)
  const [main = '', archive = '', euWest = ''] = places
  const namesOn = (place: string) =>
    withClient(place, async (client) => (await client.topics()).map(({ name }) => name))
  assert.ok((await namesOn(main)).includes('orders'))
  assert.ok(!(await namesOn(main)).includes('invoices'))
  assert.deepEqual(await namesOn(archive), ['invoices'])
  assert.deepEqual(await namesOn(euWest), [])

  await withClient(archive, async (client) => {
    const producer = new Producer(client)
    const value = Buffer.from('{"invoice": 1}')
    assert.equal((await producer.send('invoices', 0, [{ key: null, value }])).baseOffset, 0)
  })
  const topics = JSON.parse((await millrace(['topics', '-C', folder, '--json'])).out) as TopicView[]
  const { metadata, ...invoices } = topics.find(({ name }) => name === 'invoices') ?? {}
  assert.equal(metadata?.owner, 'billing')
  assert.deepEqual(invoices, { name: 'invoices', cluster: 'archive', partitions: 2, records: 1 })
  assert.match((await millrace(['topics', '-C', folder])).out, /invoices +archive +2 +1/)

  await first.end('SIGKILL')
  const second = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'])
  await second.json<Up>()
  const tail = ['tail', 'invoices', '-C', folder, '--from', 'earliest', '--limit', '1']
  const read = await millrace([...tail, '--cluster', 'archive'])
  assert.deepEqual(JSON.parse(read.out), { invoice: 1 }, read.err)
  assert.equal(clusterIdIn(path.join(data, 'clusters/archive')), ids[1])
  const unknown = await millrace([...tail, '--cluster', 'archiv'])
  assert.equal(unknown.code, 2)
  assert.match(unknown.err, /there is no cluster `archiv`\. Did you mean `archive`\?/)
  assert.equal((await second.end('SIGINT')).code, 0)
})

test('more partitions of a topic are added at the next start, and its records stay', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(path.join(folder, 'millrace.yaml'), 'name: shop\n')
  mkdirSync(path.join(folder, 'topics'))
  for (const [partitions, records] of [
    [2, 0],
    [3, 1],
    [1, 2],
  ]) {
    writeFileSync(path.join(folder, 'topics', 'notes.yaml'), `partitions: ${partitions}\n`)
    const running = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'])
    const started = await running.json<Up>()
    await withClient(kafkaOf(started, undefined), async (client) => {
      const [found] = await client.topics(['notes'])
      assert.equal(found?.partitions, Math.max(2, partitions ?? 0) + Number(partitions === 1))
      assert.equal(await client.listOffsets('notes', 1, 'latest'), records)
      await new Producer(client).send('notes', 1, [{ key: null, value: Buffer.from('x') }])
    })
    assert.equal((await running.end('SIGINT')).code, 0)
  }
})

test('settings of a topic hold from the next start on, and one that cannot be is told', async (t) => {
  const folder = temporaryFolder(t)
  cpSync(template, folder, { recursive: true })
  writeFileSync(path.join(folder, 'millrace.yaml'), 'name: shop\n')
  const file = path.join(folder, 'topics', 'notes.yaml')
  writeFileSync(file, 'partitions: 1\n')
  const first = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'])
  await first.json<Up>()
  assert.equal((await first.end('SIGINT')).code, 0)

  writeFileSync(
    file,
    'partitions: 1\nconfigs:\n  max.message.bytes: 100\n  cleanup.policy: delete\n',
  )
  const second = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'])
  const started = await second.json<Up>()
  await withClient(kafkaOf(started, undefined), async (client) => {
    const producer = new Producer(client)
    await producer.send('notes', 0, [{ key: null, value: Buffer.from('short') }])
    const long = { key: null, value: Buffer.alloc(200) }
    await assert.rejects(producer.send('notes', 0, [long]), /MESSAGE_TOO_LARGE/)
  })
  assert.equal((await second.end('SIGINT')).code, 0)

  writeFileSync(file, 'configs:\n  max.message.byte: 100\n')
  const refused = await millrace(['up', folder, '--free-ports'])
  assert.equal(refused.code, 1)
  assert.match(refused.err, /^topics\/notes\.yaml: `configs`: .*max\.message\.byte.*\n$/)
})
