import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
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
}
