import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { writeException } from '@millrace/event'
import { decodeRecords, Fetcher, type LogClient, Producer } from '@millrace/log'
import { frame, RegistryClient } from '@millrace/schema'
import { Exceptions, type ResendRequest } from '../src/exceptions/exceptions.js'
import { placeOf } from '../src/exceptions/place.js'
import { Recheck } from '../src/exceptions/recheck.js'
import { Resend } from '../src/exceptions/resend.js'
import { scan } from '../src/exceptions/scan.js'
import type { StoredException } from '../src/exceptions/stored-exception.js'
import type { Project } from '../src/project/project.js'
import type { TopicSpec } from '../src/project/topic.js'
import { logAndRegistry } from './log-and-registry.js'

const about: Pick<TopicSpec, 'tier' | 'consumers' | 'partitions' | 'cluster' | 'configs'> = {
  ...{ tier: 'standard', consumers: [], partitions: 2, cluster: 'main', configs: {} },
}

const topics: TopicSpec[] = [
  { name: 'trips', ...about, key: 'area', id: 'id', exceptions: 'trips.exceptions' },
  {
    ...{ name: 'trips.raw', ...about, raw: true },
    becomes: {
      topic: 'trips',
      mapping: { fields: { area: 'where' }, defaults: {}, unknown: 'drop' },
    },
  },
]

const trip = {
  type: 'record',
  name: 'Trip',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'area', type: 'int' },
  ],
}

const all: ResendRequest = {
  filter: { status: 'open' },
  limit: 1_000,
  readMax: 10_000,
  isDry: false,
}

/** Members of an exception, its event as a value. */
interface Refused {
  event?: unknown
  [member: string]: unknown
}

interface World {
  client: LogClient
  connect: () => Promise<LogClient>
  registryUrl: string
  schemaId: number
  project: Project
  exceptions: Exceptions
  /** Writes an exception of `trips`, and gives its id. */
  refuse: (id: string, more: Refused) => Promise<string>
}

async function world(t: TestContext): Promise<World> {
  const { connect, registry } = await logAndRegistry(t)
  const client = await connect()
  for (const name of ['trips', 'trips.raw', 'trips.exceptions']) {
    await client.createTopic(name, { partitions: name === 'trips.exceptions' ? 1 : 2 })
  }
  const registryUrl = registry.url
  const schemaId = await new RegistryClient(registryUrl).register(
    'trips-value',
    JSON.stringify(trip),
  )
  const project = { topics } as unknown as Project
  const exceptions = new Exceptions({
    project: () => project,
    registryUrl,
    client: async () => client,
  })
  const producer = new Producer(client)
  const refuse = async (id: string, { event, ...more }: Refused) => {
    const exception = {
      ...{ topic: 'trips', field: 'area', reason: 'as it was', receivedAt: '2026-01-04T00:00:00Z' },
      ...{ event: event === undefined ? null : JSON.stringify(event), ...more },
    }
    const written = writeException(exception, { id, source: '/app', time: 0 }, 1_000_000)
    const { baseOffset } = await producer.send('trips.exceptions', 0, [{ key: null, ...written }])
    return `trips.exceptions:0:${baseOffset}`
  }
  return { client, connect, registryUrl, schemaId, project, exceptions, refuse }
}

/** The committed records of a topic: key, id, value. */
async function stored(
  client: LogClient,
  topic: string,
): Promise<[string | null, string, string][]> {
  const records: [string | null, string, string][] = []
  for (let partition = 0; partition < 2; partition++) {
    const end = await client.listOffsets(topic, partition, 'latest', 'read_committed')
    const fetcher = new Fetcher(client, { isolation: 'read_committed' })
    fetcher.assign([{ topic, partition, offset: 0 }])
    while (fetcher.position(topic, partition) < end) {
      for (const { batches } of await fetcher.poll()) {
        for (const { key, value, headers } of batches.flatMap(decodeRecords)) {
          const id = String(headers.find((header) => header.key === 'ce_id')?.value)
          records.push([key?.toString() ?? null, id, value?.subarray(5).toString('hex') ?? ''])
        }
      }
    }
    fetcher.close()
  }
  return records.sort()
}

test('every kind of original is sent as it was meant', async (t) => {
  const { client, exceptions, refuse, schemaId } = await world(t)
  const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
  const from = { topic: 'trips.raw', partition: 1, offset: 0 }
  await refuse('1', { event: { id: 'sent', area: 1 } })
  await refuse('2', { event: { id: 'keyed', area: 2 }, key: base64('"own"') })
  await refuse('3', { event: { id: 'mapped', where: 3, more: true }, from })
  await refuse('4', { bytes: base64('{"id": "bytes", "where": 4}'), from, key: base64('raw') })
  // What the log was to hold: `spooled`, area 5.
  const payload = Buffer.from([14, ...Buffer.from('spooled'), 10])
  await refuse('5', { bytes: base64(frame(schemaId, payload)) })
  const raw = { key: null, value: Buffer.from('{"id":"looked up","where":6}') }
  const { baseOffset } = await new Producer(client).send('trips.raw', 0, [raw])
  await refuse('6', { from: { topic: 'trips.raw', partition: 0, offset: baseOffset } })
  const { resent, refused } = await exceptions.resend(all)
  assert.deepEqual([resent, refused], [6, 0])
  assert.deepEqual((await stored(client, 'trips')).map(([key, id]) => [id, key]).sort(), [
    ['bytes', '4'],
    ['keyed', '"own"'],
    ['looked up', '6'],
    ['mapped', '3'],
    ['sent', '1'],
    ['spooled', '5'],
  ])
})

