import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Disk, realHost, SimulatedDisk } from '@millrace/host'
import { Job, type JobOptions } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'
import { Platform } from './platform.js'

/** Tables over topics of their own, whose names begin with `name`. */
function tables(name: string): string {
  const upsert = `'connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json'`
  return `
    CREATE TABLE trips (id INT, area INT, n INT, at_time TIMESTAMP(3),
      WATERMARK FOR at_time AS at_time - INTERVAL '2' SECOND
    ) WITH ('connector' = 'kafka', 'topic' = '${name}-trips', 'format' = 'json');
    CREATE TABLE areas (area INT, name STRING)
    WITH ('connector' = 'kafka', 'topic' = '${name}-areas', 'format' = 'json');
    CREATE TABLE totals (area INT, trips BIGINT, total INT, PRIMARY KEY (area) NOT ENFORCED)
    WITH (${upsert}, 'topic' = '${name}-totals');
    CREATE TABLE named (id INT, name STRING, n INT)
    WITH ('connector' = 'kafka', 'topic' = '${name}-named', 'format' = 'json');
    CREATE TABLE demand (w TIMESTAMP(3), area INT, trips BIGINT)
    WITH ('connector' = 'kafka', 'topic' = '${name}-demand', 'format' = 'json');
    CREATE TABLE largest (area INT, n INT, PRIMARY KEY (area) NOT ENFORCED)
    WITH (${upsert}, 'topic' = '${name}-largest');`
}

const oldInserts = `
  INSERT INTO totals SELECT area, COUNT(*), SUM(n) FROM trips GROUP BY area;
  INSERT INTO named SELECT t.id, a.name, t.n FROM trips t JOIN areas a ON t.area = a.area;
  INSERT INTO demand SELECT window_start, area, COUNT(*)
    FROM TABLE(TUMBLE(TABLE trips, DESCRIPTOR(at_time), INTERVAL '10' SECOND))
    GROUP BY window_start, window_end, area;`

/** The same in another order, with other names, columns in other places, and one INSERT more. */
const newInserts = `
  CREATE VIEW rides AS SELECT n AS distance, area AS district, id, at_time FROM trips;
  INSERT INTO largest SELECT area, MAX(n) FROM trips GROUP BY area;
  INSERT INTO demand SELECT w, district, c FROM (
    SELECT window_start AS w, r.district, COUNT(*) AS c
    FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(at_time), INTERVAL '10' SECOND)) AS r
    GROUP BY r.district, window_start, window_end);
  INSERT INTO named SELECT r.id, x.title, r.distance FROM rides r
    JOIN (SELECT name AS title, area AS place FROM areas) x ON x.place = r.district;
  INSERT INTO totals SELECT district, c, s FROM (
    SELECT SUM(distance) AS s, COUNT(*) AS c, district FROM rides GROUP BY district);`

function trip(second: number) {
  const at = new Date(Date.UTC(2026, 0, 4) + second * 1000)
  const time = at.toISOString().slice(0, 23).replace('T', ' ')
  return { id: second, area: second % 3, n: (second * 7) % 11, at_time: time }
}

