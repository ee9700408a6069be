import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Disk, realHost, SimulatedDisk, seededRandom } from '@millrace/host'
import { Job } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'
import { SqlError } from '../../src/sql/index.js'
import { Platform } from './platform.js'

interface Options {
  seed?: number
  disk?: Disk
  bootstrap?: string
  stepRecordsMax?: number
  name?: string
}

/** Starts a script that needs no broker, and collects what it prints. */
async function start(script: string, options: Options = {}): Promise<[Job, string[], string[]]> {
  const { seed = 1, disk = new SimulatedDisk(), bootstrap = '', name = 'job', ...more } = options
  const out: string[] = []
  const err: string[] = []
  const job = await Job.start({
    host: { ...realHost, disk, random: seededRandom(seed) },
    name,
    plan: planScript(script),
    directory: `/state/${name}`,
    bootstrap,
    registryUrl: '',
    print: (line, isError) => (isError ? err : out).push(line),
    ...more,
  })
  return [job, out, err]
}

async function printed(script: string, options: Options = {}): Promise<string[]> {
  const [job, out] = await start(script, options)
  await job.done
  return out
}

/** Prints all that the columns hold, generated with these options. */
const generated = (columns: string, types: string, more: string) => `
  CREATE TABLE made (${columns}) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000', ${more});
  CREATE TABLE shown (${types}) WITH ('connector' = 'print');
  INSERT INTO shown SELECT * FROM made;`

const sequence = (name: string, from: number, to: number) =>
  `'fields.${name}.kind' = 'sequence', 'fields.${name}.start' = '${from}', 'fields.${name}.end' = '${to}'`

