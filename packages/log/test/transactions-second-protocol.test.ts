import assert from 'node:assert/strict'
import test from 'node:test'
import { SimulatedClock } from '@millrace/host'
import { transactionalIdExpirationMs, transactionalIdSweepMs } from '../src/limits.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import type { Transaction } from '../src/transactions/transaction.js'
import {
  decodeTransaction,
  encodeRemoval,
  encodeTransaction,
} from '../src/transactions/transaction-record.js'
import { hasCode, place, startCoordinator } from './transaction-harness.js'

/** Writes the state of "job" that has no epoch left but the last, as if it had been used for long. */
async function startExhausted() {
  const started = await startCoordinator()
  await started.coordinator.initProducer('job', 60_000)
  const before = started.coordinator.get('job') ?? assert.fail()
  const last: Transaction = { ...before, producerEpoch: 0x7ffd, previousEpoch: -1 }
  await started.coordinator.close()
  started.stateLog.appendOwn(encodeBatch([encodeTransaction(last)]))
  return startCoordinator(started.disk, new SimulatedClock(5000), 1000)
}

test('every end raises the epoch, and a repeated end is answered the same', async () => {
  const { coordinator, data, write } = await startCoordinator()
  const first = await coordinator.initProducer('job', 60_000)
  const producer = { transactionalId: 'job', ...first }
  await coordinator.addPartitions(producer, [place], 2)
  write(first)
  const second = await coordinator.end(producer, true, 2)
  assert.deepEqual(second, { ...first, producerEpoch: first.producerEpoch + 1 })
  assert.deepEqual(await coordinator.end(producer, true, 2), second)
  await assert.rejects(coordinator.end(producer, false, 2), hasCode('INVALID_TXN_STATE'))
  assert.equal(data.endOffset, 2, 'one marker and no more')
  assert.throws(() => write(first, 1), hasCode('INVALID_PRODUCER_EPOCH'))
  assert.throws(() => write(second, 1), hasCode('OUT_OF_ORDER_SEQUENCE_NUMBER'))
})

test('law: no late request of a transaction does anything to the next one', async () => {
  const { coordinator, data, write } = await startCoordinator()
  const first = await coordinator.initProducer('job', 60_000)
  const one = { transactionalId: 'job', ...first }
  await coordinator.addPartitions(one, [place], 2)
  write(first)
  const two = { transactionalId: 'job', ...(await coordinator.end(one, true, 2)) }
  await coordinator.addPartitions(two, [place], 2)
  write(two)
  for (const committed of [true, false]) {
    await assert.rejects(coordinator.end(one, committed, 2), hasCode('PRODUCER_FENCED'))
  }
  await assert.rejects(coordinator.addPartitions(one, [place], 2), hasCode('PRODUCER_FENCED'))
  await assert.rejects(coordinator.initProducer('job', 60_000, first), hasCode('PRODUCER_FENCED'))
  assert.throws(() => write(first, 1), hasCode('INVALID_PRODUCER_EPOCH'))
  assert.equal(coordinator.get('job')?.status, 'ongoing')
  await coordinator.end(two, true, 2)
  assert.equal(data.lastStableOffset, data.endOffset)
  assert.deepEqual(data.read(0, 10_000, 'read_committed').aborted, [])
})

test('an abort of a transaction that has nothing only raises the epoch', async () => {
  const { coordinator, data } = await startCoordinator()
  const first = await coordinator.initProducer('job', 60_000)
  const producer = { transactionalId: 'job', ...first }
  await assert.rejects(coordinator.end(producer, true, 2), hasCode('INVALID_TXN_STATE'))
  const second = await coordinator.end(producer, false, 2)
  assert.equal(second.producerEpoch, first.producerEpoch + 1)
  assert.deepEqual(await coordinator.end(producer, false, 2), second, 'repeated')
  const third = await coordinator.end({ transactionalId: 'job', ...second }, false, 2)
  assert.equal(third.producerEpoch, second.producerEpoch + 1)
  assert.equal(data.endOffset, 0)
})

test('an end with the last epoch gives another producer id, also when it is repeated', async () => {
  const { coordinator, data, write, disk } = await startExhausted()
  const last = await coordinator.initProducer('job', 60_000)
  assert.equal(last.producerEpoch, 0x7ffe)
  const producer = { transactionalId: 'job', ...last }
  await coordinator.addPartitions(producer, [place], 2)
  write(last)
  const next = await coordinator.end(producer, true, 2)
  assert.notEqual(next.producerId, last.producerId)
  assert.equal(next.producerEpoch, 0)
  assert.equal(data.lastStableOffset, 2)
  assert.deepEqual(await coordinator.end(producer, true, 2), next)
  assert.throws(() => write(last, 1), hasCode('INVALID_PRODUCER_EPOCH'))
  await coordinator.close()
  const again = await startCoordinator(disk, new SimulatedClock(9000), 2000)
  assert.deepEqual(await again.coordinator.end(producer, true, 2), next, 'also after a start')
  await again.coordinator.addPartitions({ transactionalId: 'job', ...next }, [place], 2)
  await assert.rejects(
    again.coordinator.end(producer, true, 2),
    hasCode('INVALID_PRODUCER_ID_MAPPING'),
  )
})

test('a holder of the last epoch is fenced like any other', async () => {
  const { coordinator, data, write } = await startExhausted()
  const last = await coordinator.initProducer('job', 60_000)
  await coordinator.addPartitions({ transactionalId: 'job', ...last }, [place], 1)
  write(last)
  const next = await coordinator.initProducer('job', 60_000)
  assert.notEqual(next.producerId, last.producerId)
  assert.equal(data.read(0, 1000, 'read_committed').aborted.length, 1)
  assert.throws(() => write(last, 1), hasCode('INVALID_PRODUCER_EPOCH'))
})

