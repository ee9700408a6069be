import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Disk, realHost, SimulatedDisk } from '@millrace/host'
import { Job, type JobOptions } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'
import { Platform } from './platform.js'

/** Counts trips per area in windows of ten seconds, with a delay of two. */
function script(name: string, options: { source?: string } = {}): string {
  return `
    CREATE TABLE trips (
      area INT, n INT, at_time TIMESTAMP(3),
      WATERMARK FOR at_time AS at_time - INTERVAL '2' SECOND
    ) WITH ('connector' = 'kafka', 'topic' = 'in-${name}', 'format' = 'json' ${options.source ?? ''});
    CREATE TABLE demand (w TIMESTAMP(3), area INT, trips BIGINT, total INT)
    WITH ('connector' = 'kafka', 'topic' = 'out-${name}', 'format' = 'json');
    INSERT INTO demand SELECT window_start, area, COUNT(*), SUM(n)
    FROM TABLE(TUMBLE(TABLE trips, DESCRIPTOR(at_time), INTERVAL '10' SECOND))
    WHERE n >= 0 GROUP BY window_start, window_end, area;`
}

/** A trip at so many seconds of an hour. */
function trip(second: number, area = 1, n = 1) {
  const at = new Date(Date.UTC(2026, 0, 4) + second * 1000)
  return { area, n, at_time: at.toISOString().slice(0, 23).replace('T', ' ') }
}

