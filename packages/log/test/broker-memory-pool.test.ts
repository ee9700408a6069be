import assert from 'node:assert/strict'
import test from 'node:test'
import { seededRandom } from '@millrace/host'
import { MemoryPool } from '../src/broker/memory-pool.js'
import { Producer } from '../src/client/producer.js'
import { pooledBytesKept, pooledBytesMax, pooledBytesMin } from '../src/limits.js'
import { fetch } from '../src/protocol/apis.js'
import { startBroker } from './broker-harness.js'
import { Wire } from './wire.js'

const seed = Number(process.env.MILLRACE_SEED ?? 1)
const noTopicId = '00000000-0000-0000-0000-000000000000'

test('law: no two hold the same memory, whatever sizes are taken and given back', () => {
  const random = seededRandom(seed)
  const pool = new MemoryPool()
  const held = new Map<Buffer, number>()
  for (let round = 0; round < 2000; round++) {
    const [oldest] = held
    if (oldest !== undefined && (held.size > 12 || random.below(2) === 0)) {
      const [memory, mark] = oldest
      assert.ok(memory.every((byte) => byte === mark))
      held.delete(memory)
      pool.give(memory)
    } else {
      const memory = pool.take(random.below(random.below(2) === 0 ? 60_000 : 300_000))
      held.set(memory, round & 0xff)
      memory.fill(round & 0xff)
    }
  }
})

test('memory that was given back is taken again; small and very large pieces are not', () => {
  const pool = new MemoryPool()
  const isPooled = (bytes: number) => {
    const first = pool.take(bytes)
    pool.give(first)
    return pool.take(bytes).buffer === first.buffer
  }
  assert.ok(isPooled(pooledBytesMin))
  assert.ok(isPooled(pooledBytesMax))
  assert.ok(!isPooled(pooledBytesMax + 1))
  // Node cuts small ones from a piece that is others' too.
  assert.ok(Buffer.poolSize < pooledBytesMin)
  const small = Buffer.allocUnsafe(100)
  pool.give(small)
  assert.notEqual(pool.take(pooledBytesMin).buffer, small.buffer)
})

test('what the pool keeps is bounded', () => {
  const pool = new MemoryPool()
  const pieces = Array.from({ length: (2 * pooledBytesKept) / pooledBytesMax }, () =>
    pool.take(pooledBytesMax),
  )
  const given = new Set(pieces.map(({ buffer }) => buffer))
  for (const piece of pieces) pool.give(piece)
  const again = pieces.map(() => pool.take(pooledBytesMax).buffer)
  const kept = again.filter((buffer) => given.has(buffer)).length
  assert.equal(kept, pooledBytesKept / pooledBytesMax)
})

test('an answer that a slow client has not taken is not overwritten by what comes after it', async (t) => {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions: 2 })
  const producer = new Producer(started.client)
  const random = seededRandom(seed)
  const records = () =>
    Array.from({ length: 40 }, () => ({ key: null, value: random.bytes(20_000) }))
  for (let round = 0; round < 6; round++) {
    for (const partition of [0, 1]) await producer.send('rides', partition, records())
  }
  const ask = (wire: Wire, partition: number) =>
    wire.send(fetch, 12, {
      ...{ maxWaitMs: 0, minBytes: 1, maxBytes: 8_000_000, sessionEpoch: -1 },
      topics: [
        {
          ...{ topic: 'rides', topicId: noTopicId },
          partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1_500_000 }],
        },
      ],
    })
  const quick = new Wire(t, started)
  ask(quick, 0)
  const expected = await quick.next()
  const slow = new Wire(t, started)
  slow.socket.pause()
  for (let round = 0; round < 8; round++) ask(slow, 0)
  for (let round = 0; round < 40; round++) {
    ask(quick, round % 2)
    await producer.send('rides', 1, records().slice(0, 4))
    await quick.next()
  }
  slow.socket.resume()
  for (let round = 0; round < 8; round++) assert.ok((await slow.next()).equals(expected))
})
