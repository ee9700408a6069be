import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { realHost, SimulatedDisk } from '@millrace/host'
import { decodeRecords, Fetcher, type LogRecord, Producer } from '@millrace/log'
import avsc from 'avsc'
import { avroSchemaText } from '../../src/formats/avro/schema.js'
import { Job } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'
import { Platform } from './platform.js'

describe('formats of keys and values', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
  })
  after(() => platform.close())

  /** The records that a script writes to `out-NAME` for those given to `in-NAME`. */
  async function run(
    name: string,
    script: string,
    records: LogRecord[],
  ): Promise<(string | null)[][]> {
    await platform.client.createTopic(`in-${name}`, { partitions: 1 })
    await platform.client.createTopic(`out-${name}`, { partitions: 1 })
    await new Producer(platform.client).send(`in-${name}`, 0, records)
    const job = await Job.start({
      host: { ...realHost, disk: new SimulatedDisk() },
      name,
      plan: planScript(script.replaceAll('NAME', name)),
      directory: `/state/${name}`,
      bootstrap: platform.bootstrap,
      registryUrl: 'http://127.0.0.1:1',
    })
    await job.drain()
    const end = await platform.client.listOffsets(`out-${name}`, 0, 'latest', 'read_committed')
    const fetcher = new Fetcher(platform.client, { isolation: 'read_committed', maxWaitMs: 20 })
    fetcher.assign([{ topic: `out-${name}`, partition: 0, offset: 0 }])
    const found: (string | null)[][] = []
    while (fetcher.position(`out-${name}`, 0) < end) {
      for (const { batches } of await fetcher.poll()) {
        for (const { key, value } of batches.flatMap((batch) => decodeRecords(batch))) {
          found.push([key?.toString('hex') ?? null, value?.toString('hex') ?? null])
        }
      }
    }
    fetcher.close()
    return found
  }

  const value = (hex: string, key: string | null = null): LogRecord => ({
    key: key === null ? null : Buffer.from(key, 'hex'),
    value: Buffer.from(hex, 'hex'),
  })
  const copy = (column: string, source: string, sink = source) => `
    CREATE TABLE source (x ${column}) WITH ('connector' = 'kafka', 'topic' = 'in-NAME', ${source});
    CREATE TABLE sink (x ${column}) WITH ('connector' = 'kafka', 'topic' = 'out-NAME', ${sink});
    INSERT INTO sink SELECT x FROM source`
  const json = "'format' = 'json'"

  for (const [type, hex, shown, options] of [
    ['STRING', 'c3a9', '"é"', ''],
    ['STRING', 'e9', '"é"', ", 'raw.charset' = 'ISO-8859-1'"],
    ['STRING', '00e9', '"é"', ", 'raw.charset' = 'UTF-16BE'"],
    ['STRING', 'e900', '"é"', ", 'raw.charset' = 'UTF-16LE'"],
    ['STRING', '61', '"a"', ", 'raw.charset' = 'US-ASCII'"],
    ['BYTES', '00ff', '"AP8="', ''],
    ['BOOLEAN', '01', 'true', ''],
    ['TINYINT', 'ff', '-1', ''],
    ['SMALLINT', '0102', '258', ''],
    ['SMALLINT', '0201', '258', ", 'raw.endianness' = 'little-endian'"],
    ['INT', 'fffffffe', '-2', ''],
    ['BIGINT', '0000000100000000', '4294967296', ''],
    ['BIGINT', '0000000001000000', '4294967296', ", 'raw.endianness' = 'little-endian'"],
    ['FLOAT', '3fc00000', '1.5', ''],
    ['DOUBLE', '000000000000f83f', '1.5', ", 'raw.endianness' = 'little-endian'"],
  ] as const) {
    it(`raw: ${type} ${hex}${options}`, async () => {
      const name = `raw-${type}-${hex}-${options.length}`.toLowerCase()
      const raw = `'format' = 'raw'${options}`
      const read = await run(`${name}-read`, copy(type, raw, json), [value(hex)])
      assert.equal(Buffer.from(read[0]?.[1] ?? '', 'hex').toString(), `{"x":${shown}}`)
      assert.deepEqual(await run(`${name}-copy`, copy(type, raw), [value(hex)]), [[null, hex]])
    })
  }

  it('raw: bytes of another length end the job', async () => {
    const script = copy('INT', "'format' = 'raw'", json)
    await assert.rejects(
      run('raw-short', script, [value('00')]),
      /offset 0: 1 bytes, where 'x' has 4/,
    )
  })

  const fields = [
    { name: 'id', type: { kind: 'bigint', nullable: false } },
    {
      name: 'who',
      type: {
        kind: 'row',
        nullable: true,
        fields: [
          { name: 'name', type: { kind: 'varchar', length: 2_147_483_647, nullable: true } },
        ],
      },
    },
    {
      name: 'xs',
      type: { kind: 'array', nullable: true, element: { kind: 'int', nullable: true } },
    },
  ] as const
  const person = avsc.Type.forSchema(JSON.parse(avroSchemaText(fields)))
  const columns = 'id BIGINT NOT NULL, who ROW<name STRING>, xs ARRAY<INT>'

  it('avro: records of the columns alone, read from and by others', async () => {
    const written = { id: 7, who: { name: 'a' }, xs: [1, null] }
    const bytes = person.toBuffer(written)
    const script = (sink: string) => `
      CREATE TABLE source (${columns}) WITH ('connector' = 'kafka', 'topic' = 'in-NAME', 'format' = 'avro');
      CREATE TABLE sink (${columns}) WITH ('connector' = 'kafka', 'topic' = 'out-NAME', ${sink});
      INSERT INTO sink SELECT * FROM source`
    const read = await run('avro-json', script(json), [value(bytes.toString('hex'))])
    assert.deepEqual(JSON.parse(Buffer.from(read[0]?.[1] ?? '', 'hex').toString()), written)
    const copied = await run('avro-avro', script("'format' = 'avro'"), [
      value(bytes.toString('hex')),
    ])
    assert.deepEqual(copied, [[null, bytes.toString('hex')]])
    await assert.rejects(
      run('avro-short', script(json), [value('0e')]),
      /offset 0: the Avro record ends early/,
    )
  })

  it('key.fields-prefix: the key has names without it, in any format of keys', async () => {
    const keyed = (
      format: string,
    ) => `'key.format' = '${format}', 'key.fields' = 'k_id;k_area', 'key.fields-prefix' = 'k_',
      'value.format' = 'json', 'value.fields-include' = 'EXCEPT_KEY'`
    const script = `
      CREATE TABLE source (k_id INT NOT NULL, k_area STRING NOT NULL, id INT) WITH ('connector' = 'kafka', 'topic' = 'in-NAME', ${keyed('json')});
      CREATE TABLE sink (k_id INT NOT NULL, k_area STRING NOT NULL, id INT) WITH ('connector' = 'kafka', 'topic' = 'out-NAME', ${keyed('avro')});
      INSERT INTO sink SELECT * FROM source`
    const key = Buffer.from('{"id":1,"area":"x"}').toString('hex')
    const records = await run('prefix', script, [
      value(Buffer.from('{"id":5}').toString('hex'), key),
    ])
    assert.deepEqual(records, [['020278', Buffer.from('{"id":5}').toString('hex')]])
  })
})
