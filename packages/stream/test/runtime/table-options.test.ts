import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { realHost, SimulatedDisk } from '@millrace/host'
import { type LogRecord, Producer } from '@millrace/log'
import { RegistryClient, RegistryServer } from '@millrace/schema'
import { Job } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'
import { Platform } from './platform.js'

/** From the option in a script to what the job does, over the embedded broker. */
describe('an option of a table', () => {
  let platform: Platform
  let registry: RegistryServer
  before(async () => {
    platform = await Platform.start()
    const address = { host: '127.0.0.1', port: 0 }
    registry = await RegistryServer.start({ host: realHost, client: platform.client, address })
  })
  after(async () => {
    await registry.close()
    await platform.close()
  })

  const registryUrl = () => `http://127.0.0.1:${registry.address.port}`

  function start(name: string, script: string): Promise<Job> {
    return Job.start({
      host: { ...realHost, disk: new SimulatedDisk() },
      name,
      plan: planScript(script),
      directory: `/state/${name}`,
      bootstrap: platform.bootstrap,
      registryUrl: registryUrl(),
    })
  }

  async function append(topic: string, partition: number, records: LogRecord[]): Promise<void> {
    await new Producer(platform.client).send(topic, partition, records)
  }

  const record = (value: unknown, more: { key?: string; timestamp?: number } = {}): LogRecord => ({
    key: more.key === undefined ? null : Buffer.from(more.key),
    value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
    ...(more.timestamp === undefined ? {} : { timestamp: more.timestamp }),
  })

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 10_000
    while (!(await condition())) {
      assert.ok(Date.now() < deadline, 'it did not happen in ten seconds')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** A copy of `id, n, at_time` from the topic `in-NAME` to `out-NAME`. */
  const copy = (name: string, options: { source?: string; sink?: string } = {}) => `
    CREATE TABLE source (id STRING, n INT, at_time TIMESTAMP(3)) WITH ('connector' = 'kafka',
      'topic' = 'in-${name}', ${options.source ?? "'format' = 'json'"});
    CREATE TABLE sink (id STRING, n INT, at_time TIMESTAMP(3)) WITH ('connector' = 'kafka',
      'topic' = 'out-${name}', ${options.sink ?? "'format' = 'json'"});
    INSERT INTO sink SELECT * FROM source;`

  /** What a bounded copy of the records gives: the values of the output topic. */
  async function copied(
    name: string,
    options: { source?: string; sink?: string },
    records: LogRecord[],
  ): Promise<string[]> {
    await platform.client.createTopic(`in-${name}`, { partitions: 1 })
    await append(`in-${name}`, 0, records)
    const source = `${options.source ?? "'format' = 'json'"}, 'scan.bounded.mode' = 'latest-offset'`
    const job = await start(name, copy(name, { ...options, source }))
    await job.done
    return (await platform.consume(`out-${name}`)).map(({ key, value }) =>
      key === null ? value : `${key} ${value}`,
    )
  }

  const row = (id: string, at_time = '2026-01-04 10:00:00') => ({ id, n: 1, at_time })
  const written = (id: string) => `{"id":"${id}","n":1,"at_time":"2026-01-04 10:00:00"}`

  /** Counts in windows of ten seconds. */
  const windows = (name: string, options: string) => `
    CREATE TABLE source (at_time TIMESTAMP(3), WATERMARK FOR at_time AS at_time)
    WITH ('connector' = 'kafka', 'topic' = 'in-${name}', 'format' = 'json' ${options});
    CREATE TABLE sink (n BIGINT)
    WITH ('connector' = 'kafka', 'topic' = 'out-${name}', 'format' = 'json');
    INSERT INTO sink SELECT COUNT(*)
    FROM TABLE(TUMBLE(TABLE source, DESCRIPTOR(at_time), INTERVAL '10' SECOND))
    GROUP BY window_start, window_end;`

  const idle = "'scan.watermark.idle-timeout'"
  const setting = "SET 'table.exec.source.idle-timeout' = "
  for (const [title, name, script] of [
    ['scan.watermark.idle-timeout', 'idle', windows('idle', `, ${idle} = '100 ms'`)],
    ['table.exec.source.idle-timeout', 'set', `${setting}'100 ms'; ${windows('set', '')}`],
  ] as const) {
    it(`${title}: windows close although one of two partitions stays empty`, async () => {
      await platform.client.createTopic(`in-${name}`, { partitions: 2 })
      const times = ['2026-01-04 10:00:01', '2026-01-04 10:00:02', '2026-01-04 10:00:15']
      await append(
        `in-${name}`,
        0,
        times.map((at_time) => record({ at_time })),
      )
      const job = await start(name, script)
      await until(async () => (await platform.consume(`out-${name}`)).length === 1)
      assert.equal((await platform.consume(`out-${name}`))[0]?.value, '{"n":2}')
      await job.stop()
    })
  }

  for (const [title, name, script] of [
    ['of the table', 'zero', `${setting}'1 ms'; ${windows('zero', `, ${idle} = '0 s'`)}`],
    ['of the script', 'none', `${setting}'0 s'; ${windows('none', '')}`],
  ] as const) {
    it(`an idle timeout of nothing ${title} waits for the empty partition`, async () => {
      await platform.client.createTopic(`in-${name}`, { partitions: 2 })
      const times = ['2026-01-04 10:00:01', '2026-01-04 10:00:15']
      await append(
        `in-${name}`,
        0,
        times.map((at_time) => record({ at_time })),
      )
      const job = await start(name, script)
      await until(() => job.metrics().recordsIn === 2)
      await new Promise((resolve) => setTimeout(resolve, 300))
      assert.equal(job.metrics().watermark, undefined)
      await job.stop()
    })
  }

  it('scan.startup.mode = latest-offset: passes over what is there at the start', async () => {
    await platform.client.createTopic('in-latest', { partitions: 1 })
    await append('in-latest', 0, [record(row('old'))])
    const source = "'format' = 'json', 'scan.startup.mode' = 'latest-offset'"
    const job = await start('latest', copy('latest', { source }))
    await append('in-latest', 0, [record(row('new'))])
    await until(() => job.metrics().recordsIn === 1)
    await job.drain()
    assert.deepEqual(
      (await platform.consume('out-latest')).map(({ value }) => value),
      [written('new')],
    )
  })

  it('scan.startup.mode = timestamp: begins with the records of that time', async () => {
    const source =
      "'format' = 'json', 'scan.startup.mode' = 'timestamp', 'scan.startup.timestamp-millis' = '2000'"
    await platform.client.createTopic('in-time', { partitions: 1 })
    await append('in-time', 0, [record(row('early'), { timestamp: 1000 })])
    const later = [2000, 3000].map((timestamp) => record(row(String(timestamp)), { timestamp }))
    assert.deepEqual(await copied('time', { source }, later), [written('2000'), written('3000')])
  })

  for (const [title, name, source] of [
    [
      'json.ignore-parse-errors',
      'ignore',
      "'format' = 'json', 'json.ignore-parse-errors' = 'true'",
    ],
    [
      'value.json.ignore-parse-errors',
      'ignore-value',
      "'value.format' = 'json', 'value.json.ignore-parse-errors' = 'TRUE'",
    ],
  ] as const) {
    it(`${title}: a broken record is passed over`, async () => {
      const records = [record('{"id": '), record(row('whole'))]
      assert.deepEqual(await copied(name, { source }, records), [written('whole')])
    })
  }

  it('avro-confluent.ignore-parse-errors: what no schema wrote is passed over', async () => {
    const source = "'format' = 'avro-confluent', 'avro-confluent.ignore-parse-errors' = 'true'"
    assert.deepEqual(await copied('ignore-avro', { source }, [record('{"id": 1}')]), [])
    const strict = "'format' = 'avro-confluent'"
    await assert.rejects(
      copied('no-avro', { source: strict }, [record('{"id": 1}')]),
      /offset 0: not in the Confluent wire format .*ignore-parse-errors/,
    )
  })

  it('json.fail-on-missing-field: ends the job', async () => {
    const records = [record({ id: 'x' })]
    const without = await copied('missing', {}, records)
    assert.deepEqual(without, ['{"id":"x","n":null,"at_time":null}'])
    const source = "'format' = 'json', 'json.fail-on-missing-field' = 'true'"
    await assert.rejects(copied('missing-fails', { source }, records), /'n' is missing/)
  })

  it('json.timestamp-format.standard: of what is read, and of what is written', async () => {
    const records = [record(row('x', '2026-01-04T10:00:00'))]
    const iso = "'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601'"
    assert.deepEqual(await copied('iso', { source: iso }, records), [written('x')])
    const both = await copied('iso-both', { source: iso, sink: iso }, records)
    assert.deepEqual(both, ['{"id":"x","n":1,"at_time":"2026-01-04T10:00:00"}'])
  })

  it('value.fields-include = EXCEPT_KEY: a column of the key is read and written there', async () => {
    const exceptKey =
      "'key.format' = 'raw', 'key.fields' = 'id', 'value.format' = 'json', 'value.fields-include' = 'EXCEPT_KEY'"
    const records = [record({ n: 1, at_time: '2026-01-04 10:00:00' }, { key: 'k' })]
    assert.deepEqual(await copied('from-key', { source: exceptKey }, records), [written('k')])
    const both = await copied('to-key', { source: exceptKey, sink: exceptKey }, records)
    assert.deepEqual(both, ['k {"n":1,"at_time":"2026-01-04 10:00:00"}'])
  })

  for (const [prefix, name] of [
    ['', 'subject'],
    ['value.', 'value-subject'],
  ] as const) {
    it(`${prefix}avro-confluent.subject: the schema is registered there`, async () => {
      const format = `'${prefix}format' = 'avro-confluent'`
      const sink = `${format}, '${prefix}avro-confluent.subject' = 'mine-${name}'`
      await copied(name, { sink }, [record(row('x'))])
      const client = new RegistryClient(registryUrl())
      assert.match((await client.latest(`mine-${name}`))?.schema ?? '', /at_time/)
      assert.equal(await client.latest(`out-${name}-value`), undefined)
    })
  }
})
