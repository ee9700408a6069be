import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { realHost, SimulatedDisk } from '@millrace/host'
import { type LogRecord, Producer } from '@millrace/log'
import { Job } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'
import { Platform } from './platform.js'

const record = (value: unknown, key: unknown = undefined): LogRecord => ({
  key: key === undefined ? null : Buffer.from(JSON.stringify(key)),
  value:
    value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
})

const upsert = "'connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json'"

describe('tables whose records tell changes', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
  })
  after(() => platform.close())

  const disks = new Map<string, SimulatedDisk>()

  /** Reads what is there and ends; called again with the same name it goes on. */
  async function run(name: string, script: string) {
    const disk = disks.get(name) ?? new SimulatedDisk()
    disks.set(name, disk)
    const job = await Job.start({
      host: { ...realHost, disk },
      name,
      plan: planScript(script.replaceAll('NAME', name)),
      directory: `/state/${name}`,
      bootstrap: platform.bootstrap,
      registryUrl: 'http://127.0.0.1:1',
    })
    await job.drain()
    return job.metrics()
  }

  async function append(topic: string, ...records: LogRecord[]): Promise<void> {
    await new Producer(platform.client).send(topic, 0, records)
  }

  /** What a topic by key adds up to. */
  async function table(topic: string): Promise<string[]> {
    const rows = new Map<string, string>()
    for (const { key, value } of await platform.consume(topic)) {
      if (value === '') rows.delete(key ?? '')
      else rows.set(key ?? '', value)
    }
    return [...rows.values()].sort()
  }

  async function topics(name: string): Promise<void> {
    for (const each of [`in-${name}`, `out-${name}`]) {
      await platform.client.createTopic(each, { partitions: 1 })
    }
  }

  for (const include of ['ALL', 'EXCEPT_KEY']) {
    it(`upsert-kafka: the latest of each key counts (${include}), stopped and started`, async () => {
      const name = `people-${include.toLowerCase()}`
      const script = `CREATE TABLE people (id INT, name STRING, age INT, PRIMARY KEY (id) NOT ENFORCED)
        WITH (${upsert}, 'topic' = 'in-NAME', 'value.fields-include' = '${include}');
        CREATE TABLE counts (name STRING, n BIGINT, oldest INT, PRIMARY KEY (name) NOT ENFORCED)
        WITH (${upsert}, 'topic' = 'out-NAME');
        INSERT INTO counts SELECT name, COUNT(*), MAX(age) FROM people GROUP BY name`
      const person = (id: number, who: string, age: number) =>
        record(include === 'ALL' ? { id, name: who, age } : { name: who, age }, { id })
      await topics(name)
      await append(`in-${name}`, person(1, 'a', 5), person(2, 'a', 9), person(3, 'b', 1))
      await run(name, script)
      assert.deepEqual(await table(`out-${name}`), [
        '{"name":"a","n":2,"oldest":9}',
        '{"name":"b","n":1,"oldest":1}',
      ])
      await append(
        `in-${name}`,
        person(2, 'b', 7),
        record(null, { id: 3 }),
        record(null, { id: 99 }),
      )
      await run(name, script)
      assert.deepEqual(await table(`out-${name}`), [
        '{"name":"a","n":1,"oldest":5}',
        '{"name":"b","n":1,"oldest":7}',
      ])
      // A row that comes again as it is changes nothing.
      const count = (await platform.consume(`out-${name}`)).length
      await append(`in-${name}`, person(2, 'b', 7))
      await run(name, script)
      assert.equal((await platform.consume(`out-${name}`)).length, count)
      await append(`in-${name}`, record(null, { id: 1 }), person(4, 'b', 8))
      await run(name, script)
      assert.deepEqual(await table(`out-${name}`), ['{"name":"b","n":2,"oldest":8}'])
    })
  }

  it('upsert-kafka: a row that no longer passes a filter is deleted', async () => {
    const name = 'small-groups'
    const script = `CREATE TABLE people (id INT, name STRING, PRIMARY KEY (id) NOT ENFORCED)
      WITH (${upsert}, 'topic' = 'in-NAME');
      CREATE TABLE counts (name STRING, n BIGINT, PRIMARY KEY (name) NOT ENFORCED)
      WITH (${upsert}, 'topic' = 'out-NAME');
      INSERT INTO counts SELECT name, COUNT(*) FROM people GROUP BY name HAVING COUNT(*) < 3`
    const person = (id: number, who: string) => record({ id, name: who }, { id })
    await topics(name)
    await append(`in-${name}`, person(1, 'a'), person(2, 'a'), person(3, 'b'))
    await run(name, script)
    assert.deepEqual(await table(`out-${name}`), ['{"name":"a","n":2}', '{"name":"b","n":1}'])
    await append(`in-${name}`, person(4, 'a'), person(5, 'b'))
    await run(name, script)
    assert.deepEqual(await table(`out-${name}`), ['{"name":"b","n":2}'])
  })

  it('upsert-kafka: a record without a key ends the job', async () => {
    await topics('keyless')
    await append('in-keyless', record({ id: 1 }))
    const script = `CREATE TABLE t (id INT, PRIMARY KEY (id) NOT ENFORCED) WITH (${upsert}, 'topic' = 'in-NAME');
      CREATE TABLE s (id INT, PRIMARY KEY (id) NOT ENFORCED) WITH (${upsert}, 'topic' = 'out-NAME');
      INSERT INTO s SELECT id FROM t`
    await assert.rejects(
      run('keyless', script),
      /topic in-keyless, partition 0, offset 0: the record has no key/,
    )
  })

  const products = (
    options = '',
  ) => `CREATE TABLE products (id INT, name STRING, weight DECIMAL(10, 2),
      at_time TIMESTAMP_LTZ(3) METADATA FROM 'value.ingestion-timestamp' VIRTUAL,
      db STRING METADATA FROM 'value.source.database' VIRTUAL, place BIGINT METADATA FROM 'offset' VIRTUAL,
      props MAP<STRING, STRING> METADATA FROM 'value.source.properties' VIRTUAL)
    WITH ('connector' = 'kafka', 'format' = 'debezium-json', 'topic' = 'in-NAME' ${options});`
  const row = (id: number, name: string, weight: number) => ({ id, name, weight })
  const change = (op: string, beforeRow: unknown, afterRow: unknown) => ({
    before: beforeRow,
    after: afterRow,
    source: { db: 'shop', table: 'products', ts_ms: 5, snapshot: null },
    op,
    ts_ms: 1767520800000,
  })
  const changes = [
    change('r', null, row(1, 'a', 1.5)),
    change('c', null, row(2, 'b', 2)),
    change('u', row(1, 'a', 1.5), row(1, 'b', 3.25)),
    change('d', row(2, 'b', 2), null),
    change('c', null, row(3, 'c', 1)),
  ]
  const totals = `${'CREATE TABLE totals (name STRING, n BIGINT, weight DECIMAL(38, 2), db STRING, PRIMARY KEY (name) NOT ENFORCED)'}
    WITH (${upsert}, 'topic' = 'out-NAME');
    INSERT INTO totals SELECT name, COUNT(*), SUM(weight), MAX(props['db']) FROM products WHERE db = 'shop' GROUP BY name`

  for (const schemaInclude of [false, true]) {
    it(`debezium-json${schemaInclude ? ' with its schema' : ''}: rows come, change and go`, async () => {
      const name = `debezium-${schemaInclude}`
      await topics(name)
      const wrapped = changes.map((payload) =>
        schemaInclude ? { schema: { type: 'struct' }, payload } : payload,
      )
      await append(`in-${name}`, ...wrapped.map((each) => record(each)), record(null))
      const options = schemaInclude ? ", 'debezium-json.schema-include' = 'true'" : ''
      const { recordsIn, skipped } = await run(name, products(options) + totals)
      assert.deepEqual({ recordsIn, skipped }, { recordsIn: 6, skipped: 1 })
      assert.deepEqual(await table(`out-${name}`), [
        '{"name":"b","n":1,"weight":3.25,"db":"shop"}',
        '{"name":"c","n":1,"weight":1.00,"db":"shop"}',
      ])
    })
  }

  for (const [title, broken, message] of [
    ['no change', { op: 'x' }, /offset 0: there is no change 'x' in 'op'/],
    [
      'an update without the row before',
      change('u', null, row(1, 'a', 1)),
      /offset 0: the change has no 'before' .*REPLICA IDENTITY/,
    ],
    ['no JSON', '{"op":', /offset 0: not valid JSON/],
    [
      'a field of another type',
      change('c', null, { id: 1, name: 'n', weight: 'x' }),
      /offset 0: field 'weight': 'x' is not a number/,
    ],
  ] as const) {
    it(`debezium-json: ${title} ends the job, or is passed over`, async () => {
      const name = `broken-${title.replaceAll(' ', '-')}`
      await topics(name)
      await append(`in-${name}`, record(broken))
      await assert.rejects(run(name, products() + totals), message)
      await topics(`${name}-ignored`)
      await append(`in-${name}-ignored`, record(broken), record(changes[0]))
      await run(
        `${name}-ignored`,
        products(", 'debezium-json.ignore-parse-errors' = 'true'") + totals,
      )
      const rows = await table(`out-${name}-ignored`)
      assert.ok(rows.includes('{"name":"a","n":1,"weight":1.50,"db":"shop"}'))
    })
  }

  const canal = (type: string, data: unknown, old: unknown = null) =>
    record({
      data,
      old,
      type,
      database: 'shop',
      table: 'products',
      es: 1767520800000,
      ts: 1767520801000,
      sqlType: { id: 4 },
      pkNames: ['id'],
    })

  it('canal-json: rows come, change and go; of an update only what changed is in old', async () => {
    await topics('canal')
    await append(
      'in-canal',
      canal('CREATE', null),
      canal('INSERT', [
        { id: '1', name: 'a', weight: '1.5' },
        { id: '2', name: 'b', weight: '2' },
      ]),
      canal(
        'UPDATE',
        [
          { id: '1', name: 'a', weight: '4' },
          { id: '2', name: 'a', weight: '2' },
        ],
        [{ weight: '1.5' }, { name: 'b' }],
      ),
      canal('DELETE', [{ id: '2', name: 'a', weight: '2' }]),
    )
    const { skipped } = await run(
      'canal',
      `CREATE TABLE products (id INT, name STRING, weight DOUBLE, at_time TIMESTAMP_LTZ(3) METADATA FROM 'value.event-timestamp' VIRTUAL,
        pks ARRAY<STRING> METADATA FROM 'value.pk-names' VIRTUAL)
      WITH ('connector' = 'kafka', 'format' = 'canal-json', 'topic' = 'in-NAME', 'canal-json.table.include' = 'prod.*');
      CREATE TABLE totals (name STRING, n BIGINT, weight DOUBLE, pk STRING, at_time TIMESTAMP_LTZ(3), PRIMARY KEY (name) NOT ENFORCED)
      WITH (${upsert}, 'topic' = 'out-NAME');
      INSERT INTO totals SELECT name, COUNT(*), SUM(weight), MAX(pks[1]), MAX(at_time) FROM products GROUP BY name`,
    )
    assert.equal(skipped, 1)
    assert.deepEqual(await table('out-canal'), [
      '{"name":"a","n":1,"weight":4,"pk":"id","at_time":"2026-01-04 10:00:00Z"}',
    ])
  })

  it('canal-json: changes of other tables are passed over', async () => {
    await topics('filtered')
    await append('in-filtered', canal('INSERT', [{ id: 1 }]))
    const { skipped, recordsOut } = await run(
      'filtered',
      `CREATE TABLE t (id INT) WITH ('connector' = 'kafka', 'format' = 'canal-json', 'topic' = 'in-NAME', 'canal-json.database.include' = 'sho');
      CREATE TABLE s (id INT) WITH ('connector' = 'kafka', 'format' = 'debezium-json', 'topic' = 'out-NAME');
      INSERT INTO s SELECT id FROM t`,
    )
    assert.deepEqual({ skipped, recordsOut }, { skipped: 1, recordsOut: 0 })
  })

  for (const [format, comes, goes] of [
    [
      'debezium-json',
      (text: string) => `{"before":null,"after":${text},"op":"c"}`,
      (text: string) => `{"before":${text},"after":null,"op":"d"}`,
    ],
    [
      'canal-json',
      (text: string) => `{"data":[${text}],"type":"INSERT"}`,
      (text: string) => `{"data":[${text}],"type":"DELETE"}`,
    ],
  ] as const) {
    it(`${format}: every change is written, and read again`, async () => {
      const name = `to-${format}`
      await topics(name)
      await append(`in-${name}`, ...changes.slice(0, 4).map((each) => record(each)))
      await run(
        name,
        `CREATE TABLE t (id INT, name STRING) WITH ('connector' = 'kafka', 'format' = 'debezium-json', 'topic' = 'in-NAME');
        CREATE TABLE s (id INT, name STRING) WITH ('connector' = 'kafka', 'format' = '${format}', 'topic' = 'out-NAME');
        INSERT INTO s SELECT id, name FROM t`,
      )
      const a = '{"id":1,"name":"a"}'
      const b = '{"id":2,"name":"b"}'
      const written = (await platform.consume(`out-${name}`)).map(({ value }) => value)
      assert.deepEqual(written, [
        comes(a),
        comes(b),
        goes(a),
        comes('{"id":1,"name":"b"}'),
        goes(b),
      ])
    })
  }
})
