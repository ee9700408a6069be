import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../broker-harness.js'
import type { Stage } from './flavour.js'
import type { ForeignRecord } from './foreign-client.js'

const topic = 'compacted'
const keys = 10
const rounds = 30
/** The broker looks every quarter of a minute for what is to be compacted. */
const patienceMs = 60_000

/** In the last round one key is deleted. */
function valueIn(round: number, key: number): string | null {
  return round === rounds - 1 && key === 3 ? null : `round ${round} of key ${key}`
}

function recordsOf(round: number): ForeignRecord[] {
  return Array.from({ length: keys }, (_, key) => ({
    partition: 0,
    timestamp: 1_700_000_000_000 + round,
    key: `key ${key}`,
    value: valueIn(round, key),
    headers: [['round', `${round}`]],
  }))
}

/** Writes what is to be compacted while other scenarios are played, in all compressions. */
export async function writeToCompact({ flavour, client }: Stage): Promise<void> {
  const configs = { 'cleanup.policy': 'compact', 'segment.ms': '60000' }
  await client.ask('createTopic', { topic, partitions: 1, configs })
  const compressions = ['none', ...flavour.compressions]
  for (const compression of compressions) {
    await client.producer(`${topic}-${compression}`, { compression, idempotent: true })
  }
  for (let round = 0; round < rounds; round++) {
    const compression = compressions[round % compressions.length]
    await client.send(`${topic}-${compression}`, topic, recordsOf(round))
  }
  // Later by so much that it begins another segment; the one before can be compacted then.
  const [record] = recordsOf(rounds)
  assert.ok(record !== undefined)
  const last = { ...record, key: 'last', timestamp: record.timestamp + 3_600_000 }
  await client.send(`${topic}-none`, topic, [last])
}

export async function compactionScenarios(t: TestContext, { client }: Stage): Promise<void> {
  await t.test('of a compacted topic the last record of each key is left', async () => {
    const end = rounds * keys
    const first = end - keys
    await eventually(async () => {
      const [record] = await client.read(topic, 1)
      return (record?.offset ?? 0) > 0 || undefined
    }, patienceMs)
    const read = await client.read(topic, keys + 1)
    assert.deepEqual(
      read.slice(0, keys),
      recordsOf(rounds - 1).map((record, at) => ({ ...record, offset: first + at })),
    )
    assert.equal(read[keys]?.key, 'last')
    assert.equal(read[keys]?.offset, end)
    assert.deepEqual(await client.ask('offsets', { topic, at: 'earliest' }), [0])
    assert.deepEqual(await client.ask('offsets', { topic, at: 'latest' }), [end + 1])
  })
}