describe('datagen', () => {
  it('counts in a sequence of every type, and ends with the shortest', async () => {
    const columns = 'a INT, b STRING, c DECIMAL(5, 2), d DOUBLE, e TINYINT'
    const options = ['a', 'b', 'c', 'd'].map((name) => sequence(name, 8, 100))
    const rows = await printed(
      generated(columns, columns, [...options, sequence('e', -1, 1)].join(', ')),
    )
    assert.deepEqual(rows, [
      '+I[8, 8, 8.00, 8.0, -1]',
      '+I[9, 9, 9.00, 9.0, 0]',
      '+I[10, 10, 10.00, 10.0, 1]',
    ])
  })

  it('makes as many rows as asked for, within their bounds, from the seed of its host', async () => {
    const columns = 'i INT, big BIGINT, d DECIMAL(6, 1), s STRING, c CHAR(3), f DOUBLE, b BOOLEAN'
    const script = generated(
      columns,
      columns,
      `'number-of-rows' = '500', 'fields.i.min' = '-2', 'fields.i.max' = '2', 'fields.d.min' = '1.5',
       'fields.d.max' = '2.5', 'fields.s.length' = '7', 'fields.f.min' = '0.5', 'fields.f.max' = '1'`,
    )
    const rows = await printed(script, { seed: 7 })
    assert.equal(rows.length, 500)
    const seen = new Set<string>()
    for (const row of rows) {
      const match =
        /^\+I\[(-?[012]), (-?\d+), (1\.[5-9]|2\.[0-5]), ([0-9a-f]{7}), ([0-9a-f]{3}), (0\.\d+|1\.0), (true|false)\]$/.exec(
          row,
        )
      assert.ok(match, row)
      seen.add(match[1] ?? '')
    }
    assert.deepEqual([...seen].sort(), ['-1', '-2', '0', '1', '2'])
    assert.deepEqual(await printed(script, { seed: 7, stepRecordsMax: 13 }), rows)
    assert.notDeepEqual(await printed(script, { seed: 8 }), rows)
  })

  it('leaves values out at a rate, and reaches back in time', async () => {
    const columns = 'n INT, t TIMESTAMP(3)'
    const rows = await printed(
      generated(
        columns,
        columns,
        "'number-of-rows' = '1000', 'fields.n.null-rate' = '0.25', 'fields.t.max-past' = '1 h'",
      ),
    )
    const nulls = rows.filter((row) => row.startsWith('+I[null,')).length
    assert.ok(nulls > 150 && nulls < 350, `${nulls} of 1000`)
    const times = rows.map((row) => Date.parse(`${row.slice(row.indexOf(', ') + 2, -1)}Z`))
    const now = realHost.clock.now()
    assert.ok(times.every((time) => time <= now && time >= now - 3_700_000))
    assert.ok(Math.max(...times) - Math.min(...times) > 3_000_000)
  })

  it('goes on where it was stopped', async () => {
    const disk = new SimulatedDisk()
    const script = generated('n INT', 'n INT', sequence('n', 1, 100))
    const rows: string[] = []
    let recordsIn = 0
    while (recordsIn < 100) {
      const [job, out] = await start(script, { disk, stepRecordsMax: 9 })
      while (job.metrics().recordsIn === recordsIn) await realHost.clock.sleep(1)
      await job.stop()
      rows.push(...out)
      recordsIn = job.metrics().recordsIn
    }
    assert.deepEqual(
      rows,
      Array.from({ length: 100 }, (_, index) => `+I[${index + 1}]`),
    )
  })

  it('closes the windows at its end', async () => {
    const rows = await printed(`
      CREATE TABLE made (n BIGINT, ts AS TO_TIMESTAMP_LTZ(n * 1000, 3), WATERMARK FOR ts AS ts)
      WITH ('connector' = 'datagen', 'rows-per-second' = '1000000', ${sequence('n', 0, 24)});
      CREATE TABLE shown (w TIMESTAMP(3), c BIGINT) WITH ('connector' = 'print');
      INSERT INTO shown SELECT window_start, COUNT(*)
      FROM TABLE(TUMBLE(TABLE made, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end;`)
    assert.deepEqual(rows, [
      '+I[1970-01-01T00:00, 10]',
      '+I[1970-01-01T00:00:10, 10]',
      '+I[1970-01-01T00:00:20, 5]',
    ])
  })

  it('refuses bounds that are no values of the column', async () => {
    const refusals: [column: string, options: string, message: RegExp][] = [
      ['n TINYINT', "'fields.n.max' = '200'", /'fields\.n\.max': '200' is no TINYINT/],
      ['n INT', "'fields.n.min' = '1.5'", /'fields\.n\.min': '1\.5' is no INT/],
      ['n INT', "'fields.n.min' = '5', 'fields.n.max' = '4'", /'fields\.n\.min': is more than/],
      ['n DECIMAL(3, 1)', "'fields.n.max' = '1000'", /'1000' is no DECIMAL\(3, 1\)/],
      ['n TINYINT', sequence('n', 1, 200), /'fields\.n\.end': '200' is no TINYINT/],
      ['n DATE', sequence('n', 1, 2), /a sequence of DATE, for the column 'n'/],
    ]
    for (const [column, options, message] of refusals) {
      await assert.rejects(start(generated(column, column, options)), message)
    }
  })

  it('makes no more in a second than asked for', async () => {
    const [job] = await start(`
      CREATE TABLE made (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '20');
      CREATE TABLE gone (n INT) WITH ('connector' = 'blackhole');
      INSERT INTO gone SELECT * FROM made;`)
    const startedMs = realHost.clock.monotonic()
    while (job.metrics().recordsIn < 5) await realHost.clock.sleep(5)
    await job.stop()
    const allowed = ((realHost.clock.monotonic() - startedMs) / 1000) * 20 + 2
    assert.ok(job.metrics().recordsIn <= allowed, `${job.metrics().recordsIn} of ${allowed}`)
  })
})

describe('print', () => {
  const made = (rows: number) => `
    CREATE TABLE made (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000', ${sequence('n', 1, rows)});`

  it('tells each change of a row, with the row as it was before', async () => {
    const rows = await printed(
      `${made(3)} CREATE TABLE shown (odd BOOLEAN, c BIGINT) WITH ('connector' = 'print');
      INSERT INTO shown SELECT MOD(n, 2) = 1, COUNT(*) FROM made GROUP BY MOD(n, 2) = 1;`,
      { stepRecordsMax: 1 },
    )
    assert.deepEqual(rows, ['+I[true, 1]', '+I[false, 1]', '-U[true, 1]', '+U[true, 2]'])
  })

  it('names itself, and may use the standard error', async () => {
    const [job, out, err] = await start(`${made(1)}
      CREATE TABLE shown (n INT) WITH ('connector' = 'print', 'print-identifier' = 'mine', 'standard-error' = 'true');
      INSERT INTO shown SELECT n FROM made;`)
    await job.done
    assert.deepEqual([out, err], [[], ['mine> +I[1]']])
  })

  it('writes values as Java does', async () => {
    const values: [sql: string, type: string, expected: string][] = [
      ['CAST(NULL AS INT)', 'INT', 'null'],
      ["'it''s'", 'STRING', "it's"],
      ['1e7', 'DOUBLE', '1.0E7'],
      ['1234567.5', 'DOUBLE', '1234567.5'],
      ['1.5e-4', 'DOUBLE', '1.5E-4'],
      ['CAST(0.1 AS FLOAT)', 'FLOAT', '0.1'],
      ['CAST(1.50 AS DECIMAL(5, 2))', 'DECIMAL(5, 2)', '1.50'],
      ["DATE '2026-01-04'", 'DATE', '2026-01-04'],
      ["TIME '10:00:00'", 'TIME', '10:00'],
      ["TIMESTAMP '2026-01-04 10:20:30.12'", 'TIMESTAMP(3)', '2026-01-04T10:20:30.120'],
      ["TIMESTAMP '2026-01-04 10:00:00'", 'TIMESTAMP(3)', '2026-01-04T10:00'],
      ['TO_TIMESTAMP_LTZ(0, 3)', 'TIMESTAMP_LTZ(3)', '1970-01-01T00:00:00Z'],
    ]
    const columns = values.map(([, type], index) => `c${index} ${type}`).join(', ')
    const rows = await printed(`${made(1)}
      CREATE TABLE shown (${columns}) WITH ('connector' = 'print');
      INSERT INTO shown SELECT ${values.map(([sql, type]) => `CAST(${sql} AS ${type})`).join(', ')} FROM made;`)
    assert.deepEqual(rows, [`+I[${values.map(([, , expected]) => expected).join(', ')}]`])
  })
})

