import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { realHost, SimulatedDisk } from '@millrace/host'
import { decodeRecords, Fetcher, Producer } from '@millrace/log'
import { Job } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'
import { entryParts, readEntry, type StepEntry } from '../../src/state/entry.js'
import { Platform } from './platform.js'

const at = Date.UTC(2026, 0, 4, 10)

describe('metadata of records', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
  })
  after(() => platform.close())

  async function run(name: string, script: string): Promise<void> {
    const job = await Job.start({
      host: { ...realHost, disk: new SimulatedDisk() },
      name,
      plan: planScript(script, { defaults: { 'scan.bounded.mode': 'latest-offset' } }),
      directory: `/state/${name}`,
      bootstrap: platform.bootstrap,
      registryUrl: 'http://127.0.0.1:1',
    })
    await job.done
  }

  async function produce(topic: string, partition: number, ids: readonly number[]): Promise<void> {
    await new Producer(platform.client).send(
      topic,
      partition,
      ids.map((id) => ({
        key: null,
        value: Buffer.from(JSON.stringify({ id })),
        timestamp: at + id * 1000,
      })),
    )
  }

  async function values(topic: string): Promise<unknown[]> {
    return (await platform.consume(topic)).map(({ value }) => JSON.parse(value))
  }

  it('is read into columns, by computed ones too', async () => {
    await platform.client.createTopic('in-place', { partitions: 2 })
    await produce('in-place', 1, [7, 8])
    await run(
      'place',
      `CREATE TABLE source (id INT, \`topic\` STRING METADATA VIRTUAL, p BIGINT METADATA FROM 'partition',
        o BIGINT METADATA FROM 'offset', ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp',
        kind STRING METADATA FROM 'timestamp-type', epoch INT METADATA FROM 'leader-epoch',
        place AS CONCAT(\`topic\`, '/', CAST(p AS STRING), '/', CAST(o AS STRING)))
      WITH ('connector' = 'kafka', 'topic' = 'in-place', 'format' = 'json');
      CREATE TABLE sink (id INT, place STRING, p BIGINT, ts TIMESTAMP_LTZ(3), kind STRING, has_epoch BOOLEAN)
      WITH ('connector' = 'kafka', 'topic' = 'out-place', 'format' = 'json');
      INSERT INTO sink SELECT id, place, p, ts, kind, epoch >= 0 FROM source`,
    )
    const shared = { p: 1, kind: 'CreateTime', has_epoch: true }
    assert.deepEqual(await values('out-place'), [
      { id: 7, place: 'in-place/1/0', ts: '2026-01-04 10:00:07Z', ...shared },
      { id: 8, place: 'in-place/1/1', ts: '2026-01-04 10:00:08Z', ...shared },
    ])
  })

  it('a watermark follows the timestamps of the records', async () => {
    await platform.client.createTopic('in-time', { partitions: 1 })
    await produce('in-time', 0, [1, 9, 10])
    await run(
      'time',
      `CREATE TABLE source (id INT, ts TIMESTAMP(3) METADATA FROM 'timestamp', WATERMARK FOR ts AS ts)
      WITH ('connector' = 'kafka', 'topic' = 'in-time', 'format' = 'json');
      CREATE TABLE sink (w TIMESTAMP(3), n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'out-time', 'format' = 'json');
      INSERT INTO sink SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE source, DESCRIPTOR(ts), INTERVAL '10' SECOND))
      GROUP BY window_start, window_end`,
    )
    assert.deepEqual(await values('out-time'), [
      { w: '2026-01-04 10:00:00', n: 2 },
      { w: '2026-01-04 10:00:10', n: 1 },
    ])
  })

  it('a sink writes the timestamps that rows give', async () => {
    await platform.client.createTopic('in-stamp', { partitions: 1 })
    await platform.client.createTopic('out-stamp', { partitions: 1 })
    await produce('in-stamp', 0, [1, 2])
    const before = Date.now()
    await run(
      'stamp',
      `CREATE TABLE source (id INT) WITH ('connector' = 'kafka', 'topic' = 'in-stamp', 'format' = 'json');
      CREATE TABLE sink (id INT, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp')
      WITH ('connector' = 'kafka', 'topic' = 'out-stamp', 'format' = 'json');
      INSERT INTO sink SELECT id, CASE WHEN id = 1 THEN TO_TIMESTAMP_LTZ(1234567, 3) END FROM source`,
    )
    assert.deepEqual(await values('out-stamp'), [{ id: 1 }, { id: 2 }])
    const fetcher = new Fetcher(platform.client, { isolation: 'read_committed', maxWaitMs: 20 })
    fetcher.assign([{ topic: 'out-stamp', partition: 0, offset: 0 }])
    const times: number[] = []
    while (times.length < 2) {
      for (const { batches } of await fetcher.poll()) {
        times.push(...batches.flatMap((batch) => decodeRecords(batch)).map((r) => r.timestamp))
      }
    }
    fetcher.close()
    assert.equal(times[0], 1234567)
    assert.ok((times[1] ?? 0) >= before, 'a row without one has the time of the step')
  })

  it('headers are read, and written', async () => {
    await platform.client.createTopic('in-headers', { partitions: 1 })
    await platform.client.createTopic('out-headers', { partitions: 1 })
    const headers = [
      { key: 'trace', value: Buffer.from([0, 255, 65]) },
      { key: 'none', value: null },
    ]
    const value = Buffer.from('{"id":1}')
    await new Producer(platform.client).send('in-headers', 0, [
      { key: null, value, headers },
      { key: null, value },
    ])
    await run(
      'headers',
      `CREATE TABLE source (id INT, h MAP<STRING, BYTES> METADATA FROM 'headers')
      WITH ('connector' = 'kafka', 'topic' = 'in-headers', 'format' = 'json');
      CREATE TABLE sink (n INT, trace BYTES, headers MAP<STRING, BYTES> METADATA)
      WITH ('connector' = 'kafka', 'topic' = 'out-headers', 'format' = 'json');
      INSERT INTO sink SELECT CARDINALITY(h), h['trace'], h FROM source`,
    )
    assert.deepEqual(await values('out-headers'), [
      { n: 2, trace: 'AP9B' },
      { n: 0, trace: null },
    ])
    const fetcher = new Fetcher(platform.client, { isolation: 'read_committed', maxWaitMs: 20 })
    fetcher.assign([{ topic: 'out-headers', partition: 0, offset: 0 }])
    const found: unknown[] = []
    while (found.length < 2) {
      for (const { batches } of await fetcher.poll()) {
        const records = batches.flatMap((batch) => decodeRecords(batch))
        found.push(...records.map((r) => r.headers.map(({ key, value: v }) => [key, v && [...v]])))
      }
    }
    fetcher.close()
    assert.deepEqual(found, [
      [
        ['trace', [0, 255, 65]],
        ['none', null],
      ],
      [],
    ])
  })

  it('processing time is one for all rows of a step, and now', async () => {
    await platform.client.createTopic('in-now', { partitions: 1 })
    await produce('in-now', 0, [1, 2, 3])
    const before = Date.now()
    await run(
      'now',
      `CREATE TABLE source (id INT, p AS PROCTIME()) WITH ('connector' = 'kafka', 'topic' = 'in-now', 'format' = 'json');
      CREATE TABLE sink (p TIMESTAMP_LTZ(3), q TIMESTAMP_LTZ(3), n BIGINT, PRIMARY KEY (p, q) NOT ENFORCED)
      WITH ('connector' = 'upsert-kafka', 'topic' = 'out-now', 'key.format' = 'json', 'value.format' = 'json');
      INSERT INTO sink SELECT p, q, COUNT(*) FROM (SELECT p, PROCTIME() AS q FROM source) GROUP BY p, q`,
    )
    const [row, another] = (await values('out-now')) as { p: string; q: string; n: number }[]
    assert.equal(another, undefined)
    assert.equal(row?.n, 3)
    assert.equal(row?.p, row?.q)
    const time = Date.parse(row?.p ?? '')
    assert.ok(time >= before && time <= Date.now(), `${row?.p} is now`)
  })
})

it('a journal keeps the timestamps and headers of records', () => {
  const records = [
    { key: null, value: Buffer.from('a'), timestampMs: 7, headers: [] },
    { key: Buffer.from('k'), value: null, headers: [{ key: 'h', value: Buffer.from('v') }] },
  ]
  const entry: StepEntry = {
    epoch: 1,
    positions: [],
    totals: { recordsIn: 0, recordsOut: 0, late: 0, skipped: 0 },
    changes: [],
    outbox: [{ topic: 't', partition: 0, timestampMs: 3, records }],
    openFiles: [],
  }
  const read = readEntry(Buffer.concat(entryParts(entry)), () => ({ fields: [], keyFields: [] }))
  assert.deepEqual(read.outbox, entry.outbox)
})
