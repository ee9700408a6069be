import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { SimulatedClock, seededRandom } from '@millrace/host'
import { FetchSession } from '../src/broker/fetch/fetch-session.js'
import { FetchSessions } from '../src/broker/fetch/fetch-sessions.js'
import { Producer } from '../src/client/producer.js'
import {
  fetchSessionsMax,
  fetchSessionsPerConnectionMax,
  fetchSessionUnusedMsMin,
} from '../src/limits.js'
import type { ResponseOf } from '../src/protocol/api.js'
import { fetch, metadata } from '../src/protocol/apis.js'
import { kafkaErrors } from '../src/protocol/kafka-errors.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { encodeEndMarker } from '../src/records/end-marker.js'
import type { PartitionLog } from '../src/storage/partition-log.js'
import { eventually, type Started, startBroker } from './broker-harness.js'
import { batch, logsInMemory, noTopicId, type Offsets, wanted, wishes } from './logs-in-memory.js'
import { Wire } from './wire.js'

const seed = Number(process.env.MILLRACE_SEED ?? 1)

type Answer = ResponseOf<typeof fetch>

/** A client of a broker with the topic `rides`, whose fetches are written by hand. */
async function fetching(t: TestContext, partitions: number) {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions })
  const wire = new Wire(t, started)
  const described = await wire.ask(metadata, 12, { topics: [{ name: 'rides' }] })
  const topicId = described.topics[0]?.topicId ?? ''
  const request = (
    session: { id: number; epoch: number },
    offsets: Offsets,
    options: { maxWaitMs?: number; minBytes?: number; forget?: number[] } = {},
  ) => ({
    maxWaitMs: options.maxWaitMs ?? 0,
    minBytes: options.minBytes ?? 1,
    sessionId: session.id,
    sessionEpoch: session.epoch,
    topics: topicsOf(offsets),
    forgottenTopicsData:
      options.forget === undefined ? [] : [{ topicId, topic: 'rides', partitions: options.forget }],
  })
  const topicsOf = (offsets: Offsets) =>
    Object.keys(offsets).length === 0
      ? []
      : [{ topic: 'rides', topicId, partitions: wishes(offsets) }]
  const ask = (...args: Parameters<typeof request>) => wire.ask(fetch, 18, request(...args))
  return { started, wire, topicId, request, ask }
}

async function append({ client }: Started, partition: number): Promise<void> {
  await new Producer(client).send('rides', partition, [{ key: null, value: Buffer.from('x') }])
}

/** Partition, high watermark and whether there are records, of each partition in the answer. */
function told({ responses }: Answer): [number, number, boolean][] {
  return responses.flatMap(({ partitions }) =>
    partitions.map(
      ({ partitionIndex, highWatermark, records }) =>
        [partitionIndex, highWatermark, (records?.length ?? 0) > 0] as [number, number, boolean],
    ),
  )
}

test('a session tells all once, then what changed and nothing else', async (t) => {
  const { started, ask } = await fetching(t, 3)
  await append(started, 1)
  const whole = await ask({ id: 0, epoch: 0 }, { 0: 0, 1: 1, 2: 0 })
  assert.deepEqual(told(whole), [
    [0, 0, false],
    [1, 1, false],
    [2, 0, false],
  ])
  const id = whole.sessionId
  assert.ok(id > 0)
  const nothing = await ask({ id, epoch: 1 }, {})
  assert.deepEqual([nothing.errorCode, nothing.sessionId, told(nothing)], [0, id, []])
  await append(started, 2)
  assert.deepEqual(told(await ask({ id, epoch: 2 }, {})), [[2, 1, true]])
  // Told again as long as the client does not say that it has it.
  assert.deepEqual(told(await ask({ id, epoch: 3 }, {})), [[2, 1, true]])
  assert.deepEqual(told(await ask({ id, epoch: 4 }, { 2: 1 })), [])
  await append(started, 0)
  await append(started, 1)
  assert.deepEqual(told(await ask({ id, epoch: 5 }, {}, { forget: [0] })), [[1, 2, true]])
  assert.deepEqual(told(await ask({ id, epoch: 6 }, { 0: 0 }, { forget: [1] })), [[0, 1, true]])
  const last = await ask({ id, epoch: 7 }, {}, { forget: [0, 2] })
  assert.deepEqual([last.errorCode, last.sessionId, told(last)], [0, 0, []])
  const gone = await ask({ id, epoch: 8 }, { 0: 0 })
  assert.equal(gone.errorCode, kafkaErrors.FETCH_SESSION_ID_NOT_FOUND)
})