describe('a changed script', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
  })
  after(() => platform.close())

  function start(name: string, disk: Disk, inserts: string, more: Partial<JobOptions> = {}) {
    return Job.start({
      ...{ host: { ...realHost, disk }, name, directory: `/state/${name}` },
      ...{ plan: planScript(tables(name) + inserts), registryUrl: '' },
      bootstrap: platform.bootstrap,
      ...more,
    })
  }

  async function read(job: Job, records: number): Promise<void> {
    while (job.metrics().recordsIn < records) await realHost.clock.sleep(5)
  }

  async function makeTopics(name: string): Promise<void> {
    for (const topic of ['trips', 'areas', 'totals', 'named', 'demand', 'largest']) {
      await platform.client.createTopic(`${name}-${topic}`, { partitions: 1 })
    }
  }

  async function feed(name: string, from: number, to: number): Promise<void> {
    const seconds = Array.from({ length: to - from }, (_, index) => from + index)
    await platform.produce(`${name}-trips`, 0, seconds.map(trip))
    const areas = seconds.map((second) => ({ area: second % 3, name: `a${second % 5}` }))
    await platform.produce(`${name}-areas`, 0, areas)
  }

  /** What the topics of results hold: of tables by key the latest row of each key. */
  async function results(name: string, topics = ['totals', 'named', 'demand']) {
    const all: Record<string, unknown> = {}
    for (const topic of topics) {
      const records = await platform.consume(`${name}-${topic}`)
      const isByKey = topic === 'totals' || topic === 'largest'
      all[topic] = isByKey
        ? [...new Map(records.map(({ key, value }) => [key, value])).entries()].sort()
        : records.map(({ value }) => value).sort()
    }
    return all
  }

  it('goes on from the state of the old one, with the results of an undisturbed run', async () => {
    for (const name of ['changed', 'undisturbed']) await makeTopics(name)
    const disk = new SimulatedDisk()
    const runs = [
      { from: 0, to: 25, inserts: oldInserts },
      { from: 25, to: 47, inserts: newInserts },
      { from: 47, to: 80, inserts: oldInserts },
    ]
    for (const { from, to, inserts } of runs) {
      for (const name of ['changed', 'undisturbed']) await feed(name, from, to)
      const mayLoseState = to === 80
      const job = await start('changed', disk, inserts, { stepRecordsMax: 7, mayLoseState })
      // Windows stay open, so it must not be drained.
      await read(job, to * 2)
      await job.stop()
    }
    await (await start('changed', disk, oldInserts)).drain()
    await (await start('undisturbed', new SimulatedDisk(), oldInserts)).drain()
    assert.deepEqual(await results('changed'), await results('undisturbed'))
    const { largest } = await results('changed', ['largest'])
    // An INSERT that comes begins with what comes after it.
    const values = new Map<number, number>()
    for (let second = 25; second < 47; second++) {
      const { area, n } = trip(second)
      values.set(area, Math.max(values.get(area) ?? 0, n))
    }
    const wanted = [...values].map(([area, n]) => [`{"area":${area}}`, JSON.stringify({ area, n })])
    assert.deepEqual(largest, wanted.sort())
  })

  it('is refused by the name of what does not fit, and nothing is touched', async () => {
    await makeTopics('refused')
    await feed('refused', 0, 20)
    const disk = new SimulatedDisk()
    await (await start('refused', disk, oldInserts)).drain()
    const other = oldInserts.replace(
      'area, COUNT(*), SUM(n) FROM trips GROUP BY area',
      'g, COUNT(*), SUM(n) FROM (SELECT area + 1 AS g, n FROM trips) GROUP BY g',
    )
    await assert.rejects(
      start('refused', disk, other),
      /\n {2}line 15: grouping by \[area\] into totals: its keys changed from \[area\] to \[\(area \+ 1\)\]\n[^\n]*ignore-unclaimed-state/,
    )
    const before = await results('refused')
    await feed('refused', 20, 30)
    await (await start('refused', disk, oldInserts)).drain()
    assert.notDeepEqual(await results('refused'), before)
    const lines: string[] = []
    const set = `SET 'execution.state-recovery.ignore-unclaimed-state' = 'true';`
    await (await start('refused', disk, set + other, { log: (line) => lines.push(line) })).drain()
    assert.deepEqual(lines.slice(-1), [
      'the changed script loses line 15: grouping by [area] into totals: its keys changed from [area] to [(area + 1)]',
    ])
  })

  it('begins from a savepoint, under the same name or another', async () => {
    await makeTopics('saved')
    await feed('saved', 0, 20)
    const disk = new SimulatedDisk()
    const insert = 'INSERT INTO totals SELECT area, COUNT(*), SUM(n) FROM trips GROUP BY area;'
    const job = await start('saved', disk, insert)
    await read(job, 20)
    await job.savepoint('/savepoints/one')
    await feed('saved', 20, 30)
    await read(job, 30)
    await job.stopWithSavepoint('/savepoints/two')
    await assert.rejects(job.savepoint('/savepoints/three'), /the job has ended/)
    const after30 = await results('saved', ['totals'])

    const first = { savepoint: '/savepoints/one' }
    await assert.rejects(start('saved', disk, insert, first), /did not begin from/)
    // The same name elsewhere: what it published after the savepoint comes again.
    const elsewhere = { ...first, directory: '/state/elsewhere' }
    await (await start('saved', disk, insert, elsewhere)).drain()
    assert.deepEqual(await results('saved', ['totals']), after30)
    await feed('saved', 30, 33)
    // Started again it goes on from its own state.
    const again = await start('saved', disk, insert, elsewhere)
    await again.drain()
    assert.equal(again.metrics().recordsIn, 33)

    const set = `SET 'execution.state-recovery.path' = '/savepoints/two';`
    const more = { name: 'other', directory: '/state/other' }
    const plan = planScript(tables('saved') + set + insert)
    const other = await start('saved', disk, insert, { ...more, plan })
    await other.drain()
    assert.equal(other.metrics().recordsIn, 33)
    // What was written when nothing was forgotten counts as written now.
    const ttl = {
      ...more,
      plan: planScript(`SET 'table.exec.state.ttl' = '1 d';${tables('saved')}${insert}`),
    }
    await feed('saved', 33, 36)
    for (const forgetful of [ttl, more])
      await (await start('saved', disk, insert, forgetful)).drain()
    const total = Array.from({ length: 36 }, (_, second) => trip(second))
    assert.deepEqual(
      (await results('saved', ['totals'])).totals,
      [0, 1, 2].map((area) => {
        const ns = total.filter((each) => each.area === area).map(({ n }) => n)
        const sum = ns.reduce((left, right) => left + right)
        return [`{"area":${area}}`, JSON.stringify({ area, trips: ns.length, total: sum })]
      }),
    )
    await assert.rejects(
      start('saved', disk, insert, { savepoint: '/nowhere', directory: '/state/fresh' }),
      /\/nowhere holds no savepoint/,
    )
  })
})
