/** Clients of the REST proxy that others wrote, against our gateway. */
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { Platform } from './platform.js'

const run = promisify(execFile)
const sources = path.join(import.meta.dirname, '../../test/foreign')
const program = path.join(import.meta.dirname, 'foreign-rest')
const clientMsMax = 120_000

/** Where `tools/python-clients.mjs` puts them. */
const packages = path.join(
  process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'),
  'millrace',
  'rest-clients-1',
)

/** Loud where something is missing; it may not be in CI. */
function isThere(t: TestContext, there: boolean, what: string): boolean {
  if (there) return true
  if (process.env.CI) throw new Error(`${what} is not here.`)
  t.skip(`${what} is not here: LEFT OUT what it would show`)
  return false
}

async function start(t: TestContext): Promise<Platform> {
  const platform = await Platform.start()
  t.after(() => platform.stop())
  return platform
}

test('Confluent’s Go client of v3 administers, sends, and asks about groups', async (t) => {
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  const isInstalled = folders.some((folder) => existsSync(path.join(folder, 'go')))
  if (!isThere(t, isInstalled, 'go')) return
  // Go's own cache makes this quick when nothing changed.
  execFileSync('go', ['build', '-o', program, '.'], { cwd: path.join(sources, 'go') })
  const platform = await start(t)
  await platform.topic('asked', { partitions: 2 })
  const records = [1, 2, 3].map((value) => ({ value, partition: 0 }))
  await platform.post('asked', { records })
  const v2 = { type: 'application/vnd.kafka.v2+json' }
  const instance = '/consumers/readers/instances/one'
  const ask = (place: string, body: object) => platform.send(place, body, v2)
  await ask('/consumers/readers', { name: 'one', format: 'json' })
  await ask(`${instance}/subscription`, { topics: ['asked'] })
  await platform.get(`${instance}/assignments`)
  await ask(`${instance}/offsets`, { offsets: [{ topic: 'asked', partition: 0, offset: 0 }] })

  const given = [`${platform.gateway.url}/v3`, 'readers']
  const { stdout } = await run(program, given, { timeout: clientMsMax })
  const found = JSON.parse(stdout)
  const pick = (name: string, ...fields: string[]) => fields.map((field) => found[name][field])

  const id = platform.client.clusterId
  assert.deepEqual(pick('cluster', 'kind', 'cluster_id'), ['KafkaCluster', id])
  const counts = ['partitions_count', 'replication_factor']
  assert.deepEqual(pick('made', 'topic_name', ...counts), ['go-made', 2, 1])
  assert.deepEqual(pick('topic', 'topic_name', ...counts), ['go-made', 2, 1])
  assert.ok(found.topics.includes('asked') && found.topics.includes('go-made'))
  assert.deepEqual(
    ['first', 'second', 'third', 'last'].map((nth) => found[`${nth} value`]),
    ['60000', '70000', '80000', '-1'],
  )
  assert.ok(found.configs > 10 && found['configs of all topics'] >= 2 * found.configs)
  assert.deepEqual([found.partitions, found.moving, found['moving of the topic']], [2, 0, 0])
  assert.deepEqual(pick('partition', 'topic_name', 'partition_id'), ['go-made', 1])
  assert.deepEqual([found.replicas.length, found.replicas[0].is_leader], [1, true])
  assert.deepEqual(pick('sent', 'topic_name', 'partition_id', 'offset'), ['go-made', 1, 0])
  assert.deepEqual(pick('sent bytes', 'partition_id', 'offset'), [1, 1])
  assert.ok(found.broker.port > 0)
  assert.ok(found['configs of the broker'] === found['configs of all brokers'])
  // Of the groups' and the schemas' topics, too.
  assert.ok(found['replicas of the broker'] >= 4)
  assert.deepEqual(pick('group', 'consumer_group_id', 'state'), ['readers', 'STABLE'])
  assert.deepEqual([found.groups, found.consumers, found.assigned.length], [1, 1, 2])
  assert.deepEqual([found.lag, found.lags.length], [2, 1])
  assert.deepEqual(pick('lag summary', 'total_lag', 'max_lag_topic_name'), [2, 'asked'])
  assert.deepEqual(
    ['made twice', 'nowhere', 'gone', 'not moving', 'no broker', 'no group'].map((name) =>
      pick(name, 'status', 'code'),
    ),
    [
      [400, 40002],
      [404, 40403],
      [404, 40403],
      [404, 404],
      [404, 404],
      [404, 404],
    ],
  )
})

test('two clients of v2 in Python send, read and seek', async (t) => {
  const what = 'nlp-kafka-rest-api for Python (node tools/python-clients.mjs)'
  if (!isThere(t, existsSync(packages), what)) return
  const platform = await start(t)
  await platform.topic('asked-response', { partitions: 1 })
  const { stdout } = await run(
    'python3',
    [path.join(sources, 'rest_clients.py'), platform.gateway.url, 'asked'],
    { env: { ...process.env, PYTHONPATH: packages }, timeout: clientMsMax },
  )
  const found = JSON.parse(stdout)
  const numbers = Array.from({ length: 20 }, (_, n) => n)
  assert.deepEqual(
    found.read,
    numbers.map((n) => ({ key: `k${n}`, value: { endpoint: '/here', payload: { n } } })),
  )
  assert.deepEqual([found['after delete'], found['sent nowhere']], [404, [404, 40401]])
  assert.deepEqual(found.subscribed, { topics: ['asked-response'] })
  assert.deepEqual(found.consumed, numbers)
  assert.deepEqual(found['from 15'], [15, 16, 17, 18, 19])
  assert.equal(found['from the beginning'], 20)
  assert.deepEqual([found['after that'], found.deleted], [{ topics: [] }, {}])
})