test('what does not fit a session is refused, and the session goes on', async (t) => {
  const { ask, wire, request } = await fetching(t, 1)
  const { sessionId: id } = await ask({ id: 0, epoch: 0 }, { 0: 0 })
  const code = async (session: { id: number; epoch: number }) => {
    const { errorCode, sessionId, responses } = await ask(session, {})
    assert.deepEqual([sessionId, responses], [0, []])
    return errorCode
  }
  assert.equal(await code({ id, epoch: 2 }), kafkaErrors.INVALID_FETCH_SESSION_EPOCH)
  assert.equal(await code({ id: id - 1, epoch: 1 }), kafkaErrors.FETCH_SESSION_ID_NOT_FOUND)
  const byName = await wire.ask(fetch, 12, request({ id, epoch: 1 }, {}))
  assert.equal(byName.errorCode, kafkaErrors.FETCH_SESSION_TOPIC_ID_ERROR)
  assert.equal((await ask({ id, epoch: 1 }, {})).errorCode, 0)
  assert.equal(await code({ id, epoch: 1 }), kafkaErrors.INVALID_FETCH_SESSION_EPOCH)
  // A whole request ends the session that it names, with or without another.
  const other = (await ask({ id, epoch: 0 }, { 0: 0 })).sessionId
  assert.equal(await code({ id, epoch: 2 }), kafkaErrors.FETCH_SESSION_ID_NOT_FOUND)
  const none = await ask({ id: other, epoch: -1 }, { 0: 0 })
  assert.deepEqual([none.sessionId, told(none)], [0, [[0, 0, false]]])
  assert.equal(await code({ id: other, epoch: 1 }), kafkaErrors.FETCH_SESSION_ID_NOT_FOUND)
})

const noTopics = { get: () => undefined, byId: () => undefined }

test('a fetch that waits is answered when a topic is deleted, and when another goes on', async (t) => {
  const { started, wire, ask, request, topicId } = await fetching(t, 1)
  const { sessionId: id } = await ask({ id: 0, epoch: 0 }, { 0: 0 })
  const second = new Wire(t, started)
  const waiting = wire.ask(fetch, 18, request({ id, epoch: 1 }, {}, { maxWaitMs: 50_000 }))
  const other = await eventually(async () => {
    const answer = await second.ask(fetch, 18, request({ id, epoch: 2 }, {}))
    return answer.errorCode === 0 ? answer : undefined
  })
  assert.deepEqual(told(other), [])
  assert.equal((await waiting).errorCode, kafkaErrors.INVALID_FETCH_SESSION_EPOCH)
  const last = wire.ask(fetch, 18, request({ id, epoch: 3 }, {}, { maxWaitMs: 50_000 }))
  await started.client.deleteTopic('rides')
  const [topic] = (await last).responses
  assert.equal(topic?.topicId, topicId)
  assert.equal(topic?.partitions[0]?.errorCode, kafkaErrors.UNKNOWN_TOPIC_ID)
})

test('who says of which epoch its last records were is told where they part from ours', async (t) => {
  const { started, wire, topicId } = await fetching(t, 1)
  const ask = async (fetchOffset: number, lastFetchedEpoch: number) => {
    const partitions = [
      { partition: 0, fetchOffset, lastFetchedEpoch, partitionMaxBytes: 1_000_000 },
    ]
    const answer = await wire.ask(fetch, 18, {
      ...{ maxWaitMs: 50_000, minBytes: 1 },
      topics: [{ topicId, partitions }],
    })
    const { errorCode, divergingEpoch, records } = answer.responses[0]?.partitions[0] ?? {}
    return [errorCode, divergingEpoch, (records?.length ?? 0) > 0]
  }
  const outOfRange = kafkaErrors.OFFSET_OUT_OF_RANGE
  const none = { epoch: -1, endOffset: -1 }
  assert.deepEqual(await ask(0, 0), [outOfRange, none, false])
  await append(started, 0)
  assert.deepEqual(await ask(0, 0), [0, none, true])
  assert.deepEqual(await ask(0, 3), [outOfRange, none, false])
  assert.deepEqual(await ask(5, 0), [0, { epoch: 0, endOffset: 1 }, false])
})

