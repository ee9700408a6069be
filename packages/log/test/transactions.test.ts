import assert from 'node:assert/strict'
import test from 'node:test'
import { SimulatedClock, SimulatedDisk, seededRandom } from '@millrace/host'
import { KafkaError } from '../src/errors.js'
import { logConfigDefault } from '../src/storage/partition-log.js'
import { hasCode, place, startCoordinator, unsyncedPlace } from './transaction-harness.js'

const partitions = [place]

test('a committed transaction is stable, and its end may be asked for again', async () => {
  const { coordinator, data, write } = await startCoordinator()
  const identity = await coordinator.initProducer('job', 60_000)
  const producer = { transactionalId: 'job', ...identity }
  assert.throws(
    () => coordinator.checkMember(producer, place, 'INVALID_TXN_STATE'),
    hasCode('INVALID_TXN_STATE'),
  )
  await coordinator.addPartitions(producer, partitions, 1)
  coordinator.checkMember(producer, place, 'INVALID_TXN_STATE')
  write(identity)
  assert.equal(data.lastStableOffset, 0)
  await coordinator.end(producer, true, 1)
  assert.equal(data.lastStableOffset, 2)
  await coordinator.end(producer, true, 1)
  await assert.rejects(coordinator.end(producer, false, 1), hasCode('INVALID_TXN_STATE'))
  assert.equal(data.endOffset, 2, 'one marker and no more')
})

test('a newer holder fences the older and aborts what it had open', async () => {
  const { coordinator, data, write } = await startCoordinator()
  const older = await coordinator.initProducer('job', 60_000)
  await coordinator.addPartitions({ transactionalId: 'job', ...older }, partitions, 1)
  write(older)
  const newer = await coordinator.initProducer('job', 60_000)
  assert.equal(newer.producerId, older.producerId)
  assert.ok(newer.producerEpoch > older.producerEpoch)
  assert.equal(data.read(0, 1000, 'read_committed').aborted.length, 1)
  const fenced = { transactionalId: 'job', ...older }
  await assert.rejects(coordinator.addPartitions(fenced, partitions, 1), hasCode('PRODUCER_FENCED'))
  await assert.rejects(coordinator.end(fenced, true, 1), hasCode('PRODUCER_FENCED'))
  assert.throws(() => write(older, 1), hasCode('INVALID_PRODUCER_EPOCH'))
  await coordinator.addPartitions({ transactionalId: 'job', ...newer }, partitions, 1)
  write(newer)
  await coordinator.end({ transactionalId: 'job', ...newer }, true, 1)
  assert.equal(data.lastStableOffset, data.endOffset)
})

test('a transaction that stays open is aborted when its time is up, also after a start', async () => {
  for (const restarted of [false, true]) {
    const first = await startCoordinator()
    const identity = await first.coordinator.initProducer('job', 5000)
    const producer = { transactionalId: 'job', ...identity }
    await first.coordinator.addPartitions(producer, partitions, 1)
    first.write(identity)
    first.clock.advance(3000)
    const { coordinator, clock, data, lines } = restarted
      ? await startCoordinator(first.disk, new SimulatedClock(first.clock.now()))
      : first
    clock.advance(1999)
    assert.equal(coordinator.get('job')?.status, 'ongoing')
    clock.advance(1)
    await coordinator.close()
    assert.equal(coordinator.get('job')?.status, 'complete-abort')
    assert.equal(data.lastStableOffset, 2)
    assert.equal(data.read(0, 1000, 'read_committed').aborted.length, 1)
    assert.equal(lines.length, 1)
    await assert.rejects(coordinator.end(producer, true, 1), hasCode('PRODUCER_FENCED'))
  }
})

