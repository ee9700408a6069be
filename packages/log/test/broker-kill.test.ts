import assert from 'node:assert/strict'
import test from 'node:test'
import { realHost, seededRandom } from '@millrace/host'
import { Fetcher } from '../src/client/fetcher.js'
import type { Isolation } from '../src/client/isolation.js'
import { LogClient } from '../src/client/log-client.js'
import { Producer } from '../src/client/producer.js'
import { TransactionalProducer } from '../src/client/transactional-producer.js'
import { decodeRecords } from '../src/records/visit-records.js'
import { afterwards, eventually } from './broker-harness.js'
import { BrokerProcess } from './broker-process.js'

/** All values of a partition, their offsets checked to rise, and to be dense where all is seen. */
async function readAll(client: LogClient, topic: string, isolation: Isolation): Promise<string[]> {
  const end = await client.listOffsets(topic, 0, 'latest', isolation)
  const fetcher = new Fetcher(client, { isolation, maxWaitMs: 50 })
  fetcher.assign([{ topic, partition: 0, offset: 0 }])
  const values: string[] = []
  let next = 0
  while (fetcher.position(topic, 0) < end) {
    for (const { batches } of await fetcher.poll()) {
      for (const record of batches.flatMap((batch) => decodeRecords(batch))) {
        if (isolation === 'read_uncommitted') assert.equal(record.offset, next)
        assert.ok(record.offset >= next)
        next = record.offset + 1
        values.push(String(record.value))
      }
    }
  }
  fetcher.close()
  return values
}

for (const seed of [1, 2, 3]) {
  test(`a broker killed under load loses and doubles nothing, seed ${seed}`, async (t) => {
    const random = seededRandom(seed)
    const broker = await BrokerProcess.start(t)
    const client = await LogClient.connect({ host: realHost, bootstrap: broker.bootstrap })
    afterwards(t, () => client.close())
    for (const topic of ['plain', 'first', 'second', 'input']) {
      await client.createTopic(topic, { partitions: 1 })
    }

    let working = true
    const acknowledged: { value: string; offset: number }[] = []
    const failures: unknown[] = []
    const producing = (async () => {
      const producer = new Producer(client)
      for (let at = 0; working; at++) {
        const values = [`${at}a`, `${at}b`]
        const records = values.map((value) => ({ key: null, value: Buffer.from(value) }))
        try {
          const { baseOffset } = await producer.send('plain', 0, records)
          for (const [delta, value] of values.entries()) {
            acknowledged.push({ value, offset: baseOffset + delta })
          }
        } catch (cause) {
          failures.push(cause)
        }
      }
    })()
    const committed: number[] = []
    const committing = (async () => {
      let producer: TransactionalProducer | undefined
      for (let at = 0; working; at++) {
        const records = [{ key: null, value: Buffer.from(String(at)) }]
        try {
          producer ??= await TransactionalProducer.open(client, { transactionalId: 'writer' })
          await producer.commit({
            batches: [
              { topic: 'first', partition: 0, records },
              { topic: 'second', partition: 0, records },
            ],
            group: 'job',
            offsets: [{ topic: 'input', partition: 0, offset: at }],
          })
          committed.push(at)
        } catch {
          // Committed or not: what is read at the end must agree with itself.
          producer = undefined
        }
      }
      await producer?.close()
    })()

    const kills = 6
    for (let life = 0; life < kills; life++) {
      await realHost.clock.sleep(50 + random.below(300))
      await broker.kill()
      await broker.start()
    }
    // A machine that is busy with other things needs more than the lives above.
    const enough = Math.max(kills, acknowledged.length)
    await eventually(() => acknowledged.length > enough && committed.length > 0, 60_000)
    working = false
    await Promise.all([producing, committing])
    // Fences the last holder, so that no transaction is open.
    await TransactionalProducer.open(client, { transactionalId: 'writer' })

    assert.deepEqual(failures, [], `seed ${seed}`)
    const plain = await readAll(client, 'plain', 'read_uncommitted')
    assert.equal(new Set(plain).size, plain.length, `seed ${seed}: nothing is there twice`)
    for (const { value, offset } of acknowledged) assert.equal(plain[offset], value)
    assert.ok(acknowledged.length > kills, 'there was some load')

    const first = await readAll(client, 'first', 'read_committed')
    const second = await readAll(client, 'second', 'read_committed')
    assert.deepEqual(first, second, `seed ${seed}: both or neither`)
    assert.equal(new Set(first).size, first.length)
    const seen = new Set(first)
    for (const at of committed) assert.ok(seen.has(String(at)), `seed ${seed}: transaction ${at}`)
    const [offset] = await client.committedOffsets('job')
    assert.equal(String(offset?.offset), first.at(-1))
    t.diagnostic(`${plain.length} records, ${committed.length} transactions, ${kills} kills`)
  })
}