test('the holder is given the next epoch, the same again when it repeats; nobody else is', async () => {
  for (const restarted of [false, true]) {
    const first = await startCoordinator()
    const one = await first.coordinator.initProducer('job', 60_000)
    const two = await first.coordinator.initProducer('job', 60_000, one)
    assert.deepEqual(two, { ...one, producerEpoch: one.producerEpoch + 1 })
    const { coordinator } = restarted
      ? await startCoordinator(first.disk, new SimulatedClock(2000), 1000)
      : first
    assert.deepEqual(await coordinator.initProducer('job', 60_000, one), two)
    const another = await coordinator.initProducer('job', 60_000)
    assert.equal(another.producerEpoch, two.producerEpoch + 1)
    for (const late of [one, two, { ...two, producerId: 77 }]) {
      await assert.rejects(
        coordinator.initProducer('job', 60_000, late),
        hasCode('PRODUCER_FENCED'),
        `restarted: ${restarted}`,
      )
    }
  }
})

test('a holder whose epochs are used up is given another id, the same one when it repeats', async () => {
  const { coordinator } = await startExhausted()
  const last = await coordinator.initProducer('job', 60_000)
  const next = await coordinator.initProducer('job', 60_000, last)
  assert.notEqual(next.producerId, last.producerId)
  assert.equal(next.producerEpoch, 0)
  assert.deepEqual(await coordinator.initProducer('job', 60_000, last), next)
  await coordinator.initProducer('job', 60_000)
  await assert.rejects(coordinator.initProducer('job', 60_000, last), hasCode('PRODUCER_FENCED'))
})

test('a producer whose transaction took too long learns it, and goes on with its abort', async () => {
  const { coordinator, clock, data, write } = await startCoordinator()
  const first = await coordinator.initProducer('job', 5000)
  const producer = { transactionalId: 'job', ...first }
  await coordinator.addPartitions(producer, [place], 2)
  write(first)
  clock.advance(5000)
  while (coordinator.get('job')?.status !== 'complete-abort') await new Promise(setImmediate)
  assert.throws(() => write(first, 1), hasCode('INVALID_PRODUCER_EPOCH'))
  await assert.rejects(coordinator.end(producer, true, 2), hasCode('INVALID_TXN_STATE'))
  const next = await coordinator.end(producer, false, 2)
  await coordinator.addPartitions({ transactionalId: 'job', ...next }, [place], 2)
  write(next)
  await coordinator.end({ transactionalId: 'job', ...next }, true, 2)
  assert.equal(data.lastStableOffset, data.endOffset)
  assert.equal(data.read(0, 1000, 'read_committed').aborted.length, 1)
})

test('a transactional id that was not used for a week is forgotten, one that is in use is not', async () => {
  const { coordinator, clock, disk } = await startCoordinator()
  const unused = await coordinator.initProducer('unused', 60_000)
  const used = await coordinator.initProducer('used', 60_000)
  clock.advance(transactionalIdExpirationMs - 1)
  await coordinator.addPartitions({ transactionalId: 'used', ...used }, [place], 2)
  assert.notEqual(coordinator.get('unused'), undefined)
  clock.advance(transactionalIdSweepMs)
  assert.equal(coordinator.get('unused'), undefined)
  assert.notEqual(coordinator.get('used'), undefined)
  await assert.rejects(
    coordinator.end({ transactionalId: 'unused', ...unused }, false, 2),
    hasCode('INVALID_PRODUCER_ID_MAPPING'),
  )
  await coordinator.close()
  const again = await startCoordinator(disk, new SimulatedClock(clock.now()), 1000)
  assert.equal(again.coordinator.get('unused'), undefined)
  const taken = await again.coordinator.initProducer('unused', 60_000)
  assert.notEqual(taken.producerId, unused.producerId, 'an id that nobody was given')
})

test("records of transactions are Kafka's, of both versions", () => {
  const transaction: Transaction = {
    transactionalId: 'job',
    producerId: 7,
    previousProducerId: 6,
    nextProducerId: 8,
    producerEpoch: 0x7fff,
    previousEpoch: 0x7ffe,
    timeoutMs: 60_000,
    status: 'prepare-commit',
    partitions: [place, { topic: 'rides', partition: 2 }],
    startedAt: 1000,
    updatedAt: 2000,
    protocol: 2,
  }
  const record = encodeTransaction(transaction)
  assert.equal(record.value.readInt16BE(0), 1)
  assert.deepEqual(decodeTransaction(record), { transactionalId: 'job', transaction })
  assert.deepEqual(decodeTransaction(encodeRemoval('job')), {
    transactionalId: 'job',
    transaction: undefined,
  })
  // Version 0, without tags, of brokers that do not have the second protocol.
  const before = Buffer.from(
    '0000' +
      '0000000000000007' +
      '0003' +
      '0000ea60' +
      '00' +
      'ffffffff' +
      '00000000000007d0' +
      'ffffffffffffffff',
    'hex',
  )
  const old = decodeTransaction({ key: record.key, value: before })?.transaction
  assert.equal(old?.producerEpoch, 3)
  assert.equal(old?.status, 'empty')
  assert.equal(old?.previousEpoch, -1)
  assert.equal(old?.protocol, 1)
  assert.deepEqual(old?.partitions, [])
  assert.equal(decodeTransaction({ key: Buffer.from([0, 9]), value: before }), undefined)
})