describe('a job', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
  })
  after(() => platform.close())

  function start(
    name: string,
    disk: Disk,
    more: Partial<JobOptions> & { source?: string; idleTimeout?: string } = {},
  ): Promise<Job> {
    const plan = planScript(script(name, more), {
      defaults: more.idleTimeout ? { 'scan.watermark.idle-timeout': more.idleTimeout } : {},
    })
    return Job.start({
      host: { ...realHost, disk },
      name,
      plan,
      directory: `/state/${name}`,
      bootstrap: platform.bootstrap,
      registryUrl: 'http://127.0.0.1:1',
      ...more,
    })
  }

  /** `12:area=trips/total` for each result, in the order of the topic's partitions. */
  async function results(name: string): Promise<string[]> {
    const records = await platform.consume(`out-${name}`)
    return records
      .map(({ value }) => JSON.parse(value))
      .map(({ w, area, trips, total }) => `${w.slice(14)} ${area}: ${trips}/${total}`)
      .sort()
  }

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 10_000
    while (!(await condition())) {
      assert.ok(Date.now() < deadline, 'it did not happen in ten seconds')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  it('gives a window out when the watermark passes, and the rest when drained', async () => {
    await platform.client.createTopic('in-live', { partitions: 1 })
    const job = await start('live', new SimulatedDisk())
    await platform.produce('in-live', 0, [trip(1), trip(5, 2, 7), trip(9), trip(3, 1, -1)])
    await until(() => job.metrics().recordsIn === 4)
    assert.deepEqual(await results('live'), [])
    await platform.produce('in-live', 0, [trip(11.9)])
    await until(() => job.metrics().recordsIn === 5)
    assert.deepEqual(await results('live'), [])
    // The window's last instant is 9.999; with the delay of two seconds it passes at 11.999.
    await platform.produce('in-live', 0, [trip(11.999)])
    await until(async () => (await results('live')).length === 2)
    assert.deepEqual(await results('live'), ['00:00 1: 2/2', '00:00 2: 1/7'])
    assert.equal(job.metrics().watermark, Date.UTC(2026, 0, 4) + 9999)
    await job.drain()
    assert.deepEqual(await results('live'), ['00:00 1: 2/2', '00:00 2: 1/7', '00:10 1: 2/2'])
  })

  it('publishes nothing again when the offsets of its group have expired meanwhile', async () => {
    const disk = new SimulatedDisk()
    const elsewhere = await Platform.start()
    try {
      for (const { client } of [platform, elsewhere]) {
        await client.createTopic('in-expired', { partitions: 1 })
      }
      for (const each of [platform, elsewhere]) {
        await each.produce('in-expired', 0, [trip(1), trip(25)])
      }
      await (await start('expired', disk)).drain()
      assert.equal((await results('expired')).length, 2)
      // The same topic on a broker that knows no group.
      await elsewhere.client.createTopic('out-expired', { partitions: 1 })
      await (await start('expired', disk, { bootstrap: elsewhere.bootstrap })).drain()
      assert.deepEqual(await elsewhere.consume('out-expired'), [])
    } finally {
      await elsewhere.close()
    }
  })

  it('counts what is late, and goes on after a drain with the windows that were not given out', async () => {
    const disk = new SimulatedDisk()
    await platform.client.createTopic('in-again', { partitions: 1 })
    await platform.produce('in-again', 0, [trip(1), trip(25)])
    await (await start('again', disk)).drain()
    assert.deepEqual(await results('again'), ['00:00 1: 1/1', '00:20 1: 1/1'])
    await platform.produce('in-again', 0, [trip(26), trip(5), trip(31), trip(12), trip(32, 1, -1)])
    const job = await start('again', disk)
    await job.drain()
    assert.deepEqual(await results('again'), ['00:00 1: 1/1', '00:20 1: 1/1', '00:30 1: 1/1'])
    const { recordsIn, recordsOut, late, lag, skipped } = job.metrics()
    // In = kept (3 results of one record each) + filtered (1) + late (3).
    assert.deepEqual(
      { recordsIn, recordsOut, late, lag, skipped },
      {
        recordsIn: 7,
        recordsOut: 3,
        late: 3,
        lag: 0,
        skipped: 0,
      },
    )
    await (await start('again', disk)).drain()
    assert.equal((await results('again')).length, 3)
  })

  it('is the same when stopped and started again after every step', async () => {
    const disk = new SimulatedDisk()
    await platform.client.createTopic('in-steps', { partitions: 2 })
    const expected = new Map<string, number>()
    for (let second = 0; second < 60; second += 2) {
      await platform.produce('in-steps', (second / 2) % 2, [trip(second, second % 3)])
      const key = `00:${String(second - (second % 10)).padStart(2, '0')} ${second % 3}`
      expected.set(key, (expected.get(key) ?? 0) + 1)
    }
    let starts = 0
    let recordsIn = 0
    while (recordsIn < 30) {
      const job = await start('steps', disk, { stepRecordsMax: 1 })
      await until(() => job.metrics().recordsIn > recordsIn)
      await job.stop()
      recordsIn = job.metrics().recordsIn
      starts++
    }
    await (await start('steps', disk)).drain()
    // How many steps a job gets before it is told to stop is the machine's business.
    assert.ok(starts > 1, `only ${starts} starts`)
    const wanted = [...expected].map(([key, count]) => `${key}: ${count}/${count}`)
    assert.deepEqual(await results('steps'), wanted.sort())
  })

  it('goes on without a partition that is idle, where the table says after how long', async () => {
    await platform.client.createTopic('in-idle', { partitions: 2 })
    await platform.produce('in-idle', 0, [trip(1), trip(15)])
    const waiting = await start('idle', new SimulatedDisk())
    await until(() => waiting.metrics().recordsIn === 2)
    assert.equal(waiting.metrics().watermark, undefined)
    await waiting.stop()
    assert.deepEqual(await results('idle'), [])

    await platform.client.createTopic('in-idle-timeout', { partitions: 2 })
    await platform.produce('in-idle-timeout', 0, [trip(1), trip(15)])
    const job = await start('idle-timeout', new SimulatedDisk(), { idleTimeout: '200 ms' })
    await until(async () => (await results('idle-timeout')).length === 1)
    await job.stop()
  })

  it('waits for the log when it is away, and loses nothing', async () => {
    await platform.client.createTopic('in-away', { partitions: 1 })
    const lines: string[] = []
    const job = await start('away', new SimulatedDisk(), { log: (line) => lines.push(line) })
    for (let round = 0; round < 3; round++) {
      await platform.produce('in-away', 0, [trip(round * 20), trip(round * 20 + 15)])
      await platform.restartBroker(round * 150)
    }
    await job.drain()
    const starts = ['00:00', '00:10', '00:20', '00:30', '00:40', '00:50']
    assert.deepEqual(
      await results('away'),
      starts.map((each) => `${each} 1: 1/1`),
    )
  })

  it('ends by itself where all inputs are bounded', async () => {
    await platform.client.createTopic('in-bounded', { partitions: 1 })
    await platform.produce('in-bounded', 0, [trip(1)])
    const source = ", 'scan.bounded.mode' = 'latest-offset'"
    const job = await start('bounded', new SimulatedDisk(), { source })
    await job.done
    assert.deepEqual(await results('bounded'), ['00:00 1: 1/1'])
  })

  it('goes on with later windows where a bounded job is started again', async () => {
    const disk = new SimulatedDisk()
    const source = ", 'scan.bounded.mode' = 'latest-offset'"
    await platform.client.createTopic('in-rerun', { partitions: 2 })
    await platform.produce('in-rerun', 0, [trip(1)])
    await (await start('rerun', disk, { source })).done
    await platform.produce('in-rerun', 0, [trip(5), trip(12)])
    await platform.produce('in-rerun', 1, [trip(25)])
    const job = await start('rerun', disk, { source })
    await job.done
    assert.deepEqual(await results('rerun'), ['00:00 1: 1/1', '00:10 1: 1/1', '00:20 1: 1/1'])
    assert.equal(job.metrics().late, 1)
  })

  it('lets a table that ends hold back none that goes on', async () => {
    await platform.client.createTopic('in-ends', { partitions: 1 })
    await platform.client.createTopic('in-goes-on', { partitions: 1 })
    await platform.produce('in-ends', 0, [trip(1)])
    const columns = `(area INT, n INT, at_time TIMESTAMP(3),
      WATERMARK FOR at_time AS at_time - INTERVAL '2' SECOND)`
    const plan = planScript(`
      CREATE TABLE ends ${columns} WITH ('connector' = 'kafka', 'topic' = 'in-ends',
        'format' = 'json', 'scan.bounded.mode' = 'latest-offset');
      CREATE TABLE goes_on ${columns} WITH ('connector' = 'kafka', 'topic' = 'in-goes-on', 'format' = 'json');
      CREATE TABLE demand (w TIMESTAMP(3), area INT, trips BIGINT, total INT)
      WITH ('connector' = 'kafka', 'topic' = 'out-ends', 'format' = 'json');
      INSERT INTO demand SELECT window_start, area, COUNT(*), SUM(n)
      FROM TABLE(TUMBLE(TABLE ends, DESCRIPTOR(at_time), INTERVAL '10' SECOND))
      GROUP BY window_start, window_end, area;
      INSERT INTO demand SELECT at_time, area, CAST(n AS BIGINT), n FROM goes_on;`)
    const job = await Job.start({
      ...{ host: { ...realHost, disk: new SimulatedDisk() }, name: 'ends', plan },
      ...{ directory: '/state/ends', bootstrap: platform.bootstrap, registryUrl: '' },
    })
    await until(async () => (await results('ends')).length === 1)
    assert.deepEqual(await results('ends'), ['00:00 1: 1/1'])
    await job.stop()
  })

  it('dies of a record that it cannot read, and says where it lies', async () => {
    await platform.client.createTopic('in-broken', { partitions: 2 })
    await platform.produce('in-broken', 1, [trip(1), { area: 'x' }])
    const job = await start('broken', new SimulatedDisk())
    await assert.rejects(
      job.done,
      /topic in-broken, partition 1, offset 1: field 'area': 'x' is not/,
    )
  })

  it('gives out the latest row of each key, and takes back what goes', async () => {
    const latest = `
      CREATE TABLE trips (area INT, n INT) WITH ('connector' = 'kafka', 'topic' = 'in-latest', 'format' = 'json');
      CREATE TABLE often (trips BIGINT, areas BIGINT, PRIMARY KEY (trips) NOT ENFORCED)
      WITH ('connector' = 'upsert-kafka', 'topic' = 'out-latest', 'key.format' = 'json', 'value.format' = 'json');
      INSERT INTO often SELECT trips, COUNT(*) FROM (SELECT area, COUNT(*) AS trips FROM trips GROUP BY area) GROUP BY trips;`
    await platform.client.createTopic('in-latest', { partitions: 1 })
    await platform.client.createTopic('out-latest', { partitions: 1 })
    const disk = new SimulatedDisk()
    const table = async () => {
      const rows = new Map<string, string>()
      for (const { key, value } of await platform.consume('out-latest')) {
        if (value === '') rows.delete(key ?? '')
        else rows.set(key ?? '', value)
      }
      return [...rows.values()].sort()
    }
    for (const area of [1, 2, 2, 3, 3, 3, 1]) {
      await platform.produce('in-latest', 0, [{ area, n: 1 }])
      const job = await start('latest', disk, { plan: planScript(latest) })
      await job.drain()
    }
    // Areas 1 and 2 have two trips each, area 3 has three; no area has one any more.
    assert.deepEqual(await table(), ['{"trips":2,"areas":2}', '{"trips":3,"areas":1}'])
    const records = await platform.consume('out-latest')
    assert.ok(
      records.some(({ value }) => value === ''),
      'a row that went is taken back',
    )
  })

  it('sleeps while nothing comes, unless time alone may bring something', async () => {
    /** How often a timer woke the job in two seconds. */
    async function wakes(name: string, idleTimeout?: string): Promise<number> {
      let count = 0
      const { clock } = realHost
      const after: typeof clock.after = (delayMs, action) => {
        return clock.after(delayMs, () => {
          count++
          action()
        })
      }
      const disk = new SimulatedDisk()
      const host = { ...realHost, disk, clock: { ...clock, after } }
      await platform.client.createTopic(`in-${name}`, { partitions: 1 })
      const job = await start(name, disk, { host, ...(idleTimeout && { idleTimeout }) })
      count = 0
      await new Promise((resolve) => setTimeout(resolve, 2000))
      const counted = count
      await job.stop()
      return counted
    }
    const asleep = await wakes('asleep')
    assert.ok(asleep <= 4, `${asleep} times in two seconds`)
    const watching = await wakes('watching', '5 s')
    assert.ok(watching >= 8, `${watching} times in two seconds`)
  })

  it('does not start without its topic', async () => {
    await assert.rejects(start('absent', new SimulatedDisk()), /there is no topic 'in-absent'/)
  })

  it('does not start from a folder that knows less than was published', async () => {
    await platform.client.createTopic('in-lost', { partitions: 1 })
    await platform.produce('in-lost', 0, [trip(1)])
    await (await start('lost', new SimulatedDisk())).drain()
    await assert.rejects(start('lost', new SimulatedDisk()), /has published step/)
    assert.equal((await results('lost')).length, 1)
  })

  it('ends when it is started a second time elsewhere', async () => {
    await platform.client.createTopic('in-twice', { partitions: 1 })
    const first = await start('twice', new SimulatedDisk())
    const second = await start('twice', new SimulatedDisk())
    await platform.produce('in-twice', 0, [trip(1), trip(20)])
    await assert.rejects(first.done, /was started a second time/)
    await second.drain()
    assert.deepEqual(await results('twice'), ['00:00 1: 1/1', '00:20 1: 1/1'])
  })
})
