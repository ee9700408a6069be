import assert from 'node:assert/strict'
import test from 'node:test'
import { realHost, SimulatedClock } from '@millrace/host'
import { RequestBudget } from '../src/broker/request-budget.js'
import { UnsentAnswers } from '../src/broker/unsent-answers.js'
import {
  answerBytesMax,
  answerRoomBytesMin,
  connectionIdleMsMax,
  connectionSweepMs,
  connectionsMax,
  frameBytesMax,
  requestBytesMax,
  requestStallMsMax,
} from '../src/limits.js'
import { metadata, produce } from '../src/protocol/apis.js'
import { eventually, startBroker } from './broker-harness.js'
import { Wire } from './wire.js'

/** The beginning of a request of `bytes`, of which no more comes. */
function beginning(bytes: number): Buffer {
  const begun = Buffer.alloc(100_000)
  begun.writeInt32BE(bytes)
  return begun
}

/** Large, and soon answered: records for a topic that is not there. */
const largeRequest = {
  acks: 1,
  topicData: [{ name: 'none', partitionData: [{ index: 0, records: Buffer.alloc(2_000_000) }] }],
}

test('law: requests that are begun take a bounded memory; those beyond wait, small ones do not', async (t) => {
  const started = await startBroker(t)
  const wires = Array.from({ length: 3 }, () => new Wire(t, started))
  const third = Math.floor(requestBytesMax / 3)
  for (const wire of wires) wire.socket.write(beginning(third))
  const other = new Wire(t, started)
  const asked = () => other.ask(metadata, 12, { topics: [] })
  await asked()
  // Sent over and over until it is one that does not fit, for each wire is read in its own time.
  const waiting = await eventually(async () => {
    const wire = new Wire(t, started)
    wire.send(produce, 9, largeRequest)
    for (let round = 0; round < 5; round++) await asked()
    return wire.frames.length === 0 ? wire : undefined
  })
  for (let round = 0; round < 20; round++) await asked()
  assert.equal(waiting.frames.length, 0)
  wires[1]?.socket.destroy()
  await waiting.next()
  assert.deepEqual(started.lines, [])
})

test('a large request that stops half-way is ended when others need the memory', async (t) => {
  const clock = new SimulatedClock()
  const started = await startBroker(t, { host: { ...realHost, clock } })
  const full = [1, 2].map(() => new Wire(t, started))
  for (const wire of full) wire.socket.write(beginning(frameBytesMax))
  const half = new Wire(t, started)
  half.socket.write(beginning(requestBytesMax - 2 * frameBytesMax))
  const waiting = await eventually(async () => {
    const wire = new Wire(t, started)
    wire.send(produce, 9, largeRequest)
    for (let round = 0; round < 5; round++) {
      await new Wire(t, started).ask(metadata, 12, { topics: [] })
    }
    return wire.frames.length === 0 ? wire : undefined
  })
  clock.advance(requestStallMsMax - connectionSweepMs)
  assert.deepEqual([full[0]?.isClosed, started.lines], [false, []])
  clock.advance(connectionSweepMs * 2)
  await waiting.next()
  await eventually(() => full.every((wire) => wire.isClosed))
  assert.match(started.lines[0] ?? '', /nothing came of a request of 104857600 bytes for \d+ ms/)
})

test('a connection without requests is closed after its time, one that asks is not', async (t) => {
  const clock = new SimulatedClock()
  const started = await startBroker(t, { host: { ...realHost, clock } })
  const [silent, asking] = [new Wire(t, started), new Wire(t, started)]
  const ask = (wire: Wire) => wire.ask(metadata, 12, { topics: [] })
  await ask(silent)
  await ask(asking)
  clock.advance(connectionIdleMsMax - connectionSweepMs)
  await ask(asking)
  assert.equal(silent.isClosed, false)
  clock.advance(connectionSweepMs * 2)
  await eventually(() => silent.isClosed)
  await ask(asking)
  assert.deepEqual(started.lines, [])
})

test('who waits for memory is served in order, and may leave', () => {
  const budget = new RequestBudget()
  const served: string[] = []
  const waiter = (name: string) => () => {
    served.push(name)
  }
  const half = Math.floor(frameBytesMax / 2)
  const count = Math.floor(requestBytesMax / half)
  for (let taken = 0; taken < count; taken++) assert.equal(budget.take(half, waiter('none')), true)
  const [first, second, third] = [waiter('first'), waiter('second'), waiter('third')]
  assert.equal(budget.take(frameBytesMax, first), false)
  assert.equal(budget.take(1, second), false, 'not before the first, though there is room')
  assert.equal(budget.take(half, third), false)
  assert.equal(budget.isShort, true)
  budget.leave(first)
  assert.deepEqual(served, ['second'])
  budget.give(half)
  assert.deepEqual(served, ['second', 'third'])
  assert.equal(budget.isShort, false)
})

test('law: answers of all connections together take little more than their limit', () => {
  const unsent = new UnsentAnswers()
  let bytes = 0
  for (let connection = 0; connection < connectionsMax; connection++) {
    const { room } = unsent
    unsent.add(room)
    bytes += room
  }
  assert.ok(bytes > answerBytesMax * 0.9)
  assert.ok(bytes <= answerBytesMax + connectionsMax * answerRoomBytesMin)
  unsent.sent(bytes)
  assert.equal(unsent.room, Math.floor(answerBytesMax / 4))
})
