import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Disk, type Host, realHost, SimulatedDisk, seededRandom } from '@millrace/host'
import { decodeRecords, encodeBatch, Fetcher, type LogClient, Producer } from '@millrace/log'
import { Dataflow } from '../../src/operators/dataflow.js'
import { Job } from '../../src/runtime/job.js'
import { LateTopic } from '../../src/runtime/late-records.js'
import { endOfTimeMs } from '../../src/runtime/limits.js'
import { planScript } from '../../src/script.js'
import { ColumnBatch } from '../../src/state/batch.js'
import { KillableHost } from './killable-host.js'
import { Platform } from './platform.js'

interface Told {
  key: string | null
  value: string
  timestampMs: number
  headers: Record<string, string>
}

/** A visit at so many seconds of an hour, by its number. */
function visit(n: number, second: number, area = 1) {
  const at = new Date(Date.UTC(2026, 0, 4) + second * 1000)
  return { n, area, at_time: at.toISOString().slice(0, 23).replace('T', ' ') }
}

describe('records that come too late', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
  })
  after(() => platform.close())

  const table = (name: string, more = '') => `
    CREATE TABLE visits (
      n INT, area INT, at_time TIMESTAMP(3), WATERMARK FOR at_time AS at_time - INTERVAL '2' SECOND
    ) WITH ('connector' = 'kafka', 'topic' = 'in-${name}', 'format' = 'json',
      'scan.watermark.late-records.topic' = 'late-${name}' ${more});`
  const sink = (name: string, columns: string) =>
    `CREATE TABLE s${name.replaceAll('-', '_')} (${columns}) WITH ('connector' = 'kafka', 'topic' = 'out-${name}', 'format' = 'json');`

  const start = (name: string, script: string, disk: Disk, host: Host = realHost) =>
    Job.start({
      ...{ host: { ...host, disk }, name, directory: `/state/${name}` },
      ...{ bootstrap: platform.bootstrap, registryUrl: '', stepRecordsMax: 1 },
      plan: planScript(script),
    })

  /** Each call is a batch of its own, and so a step. */
  async function produce(name: string, rows: readonly { n: number }[]): Promise<void> {
    const records = rows.map((row) => ({
      key: Buffer.from(`key ${row.n}`),
      value: Buffer.from(JSON.stringify(row)),
      timestamp: 1_000_000 + row.n,
      headers: [{ key: 'trace', value: Buffer.from(`t${row.n}`) }],
    }))
    await new Producer(platform.client).send(`in-${name}`, 0, records)
  }

  async function told(name: string): Promise<Told[]> {
    const topic = `late-${name}`
    const [found] = await platform.client.topics([topic])
    const all: Told[] = []
    for (let partition = 0; partition < (found?.partitions ?? 0); partition++) {
      const end = await platform.client.listOffsets(topic, partition, 'latest', 'read_committed')
      const fetcher = new Fetcher(platform.client, { isolation: 'read_committed', maxWaitMs: 20 })
      fetcher.assign([{ topic, partition, offset: 0 }])
      while (fetcher.position(topic, partition) < end) {
        for (const { batches } of await fetcher.poll()) {
          for (const { key, value, timestamp, headers } of batches.flatMap(decodeRecords)) {
            all.push({
              key: key?.toString() ?? null,
              value: value?.toString() ?? '',
              timestampMs: timestamp,
              headers: Object.fromEntries(headers.map((each) => [each.key, String(each.value)])),
            })
          }
        }
      }
      fetcher.close()
    }
    return all
  }

  /** The numbers of the records that are told, with who found them late. */
  async function numbersTold(name: string): Promise<string[]> {
    const all = await told(name)
    return all
      .map(({ value, headers }) => {
        const [, operator] = (headers['millrace.late.operator'] ?? '').split(', ')
        return `${JSON.parse(value).n} ${operator}`
      })
      .sort()
  }

  const window = (name: string) => `
    ${sink(name, 'w TIMESTAMP(3), c BIGINT')}
    INSERT INTO s${name.replaceAll('-', '_')} SELECT window_start, COUNT(*)
    FROM TABLE(TUMBLE(TABLE visits, DESCRIPTOR(at_time), INTERVAL '10' SECOND))
    WHERE area > 0 GROUP BY window_start, window_end;`

  it('are written as they were read, with who found them late', async () => {
    await platform.client.createTopic('in-whole', { partitions: 1 })
    const job = await start('whole', table('whole') + window('whole'), new SimulatedDisk())
    await produce('whole', [visit(0, 1), visit(1, 15)])
    await produce('whole', [visit(2, 3), visit(3, 16), visit(4, 4, -1), visit(5, 5)])
    await job.drain()
    assert.equal(job.metrics().late, 2)
    const all = await told('whole')
    const second = all.find(({ key }) => key === 'key 2')
    // The fourth does not pass the filter, and so is not late.
    assert.deepEqual(all.map(({ key }) => key).sort(), ['key 2', 'key 5'])
    assert.deepEqual(second, {
      key: 'key 2',
      value: JSON.stringify(visit(2, 3)),
      timestampMs: 1_000_002,
      headers: {
        trace: 't2',
        'millrace.late.operator': 'insert 1 into swhole, window 1',
        'millrace.late.watermark': '2026-01-04T00:00:13.000Z',
        'millrace.late.topic': 'in-whole',
        'millrace.late.partition': '0',
        'millrace.late.offset': '2',
      },
    })
    assert.equal((await platform.consume('out-whole')).length, 2)
  })

  const queries: Record<string, { sql: string; late: string[] }> = {
    'hopping windows': {
      sql: `SELECT window_start, COUNT(*) FROM TABLE(HOP(TABLE visits, DESCRIPTOR(at_time), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) GROUP BY window_start, window_end`,
      late: ['3 window 1', '4 window 1'],
    },
    'windows that rows have': {
      sql: `SELECT window_start, COUNT(*) FROM (SELECT * FROM TABLE(TUMBLE(TABLE visits, DESCRIPTOR(at_time), INTERVAL '10' SECOND)) WHERE window_end IS NOT NULL) GROUP BY window_start, window_end`,
      late: ['3 window 1', '4 window 1'],
    },
    sessions: {
      sql: `SELECT window_start, COUNT(*) FROM TABLE(SESSION(TABLE visits PARTITION BY area, DESCRIPTOR(at_time), INTERVAL '4' SECOND)) GROUP BY window_start, window_end, area`,
      late: ['3 window 1', '4 window 1'],
    },
    'rows with their sessions': {
      sql: `SELECT window_start, CAST(n AS BIGINT) FROM TABLE(SESSION(TABLE visits PARTITION BY area, DESCRIPTOR(at_time), INTERVAL '4' SECOND)) WHERE n <> 100`,
      late: ['3 window 1', '4 window 1'],
    },
    'the first of each window': {
      sql: `SELECT at_time, CAST(n AS BIGINT) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY n DESC) AS place FROM TABLE(TUMBLE(TABLE visits, DESCRIPTOR(at_time), INTERVAL '10' SECOND))) WHERE place = 1`,
      late: ['3 window 1', '4 window 1'],
    },
    'functions of the rows before': {
      sql: `SELECT at_time, COUNT(*) OVER (PARTITION BY area ORDER BY at_time) FROM visits`,
      late: ['3 over 1', '4 over 1'],
    },
    'the order of event time': {
      sql: `SELECT at_time, CAST(n AS BIGINT) FROM visits ORDER BY at_time`,
      late: ['3 sort 1', '4 sort 1'],
    },
    'the first of each key by event time': {
      sql: `SELECT at_time, CAST(n AS BIGINT) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY area ORDER BY at_time) AS place FROM visits) WHERE place = 1`,
      late: ['3 deduplication 1', '4 deduplication 1'],
    },
    'a join of windows, for each side': {
      sql: `SELECT l.window_start, CAST(l.n AS BIGINT) FROM TABLE(TUMBLE(TABLE visits, DESCRIPTOR(at_time), INTERVAL '10' SECOND)) AS l
        JOIN (SELECT * FROM TABLE(TUMBLE(TABLE visits, DESCRIPTOR(at_time), INTERVAL '10' SECOND)) WHERE n <> 4) AS r
        ON l.window_start = r.window_start AND l.window_end = r.window_end`,
      late: ['3 window join 1', '3 window join 1', '4 window join 1'],
    },
  }
  Object.entries(queries).forEach(([what, { sql, late }], index) => {
    it(`are told by ${what}`, async () => {
      const name = `query-${index}`
      await platform.client.createTopic(`in-${name}`, { partitions: 1 })
      const script = `${table(name)} ${sink(name, 'w TIMESTAMP(3), c BIGINT')}
        INSERT INTO s${name.replaceAll('-', '_')} ${sql};`
      const job = await start(name, script, new SimulatedDisk())
      await produce(name, [visit(0, 2), visit(1, 9), visit(2, 19)])
      await produce(name, [visit(3, 1), visit(4, 7), visit(5, 30, 2)])
      await job.drain()
      assert.deepEqual(await numbersTold(name), late)
      assert.equal(job.metrics().late, late.length)
    })
  })

  it('are there once for each operator that misses them, by two tables of one topic apart', async () => {
    await platform.client.createTopic('in-twice', { partitions: 1 })
    const script = `${table('twice')} ${sink('twice', 'w TIMESTAMP(3), c BIGINT')}
      EXECUTE STATEMENT SET BEGIN
      INSERT INTO stwice SELECT window_start, COUNT(*)
      FROM TABLE(TUMBLE(TABLE visits, DESCRIPTOR(at_time), INTERVAL '10' SECOND)) GROUP BY window_start, window_end;
      INSERT INTO stwice SELECT window_start, COUNT(*)
      FROM TABLE(TUMBLE(TABLE visits, DESCRIPTOR(at_time), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;
      INSERT INTO stwice SELECT at_time, CAST(n AS BIGINT) FROM visits;
      END;`
    const job = await start('twice', script, new SimulatedDisk())
    await produce('twice', [visit(0, 1), visit(1, 15)])
    await produce('twice', [visit(2, 3)])
    await produce('twice', [visit(3, 90)])
    await produce('twice', [visit(4, 4)])
    await job.drain()
    assert.deepEqual(await numbersTold('twice'), ['2 window 1', '4 window 1', '4 window 1'])
  })

  it('are told once, wherever the job is killed', async () => {
    const script = (name: string) => table(name) + window(name)
    for (let seed = 1; seed <= 6; seed++) {
      const name = `kill-${seed}`
      const random = seededRandom(seed)
      await platform.client.createTopic(`in-${name}`, { partitions: 1 })
      const late: string[] = []
      for (let n = 0; n < 60; n++) {
        const isLate = n > 3 && random.below(3) === 0
        if (isLate) late.push(`${n} window 1`)
        await produce(name, [visit(n, isLate ? 1 : 10 + n * 7)])
      }
      const disk = new SimulatedDisk()
      for (let deaths = 0; ; deaths++) {
        const killAt = deaths < 4 ? random.below(150) : Number.POSITIVE_INFINITY
        const host = new KillableHost({ ...realHost, disk }, killAt)
        const outcome = await start(name, script(name), host.disk, host)
          .then((job) => job.drain())
          .then(
            () => undefined,
            (error: unknown) => error,
          )
        if (outcome === undefined) break
        assert.ok(host.killed, `it died by itself: ${outcome}`)
        disk.crash(random)
      }
      assert.deepEqual(await numbersTold(name), late.sort())
    }
  })

  it('are told from a backlog that is decoded in a thread of its own', async () => {
    await platform.client.createTopic('in-backlog', { partitions: 1 })
    await produce('backlog', [visit(0, 1), visit(1, 30)])
    const job = await start('backlog', table('backlog') + window('backlog'), new SimulatedDisk())
    while (job.metrics().recordsIn < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    await job.stop()
    const rows = Array.from({ length: 6000 }, (_, n) => visit(n + 2, n % 100 === 0 ? 2 : 40))
    await produce('backlog', rows)
    const disk = new SimulatedDisk()
    const again = await Job.start({
      ...{ host: { ...realHost, disk }, name: 'backlog-2', directory: '/state' },
      ...{ bootstrap: platform.bootstrap, registryUrl: '', stepRecordsMax: 1 },
      plan: planScript(table('backlog') + window('backlog')),
    })
    await again.drain()
    assert.equal((await numbersTold('backlog')).length, 60)
  })
})

