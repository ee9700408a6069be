import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { realHost, SimulatedDisk } from '@millrace/host'
import { Job } from '../../src/runtime/job.js'
import type { OperatorMetrics } from '../../src/runtime/metrics.js'
import { planScript } from '../../src/script.js'
import { Platform } from './platform.js'

const kafka = (topic: string) =>
  `WITH ('connector' = 'kafka', 'topic' = '${topic}', 'format' = 'json')`

const trips = `CREATE TABLE trips (
    area INT, n INT, at_time TIMESTAMP(3), WATERMARK FOR at_time AS at_time - INTERVAL '2' SECOND
  ) ${kafka('trips')};`

/** At so many seconds of an hour. */
function trip(second: number, area: number, n = 1) {
  const at = new Date(Date.UTC(2026, 0, 4) + second * 1000)
  return { area, n, at_time: at.toISOString().slice(0, 23).replace('T', ' ') }
}

describe('what the operators of a job tell of themselves', () => {
  let platform: Platform
  let jobs = 0
  before(async () => {
    platform = await Platform.start()
    await platform.client.createTopic('trips', { partitions: 1 })
    // Four are of negative numbers, and one is late: each of these is a batch, and so a step.
    await platform.produce('trips', 0, [trip(1, 1), trip(2, 2), trip(3, 1), trip(4, 3, -1)])
    await platform.produce('trips', 0, [trip(11, 1), trip(12, 2), trip(13, 2), trip(14, 3, -1)])
    await platform.produce('trips', 0, [trip(25, 1), trip(26, 2, -1)])
    await platform.produce('trips', 0, [trip(5, 1), trip(27, 1), trip(28, 3, -1)])
  })
  after(() => platform.close())

  async function metricsOf(script: string): Promise<Map<string, OperatorMetrics>> {
    const name = `job-${++jobs}`
    const job = await Job.start({
      ...{ host: { ...realHost, disk: new SimulatedDisk() }, name, directory: '/state' },
      ...{ bootstrap: platform.bootstrap, registryUrl: '', stepRecordsMax: 1 },
      plan: planScript(`${trips} ${script}`),
    })
    await job.drain()
    const { operators } = job.metrics()
    return new Map(operators.map((each) => [each.name, each]))
  }

  it('counts what a window reads behind its filter, what is late, and what it gives', async () => {
    const metrics = await metricsOf(`
      CREATE TABLE demand (w TIMESTAMP(3), area INT, trips BIGINT) ${kafka('demand')};
      INSERT INTO demand SELECT window_start, area, COUNT(*)
      FROM TABLE(TUMBLE(TABLE trips, DESCRIPTOR(at_time), INTERVAL '10' SECOND))
      WHERE n > 0 GROUP BY window_start, window_end, area;`)
    const [source, window, sink] = [...metrics.values()]
    assert.ok(source && window && sink)
    assert.deepEqual(
      [source.name, source.kind, source.numRecordsIn, source.numRecordsOut, source.pendingRecords],
      ['trips', 'source', 13, 13, 0],
    )
    assert.equal(source.currentOutputWatermark, Date.UTC(2026, 0, 4) + 26_000)
    assert.equal(window.name, 'insert 1 into demand, window 1')
    assert.deepEqual(
      [window.numRecordsIn, window.numLateRecordsDropped, window.numRecordsOut],
      [9, 1, 5],
    )
    assert.equal(window.currentInputWatermark, source.currentOutputWatermark)
    assert.ok((window.currentOutputWatermark ?? 0) > (window.currentInputWatermark ?? 0))
    assert.equal(window.stateRows, 0)
    assert.deepEqual([sink.name, sink.kind, sink.numRecordsIn], ['insert 1 into demand', 'sink', 5])
    assert.ok(window.accumulateBusyTimeMs > 0)
    assert.ok((sink.accumulateBackPressuredTimeMs ?? 0) > 0)
  })

  it('counts changes between operators that take rows back, and what each keeps', async () => {
    const metrics = await metricsOf(`
      CREATE TABLE often (trips BIGINT, areas BIGINT, PRIMARY KEY (trips) NOT ENFORCED)
      WITH ('connector' = 'upsert-kafka', 'topic' = 'often', 'key.format' = 'json', 'value.format' = 'json');
      INSERT INTO often SELECT trips, COUNT(*)
      FROM (SELECT area, COUNT(*) AS trips FROM trips GROUP BY area) GROUP BY trips;`)
    const inner = metrics.get('insert 1 into often, group 1')
    const outer = metrics.get('insert 1 into often, group 2')
    assert.equal(inner?.numRecordsIn, 13)
    assert.equal(inner?.stateRows, 3)
    // Each step tells of an area that is new one change, of one that it knows two.
    assert.equal(inner?.numRecordsOut, 3 + 2 * (3 + 2 + 2))
    assert.equal(outer?.numRecordsIn, inner?.numRecordsOut)
    assert.ok((outer?.stateBytes ?? 0) > 0)
  })

  it('tells the inputs of a join apart, and does not where a UNION mixes them', async () => {
    const metrics = await metricsOf(`
      CREATE TABLE pairs (area INT, trips BIGINT, top INT, PRIMARY KEY (area) NOT ENFORCED)
      WITH ('connector' = 'upsert-kafka', 'topic' = 'pairs', 'key.format' = 'json', 'value.format' = 'json');
      CREATE TABLE counts (trips BIGINT, PRIMARY KEY (trips) NOT ENFORCED)
      WITH ('connector' = 'upsert-kafka', 'topic' = 'counts', 'key.format' = 'json', 'value.format' = 'json');
      EXECUTE STATEMENT SET BEGIN
      INSERT INTO pairs SELECT l.area, l.trips, r.top
      FROM (SELECT area, COUNT(*) AS trips FROM trips GROUP BY area) AS l
      JOIN (SELECT area, MAX(n) AS top FROM trips GROUP BY area) AS r ON l.area = r.area;
      INSERT INTO counts SELECT DISTINCT trips FROM (
        SELECT COUNT(*) AS trips FROM trips UNION ALL SELECT SUM(n) AS trips FROM trips);
      END;`)
    const read = (name: string) => metrics.get(name)?.numRecordsOut
    const join = metrics.get('insert 1 into pairs, join 1')
    const left = read('insert 1 into pairs, group 1')
    const right = read('insert 1 into pairs, group 2')
    assert.ok(left && right && left > right)
    assert.equal(join?.numRecordsIn, left + right)
    assert.equal(metrics.get('insert 1 into pairs')?.numRecordsIn, join?.numRecordsOut)
    assert.equal(read('insert 2 into counts, group 1'), undefined)
    assert.ok((metrics.get('insert 2 into counts, group 3')?.numRecordsIn ?? 0) > 0)
  })

  it('counts what was passed over', async () => {
    await platform.client.createTopic('broken', { partitions: 1 })
    await platform.produce('broken', 0, [{ a: 1 }, 'no object', { a: 3 }])
    const metrics = await metricsOf(`
      CREATE TABLE broken (a INT) WITH ('connector' = 'kafka', 'topic' = 'broken', 'format' = 'json',
        'json.ignore-parse-errors' = 'true');
      CREATE TABLE kept (a INT) ${kafka('kept')};
      INSERT INTO kept SELECT a FROM broken WHERE a > 1;`)
    const { numRecordsIn, numRecordsOut, numRecordsSkipped } = metrics.get('broken') ?? {}
    assert.deepEqual([numRecordsIn, numRecordsOut, numRecordsSkipped], [3, 2, 1])
    assert.equal(metrics.get('insert 1 into kept')?.numRecordsIn, 1)
  })
})