test('an end that was decided is carried out after a crash, and only then', async () => {
  const first = await startCoordinator()
  const identity = await first.coordinator.initProducer('job', 60_000)
  const producer = { transactionalId: 'job', ...identity }
  await first.coordinator.addPartitions(producer, partitions, 1)
  first.write(identity)
  first.disk.capacityBytes = 0
  await assert.rejects(first.coordinator.end(producer, true, 1), hasCode('KAFKA_STORAGE_ERROR'))
  assert.equal(first.coordinator.get('job')?.status, 'ongoing', 'nothing was decided')
  // Room for the decision, and not for the marker.
  const used = first.data.sizeBytes + first.stateLog.sizeBytes
  first.disk.capacityBytes = used + 180
  await first.coordinator.end(producer, true, 1)
  assert.equal(first.coordinator.get('job')?.status, 'prepare-commit')
  assert.equal(first.data.lastStableOffset, 0)
  await assert.rejects(
    first.coordinator.addPartitions(producer, partitions, 1),
    hasCode('CONCURRENT_TRANSACTIONS'),
  )
  first.disk.capacityBytes = Number.POSITIVE_INFINITY
  const again = await startCoordinator(first.disk, new SimulatedClock(2000), 1000)
  await again.coordinator.close()
  assert.equal(again.coordinator.get('job')?.status, 'complete-commit')
  assert.equal(again.data.lastStableOffset, 2)
  assert.deepEqual(again.data.read(0, 1000, 'read_committed').aborted, [])
})

test('what the disk refused is tried again', async () => {
  const { coordinator, data, disk, stateLog, clock, write } = await startCoordinator()
  const identity = await coordinator.initProducer('job', 60_000)
  const producer = { transactionalId: 'job', ...identity }
  await coordinator.addPartitions(producer, partitions, 1)
  write(identity)
  disk.capacityBytes = data.sizeBytes + stateLog.sizeBytes + 180
  await coordinator.end(producer, true, 1)
  assert.equal(data.lastStableOffset, 0)
  disk.capacityBytes = Number.POSITIVE_INFINITY
  clock.advance(1000)
  await coordinator.close()
  assert.equal(coordinator.get('job')?.status, 'complete-commit')
  assert.equal(data.lastStableOffset, 2)
})

test('two who take a transactional id at once are given different epochs', async () => {
  const { coordinator, data, write } = await startCoordinator()
  data.config = { ...data.config, flushMessages: 1 }
  const older = await coordinator.initProducer('job', 60_000)
  await coordinator.addPartitions({ transactionalId: 'job', ...older }, partitions, 1)
  write(older)
  const taken = await Promise.allSettled([
    coordinator.initProducer('job', 60_000),
    coordinator.initProducer('job', 60_000),
  ])
  const given = taken.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  assert.ok(given.length > 0)
  assert.equal(new Set(given.map((each) => each.producerEpoch)).size, given.length)
  for (const each of taken) {
    if (each.status === 'rejected') assert.ok(hasCode('CONCURRENT_TRANSACTIONS')(each.reason))
  }
  assert.equal(data.endOffset, 2, 'one marker and no more')
})

test('whoever takes an id waits until the markers of the former holder are written', async () => {
  const { coordinator, data, clock, write } = await startCoordinator()
  const older = await coordinator.initProducer('job', 60_000)
  await coordinator.addPartitions({ transactionalId: 'job', ...older }, partitions, 1)
  write(older)
  const appendOwn = data.appendOwn.bind(data)
  data.appendOwn = () => {
    throw new KafkaError('KAFKA_STORAGE_ERROR', 'no room for the marker')
  }
  await assert.rejects(coordinator.initProducer('job', 60_000), hasCode('CONCURRENT_TRANSACTIONS'))
  assert.equal(coordinator.get('job')?.status, 'prepare-abort')
  data.appendOwn = appendOwn
  clock.advance(1000)
  await coordinator.close()
  assert.equal(data.lastStableOffset, 2)
})

test('a transaction whose time is up while the disk is full is aborted when there is room', async () => {
  const { coordinator, data, disk, clock, lines, write } = await startCoordinator()
  const identity = await coordinator.initProducer('job', 5000)
  await coordinator.addPartitions({ transactionalId: 'job', ...identity }, partitions, 1)
  write(identity)
  disk.capacityBytes = 0
  clock.advance(5000)
  for (let at = 0; at < 5; at++) {
    await new Promise(setImmediate)
    clock.advance(500)
  }
  assert.ok(lines.length <= 8, `tried about once a second, and not ${lines.length} times`)
  disk.capacityBytes = Number.POSITIVE_INFINITY
  await new Promise(setImmediate)
  clock.advance(1000)
  await coordinator.close()
  assert.equal(coordinator.get('job')?.status, 'complete-abort')
  assert.equal(data.lastStableOffset, 2)
})