describe('a job that reads no topic', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
  })
  after(() => platform.close())

  it('publishes each row once, wherever it was stopped', async () => {
    const disk = new SimulatedDisk()
    const { bootstrap } = platform
    const script = `
      CREATE TABLE made (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000', ${sequence('n', 1, 40)});
      CREATE TABLE sink (n INT) WITH ('connector' = 'kafka', 'topic' = 'made', 'format' = 'json');
      INSERT INTO sink SELECT n FROM made;`
    let recordsIn = 0
    while (recordsIn < 40) {
      const [job] = await start(script, { disk, bootstrap, stepRecordsMax: 4, name: 'made' })
      while (job.metrics().recordsIn === recordsIn) await realHost.clock.sleep(1)
      await job.stop()
      recordsIn = job.metrics().recordsIn
    }
    const values = (await platform.consume('made')).map(({ value }) => JSON.parse(value).n)
    assert.deepEqual(
      values.sort((a, b) => a - b),
      Array.from({ length: 40 }, (_, index) => index + 1),
    )
    // The epoch is in the group all the same: a folder that knows less is refused.
    await assert.rejects(
      start(script, { bootstrap, name: 'made' }),
      /has published step \d+, but its folder knows only 0/,
    )
  })
})

describe('what a connector does not have', () => {
  const refused: [title: string, script: string, message: RegExp][] = [
    [
      'an option',
      "CREATE TABLE t (n INT) WITH ('connector' = 'blackhole', 'topic' = 'x')",
      /^the connector 'blackhole' has no option 'topic'$/,
    ],
    [
      'a column to generate',
      "CREATE TABLE t (n INT) WITH ('connector' = 'datagen', 'fields.m.min' = '1')",
      /^'fields\.m\.min': there is no column `m` to generate$/,
    ],
    [
      'a sequence without an end',
      "CREATE TABLE t (n INT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1')",
      /^the sequence `n` has no 'end'$/,
    ],
    [
      'a start of chance',
      "CREATE TABLE t (n INT) WITH ('connector' = 'datagen', 'fields.n.start' = '1')",
      /^'start' does not go with the kind 'random' of `n`$/,
    ],
    [
      'reading',
      "CREATE TABLE t (n INT) WITH ('connector' = 'print'); CREATE TABLE u (n INT) WITH ('connector' = 'print'); INSERT INTO u SELECT n FROM t",
      /^a table of the connector 'print' cannot be read$/,
    ],
    [
      'writing',
      "CREATE TABLE t (n INT) WITH ('connector' = 'datagen'); CREATE TABLE u (n INT) WITH ('connector' = 'datagen'); INSERT INTO u SELECT n FROM t",
      /^a table of the connector 'datagen' cannot be written$/,
    ],
    [
      'metadata',
      "CREATE TABLE t (n INT, o BIGINT METADATA FROM 'offset' VIRTUAL) WITH ('connector' = 'datagen')",
      /^the connector 'datagen' has no metadata$/,
    ],
  ]
  for (const [title, script, message] of refused) {
    it(title, () => {
      assert.throws(
        () => planScript(script),
        (error) => error instanceof SqlError && message.test(error.message),
      )
    })
  }
})
