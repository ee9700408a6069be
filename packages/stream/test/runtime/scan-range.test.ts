import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { realHost, SimulatedDisk } from '@millrace/host'
import { Producer, TransactionalProducer } from '@millrace/log'
import { Job } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'
import { Platform } from './platform.js'

/** Two partitions of ten records each, `0.0` to `1.9`, at 1000, 1010, … milliseconds. */
describe('the range of a topic that is read', () => {
  let platform: Platform
  let jobs = 0
  before(async () => {
    platform = await Platform.start()
    await platform.client.createTopic('numbers', { partitions: 2 })
    for (const partition of [0, 1]) {
      const records = Array.from({ length: 10 }, (_, index) => ({
        key: null,
        value: Buffer.from(JSON.stringify({ id: `${partition}.${index}` })),
        timestamp: 1000 + index * 10,
      }))
      // In batches of four, so that a bound lies within one, between two and at the end.
      for (let from = 0; from < 10; from += 4) {
        await new Producer(platform.client).send(
          'numbers',
          partition,
          records.slice(from, from + 4),
        )
      }
    }
    const producer = await TransactionalProducer.open(platform.client, {
      transactionalId: 'reader',
    })
    const offsets = [3, 8].map((offset, partition) => ({ topic: 'numbers', partition, offset }))
    await producer.commit({ batches: [], group: 'readers', offsets })
    await producer.commit({ batches: [], group: 'halfway', offsets: offsets.slice(0, 1) })
    await producer.close()
  })
  after(() => platform.close())

  async function start(
    options: string,
    more: { stepRecordsMax?: number } = {},
  ): Promise<[Job, string]> {
    const name = `range-${++jobs}`
    const script = `
      CREATE TABLE numbers (id STRING) WITH ('connector' = 'kafka', 'format' = 'json', ${options});
      CREATE TABLE sink (id STRING) WITH ('connector' = 'kafka', 'topic' = 'out-${name}', 'format' = 'json');
      INSERT INTO sink SELECT id FROM numbers;`
    const job = await Job.start({
      host: { ...realHost, disk: new SimulatedDisk() },
      name,
      plan: planScript(script),
      directory: `/state/${name}`,
      bootstrap: platform.bootstrap,
      registryUrl: 'http://127.0.0.1:1',
      ...more,
    })
    return [job, `out-${name}`]
  }

  async function read(options: string, more: { stepRecordsMax?: number } = {}): Promise<string[]> {
    const [job, topic] = await start(options, more)
    await job.done
    const values = (await platform.consume(topic)).map(({ value }) => JSON.parse(value).id)
    assert.equal(job.metrics().recordsIn, values.length)
    assert.equal(job.metrics().lag, 0)
    return values.sort()
  }

  const ids = (partition: number, from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => `${partition}.${from + index}`)

  const cases: [title: string, options: string, expected: string[]][] = [
    [
      'latest-offset',
      "'scan.bounded.mode' = 'latest-offset'",
      [...ids(0, 0, 10), ...ids(1, 0, 10)],
    ],
    [
      'timestamp: before the first record of that time',
      "'scan.bounded.mode' = 'timestamp', 'scan.bounded.timestamp-millis' = '1041'",
      [...ids(0, 0, 5), ...ids(1, 0, 5)],
    ],
    [
      'timestamp after all records: the end',
      "'scan.bounded.mode' = 'timestamp', 'scan.bounded.timestamp-millis' = '5000'",
      [...ids(0, 0, 10), ...ids(1, 0, 10)],
    ],
    [
      'specific-offsets: nothing of a partition that is not named',
      "'scan.bounded.mode' = 'specific-offsets', 'scan.bounded.specific-offsets' = 'partition:1,offset:4'",
      ids(1, 0, 4),
    ],
    [
      'group-offsets',
      "'scan.bounded.mode' = 'group-offsets', 'properties.group.id' = 'readers'",
      [...ids(0, 0, 3), ...ids(1, 0, 8)],
    ],
    [
      'startup and end meet: nothing',
      "'scan.startup.mode' = 'group-offsets', 'scan.bounded.mode' = 'group-offsets', 'properties.group.id' = 'readers'",
      [],
    ],
    [
      'startup group-offsets',
      "'scan.startup.mode' = 'group-offsets', 'scan.bounded.mode' = 'latest-offset', 'properties.group.id' = 'readers'",
      [...ids(0, 3, 10), ...ids(1, 8, 10)],
    ],
    [
      'startup group-offsets where the group has none: as auto.offset.reset says',
      "'scan.startup.mode' = 'group-offsets', 'scan.bounded.mode' = 'latest-offset', 'properties.group.id' = 'halfway', 'properties.auto.offset.reset' = 'earliest'",
      [...ids(0, 3, 10), ...ids(1, 0, 10)],
    ],
    [
      'startup specific-offsets',
      "'scan.startup.mode' = 'specific-offsets', 'scan.startup.specific-offsets' = 'partition:0,offset:9;partition:1,offset:7', 'scan.bounded.mode' = 'latest-offset'",
      [...ids(0, 9, 10), ...ids(1, 7, 10)],
    ],
  ]
  for (const [title, options, expected] of cases) {
    it(title, async () => {
      assert.deepEqual(await read(options), expected.sort())
      assert.deepEqual(await read(options, { stepRecordsMax: 1 }), expected.sort())
    })
  }

  it('waits where the end is beyond the last record', async () => {
    const end =
      "'scan.bounded.mode' = 'specific-offsets', 'scan.bounded.specific-offsets' = 'partition:2,offset:2;partition:0,offset:1'"
    await platform.client.createTopic('later', { partitions: 1 })
    await platform.produce('later', 0, [{ id: 'one' }])
    const [job, topic] = await start(
      `'topic' = 'later', ${end.replace('offset:1', 'offset:2')}, 'properties.group.id' = 'none'`,
    )
    let ended = false
    void job.done.then(() => {
      ended = true
    })
    while (job.metrics().recordsIn < 1) await realHost.clock.sleep(5)
    assert.equal(ended, false)
    assert.equal(job.metrics().lag, 1)
    await platform.produce('later', 0, [{ id: 'two' }, { id: 'three' }])
    await job.done
    const values = (await platform.consume(topic)).map(({ value }) => JSON.parse(value).id)
    assert.deepEqual(values, ['one', 'two'])
  })

  it('refuses a group that has committed nothing', async () => {
    const halfway = "'properties.group.id' = 'halfway'"
    await assert.rejects(
      start(`'scan.bounded.mode' = 'group-offsets', ${halfway}`),
      /group 'halfway' has committed no offset of topic numbers, partition 1/,
    )
    await assert.rejects(
      start(`'scan.startup.mode' = 'group-offsets', ${halfway}`),
      /partition 1, and 'properties.auto.offset.reset' does not say where to begin/,
    )
  })
})