for (let seed = 1; seed <= 30; seed++) {
  test(`with flush.messages=1 a power cut takes no epoch and no part of a transaction, seed ${seed}`, async () => {
    const random = seededRandom(seed)
    const disk = new SimulatedDisk({ random })
    const config = { ...logConfigDefault, flushMessages: 1 }
    let given = -1
    let committed = 0
    let committedOffset = 0
    for (let life = 0; life < 6; life++) {
      const started = await startCoordinator(
        disk,
        new SimulatedClock(1000 * life),
        1000 * life,
        config,
      )
      const { coordinator, data, offsets, write } = started
      assert.ok(data.lastStableOffset >= committed, 'what was committed is there')
      const { aborted } = offsets.read(0, 100_000, 'read_committed')
      assert.ok(offsets.lastStableOffset >= committedOffset)
      assert.ok(
        aborted.every(({ firstOffset }) => firstOffset !== committedOffset - 2),
        'what was committed is not aborted in a partition that is not synced by itself',
      )
      const identity = await coordinator.initProducer('job', 60_000)
      assert.equal(identity.producerId, 0, 'the id is the one that was kept')
      assert.ok(identity.producerEpoch > given, 'no epoch is given twice')
      given = identity.producerEpoch
      assert.equal(data.lastStableOffset, data.endOffset, 'what was open is aborted')
      const producer = { transactionalId: 'job', ...identity }
      await coordinator.addPartitions(producer, [place, unsyncedPlace], 1)
      write(identity)
      write(identity, 0, offsets)
      await data.acknowledged()
      if (random.below(2) === 0) {
        await coordinator.end(producer, true, 1)
        committed = data.endOffset
        committedOffset = offsets.endOffset
      }
      disk.crash(random)
    }
  })
}

test('an end that could not be synced is not told, where the transaction survives power cuts', async () => {
  for (const flushMessages of [0, 1]) {
    const config = { ...logConfigDefault, flushMessages }
    const { coordinator, disk, write, data } = await startCoordinator(
      undefined,
      undefined,
      0,
      config,
    )
    const identity = await coordinator.initProducer('job', 60_000)
    const producer = { transactionalId: 'job', ...identity }
    await coordinator.addPartitions(producer, partitions, 1)
    write(identity)
    await data.acknowledged()
    disk.faults = {
      sync: (file) => (file.includes('/__transaction_state-0/') ? 'failed' : 'done'),
    }
    const ending = coordinator.end(producer, true, 1)
    if (flushMessages === 0) await ending
    else await assert.rejects(ending, hasCode('KAFKA_STORAGE_ERROR'))
    await coordinator.close()
  }
})

