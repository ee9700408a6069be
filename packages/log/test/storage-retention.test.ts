import assert from 'node:assert/strict'
import test from 'node:test'
import { type Disk, SimulatedClock, SimulatedDisk, seededRandom } from '@millrace/host'
import { KafkaError } from '../src/errors.js'
import { flushCheckMs, producerIdExpirationMs, retentionCheckMs } from '../src/limits.js'
import { batchesIn } from '../src/records/batches-in.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { decodeRecords } from '../src/records/visit-records.js'
import { type LogConfig, logConfigDefault } from '../src/storage/log-config.js'
import { LogManager } from '../src/storage/log-manager.js'
import { PartitionLog } from '../src/storage/partition-log.js'
import { Killed, killedAfter } from './storage-faults.js'

const directory = '/data/rides-0'

async function open(
  disk: Disk,
  config: Partial<LogConfig> = {},
  clock = new SimulatedClock(1_000_000),
) {
  const lines: string[] = []
  const log = await PartitionLog.open({
    disk,
    clock,
    directory,
    name: 'rides-0',
    config: { ...logConfigDefault, segmentBytes: 400, deletes: true, ...config },
    log: (line) => lines.push(line),
  })
  return { log, clock, lines }
}

const recordOf = (value: string, timestamp = 1) => ({
  key: Buffer.from(value),
  value: Buffer.from(value),
  timestamp,
})

/** One batch, the value of whose only record is its offset. */
function append(log: PartitionLog, timestamp?: number): void {
  log.append(encodeBatch([recordOf(String(log.endOffset), timestamp)]))
}

/** Checks that all offsets from the start on are there, each with its own value. */
function checkWhole(log: PartitionLog): void {
  let offset = log.startOffset
  while (offset < log.highWatermark) {
    for (const { bytes } of batchesIn(log.read(offset, 300).batches)) {
      for (const record of decodeRecords(bytes)) {
        if (record.offset < log.startOffset) continue
        assert.equal(record.offset, offset)
        assert.equal(String(record.value), String(offset))
        offset++
      }
    }
  }
}

function hasCode(name: string): (cause: unknown) => boolean {
  return (cause) => cause instanceof KafkaError && cause.codeName === name
}

const segmentsOf = (disk: Disk) => disk.list(directory).filter((file) => file.endsWith('.log'))

test('deleted records are gone for readers at once, and after a kill, a stop, a power cut', async () => {
  for (const end of ['kill', 'stop', 'power cut']) {
    const disk = new SimulatedDisk()
    const { log } = await open(disk)
    for (let at = 0; at < 30; at++) append(log)
    await log.flush()
    log.deleteRecordsBefore(17)
    assert.equal(log.startOffset, 17)
    assert.throws(() => log.read(16, 1000), hasCode('OFFSET_OUT_OF_RANGE'))
    checkWhole(log)
    log.deleteRecordsBefore(3)
    assert.equal(log.startOffset, 17, 'the start never goes back')
    assert.throws(() => log.deleteRecordsBefore(31), hasCode('OFFSET_OUT_OF_RANGE'))
    assert.throws(() => log.deleteRecordsBefore(-1), hasCode('OFFSET_OUT_OF_RANGE'))
    if (end === 'stop') await log.close()
    if (end === 'power cut') disk.crash(seededRandom(1))
    const { log: again } = await open(disk)
    assert.equal(again.startOffset, 17, end)
    assert.equal(again.endOffset, 30, end)
    checkWhole(again)
    assert.ok(Number.parseInt(segmentsOf(disk)[0] ?? '', 10) > 12, 'whole segments are removed')
    again.deleteRecordsBefore(30)
    assert.equal(again.read(30, 100).batches.length, 0)
    append(again)
    checkWhole(again)
  }
})

test('a time is looked for among the records that are kept', async () => {
  const { log } = await open(new SimulatedDisk())
  log.append(encodeBatch([recordOf('0', 900), recordOf('1', 5), recordOf('2', 6)]))
  for (const timestamp of [7, 901, 8]) append(log, timestamp)
  log.deleteRecordsBefore(1)
  const found = log.batchAtTime(800, 1)
  assert.ok(found !== undefined && decodeRecords(found)[0]?.offset === 0, 'it straddles the start')
  const next = log.batchAtTime(800, 3)
  assert.equal(next && decodeRecords(next)[0]?.offset, 4)
  assert.equal(log.batchAtTime(800, 5), undefined)
})

test('segments go when their youngest record is too old, and only then', async () => {
  const disk = new SimulatedDisk()
  const { log, clock } = await open(disk, { retentionMs: 1000 })
  for (let at = 0; at < 30; at++) append(log, clock.now() + at * 100)
  clock.advance(2000)
  await log.applyRetention()
  const { startOffset } = log
  assert.ok(startOffset > 4 && startOffset <= 10, `it starts at ${startOffset}`)
  checkWhole(log)
  clock.advance(60_000)
  await log.applyRetention()
  assert.equal(log.startOffset, 30, 'the last one too, after a new one was begun')
  assert.equal(segmentsOf(disk).length, 1)
  await log.applyRetention()
  append(log)
  assert.equal(log.endOffset, 31)
  await log.close()
  assert.equal((await open(disk)).log.startOffset, 30)
})