test('law: of a thousand partitions, a fetch looks at those that changed', async () => {
  const { logs, session: begin } = await logsInMemory(1000)
  const session = begin()
  const whole = session.read(1_000_000)
  assert.equal(whole.answers.length, 1000)
  session.tell(whole)
  session.follow()
  assert.equal(session.read(1_000_000).answers.length, 0)
  logs[7]?.append(batch('a'))
  logs[500]?.append(batch('b'))
  const reading = session.read(1_000_000)
  assert.deepEqual(
    reading.answers.map(({ partition }) => partition.index),
    [7, 500],
  )
  session.tell(reading)
  session.update(wanted({ 7: 1, 500: 1 }), [], 'read_uncommitted')
  session.tell(session.read(1_000_000))
  assert.equal(session.read(1_000_000).answers.length, 0)
})

test('an answer that is full looks at no more partitions, and those come to their turn', async () => {
  const { logs, session: begin, disk } = await logsInMemory(100)
  const session = begin()
  session.tell(session.read(0))
  session.follow()
  for (const log of logs) for (let at = 0; at < 10; at++) log.append(batch('x'.repeat(2000)))
  disk.reads = 0
  const given = new Set<number>()
  for (let fetches = 0; given.size < logs.length; fetches++) {
    assert.ok(fetches < 30)
    const reading = session.read(100_000)
    assert.ok(reading.bytes <= 100_000)
    if (given.size < logs.length - 6) {
      assert.ok(reading.isUrgent, 'there is nothing to wait for')
      assert.ok(reading.answers.length <= 6)
    }
    for (const { partitions } of session.tell(reading)) {
      for (const { partitionIndex, records } of partitions) {
        // Of the one that found no room it is told how far its log goes.
        if (records.length === 0) continue
        given.add(partitionIndex)
        session.update(wanted({ [partitionIndex]: 10 }), [], 'read_uncommitted')
      }
    }
  }
  assert.ok(disk.reads < 300)
})

test('law: a fetch that is held back reads no file for what is appended meanwhile', async () => {
  const { logs, session: begin, disk } = await logsInMemory(2)
  const session = begin()
  const oneBytes = batch('a').length
  // A log reads the head of its own file once.
  for (let appended = 0; appended < 4; appended++) logs[appended % 2]?.append(batch('a'))
  const first = session.read(1_000_000)
  assert.equal(first.bytes, oneBytes * 4)
  const before = disk.reads
  let woken = 0
  session.wait(oneBytes * 54 - first.bytes, () => woken++)
  for (let appended = 1; appended <= 60; appended++) {
    logs[appended % 2]?.append(batch('a'))
    assert.equal(woken, appended < 50 ? 0 : 1)
  }
  assert.equal(disk.reads, before)
})

test('records of a transaction count for who waits when it has ended', async () => {
  const { logs, session: begin } = await logsInMemory(1)
  const [log] = logs
  const session = begin('read_committed')
  session.read(1_000_000)
  let woken = 0
  session.wait(1, () => woken++)
  const producer = { producerId: 5, producerEpoch: 0 }
  const options = { ...producer, baseSequence: 0, transactional: true, timestamp: 1000 }
  log?.append(encodeBatch([{ key: null, value: Buffer.from('paid') }], options))
  assert.equal(woken, 0)
  log?.appendOwn(encodeEndMarker('commit', { ...producer, timestamp: 1000 }))
  assert.equal(woken, 1)
})

