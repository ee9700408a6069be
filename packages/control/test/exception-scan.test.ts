import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { writeException, writeResendOutcome } from '@millrace/event'
import { type Random, seededRandom } from '@millrace/host'
import { type LogClient, type LogRecord, Producer } from '@millrace/log'
import { backwards } from '../src/exceptions/backwards.js'
import { idOf } from '../src/exceptions/place.js'
import { type ScanProgress, type ScanRange, scan } from '../src/exceptions/scan.js'
import { logAndRegistry } from './log-and-registry.js'

interface Written {
  id: string
  time: number
  /** Of the last time that it was sent again. */
  outcome?: string
}

const topic = 'trips.exceptions'
const begin = Date.UTC(2026, 0, 4)

/** A history of exceptions and outcomes in three partitions, in the order of time. */
async function history(
  t: TestContext,
  random: Random,
  count: number,
): Promise<{ client: LogClient; written: Written[] }> {
  const { connect } = await logAndRegistry(t)
  const client = await connect()
  await client.createTopic(topic, { partitions: 3 })
  const batches: LogRecord[][] = [[], [], []]
  const places: Written[][] = [[], [], []]
  const written: Written[] = []
  const about = { id: 'e', source: 's', time: begin }
  for (let nth = 0; nth < count; nth++) {
    const partition = random.below(3)
    const [batch, own] = [batches[partition] ?? [], places[partition] ?? []]
    const time = begin + nth
    const offset = own.length
    const kind = random.below(10)
    const before = own[random.below(Math.max(1, own.length))]
    if (kind < 3 && before?.id !== undefined && before.id !== '') {
      const outcome = {
        offset: own.indexOf(before),
        at: `${nth}`,
        refused: { field: '', reason: '' },
      }
      batch.push({ key: null, ...writeResendOutcome(outcome, about), timestamp: time })
      before.outcome = `${nth}`
      own.push({ id: '', time })
    } else if (kind === 3) {
      batch.push({ key: null, value: Buffer.from('of somebody else'), timestamp: time })
      own.push({ id: '', time })
    } else {
      const exception = {
        ...{ topic: 'trips', field: '', reason: 'r', receivedAt: 'now' },
        event: JSON.stringify('x'.repeat(random.below(20) === 0 ? 300_000 : 10)),
      }
      const record = writeException(exception, about, 1_000_000)
      batch.push({ key: null, ...record, timestamp: time })
      const place = { id: idOf({ topic, partition, offset }), time }
      own.push(place)
      written.push(place)
    }
  }
  const producer = new Producer(client)
  for (const [partition, records] of batches.entries()) {
    while (records.length > 0) {
      const some = records.splice(0, 1 + random.below(3))
      await producer.send(topic, partition, some)
    }
  }
  return { client, written }
}

async function scanned(
  client: LogClient,
  more: Partial<ScanRange> = {},
): Promise<{ found: Written[]; progress: ScanProgress }> {
  const progress: ScanProgress = { read: 0 }
  const found: Written[] = []
  const source = { client, topics: [topic, 'not.there'] }
  const range = { readMax: 1_000_000, ...more }
  for await (const { place, time, outcome } of scan([source], range, progress)) {
    found.push({ id: idOf(place), time, ...(outcome && { outcome: outcome.at }) })
  }
  return { found, progress }
}

for (const seed of [1, 2]) {
  test(`exceptions come newest first, each with its last outcome (seed ${seed})`, async (t) => {
    const random = seededRandom(seed)
    const { client, written } = await history(t, random, 700)
    const newestFirst = [...written].reverse()
    const whole = await scanned(client)
    assert.deepEqual(whole.found, newestFirst)
    assert.deepEqual(whole.progress, { read: 700 })

    for (const readMax of [1, 64, 65, 300, 699]) {
      const { found, progress } = await scanned(client, { readMax })
      assert.equal(progress.read, readMax)
      // The newest records were read, and where it stopped is the next one.
      assert.equal(progress.stoppedAt, begin + 700 - readMax - 1)
      assert.deepEqual(
        found,
        newestFirst.filter(({ time }) => time > begin + 700 - readMax - 1),
      )
    }
    const since = begin + 350
    const later = await scanned(client, { since })
    assert.deepEqual(
      later.found,
      newestFirst.filter(({ time }) => time >= since),
    )
    assert.equal(later.progress.read, 350)
    assert.deepEqual((await scanned(client, { since: begin + 700 })).found, [])

    const wanted = written[40]
    const [name = '', partition, offset] = (wanted?.id ?? '').split(':')
    const place = { topic: name, partition: Number(partition), offset: Number(offset) }
    const ofPlace = await scanned(client, { places: [place] })
    assert.deepEqual(ofPlace.found.at(-1), wanted)
    assert.ok(ofPlace.found.every(({ id }) => id.startsWith(`${topic}:${partition}:`)))
  })
}

test('of an empty part nothing comes, and reading may end early', async (t) => {
  const { client } = await history(t, seededRandom(3), 30)
  const span = { client, topic, partition: 0 }
  const nothing = backwards([{ ...span, start: 3, end: 3 }])
  assert.equal((await nothing.next()).done, true)
  for await (const { record } of backwards([{ ...span, start: 1, end: 4 }])) {
    assert.equal(record.offset, 3)
    break
  }
})
