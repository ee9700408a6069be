import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Host, realHost, SimulatedDisk, type Threads } from '@millrace/host'
import { Producer } from '@millrace/log'
import { Job } from '../../src/runtime/job.js'
import { threadRecordsMin } from '../../src/runtime/limits.js'
import { planScript } from '../../src/script.js'
import { Platform } from './platform.js'

const script = `CREATE TABLE visits (
    id BIGINT, page STRING, cost DECIMAL(10, 2), at_time TIMESTAMP(3),
    twice AS id * 2, o BIGINT METADATA FROM 'offset',
    WATERMARK FOR at_time AS at_time - INTERVAL '1' SECOND
  ) WITH ('connector' = 'kafka', 'topic' = 'TOPIC', 'format' = 'json',
    'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset');
  CREATE TABLE copies (id BIGINT, page STRING, cost DECIMAL(10, 2), at_time TIMESTAMP(3), twice BIGINT, o BIGINT)
  WITH ('connector' = 'kafka', 'topic' = 'TOPIC-NAME', 'format' = 'json');
  INSERT INTO copies SELECT id, page, cost, at_time, twice, o FROM visits`

describe('a backlog that is decoded in a thread of its own', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
  })
  after(() => platform.close())

  /** How often a thread was asked, and what came out. */
  async function run(name: string, topic: string, withThreads: boolean) {
    let asked = 0
    const threads: Threads = {
      start(module) {
        const thread = realHost.threads?.start(module)
        assert.ok(thread)
        return {
          ask(message, handedOver) {
            asked++
            return thread.ask(message, handedOver)
          },
          close: () => thread.close(),
        }
      },
    }
    const { clock, network, random } = realHost
    const alone: Host = { clock, network, random, disk: new SimulatedDisk() }
    await platform.client.createTopic(`${topic}-${name}`, { partitions: 1 })
    const job = await Job.start({
      host: withThreads ? { ...alone, threads } : alone,
      name: `${topic}-${name}`,
      plan: planScript(script.replaceAll('TOPIC', topic).replaceAll('NAME', name)),
      directory: '/state',
      bootstrap: platform.bootstrap,
      registryUrl: 'http://127.0.0.1:1',
      stepRecordsMax: threadRecordsMin,
    })
    await job.done
    const records = await platform.consume(`${topic}-${name}`)
    return { asked, rows: records.map(({ value }) => value).sort() }
  }

  async function fill(topic: string, value: (id: number) => string): Promise<void> {
    await platform.client.createTopic(topic, { partitions: 2 })
    const producer = new Producer(platform.client)
    for (let first = 0; first < 6 * threadRecordsMin; first += 1000) {
      const records = Array.from({ length: 1000 }, (_, at) => {
        return { key: null, value: Buffer.from(value(first + at)) }
      })
      await producer.send(topic, (first / 1000) % 2, records)
    }
  }

  it('gives the same rows: text of all kinds, NULL, numbers, times, metadata', async () => {
    await fill('visits', (id) =>
      JSON.stringify({
        id,
        page: id % 7 === 0 ? null : `/Straße/${'ab"\\\n'.repeat(id % 5)}${id}`,
        cost: id % 3 === 0 ? null : id / 100,
        at_time: `2026-01-0${1 + (id % 9)} 10:11:12.${String(id % 1000).padStart(3, '0')}`,
      }),
    )
    const threaded = await run('threaded', 'visits', true)
    const alone = await run('alone', 'visits', false)
    assert.ok(threaded.asked >= 2, `asked ${threaded.asked} times`)
    assert.equal(threaded.rows.length, 6 * threadRecordsMin)
    assert.deepEqual(threaded.rows, alone.rows)
  })

  it('says of an unreadable record the same, and where it lies', async () => {
    await fill('broken', (id) => (id === 17_003 ? '{"id": nothing}' : `{"id": ${id}}`))
    const said: string[] = []
    for (const withThreads of [true, false]) {
      await run(withThreads ? 'threaded' : 'alone', 'broken', withThreads).catch((error) => {
        said.push(error.message)
      })
    }
    assert.match(said[0] ?? '', /^topic broken, partition 1, offset 8003: not valid JSON/)
    assert.equal(said[0], said[1])
  })
})