test('what does not fit stays, for the reason that it has now', async (t) => {
  const { client, exceptions, refuse } = await world(t)
  const from = { topic: 'trips.raw', partition: 0, offset: 99 }
  const reasons: [Refused, RegExp][] = [
    [{ event: { id: 'a', area: 'x' } }, /^expected int, got string "x"$/],
    [{}, /^the original was too large to be kept$/],
    [{ from }, /and the raw record is gone$/],
    [{ event: {}, from: { ...from, topic: 'other.raw' } }, /does not say any more how other\.raw/],
    [{ bytes: Buffer.from('{').toString('base64'), from }, /^it is not JSON: /],
    [{ topic: 'gone', event: {} }, /^the project has no topic gone with exceptions$/],
  ]
  for (const [at, [more]] of reasons.entries()) await refuse(`${at}`, more)
  const { items, resent } = await exceptions.resend(all)
  assert.equal(resent, 0)
  for (const [at, [, reason]] of reasons.entries()) {
    assert.equal(items[at]?.event, `${at}`)
    assert.match(items[at]?.reason ?? '', reason)
  }
  const search = { filter: { status: 'all' }, limit: 100, readMax: 100 } as const
  const { exceptions: listed, read } = await exceptions.list(search)
  assert.deepEqual(
    listed.map(({ reason }) => reason).reverse(),
    items.map(({ reason }) => reason),
  )
  // What was said already is not said again.
  await exceptions.resend(all)
  assert.equal((await exceptions.list(search)).read, read)
  assert.deepEqual(await stored(client, 'trips'), [])
})

test('an event that is nested too deeply is kept to the byte, and is called that', async (t) => {
  const { client, exceptions, registryUrl } = await world(t)
  const tree = {
    type: 'record',
    name: 'Tree',
    fields: [{ name: 'kids', type: { type: 'array', items: 'Tree' } }],
  }
  await fetch(`${registryUrl}/config/trips-value`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"compatibility":"NONE"}',
  })
  await new RegistryClient(registryUrl).register('trips-value', JSON.stringify(tree))
  const depth = 50_000
  const event = `${'{"kids":['.repeat(depth)}${']}'.repeat(depth)}`
  const refused = { topic: 'trips', field: '', reason: 'as it was', receivedAt: '', event }
  const written = writeException(refused, { id: 'deep', source: '/app', time: 0 }, 1_000_000)
  await new Producer(client).send('trips.exceptions', 0, [{ key: null, ...written }])
  const { items } = await exceptions.resend(all)
  assert.deepEqual([items[0]?.outcome, items[0]?.reason], ['refused', 'it is nested too deeply'])
  assert.equal((await exceptions.show(placeOf('trips.exceptions:0:0'))).original, event)
})

test('resends at the same time, from several processes, send each exception once', async (t) => {
  const { client, connect, registryUrl, project, exceptions, refuse } = await world(t)
  for (let at = 0; at < 60; at++) await refuse(`${at}`, { event: { id: `${at}`, area: at } })
  const others = await Promise.all([connect(), connect()])
  const doors = [
    exceptions,
    ...others.map((other) => {
      return new Exceptions({ project: () => project, registryUrl, client: async () => other })
    }),
  ]
  const outcomes = await Promise.allSettled([...doors, ...doors].map((door) => door.resend(all)))
  // Those that another one has ended fail, and have sent nothing after that.
  const resent = outcomes.flatMap((each) =>
    each.status === 'fulfilled' ? [each.value.resent] : [],
  )
  assert.ok(resent.length > 0)
  await exceptions.resend(all)
  assert.deepEqual(
    (await stored(client, 'trips')).map(([, id]) => Number(id)).sort((a, b) => a - b),
    Array.from({ length: 60 }, (_, at) => at),
  )
})

test('a resend that looked before another one began cannot send after it', async (t) => {
  const { client, connect, registryUrl, project, exceptions, refuse } = await world(t)
  await refuse('1', { event: { id: '1', area: 1 } })
  const other = await connect()
  const { clock } = other.cluster.host
  const recheck = new Recheck({ client: other, clock, registryUrl, project })
  const late = await Resend.begin(other, recheck, { isDry: false })
  const seen: StoredException[] = []
  const source = { client: other, topics: ['trips.exceptions'] }
  for await (const stored of scan([source], { readMax: 10 }, { read: 0 })) seen.push(stored)
  assert.equal((await exceptions.resend(all)).resent, 1)
  await assert.rejects(late.send(seen), /FENCED|INVALID_PRODUCER_EPOCH/)
  assert.equal((await stored(client, 'trips')).length, 1)
})

test('a dry run ends nobody’s resend, and more than one may hold are left for the next', async (t) => {
  const { client, exceptions, refuse } = await world(t)
  const ids: string[] = []
  for (let at = 0; at < 5; at++)
    ids.push(await refuse(`${at}`, { event: { id: `${at}`, area: at } }))
  const dry = await exceptions.resend({ ...all, isDry: true, limit: 2 })
  assert.deepEqual([dry.resent, dry.more, dry.dryRun], [2, true, true])
  assert.deepEqual(await stored(client, 'trips'), [])
  const places = [ids[1], ids[3]].map((id) => placeOf(id ?? ''))
  const named = await exceptions.resend({ ...all, places })
  assert.deepEqual(
    named.items.map(({ id, outcome }) => [id, outcome]),
    [
      [ids[1], 'resent'],
      [ids[3], 'resent'],
    ],
  )
  const rest = await exceptions.resend({ ...all, limit: 2 })
  assert.deepEqual(
    rest.items.map(({ id }) => id),
    [ids[2], ids[4]],
  )
  assert.equal(rest.more, true)
})
