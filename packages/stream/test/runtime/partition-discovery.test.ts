import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Disk, realHost, SimulatedDisk } from '@millrace/host'
import { Job } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'
import { Platform } from './platform.js'

/** Counts the rows of each key in windows of ten seconds. */
function script(name: string, options: string): string {
  return `
    CREATE TABLE trips (
      area INT, at_time TIMESTAMP(3), WATERMARK FOR at_time AS at_time - INTERVAL '2' SECOND
    ) WITH ('connector' = 'kafka', 'topic' = 'in-${name}', 'format' = 'json' ${options});
    CREATE TABLE demand (w TIMESTAMP(3), area INT, trips BIGINT)
    WITH ('connector' = 'kafka', 'topic' = 'out-${name}', 'format' = 'json');
    INSERT INTO demand SELECT window_start, area, COUNT(*)
    FROM TABLE(TUMBLE(TABLE trips, DESCRIPTOR(at_time), INTERVAL '10' SECOND))
    GROUP BY window_start, window_end, area;`
}

function trip(second: number, area: number) {
  const at = new Date(Date.UTC(2026, 0, 4) + second * 1000)
  return { area, at_time: at.toISOString().slice(0, 23).replace('T', ' ') }
}

describe('partitions that come while a job runs', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
  })
  after(() => platform.close())

  const start = (name: string, disk: Disk, options = '') =>
    Job.start({
      ...{ host: { ...realHost, disk }, name, directory: `/state/${name}` },
      ...{ bootstrap: platform.bootstrap, registryUrl: '' },
      plan: planScript(script(name, options)),
    })

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 10_000
    while (!(await condition())) {
      assert.ok(Date.now() < deadline, 'it did not happen in ten seconds')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  async function results(name: string): Promise<string[]> {
    const records = await platform.consume(`out-${name}`)
    return records
      .map(({ value }) => JSON.parse(value))
      .map(({ w, area, trips }) => `${w.slice(14)} ${area}: ${trips}`)
      .sort()
  }

  const every = ", 'scan.topic-partition-discovery.interval' = '50 ms'"

  it('are read from their beginning, and hold the windows open', async () => {
    const latest = ", 'scan.startup.mode' = 'latest-offset'"
    await platform.client.createTopic('in-more', { partitions: 1 })
    await platform.produce('in-more', 0, [trip(1, 9)])
    const disk = new SimulatedDisk()
    const job = await start('more', disk, every + latest)
    await platform.produce('in-more', 0, [trip(2, 1)])
    await until(() => job.metrics().recordsIn === 1)
    await platform.addPartitions('in-more', 3)
    // What lies in them before they are found is read too, though the table begins at the end.
    await platform.produce('in-more', 1, [trip(3, 1), trip(4, 2)])
    await platform.produce('in-more', 2, [trip(5, 3)])
    await until(() => job.metrics().recordsIn === 4)
    await platform.produce('in-more', 0, [trip(13, 1)])
    await platform.produce('in-more', 1, [trip(14, 1)])
    await until(() => job.metrics().recordsIn === 6)
    assert.deepEqual(await results('more'), [])
    await platform.produce('in-more', 2, [trip(15, 1)])
    await until(async () => (await results('more')).length === 3)
    await job.stop()
    // A job that is started again goes on in all of them.
    const again = await start('more', disk, every + latest)
    await platform.produce('in-more', 2, [trip(16, 3)])
    await again.drain()
    assert.equal(again.metrics().recordsIn, 8)
    assert.equal(again.metrics().late, 0)
    assert.deepEqual(await results('more'), [
      ...['00:00 1: 2', '00:00 2: 1', '00:00 3: 1'],
      ...['00:10 1: 3', '00:10 3: 1'],
    ])
  })

  it('are found by a job that was away, and by one that drains', async () => {
    const options = ", 'scan.startup.mode' = 'latest-offset'"
    await platform.client.createTopic('in-away', { partitions: 1 })
    const disk = new SimulatedDisk()
    const job = await start('away', disk, options)
    await platform.produce('in-away', 0, [trip(1, 1)])
    await until(() => job.metrics().recordsIn === 1)
    await job.stop()
    await platform.addPartitions('in-away', 2)
    await platform.produce('in-away', 1, [trip(2, 1)])
    const second = await start('away', disk, options)
    await until(() => second.metrics().recordsIn === 2)
    // Five minutes are not over, but draining reads what there is.
    await platform.addPartitions('in-away', 3)
    await platform.produce('in-away', 2, [trip(3, 1)])
    await second.drain()
    assert.deepEqual(await results('away'), ['00:00 1: 3'])
  })

  it('are left alone where the table says so, or has an end', async () => {
    const never = ", 'scan.topic-partition-discovery.interval' = '0 s'"
    const bounded = `${every}, 'scan.bounded.mode' = 'latest-offset'`
    for (const [name, options] of [
      ['never', never],
      ['bounded', bounded],
    ] as const) {
      await platform.client.createTopic(`in-${name}`, { partitions: 1 })
      await platform.produce(`in-${name}`, 0, [trip(1, 1)])
      const job = await start(name, new SimulatedDisk(), options)
      await platform.addPartitions(`in-${name}`, 2)
      await platform.produce(`in-${name}`, 1, [trip(2, 1)])
      await (name === 'never' ? job.drain() : job.done)
      assert.deepEqual(await results(name), ['00:00 1: 1'])
    }
  })
})