describe('a record that comes when everything was given out', () => {
  it('is told with the last instant that there is', async () => {
    const plan = planScript(`
      CREATE TABLE visits (n INT, at_time TIMESTAMP(3), WATERMARK FOR at_time AS at_time)
      WITH ('connector' = 'kafka', 'topic' = 'in', 'format' = 'json',
        'scan.watermark.late-records.topic' = 'late');
      CREATE TABLE counts (n BIGINT) WITH ('connector' = 'print');
      INSERT INTO counts SELECT COUNT(*)
      FROM TABLE(TUMBLE(TABLE visits, DESCRIPTOR(at_time), INTERVAL '10' SECOND))
      GROUP BY window_start, window_end`)
    const dataflow = await Dataflow.compile(plan)
    const [source] = dataflow.sources
    assert(source)
    const topics = async () => [{ partitions: 1 }]
    const late = await LateTopic.open(source, { topics } as unknown as LogClient)
    const batch = new ColumnBatch(source.fields)
    for (const column of batch.columns) {
      if (column.kind === 'fixed') column.pushInteger(0n)
    }
    const bytes = encodeBatch([{ key: null, value: Buffer.from('late') }], { timestamp: 0 })
    const taken = { place: 0, bytes, startOffset: 0, nextOffset: 1, recordCount: 1 }
    const told = { source, operator: 'window', places: [0], closedThroughMs: endOfTimeMs }
    const [part] = late?.encode(told, { batch, records: 1, skipped: 0, taken: [taken] }, 0) ?? []
    const headers = part?.records[0]?.headers ?? []
    const watermark = headers.find(({ key }) => key === 'millrace.late.watermark')
    assert.equal(String(watermark?.value), '+275760-09-13T00:00:00.000Z')
    dataflow.close()
  })
})
