import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../broker-harness.js'
import type { Stage } from './flavour.js'
import type { ForeignRecord } from './foreign-client.js'

function record(value: string, partition = 0): ForeignRecord {
  return { partition, timestamp: 1_700_000_000_000, key: 'k', value, headers: [] }
}

export async function transactionScenarios(
  t: TestContext,
  { client, another }: Stage,
): Promise<void> {
  const valuesOf = async (topic: string, count: number, committed: boolean) =>
    (await client.read(topic, count, committed)).map(({ value }) => value)

  await t.test('a transaction is seen when it is committed, never when aborted', async () => {
    const topic = 'transactions'
    await client.ask('createTopic', { topic, partitions: 2 })
    await client.producer(topic, { transactionalId: topic })
    for (let at = 0; at < 9; at++) {
      await client.begin(topic)
      await client.send(topic, topic, [record(`${at} a`), record(`${at} b`, 1)])
      await client.send(topic, topic, [record(`${at} c`)])
      if (at % 3 === 1) await client.abort(topic)
      else await client.commit(topic)
    }
    const all = Array.from({ length: 9 }, (_, at) => at)
    const kept = all.filter((at) => at % 3 !== 1)
    const valuesIn = (transactions: number[]) => [
      ...transactions.flatMap((at) => [`${at} a`, `${at} c`]),
      ...transactions.map((at) => `${at} b`),
    ]
    assert.deepEqual(await valuesOf(topic, kept.length * 3, true), valuesIn(kept))
    assert.deepEqual(await valuesOf(topic, all.length * 3, false), valuesIn(all))
  })

  await t.test('an older producer of a transactional id is fenced', async (t) => {
    const topic = 'fenced'
    await client.ask('createTopic', { topic, partitions: 1 })
    const other = another(t)
    await client.producer('zombie', { transactionalId: topic })
    await client.begin('zombie')
    await client.send('zombie', topic, [record('of the zombie')])
    await other.producer('heir', { transactionalId: topic })
    // Some clients take the id only now.
    await other.begin('heir')
    await assert.rejects(
      async () => {
        await client.send('zombie', topic, [record('too late')])
        await client.commit('zombie')
      },
      ({ code }: { code: string }) => /^(INVALID_PRODUCER_EPOCH|PRODUCER_FENCED)$/.test(code),
    )
    await other.send('heir', topic, [record('of the heir')])
    await other.commit('heir')
    assert.deepEqual(await valuesOf(topic, 1, true), ['of the heir'])
  })

  await t.test(
    'what is copied in transactions is copied once, though copiers are killed',
    async (t) => {
      const from = 'copied-from'
      const to = 'copied-to'
      for (const topic of [from, to]) await client.ask('createTopic', { topic, partitions: 2 })
      await client.producer(from)
      const records = Array.from({ length: 400 }, (_, at) => record(`value ${at}`, at % 2))
      const half = records.length / 2
      const writeFrom = async (start: number) => {
        for (let at = start; at < start + half; at += 10) {
          await client.send(from, from, records.slice(at, at + 10))
        }
      }
      await writeFrom(0)
      const copying = { group: 'copiers', from, to, transactionalId: 'copier', abortEvery: 3 }
      const mortal = another(t)
      const first = await mortal.copy('first', copying)
      await eventually(() => first.read.length > 80 || undefined, 60_000)
      await mortal.kill()
      // However quick the first was, this is left for the other.
      await writeFrom(half)
      const second = await client.copy('second', copying)
      const copied = await client.read(to, records.length, true)
      assert.deepEqual(
        copied.map(({ partition, value }) => [partition, value]),
        (await client.read(from, records.length)).map(({ partition, value }) => [partition, value]),
      )
      await eventually(() => second.read.length >= half || undefined)
      assert.ok(second.read.length < records.length)
      const last = (partition: number) => [from, partition, records.length / 2]
      await eventually(async () => {
        const offsets = await client.ask('groupOffsets', { group: copying.group })
        return JSON.stringify(offsets) === JSON.stringify([last(0), last(1)]) || undefined
      })
      await second.leave()
      t.diagnostic(`${first.read.length} copied by the first, ${second.read.length} by the second`)
    },
  )
}
