import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Stage } from './flavour.js'
import type { ForeignRecord } from './foreign-client.js'

const start = 1_700_000_000_000

/** Records with everything that a record may have and lack. */
function variedRecords(count: number, hasNullHeaders: boolean): ForeignRecord[] {
  return Array.from({ length: count }, (_, at) => ({
    partition: at % 2,
    timestamp: start + at * 7,
    key: at % 3 === 0 ? null : at % 7 === 0 ? '' : `key ${at % 10}`,
    value: at % 5 === 0 ? null : `välue ${at} ${'x'.repeat(at % 40)}`,
    headers: headersOf(at, hasNullHeaders),
  }))
}

function headersOf(at: number, hasNullHeaders: boolean): ForeignRecord['headers'] {
  if (at % 4 === 0) return []
  const headers: ForeignRecord['headers'] = [
    ['origin', `header ${at}`],
    ['twice', 'first'],
    ['twice', ''],
  ]
  return hasNullHeaders ? [...headers, ['none', null]] : headers
}

/** The records of one partition, with the offsets that they must have. */
function expected(records: readonly ForeignRecord[]) {
  return [0, 1].flatMap((partition) =>
    records
      .filter((record) => record.partition === partition)
      .map((record, offset) => ({ ...record, offset })),
  )
}

export async function recordScenarios(t: TestContext, { flavour, client }: Stage): Promise<void> {
  for (const compression of ['none', ...flavour.compressions]) {
    for (const idempotent of [false, true]) {
      const how = `${compression}${idempotent ? ', idempotent' : ''}`
      await t.test(`what it writes it reads back: ${how}`, async () => {
        const topic = `records-${compression}-${idempotent}`
        await client.ask('createTopic', { topic, partitions: 2 })
        await client.producer(topic, { compression, idempotent })
        const records = variedRecords(300, flavour.hasNullHeaders)
        for (let at = 0; at < records.length; at += 100) {
          await client.send(topic, topic, records.slice(at, at + 100))
        }
        const read = await client.read(topic, records.length)
        assert.deepEqual(read, expected(records))
      })
    }
  }

  await t.test('what is in compressed batches is found by time', async () => {
    for (const compression of ['none', ...flavour.compressions]) {
      const topic = `records-${compression}-true`
      const at = (when: number | string) => client.ask('offsets', { topic, at: when })
      assert.deepEqual(await at('earliest'), [0, 0])
      assert.deepEqual(await at('latest'), [150, 150])
      // Record 141 is the 71st of partition 1; 142 the 72nd of partition 0.
      assert.deepEqual(await at(start + 141 * 7), [71, 70], compression)
    }
  })

  await t.test('a large record is taken, one that is too large refused', async () => {
    const topic = 'large'
    await client.ask('createTopic', { topic, partitions: 1 })
    await client.producer(topic)
    const large = (bytes: number): ForeignRecord => ({
      ...{ partition: 0, timestamp: start, key: null, headers: [] },
      value: 'x'.repeat(bytes),
    })
    await client.send(topic, topic, [large(1_000_000)])
    await assert.rejects(client.send(topic, topic, [large(1_100_000)]), {
      code: 'MESSAGE_TOO_LARGE',
    })
    await client.ask('createTopic', {
      topic: 'larger',
      partitions: 1,
      configs: { 'max.message.bytes': '8000000' },
    })
    await client.send(topic, 'larger', [large(6_000_000)])
    const [read] = await client.read('larger', 1)
    assert.equal(read?.value?.length, 6_000_000)
  })
}