test('segments go while the others alone are large enough', async () => {
  const disk = new SimulatedDisk()
  const { log } = await open(disk, { retentionBytes: 1000 })
  for (let at = 0; at < 100; at++) append(log)
  await log.applyRetention()
  assert.ok(log.sizeBytes >= 1000 && log.sizeBytes < 1400, `${log.sizeBytes} bytes are kept`)
  checkWhole(log)
  const { startOffset } = log
  await log.applyRetention()
  assert.equal(log.startOffset, startOffset)
})

test('where the policy is not to delete, only deleted records go', async () => {
  const disk = new SimulatedDisk()
  const { log } = await open(disk, { retentionBytes: 0, retentionMs: 1, deletes: false })
  for (let at = 0; at < 30; at++) append(log)
  await log.applyRetention()
  assert.equal(log.startOffset, 0)
  log.config = { ...log.config, deletes: true }
  await log.applyRetention()
  assert.equal(log.startOffset, 30)
})

test('records deleted from an open transaction do not hold back the stable offset', async () => {
  const { log } = await open(new SimulatedDisk())
  const open1 = { producerId: 1, producerEpoch: 0, baseSequence: 0, transactional: true }
  log.append(encodeBatch([recordOf('0')], open1))
  append(log)
  assert.equal(log.lastStableOffset, 0)
  log.deleteRecordsBefore(2)
  assert.equal(log.lastStableOffset, 2)
  assert.equal(log.producers.hasOpenTransaction(1), true)
})

test('law: killed at any change while records are deleted, the log begins where it said', async () => {
  let kills = 0
  for (let changes = 0; ; changes++) {
    const disk = new SimulatedDisk()
    let start = 0
    let attempted = 0
    let finished = false
    try {
      const { log } = await open(killedAfter(disk, changes), { retentionBytes: 900 })
      for (let round = 0; round < 4; round++) {
        for (let at = 0; at < 12; at++) append(log)
        attempted = log.startOffset + 5
        log.deleteRecordsBefore(attempted)
        start = attempted
        attempted = Infinity
        await log.applyRetention()
        start = log.startOffset
      }
      await log.close()
      finished = true
    } catch (cause) {
      if (!(cause instanceof Killed) && !((cause as Error).cause instanceof Killed)) throw cause
      kills++
    }
    const { log } = await open(disk)
    assert.ok(log.startOffset >= start && log.startOffset <= attempted, `change ${changes}`)
    checkWhole(log)
    append(log)
    checkWhole(log)
    await log.close()
    if (finished) break
  }
  assert.ok(kills > 30, `${kills} moments to be killed at`)
})

test('law: after power cuts the start has not gone back, and all from it on is there', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed)
    const disk = new SimulatedDisk({ random })
    let start = 0
    let end = 0
    for (let life = 0; life < 6; life++) {
      const { log, clock } = await open(disk, { flushMessages: 1, retentionBytes: 700 })
      assert.ok(log.startOffset >= start && log.endOffset >= end, `seed ${seed}`)
      checkWhole(log)
      for (let step = random.below(30); step > 0; step--) {
        append(log, clock.now())
        if (random.below(3) > 0) continue
        await log.acknowledged()
        end = log.highWatermark
        if (random.below(3) === 0) log.deleteRecordsBefore(random.below(log.highWatermark + 1))
        if (random.below(3) === 0) await log.applyRetention()
        start = log.startOffset
      }
      if (random.below(4) === 0) await log.close()
      disk.crash()
    }
  }
})

test('deletion up to what a power cut takes leaves an empty log that goes on there', async () => {
  const disk = new SimulatedDisk()
  const { log } = await open(disk)
  for (let at = 0; at < 30; at++) append(log)
  log.deleteRecordsBefore(30)
  disk.crash(seededRandom(3))
  const { log: again, lines } = await open(disk)
  assert.equal(again.startOffset, 30)
  assert.equal(again.endOffset, 30)
  assert.ok(lines.some((line) => line.includes('it ends before offset 30')))
  append(again)
  checkWhole(again)
})

test('of a damaged checkpoint nothing is believed, and a line says so', async () => {
  const disk = new SimulatedDisk()
  const { log } = await open(disk, { segmentBytes: 10_000 })
  for (let at = 0; at < 10; at++) append(log)
  log.deleteRecordsBefore(5)
  disk.replaceFile(`${directory}/checkpoint`, '1234\n{"startOffset":99}\n')
  const { log: again, lines } = await open(disk)
  assert.equal(again.startOffset, 0)
  assert.match(lines[0] ?? '', /checkpoint is damaged/)
  checkWhole(again)
})