test('law: what a session tells, put together, is what whole requests are told', async () => {
  const random = seededRandom(seed)
  const { logs, session: begin } = await logsInMemory(6)
  const session = begin()
  session.tell(session.read(1_000_000))
  session.follow()
  const offsets = new Map(logs.map((_, index) => [index, 0]))
  const told = new Map(logs.map((_, index) => [index, { highWatermark: 0, startOffset: 0 }]))
  for (let step = 0; step < 2000; step++) {
    const index = random.below(logs.length)
    const log = logs[index] as PartitionLog
    const choice = random.below(10)
    const label = `seed ${seed}, step ${step}, partition ${index}`
    if (choice < 4) log.append(batch('x'.repeat(random.below(300))))
    else if (choice === 4) {
      log.roll()
      await log.removeBefore(random.below(log.endOffset + 1))
    } else if (choice === 5 && offsets.delete(index)) {
      told.delete(index)
      const partitions = [index]
      session.update([], [{ topic: 'rides', topicId: noTopicId, partitions }], 'read_uncommitted')
    } else {
      // Where it goes on reading: from some offset that is there, most often the end.
      const { startOffset: start, endOffset: end } = log
      const offset = random.below(2) === 0 ? end : start + random.below(end - start + 1)
      offsets.set(index, offset)
      if (!told.has(index)) told.set(index, { highWatermark: -1, startOffset: -1 })
      session.update(wanted({ [index]: offset }), [], 'read_uncommitted')
    }
    if (random.below(3) > 0) continue
    const given = new Set<number>()
    for (const topic of session.tell(session.read(1_000_000))) {
      for (const { partitionIndex, highWatermark, logStartOffset, records } of topic.partitions) {
        const offset = offsets.get(partitionIndex) ?? Number.NaN
        // Retention may have gone past what it reads: then that is told instead.
        if (offset < (logs[partitionIndex] as PartitionLog).startOffset) {
          assert.equal(records.length, 0, label)
          told.set(partitionIndex, { highWatermark: -1, startOffset: -1 })
          continue
        }
        if (records.length > 0) given.add(partitionIndex)
        told.set(partitionIndex, {
          highWatermark: highWatermark ?? -1,
          startOffset: logStartOffset ?? -1,
        })
      }
    }
    for (const [partition, offset] of offsets) {
      const { highWatermark, startOffset } = logs[partition] as PartitionLog
      if (offset < startOffset) continue
      assert.deepEqual(told.get(partition), { highWatermark, startOffset }, label)
      assert.equal(given.has(partition), offset < highWatermark, label)
    }
  }
})

test('sessions are bounded: an unused one goes first, then a smaller one that is not new', () => {
  const clock = new SimulatedClock()
  const sessions = new FetchSessions(clock, seededRandom(seed))
  const sized = (partitions: number) => {
    const session = new FetchSession({ topics: noTopics, log: assert.fail }, false)
    const offsets = Object.fromEntries(Array.from({ length: partitions }, (_, at) => [at, 0]))
    session.update(wanted(offsets), [], 'read_uncommitted')
    return session
  }
  const add = (partitions: number) => sessions.add(sized(partitions), new AbortController().signal)
  const ids = Array.from({ length: fetchSessionsMax }, () => add(2))
  assert.equal(new Set(ids).size, fetchSessionsMax)
  assert.equal(add(5), 0, 'all are new')
  clock.advance(fetchSessionUnusedMsMin + 1)
  const [first = 0, ...others] = ids
  for (const id of others) sessions.touch(sessions.get(id) as FetchSession)
  assert.ok(add(1) > 0)
  assert.equal(sessions.get(first), undefined, 'it was not used')
  assert.equal(add(2), 0, 'none is smaller and old')
  assert.ok(add(3) > 0)
  const left = others.filter((id) => sessions.get(id) !== undefined)
  assert.equal(left.length, others.length - 1)
})

test('sessions end with the connection that began them, and one connection has a few', () => {
  const sessions = new FetchSessions(new SimulatedClock(), seededRandom(seed))
  const connection = new AbortController()
  const add = () => {
    const session = new FetchSession({ topics: noTopics, log: assert.fail }, false)
    return sessions.add(session, connection.signal)
  }
  const ids = Array.from({ length: fetchSessionsPerConnectionMax + 1 }, add)
  const open = () => ids.filter((id) => sessions.get(id) !== undefined)
  assert.deepEqual(open(), ids.slice(1))
  connection.abort()
  assert.deepEqual(open(), [])
  assert.equal(add(), 0)
})
