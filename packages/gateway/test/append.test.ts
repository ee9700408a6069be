import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { realHost } from '@millrace/host'
import { KafkaError, type LogRecord } from '@millrace/log'
import { Appender, type Placed } from '../src/append.js'

type Send = (
  topic: string,
  partition: number,
  records: readonly LogRecord[],
) => Promise<{ baseOffset: number }>

const placed = (partition: number, bytes: number, fill = 0): Placed => ({
  topic: 't',
  partition,
  record: { key: null, value: Buffer.alloc(bytes, fill) },
})

const appenderOver = (send: Send) =>
  new Appender({ producer: { send }, clock: realHost.clock, lingerMs: 0 })

/** A log that takes everything, and tells what came in which batches. */
function log() {
  const batches: { partition: number; records: number }[] = []
  const ends = new Map<number, number>()
  const send: Send = async (_topic, partition, records) => {
    batches.push({ partition, records: records.length })
    const baseOffset = ends.get(partition) ?? partition * 100
    ends.set(partition, baseOffset + records.length)
    await realHost.clock.sleep(1)
    return { baseOffset }
  }
  return { batches, send }
}

describe('records to batches', () => {
  test('requests of one turn meet in one batch a partition', async () => {
    const { batches, send } = log()
    const appender = appenderOver(send)
    const outcomes = await Promise.all([
      appender.append([placed(0, 10), placed(1, 10)]),
      appender.append([placed(0, 10)]),
      appender.append([placed(1, 10), placed(0, 10)]),
    ])
    assert.deepEqual(batches, [
      { partition: 0, records: 3 },
      { partition: 1, records: 2 },
    ])
    assert.deepEqual(outcomes, [
      [
        { partition: 0, offset: 0 },
        { partition: 1, offset: 100 },
      ],
      [{ partition: 0, offset: 1 }],
      [
        { partition: 1, offset: 101 },
        { partition: 0, offset: 2 },
      ],
    ])
    assert.deepEqual(await appender.append([]), [])
  })

  test('what comes while a batch is under way is gathered for the next', async () => {
    const { batches, send } = log()
    const appender = appenderOver(send)
    const all = [appender.append([placed(0, 10)])]
    await new Promise(setImmediate)
    for (let i = 0; i < 5; i++) {
      all.push(appender.append([placed(0, 10)]))
      await Promise.resolve()
    }
    const offsets = (await Promise.all(all)).flat()
    assert.deepEqual(
      batches.map(({ records }) => records),
      [1, 5],
    )
    assert.deepEqual(
      offsets,
      [0, 1, 2, 3, 4, 5].map((offset) => ({ partition: 0, offset })),
    )
  })

  test('with a linger what comes within it is gathered', async () => {
    const { batches, send } = log()
    const appender = new Appender({ producer: { send }, clock: realHost.clock, lingerMs: 30 })
    const first = appender.append([placed(0, 10)])
    await realHost.clock.sleep(2)
    await Promise.all([first, appender.append([placed(0, 10)])])
    assert.deepEqual(batches, [{ partition: 0, records: 2 }])
  })

  test('what is too much for a batch follows in the next', async () => {
    const { batches, send } = log()
    const records = [400_000, 400_000, 400_000, 999_000].map((bytes) => placed(0, bytes))
    const outcomes = await appenderOver(send).append(records)
    assert.deepEqual(
      batches.map((each) => each.records),
      [2, 1, 1],
    )
    assert.deepEqual(
      outcomes,
      [0, 1, 2, 3].map((offset) => ({ partition: 0, offset })),
    )
  })

  test('after a failed batch the rest of the request in its partition is not sent', async () => {
    let sent = 0
    const send: Send = async (_topic, partition) => {
      sent++
      if (partition === 0) throw new KafkaError('NOT_LEADER_OR_FOLLOWER', 'topic t')
      return { baseOffset: 10 }
    }
    const appender = appenderOver(send)
    const [first, other] = await Promise.all([
      appender.append([placed(0, 900_000), placed(0, 900_000), placed(1, 1)]),
      appender.append([placed(0, 900_000)]),
    ])
    const kinds = [...first, ...other].map((each) =>
      'failure' in each ? each.failure.retriable : each.offset,
    )
    assert.deepEqual(kinds, [true, true, 10, true])
    assert.equal(sent, 3, 'one of the first request, one of the other, one of the other partition')
  })

  test('a record that the log refuses fails alone, and those around it are stored', async () => {
    let end = 0
    const send: Send = async (_topic, _partition, records) => {
      if (records.some(({ value }) => value?.[0] === 1)) {
        throw new KafkaError('INVALID_RECORD', 'topic t, partition 0')
      }
      end += records.length
      return { baseOffset: end - records.length }
    }
    const appender = appenderOver(send)
    const outcomes = await appender.append([0, 0, 1, 0, 0].map((fill) => placed(0, 10, fill)))
    const kinds = outcomes.map((each) => ('failure' in each ? each.failure.retriable : each.offset))
    assert.deepEqual(kinds, [0, 1, false, 2, 3])
  })

  test('a topic that is gone is one failure, not a search for a bad record', async () => {
    let sent = 0
    const send: Send = async () => {
      sent++
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', 'topic t', { final: true })
    }
    const outcomes = await appenderOver(send).append([placed(0, 1), placed(0, 1)])
    assert.equal(sent, 1)
    assert.ok(outcomes.every((each) => 'failure' in each && !each.failure.retriable))
  })
})
