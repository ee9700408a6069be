import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Host, realHost, SimulatedDisk, seededRandom } from '@millrace/host'
import { Job } from '../../src/runtime/job.js'
import { runOnce } from '../../src/runtime/run-once.js'
import { demandPlan } from '../operators/hand-plan.js'
import { KillableHost } from './killable-host.js'
import { Platform } from './platform.js'

const partitions = 2

/** Trips in time order, spread over the partitions; none is late however they are read. */
function trips(count: number, seed: number) {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, id) => ({
    id,
    area: random.below(5),
    driver: `driver ${random.below(9)} of the company`,
    fare: random.below(4000) / 100,
    tip: (random.below(500) / 100).toFixed(2),
    at: new Date(Date.UTC(2026, 0, 4) + id * 7000 - random.below(50_000))
      .toISOString()
      .slice(0, 23)
      .replace('T', ' '),
  }))
}

describe('a job over the embedded broker', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
  })
  after(() => platform.close())

  async function fill(topic: string, rows: readonly unknown[]): Promise<void> {
    await platform.client.createTopic(topic, { partitions })
    for (let from = 0; from < rows.length; from += 40) {
      const chunk = rows.slice(from, from + 40)
      for (let partition = 0; partition < partitions; partition++) {
        const part = chunk.filter((_, index) => index % partitions === partition)
        await platform.produce(topic, partition, part)
      }
    }
  }

  function start(host: Host, name: string, topics: { from: string; to: string }): Promise<Job> {
    const plan = demandPlan({ topic: topics.to })
    const [insert] = plan.inserts
    assert.ok(insert)
    const options = insert.input.kind === 'windowAggregate' ? insert.input : undefined
    assert.ok(options?.input.kind === 'scan')
    const table = options.input.table
    const source = {
      ...table,
      options: new Map([...table.options, ['topic', topics.from]]),
    }
    const input = { ...options, input: { ...options.input, table: source } }
    return Job.start({
      host,
      name,
      plan: { inserts: [{ ...insert, input }] },
      directory: `/state/${name}`,
      bootstrap: platform.bootstrap,
      registryUrl: 'http://127.0.0.1:1',
      stepRecordsMax: 1,
    })
  }

  async function expected(rows: readonly Record<string, unknown>[]) {
    const result = await runOnce(demandPlan(), new Map([['trips', rows]]))
    return (result.get('demand') ?? []).map(comparable).sort()
  }

  async function published(topic: string) {
    const records = await platform.consume(topic)
    return records.map(({ value }) => comparable(JSON.parse(value))).sort()
  }

  it('drains, and what it published is what a run over all rows gives', async () => {
    const rows = trips(500, 1)
    await fill('in-drain', rows)
    const job = await start({ ...realHost, disk: new SimulatedDisk() }, 'drain', {
      from: 'in-drain',
      to: 'out-drain',
    })
    await job.drain()
    assert.deepEqual(await published('out-drain'), await expected(rows))
    const metrics = job.metrics()
    assert.equal(metrics.recordsIn, 500)
    assert.equal(metrics.late, 0)
    assert.equal(metrics.lag, 0)
  })

  for (let seed = 1; seed <= 20; seed++) {
    it(`publishes each result once, killed again and again (seed ${seed})`, async () => {
      const random = seededRandom(seed)
      const rows = trips(400, seed)
      const topics = { from: `in-${seed}`, to: `out-${seed}` }
      await fill(topics.from, rows)
      const disk = new SimulatedDisk()
      let deaths = 0
      for (;;) {
        const killAt =
          deaths < 6 ? random.below(deaths % 2 === 0 ? 400 : 60) : Number.POSITIVE_INFINITY
        const host = new KillableHost({ ...realHost, disk }, killAt)
        const outcome = await start(host, `kill-${seed}`, topics)
          .then((job) => job.drain())
          .then(
            () => undefined,
            (error: unknown) => error,
          )
        if (outcome === undefined) break
        assert.ok(host.killed, `it died by itself: ${outcome}`)
        disk.crash(random)
        deaths++
      }
      assert.deepEqual(await published(topics.to), await expected(rows))
    })
  }
})

/** Independent of the order of fields and of how times and decimals are written. */
function comparable(row: Record<string, unknown>): string {
  return JSON.stringify(
    Object.entries(row)
      .map(([name, value]) => [name, plain(value)])
      .sort(),
  )
}

function plain(value: unknown): string {
  const isNumber = value !== null && !Number.isNaN(Number(value))
  return isNumber ? String(Number(value)) : String(value).replace('T', ' ')
}
