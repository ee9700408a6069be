import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { realHost, SimulatedDisk, seededRandom } from '@millrace/host'
import { Job } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'
import { Platform } from './platform.js'

const topic = 'in-memory'
const rowCount = 4000

/** Keeps a row for each of the topic's records, and a few beside them. */
function script(limit: string): string {
  return `
    SET 'state.memory.max' = '${limit}';
    CREATE TABLE visits (id INT, kind INT) WITH ('connector' = 'kafka', 'topic' = '${topic}', 'format' = 'json');
    CREATE TABLE often (id INT, visits BIGINT, PRIMARY KEY (id) NOT ENFORCED)
    WITH ('connector' = 'upsert-kafka', 'topic' = 'out-memory', 'key.format' = 'json', 'value.format' = 'json');
    CREATE TABLE kinds (kind INT, visits BIGINT, PRIMARY KEY (kind) NOT ENFORCED)
    WITH ('connector' = 'upsert-kafka', 'topic' = 'out-kinds', 'key.format' = 'json', 'value.format' = 'json');
    EXECUTE STATEMENT SET BEGIN
    INSERT INTO kinds SELECT kind, COUNT(*) FROM visits GROUP BY kind;
    INSERT INTO often SELECT id, COUNT(*) FROM visits GROUP BY id;
    END;`
}

/** Keeps a row for each of the topic's records in the window of an hour. */
function windows(name: string, limit: string): string {
  return `
    SET 'state.memory.max' = '${limit}';
    CREATE TABLE visits (id INT, seen TIMESTAMP(3), WATERMARK FOR seen AS seen - INTERVAL '3' HOUR) WITH ('connector' = 'kafka',
      'topic' = 'in-hours', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset');
    CREATE TABLE hours (ends TIMESTAMP(3), id INT, visits BIGINT) WITH ('connector' = 'kafka', 'topic' = 'out-${name}', 'format' = 'json');
    INSERT INTO hours SELECT window_end, id, COUNT(*) FROM
      TABLE(TUMBLE(TABLE visits, DESCRIPTOR(seen), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, id;`
}

/** Keeps all of the topic's records on both sides of a join. */
function pairs(name: string, limit: string): string {
  return `
    SET 'state.memory.max' = '${limit}';
    CREATE TABLE visits (id INT, note STRING) WITH ('connector' = 'kafka',
      'topic' = 'in-pairs', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset');
    CREATE TABLE pairs (id INT, a STRING, b STRING) WITH ('connector' = 'kafka', 'topic' = 'out-${name}', 'format' = 'json');
    INSERT INTO pairs SELECT a.id, a.note, b.note FROM visits AS a JOIN visits AS b ON a.id = b.id;`
}

describe('windows, and rows of joins, that are larger than the memory that a job has', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
    await platform.client.createTopic('in-hours', { partitions: 1 })
    for (let from = 0; from < rowCount; from += 500) {
      const rows = Array.from({ length: 500 }, (_, id) => {
        // The hours overlap: those of the third begin while the first is open.
        const at = new Date(3_600_000 * (id % 3) + from).toISOString().slice(0, -1)
        return { id: (from + id) % 3000, seen: at.replace('T', ' ') }
      })
      await platform.produce('in-hours', 0, rows)
    }
    await platform.client.createTopic('in-pairs', { partitions: 1 })
    for (let from = 0; from < rowCount; from += 500) {
      const rows = Array.from({ length: 500 }, (_, each) => {
        const id = (from + each) % (rowCount / 2)
        return { id, note: `${from}`.repeat(80) }
      })
      await platform.produce('in-pairs', 0, rows)
    }
  })
  after(() => platform.close())

  const start = (text: string, name: string, disk: SimulatedDisk) =>
    Job.start({
      ...{ host: { ...realHost, disk }, name, directory: `/state/${name}` },
      ...{ bootstrap: platform.bootstrap, registryUrl: '', stepRecordsMax: 300 },
      plan: planScript(text),
    })
  const results = async (name: string) => {
    return (await platform.consume(`out-${name}`)).map(({ value }) => value).sort()
  }

  for (const [kind, textOf, limit, bytes, count] of [
    ['windows', windows, '40 kb', 40 * 1024, 3000],
    ['pairs', pairs, '1 mb', 1024 * 1024, 2 * rowCount],
  ] as const) {
    it(`${kind} lie on disk, and give what they give in memory, started again after the power went or not`, async () => {
      const [inMemory, onDisk] = [`${kind}-in-memory`, `${kind}-on-disk`]
      const whole = await start(textOf(inMemory, '1 gb'), inMemory, new SimulatedDisk())
      await whole.drain()
      assert.equal(whole.metrics().stateSpilledBytes, 0)
      const disk = new SimulatedDisk()
      let mostSpilled = 0
      for (let life = 0; ; life++) {
        const job = await start(textOf(onDisk, limit), onDisk, disk)
        let hasEnded = false
        job.done.then(
          () => {
            hasEnded = true
          },
          () => {},
        )
        const { epoch } = job.metrics()
        while (!hasEnded && job.metrics().epoch < epoch + 4) {
          await realHost.clock.sleep(1)
          mostSpilled = Math.max(mostSpilled, job.metrics().stateSpilledBytes)
        }
        if (hasEnded || life > 20) break
        await job.stop()
        disk.crash(seededRandom(life))
      }
      assert.ok(mostSpilled > bytes, `${mostSpilled} bytes were on disk`)
      const wanted = await results(inMemory)
      assert.equal(wanted.length, count)
      assert.deepEqual(await results(onDisk), wanted)
    })
  }
})

describe('how much a job may keep in memory', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
    await platform.client.createTopic(topic, { partitions: 1 })
    for (let from = 0; from < rowCount; from += 500) {
      const rows = Array.from({ length: 500 }, (_, id) => ({ id: from + id, kind: id % 3 }))
      await platform.produce(topic, 0, rows)
    }
  })
  after(() => platform.close())

  const start = (name: string, limit: string, disk: SimulatedDisk) =>
    Job.start({
      ...{ host: { ...realHost, disk }, name, directory: `/state/${name}` },
      ...{ bootstrap: platform.bootstrap, registryUrl: '', stepRecordsMax: 500 },
      plan: planScript(script(limit)),
    })

  it('fails a job that needs more, and says who holds how much and what to do', async () => {
    const disk = new SimulatedDisk()
    const job = await start('small', '64 kb', disk)
    const other = await start('large', '1 gb', new SimulatedDisk())
    const error = await job.done.then(
      () => assert.fail('it went on'),
      (cause: Error) => cause,
    )
    assert.match(
      error.message,
      /^the state takes [\d.]+ kb, and 64\.0 kb are allowed: insert 2 into often, group 1 holds [\d.]+ kb in \d+ rows; insert 1 into kinds, group 1 holds [\d.]+ (kb|bytes) in 3 rows \(let it forget \(SET 'table\.exec\.state\.ttl'\), use smaller windows or fewer keys, or allow more \(SET 'state\.memory\.max'\)\)$/,
    )
    // No other job is touched by it.
    await other.drain()
    assert.equal(other.metrics().recordsIn, rowCount)
    assert.equal(other.metrics().stateBytesMax, 1024 ** 3)
    // With more room it goes on from where it was.
    const stopped = job.metrics().recordsIn
    assert.ok(stopped > 0 && stopped < rowCount)
    const again = await start('small', '64 mb', disk)
    assert.equal(again.metrics().recordsIn, stopped)
    await again.drain()
    assert.equal(again.metrics().recordsIn, rowCount)
    assert.ok(again.metrics().stateBytes > 64 * 1024)
  })
})
