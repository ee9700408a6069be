import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Clock, realHost, SimulatedDisk } from '@millrace/host'
import { Job } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'

/** The real clock, but for what time it says that it is. */
class SetClock implements Clock {
  nowMs = Date.UTC(2026, 0, 4)
  now = () => this.nowMs
  monotonic = () => realHost.clock.monotonic()
  after: Clock['after'] = (delayMs, action) => realHost.clock.after(delayMs, action)
  sleep: Clock['sleep'] = (delayMs, signal) => realHost.clock.sleep(delayMs, signal)
}

const script = (window: string) => `
  CREATE TABLE files (a INT, at_time AS PROCTIME()) WITH ('connector' = 'filesystem', 'path' = '/in', 'format' = 'csv', 'source.monitor-interval' = '1 ms');
  CREATE TABLE shown (a INT, n BIGINT, s TIMESTAMP(3), e TIMESTAMP(3)) WITH ('connector' = 'print');
  INSERT INTO shown SELECT a, COUNT(*), window_start, window_end
  FROM TABLE(${window}) GROUP BY a, window_start, window_end;`
const tumble = script("TUMBLE(TABLE files, DESCRIPTOR(at_time), INTERVAL '10' SECOND)")

describe('windows of processing time', () => {
  const disk = () => {
    const made = new SimulatedDisk()
    made.makeDirectory('/in')
    return made
  }
  async function start(text: string, on: SimulatedDisk, clock: Clock): Promise<[Job, string[]]> {
    const printed: string[] = []
    const job = await Job.start({
      host: { ...realHost, disk: on, clock },
      name: 'job',
      plan: planScript(text),
      directory: '/state/job',
      bootstrap: '',
      registryUrl: '',
      print: (line) => printed.push(line),
    })
    return [job, printed]
  }

  it('end by the clock though nothing comes, and go on after a stop', async () => {
    const on = disk()
    const clock = new SetClock()
    on.replaceFile('/in/a', '1\n1\n2\n')
    const [first, before] = await start(tumble, on, clock)
    await until(() => first.metrics().recordsIn === 3)
    await first.stop()
    assert.deepEqual(before, [])
    clock.nowMs += 5_000
    on.replaceFile('/in/b', '1\n')
    const [second, after] = await start(tumble, on, clock)
    await until(() => second.metrics().recordsIn === 4)
    assert.deepEqual(after, [])
    clock.nowMs += 5_000
    await until(() => after.length === 2)
    assert.deepEqual(after, [
      '+I[1, 3, 2026-01-04T00:00, 2026-01-04T00:00:10]',
      '+I[2, 1, 2026-01-04T00:00, 2026-01-04T00:00:10]',
    ])
    await second.stop()
  })

  it('find no row late though the clock is set back, and the end of the input ends none', async () => {
    const on = disk()
    const clock = new SetClock()
    on.replaceFile('/in/a', '1\n')
    const [job, printed] = await start(tumble, on, clock)
    await until(() => job.metrics().recordsIn === 1)
    clock.nowMs += 10_000
    await until(() => printed.length === 1)
    clock.nowMs -= 3_600_000
    on.replaceFile('/in/b', '1\n')
    await until(() => job.metrics().recordsIn === 2)
    await job.drain()
    assert.equal(job.metrics().late, 0)
    assert.equal(printed.length, 1)
  })

  it('are beside each row without a grouping, and rows of sessions come when these end', async () => {
    for (const [window, before, after] of [
      [
        "HOP(TABLE files, DESCRIPTOR(at_time), INTERVAL '10' SECOND, INTERVAL '20' SECOND)",
        ['+I[1, 2026-01-03T23:59:50]', '+I[1, 2026-01-04T00:00]'],
        [],
      ],
      [
        "SESSION(TABLE files PARTITION BY a, DESCRIPTOR(at_time), INTERVAL '10' SECOND)",
        [],
        ['+I[1, 2026-01-04T00:00]'],
      ],
    ] as const) {
      const text = `
        CREATE TABLE files (a INT, at_time AS PROCTIME()) WITH ('connector' = 'filesystem', 'path' = '/in', 'format' = 'csv', 'source.monitor-interval' = '1 ms');
        CREATE TABLE shown (a INT, s TIMESTAMP(3)) WITH ('connector' = 'print');
        INSERT INTO shown SELECT a, window_start FROM TABLE(${window}) WHERE a < 2`
      const on = disk()
      const clock = new SetClock()
      on.replaceFile('/in/a', '1\n2\n')
      const [job, printed] = await start(text, on, clock)
      await until(() => job.metrics().recordsIn === 2)
      await until(() => printed.length === before.length)
      clock.nowMs += 15_000
      await until(() => printed.length === before.length + after.length)
      assert.deepEqual(printed, [...before, ...after])
      await job.stop()
    }
  })

  for (const [name, window, rows] of [
    [
      'sessions',
      "SESSION(TABLE files PARTITION BY a, DESCRIPTOR(at_time), INTERVAL '10' SECOND)",
      ['+I[1, 1, 2026-01-04T00:00, 2026-01-04T00:00:10]'],
    ],
    [
      'hopping windows',
      "HOP(TABLE files, DESCRIPTOR(at_time), INTERVAL '10' SECOND, INTERVAL '20' SECOND)",
      [
        '+I[1, 1, 2026-01-03T23:59:50, 2026-01-04T00:00:10]',
        '+I[1, 1, 2026-01-04T00:00, 2026-01-04T00:00:20]',
      ],
    ],
    [
      'cumulating windows',
      "CUMULATE(TABLE files, DESCRIPTOR(at_time), INTERVAL '10' SECOND, INTERVAL '20' SECOND)",
      [
        '+I[1, 1, 2026-01-04T00:00, 2026-01-04T00:00:10]',
        '+I[1, 1, 2026-01-04T00:00, 2026-01-04T00:00:20]',
      ],
    ],
  ] as const) {
    it(`are ${name} too`, async () => {
      const on = disk()
      const clock = new SetClock()
      on.replaceFile('/in/a', '1\n')
      const [job, printed] = await start(script(window), on, clock)
      await until(() => job.metrics().recordsIn === 1)
      clock.nowMs += 30_000
      await until(() => printed.length === rows.length)
      assert.deepEqual(printed, rows)
      await job.stop()
    })
  }
})

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await realHost.clock.sleep(1)
}