test('the manager removes and syncs in the background, and stops', async () => {
  const disk = new SimulatedDisk()
  const { log, clock } = await open(disk, {
    segmentBytes: 10_000,
    retentionMs: 10_000,
    flushMs: 3000,
  })
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  const manager = new LogManager({ clock, logs: () => [log], log: assert.fail })
  manager.start()
  for (let at = 0; at < 10; at++) append(log, clock.now())
  disk.faults = { sync: () => assert.fail('it was synced too early') }
  for (let ms = 0; ms < 3000 - flushCheckMs; ms += flushCheckMs) {
    clock.advance(flushCheckMs)
    await settled()
  }
  disk.faults = {}
  clock.advance(flushCheckMs * 2)
  await settled()
  disk.crash(seededRandom(1))
  assert.equal((await open(disk)).log.endOffset, 10, 'it was synced')
  assert.equal(log.startOffset, 0)
  clock.advance(retentionCheckMs)
  await settled()
  assert.equal(log.startOffset, 10)
  await manager.close()
  append(log, clock.now() - 20_000)
  clock.advance(retentionCheckMs * 2)
  await settled()
  assert.equal(log.startOffset, 10)
})

test('a producer that was silent for a day is forgotten, by the clock and not by its records', async () => {
  const { log, clock } = await open(new SimulatedDisk())
  const send = (producerId: number, transactional = false) => {
    const producer = { producerId, producerEpoch: 0, baseSequence: 0, transactional }
    return log.append(encodeBatch([recordOf('x', 1)], producer)).duplicate
  }
  send(1)
  send(2, true)
  clock.advance(producerIdExpirationMs / 2)
  send(3)
  clock.advance(producerIdExpirationMs / 2)
  log.expireProducers()
  assert.equal(send(1), true, 'a day is not over')
  clock.advance(1)
  log.expireProducers()
  assert.equal(send(1), false)
  assert.equal(send(2, true), true, 'its transaction is open')
  assert.equal(send(3), true)
})

test('on a full disk records can be deleted, which makes room', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const disk = new SimulatedDisk({ random: seededRandom(seed) })
    const { log } = await open(disk)
    for (let at = 0; at < 30; at++) append(log)
    await log.flush()
    await new Promise((resolve) => setImmediate(resolve))
    disk.capacityBytes = disk.usedBytes
    assert.throws(() => append(log), hasCode('KAFKA_STORAGE_ERROR'))
    assert.throws(() => log.deleteRecordsBefore(2), hasCode('KAFKA_STORAGE_ERROR'))
    assert.equal(log.startOffset, 0)
    log.deleteRecordsBefore(17)
    append(log)
    checkWhole(log)
    disk.crash()
    const { log: again } = await open(disk)
    assert.equal(again.startOffset, 17)
    checkWhole(again)
  }
})

test('a deletion that a disk refused half-way is not taken for done when it is asked for again', async () => {
  const disk = new SimulatedDisk()
  const { log } = await open(disk)
  for (let at = 0; at < 30; at++) append(log)
  await log.flush()
  await new Promise((resolve) => setImmediate(resolve))
  // Room is to be made for the checkpoint, and the first segment stays.
  disk.faults = {
    refusal: (file) => (/checkpoint|\/0{20}\.log$/.test(file) ? 'ENOSPC' : undefined),
  }
  assert.throws(() => log.deleteRecordsBefore(17), hasCode('KAFKA_STORAGE_ERROR'))
  disk.faults = {}
  assert.equal(log.startOffset, 0)
  checkWhole(log)
  log.deleteRecordsBefore(1)
  const { log: again } = await open(disk)
  assert.equal(again.startOffset, 1)
  checkWhole(again)
})

test('a deletion is acknowledged when it is written down, wherever the log begins meanwhile', async () => {
  const disk = new SimulatedDisk({ random: seededRandom(1) })
  const { log } = await open(disk)
  for (let at = 0; at < 30; at++) append(log)
  await log.flush()
  await new Promise((resolve) => setImmediate(resolve))
  // A segment goes to make room, and its name is not synced.
  disk.faults = {
    refusal: (file) => (file.endsWith('checkpoint') ? 'ENOSPC' : undefined),
    sync: (file) => (file === directory ? 'failed' : 'done'),
  }
  assert.throws(() => log.deleteRecordsBefore(17), hasCode('KAFKA_STORAGE_ERROR'))
  assert.ok(log.startOffset > 0)
  assert.throws(() => log.deleteRecordsBefore(1), hasCode('KAFKA_STORAGE_ERROR'))
  disk.faults = {}
  log.deleteRecordsBefore(1)
  for (let seed = 1; seed <= 20; seed++) {
    disk.crash(seededRandom(seed))
    const { log: again } = await open(disk)
    assert.ok(again.startOffset >= 1)
    checkWhole(again)
  }
})