test('partitions that wait to join a transaction do not join the one after it', async () => {
  const config = { ...logConfigDefault, flushMessages: 1 }
  const clock = new SimulatedClock(1000)
  const disk = new SimulatedDisk({ clock })
  const { coordinator, write, offsets } = await startCoordinator(disk, clock, 0, config)
  const identity = await coordinator.initProducer('job', 60_000)
  const producer = { transactionalId: 'job', ...identity }
  await coordinator.addPartitions(producer, [unsyncedPlace], 1)
  write(identity, 0, offsets)
  disk.faults = { syncMs: (file) => (file.includes('/offsets-0/') ? 100 : 0) }
  const late = coordinator.addPartitions(producer, [place], 1)
  const isRefused = assert.rejects(late, hasCode('CONCURRENT_TRANSACTIONS'))
  const ending = coordinator.end(producer, false, 1)
  for (let waited = 0; waited < 500; waited += 10) {
    clock.advance(10)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await ending
  await isRefused
  assert.equal(coordinator.get('job')?.status, 'complete-abort')
})

for (let seed = 1; seed <= 60; seed++) {
  test(`what was acknowledged in a transaction of which a part is synced is committed after a power cut, seed ${seed}`, async () => {
    const random = seededRandom(seed)
    const disk = new SimulatedDisk({ random })
    const config = { ...logConfigDefault, flushMessages: 1 }
    const first = await startCoordinator(disk, undefined, 0, config)
    const identity = await first.coordinator.initProducer('job', 60_000)
    const producer = { transactionalId: 'job', ...identity }
    const sequences = new Map([
      [first.data, 0],
      [first.offsets, 0],
    ])
    const write = async (log: typeof first.data) => {
      const sequence = sequences.get(log) ?? 0
      first.write(identity, sequence, log)
      sequences.set(log, sequence + 1)
      await first.coordinator.acknowledged('job', log)
    }
    // The one that is not synced by itself comes first, or second, or along.
    const order = random.below(3)
    const places = order === 0 ? [unsyncedPlace] : order === 1 ? [place] : [place, unsyncedPlace]
    await first.coordinator.addPartitions(producer, places, 1)
    if (order !== 1) await write(first.offsets)
    await first.coordinator.addPartitions(producer, [place, unsyncedPlace], 1)
    for (let writes = 0; writes < 3; writes++) {
      await write(random.below(2) === 0 ? first.data : first.offsets)
    }
    await write(first.data)
    disk.crash(random)
    const { coordinator, data, offsets } = await startCoordinator(
      disk,
      new SimulatedClock(2000),
      1000,
      config,
    )
    await coordinator.end(producer, true, 1)
    for (const [log, before] of [
      [data, first.data],
      [offsets, first.offsets],
    ] as const) {
      const written = sequences.get(before) ?? 0
      assert.equal(log.endOffset, written === 0 ? 0 : written + 1, 'the records and a marker')
      assert.equal(log.lastStableOffset, log.endOffset)
    }
  })
}

for (let seed = 1; seed <= 30; seed++) {
  test(`markers that were written in two attempts are all synced, seed ${seed}`, async () => {
    const disk = new SimulatedDisk({ random: seededRandom(seed) })
    const config = { ...logConfigDefault, flushMessages: 1 }
    const first = await startCoordinator(disk, undefined, 0, config)
    const identity = await first.coordinator.initProducer('job', 60_000)
    const producer = { transactionalId: 'job', ...identity }
    await first.coordinator.addPartitions(producer, [place, unsyncedPlace], 1)
    first.write(identity)
    first.write(identity, 0, first.offsets)
    // The first partition takes its marker, the second refuses it for a while.
    disk.faults = { refusal: (file) => (file.includes('/offsets-0/') ? 'ENOSPC' : undefined) }
    await first.coordinator.end(producer, true, 1)
    assert.equal(first.coordinator.get('job')?.status, 'prepare-commit')
    disk.faults = {}
    first.clock.advance(10_000)
    while (first.coordinator.get('job')?.status !== 'complete-commit') await Promise.resolve()
    disk.crash()
    const second = await startCoordinator(disk, undefined, 1000, config)
    await second.coordinator.close()
    for (const log of [second.data, second.offsets]) {
      assert.equal(log.lastStableOffset, 2)
      assert.deepEqual(log.read(0, 1000, 'read_committed').aborted, [])
    }
  })
}

test('a transaction that is open in a partition alone is aborted at start', async () => {
  const first = await startCoordinator()
  const forgotten = { producerId: 77, producerEpoch: 3 }
  first.write(forgotten)
  const identity = await first.coordinator.initProducer('job', 60_000)
  const producer = { transactionalId: 'job', ...identity }
  await first.coordinator.addPartitions(producer, partitions, 1)
  first.write(identity)
  const again = await startCoordinator(first.disk, first.clock, 1000)
  assert.equal(again.data.lastStableOffset, 1, 'the one that is known stays open')
  assert.deepEqual(
    again.data.read(0, 1000, 'read_committed').aborted.map((each) => each.producerId),
    [77],
  )
  await again.coordinator.end(producer, true, 1)
  assert.equal(again.data.lastStableOffset, again.data.endOffset)
})

test('a clock that is set back does not make a transaction stay open for longer', async () => {
  const first = await startCoordinator(undefined, new SimulatedClock(10_000_000))
  const identity = await first.coordinator.initProducer('job', 5_000)
  await first.coordinator.addPartitions({ transactionalId: 'job', ...identity }, partitions, 1)
  first.write(identity)
  const again = await startCoordinator(first.disk, new SimulatedClock(1000), 1000)
  again.clock.advance(5_000)
  await again.coordinator.close()
  assert.equal(again.data.lastStableOffset, again.data.endOffset)
})
