import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { type Disk, realHost, SimulatedDisk, seededRandom } from '@millrace/host'
import { KafkaError } from '../src/errors.js'
import { readBatchHeader } from '../src/records/batch-header.js'
import { batchesIn } from '../src/records/batches-in.js'
import { crc32c } from '../src/records/crc32c.js'
import { type BatchOptions, encodeBatch } from '../src/records/encode-batch.js'
import { encodeEndMarker } from '../src/records/end-marker.js'
import { logConfigDefault, PartitionLog } from '../src/storage/partition-log.js'

const directory = '/data/rides-0'

function open(disk: Disk, lines: string[] = [], segmentBytes = 1000): Promise<PartitionLog> {
  const config = { ...logConfigDefault, segmentBytes }
  return PartitionLog.open({
    disk,
    directory,
    name: 'rides-0',
    config,
    log: (line) => lines.push(line),
  })
}

function batchOf(count: number, options: BatchOptions = {}, timestamp = 1000): Buffer {
  const records = Array.from({ length: count }, (_, at) => ({
    key: Buffer.from(`key ${at}`),
    value: Buffer.from(`value ${at}`),
    timestamp: timestamp + at,
  }))
  return encodeBatch(records, options)
}

function hasCode(name: string): (cause: unknown) => boolean {
  return (cause) => cause instanceof KafkaError && cause.codeName === name
}

test('a batch lies on disk as it came, with offset and leader epoch set', async () => {
  const disk = new SimulatedDisk()
  const log = await open(disk)
  log.append(batchOf(3))
  const sent = batchOf(2)
  const before = Buffer.from(sent)
  assert.deepEqual(log.append(sent), { baseOffset: 3, duplicate: false, appendTime: -1 })
  const [stored] = [...batchesIn(log.read(3, 10_000).batches)]
  assert.equal(stored?.header.baseOffset, 3)
  assert.equal(stored?.header.leaderEpoch, 0)
  assert.deepEqual(stored?.bytes.subarray(16), before.subarray(16))
  assert.deepEqual(disk.list(directory), ['00000000000000000000.log'])
})

test('a read gives whole batches within its bytes, and one at least', async () => {
  const log = await open(new SimulatedDisk(), [], 100_000)
  for (let batch = 0; batch < 200; batch++) log.append(batchOf(3))
  const oneBytes = batchOf(3).length
  for (const offset of [0, 1, 2, 3, 299, 300, 597, 599]) {
    const { batches } = log.read(offset, oneBytes * 2 + 5)
    const found = [...batchesIn(batches)]
    assert.ok((found[0]?.header.baseOffset ?? -1) <= offset)
    assert.ok((found[0]?.header.lastOffset ?? -1) >= offset)
    assert.equal(found.length, offset < 597 ? 2 : 1)
  }
  assert.equal(log.read(0, 10).batches.length, oneBytes)
  assert.equal(log.read(0, 10, 'read_uncommitted', false).batches.length, 0)
  assert.equal(log.read(600, 10).batches.length, 0)
  assert.throws(() => log.read(601, 10), hasCode('OFFSET_OUT_OF_RANGE'))
  assert.throws(() => log.read(-1, 10), hasCode('OFFSET_OUT_OF_RANGE'))
})

test('what a read gives holds little more memory than it has bytes', async () => {
  const log = await open(new SimulatedDisk(), [], 10_000_000)
  log.append(batchOf(1))
  log.append(encodeBatch([{ key: null, value: Buffer.alloc(1_000_000) }]))
  const { batches } = log.read(0, 1_000_000)
  assert.equal(batches.length, batchOf(1).length)
  assert.ok(batches.buffer.byteLength < 100_000, `${batches.buffer.byteLength} bytes are held`)
})

test('a clean close lets the next start trust the indexes; without them it is checked', async () => {
  const disk = new SimulatedDisk()
  const log = await open(disk)
  for (let batch = 0; batch < 60; batch++) log.append(batchOf(2))
  await log.close()
  const files = disk.list(directory)
  const indexes = files.filter((file) => file.endsWith('.index'))
  assert.equal(indexes.length, files.filter((file) => file.endsWith('.log')).length)
  assert.equal(files.filter((file) => file.endsWith('.snapshot')).length, 1)

  const trusted = await open(disk)
  assert.equal(trusted.endOffset, 120)
  assert.equal(readBatchHeader(trusted.read(77, 1).batches).baseOffset, 76)
  await trusted.close()
  for (const file of indexes) disk.replaceFile(path.join(directory, file), 'not an index')
  const checked = await open(disk)
  assert.equal(checked.endOffset, 120)
  assert.equal(readBatchHeader(checked.read(77, 1).batches).baseOffset, 76)
})

test('nothing is appended while a log closes, so the next start knows the producers as they are', async () => {
  const disk = new SimulatedDisk()
  const log = await open(disk)
  const producer = { producerId: 7, producerEpoch: 1 }
  log.append(batchOf(2, { ...producer, transactional: true, baseSequence: 0 }))
  const closing = log.close()
  const marker = encodeEndMarker('commit', { ...producer, timestamp: 1000 })
  assert.throws(() => log.appendOwn(marker), hasCode('NOT_LEADER_OR_FOLLOWER'))
  await closing
  const again = await open(disk)
  assert.equal(again.endOffset, 2)
  assert.ok(again.producers.hasOpenTransaction(7))
})

test('a snapshot or an index with any byte damaged is not believed', async () => {
  const disk = new SimulatedDisk()
  const log = await open(disk)
  for (let at = 0; at < 8; at++) {
    const transactional = at % 2 === 1
    const producer = { producerId: 7 + (at % 2), producerEpoch: 1, transactional }
    log.append(batchOf(2, { ...producer, baseSequence: 2 * (at >> 1) }))
  }
  log.appendOwn(encodeEndMarker('abort', { producerId: 8, producerEpoch: 1, timestamp: 1000 }))
  await log.close()
  const known = log.producers.snapshot()
  const believed = disk.list(directory).filter((file) => !file.endsWith('.log'))
  assert.ok(believed.some((file) => file.endsWith('.snapshot')))
  for (const name of believed) {
    const file = path.join(directory, name)
    const sound = disk.readFile(file)
    for (let at = 0; at < sound.length; at++) {
      const damaged = Buffer.from(sound)
      damaged[at] = (damaged[at] ?? 0) ^ 1
      disk.replaceFile(file, damaged)
      const again = await open(disk)
      assert.equal(again.producers.snapshot(), known, `${name}, byte ${at}`)
      assert.equal(again.endOffset, 17, `${name}, byte ${at}`)
      await again.close()
    }
  }
})

test('a torn tail is cut off with a line that says what', async () => {
  const disk = new SimulatedDisk()
  const log = await open(disk)
  log.append(batchOf(2))
  const file = disk.open(path.join(directory, '00000000000000000000.log'))
  const wholeBytes = file.size()
  file.write(wholeBytes, batchOf(2).subarray(0, 70))
  const lines: string[] = []
  const again = await open(disk, lines)
  assert.equal(again.endOffset, 2)
  assert.equal(file.size(), wholeBytes)
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /^log rides-0: cut 70 bytes after offset 1 of .*is torn, 70 of/)
})

test('damage in the middle cuts the log there and removes the segments behind it', async () => {
  const disk = new SimulatedDisk()
  const log = await open(disk)
  for (let batch = 0; batch < 40; batch++) log.append(batchOf(2))
  const segments = disk.list(directory).filter((file) => file.endsWith('.log'))
  assert.ok(segments.length > 3)
  const file = disk.open(path.join(directory, segments[1] ?? ''))
  file.write(70, Buffer.from([0xff]))
  for (const each of disk.list(directory)) {
    if (!each.endsWith('.log')) disk.remove(path.join(directory, each))
  }
  const lines: string[] = []
  const again = await open(disk, lines)
  assert.equal(again.endOffset, Number.parseInt(segments[1] ?? '', 10))
  assert.equal(lines.length, 1 + segments.length - 2)
  assert.equal(again.append(batchOf(1)).baseOffset, again.endOffset - 1)
})

test('a full disk refuses, keeps what is there, and goes on when there is room', async () => {
  const disk = new SimulatedDisk()
  const log = await open(disk, [], 100_000)
  log.append(batchOf(2))
  disk.capacityBytes = 300
  let appended = 1
  assert.throws(() => {
    for (; appended < 100; appended++) log.append(batchOf(2))
  }, hasCode('KAFKA_STORAGE_ERROR'))
  assert.equal(log.endOffset, appended * 2)
  assert.equal([...batchesIn(log.read(0, 10_000).batches)].length, appended)
  disk.capacityBytes = Number.POSITIVE_INFINITY
  assert.equal(log.append(batchOf(1)).baseOffset, appended * 2)
  const again = await open(disk)
  assert.equal(again.endOffset, appended * 2 + 1)
})

test('what is not a whole sound batch is refused', async () => {
  const log = await open(new SimulatedDisk())
  const flipped = batchOf(2)
  flipped[70] = (flipped[70] ?? 0) ^ 1
  assert.throws(() => log.append(flipped), hasCode('CORRUPT_MESSAGE'))
  assert.throws(() => log.append(batchOf(2).subarray(0, 80)), hasCode('CORRUPT_MESSAGE'))
  assert.throws(() => log.append(Buffer.alloc(10)), hasCode('CORRUPT_MESSAGE'))
  const marker = encodeEndMarker('abort', { producerId: 1, producerEpoch: 0 })
  assert.throws(() => log.append(marker), hasCode('INVALID_RECORD'))
  const lying = batchOf(3)
  lying.writeInt32BE(1, 23)
  lying.writeInt32BE(2, 57)
  lying.writeUInt32BE(crc32c(lying, 21), 17)
  assert.throws(() => log.append(lying), hasCode('INVALID_RECORD'))
  const large = encodeBatch([{ key: null, value: Buffer.alloc(2_000_000) }])
  assert.throws(() => log.append(large), hasCode('MESSAGE_TOO_LARGE'))
  assert.equal(log.endOffset, 0)
})

test('a producer is recognised: duplicates, gaps and old epochs, also after a start', async () => {
  const disk = new SimulatedDisk()
  let log = await open(disk)
  const send = (baseSequence: number, count: number, producerEpoch = 0) =>
    log.append(batchOf(count, { producerId: 7, producerEpoch, baseSequence }))
  assert.equal(send(0, 2).baseOffset, 0)
  assert.equal(send(2, 3).baseOffset, 2)
  for (const life of ['same', 'killed', 'closed']) {
    if (life === 'closed') await log.close()
    if (life !== 'same') log = await open(disk)
    assert.deepEqual(send(2, 3), { baseOffset: 2, duplicate: true, appendTime: 1002 })
    assert.deepEqual(send(0, 2), { baseOffset: 0, duplicate: true, appendTime: 1001 })
    assert.throws(() => send(6, 1), hasCode('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    assert.equal(log.endOffset, 5)
  }
  assert.throws(() => send(3, 1, 1), hasCode('OUT_OF_ORDER_SEQUENCE_NUMBER'))
  assert.equal(send(0, 1, 1).baseOffset, 5)
  assert.throws(() => send(5, 1, 0), hasCode('INVALID_PRODUCER_EPOCH'))
})

test('sequence numbers begin again at 0 after 2^31 - 1', async () => {
  const log = await open(new SimulatedDisk())
  const send = (baseSequence: number, count: number) =>
    log.append(batchOf(count, { producerId: 7, producerEpoch: 0, baseSequence }))
  send(0x7fffffff - 1, 3)
  assert.equal(send(1, 1).baseOffset, 3)
  assert.equal(send(0x7fffffff - 1, 3).duplicate, true)
})

test('read_committed ends at the first open transaction and names the aborted', async () => {
  const disk = new SimulatedDisk()
  let log = await open(disk, [], 400)
  const send = (producerId: number, baseSequence: number) =>
    log.append(batchOf(1, { producerId, producerEpoch: 0, baseSequence, transactional: true }))
  const end = (producerId: number, how: 'commit' | 'abort') =>
    log.appendOwn(encodeEndMarker(how, { producerId, producerEpoch: 0 }))
  send(1, 0)
  send(2, 0)
  log.append(batchOf(1))
  assert.equal(log.lastStableOffset, 0)
  end(2, 'abort')
  assert.equal(log.lastStableOffset, 0)
  assert.equal(log.read(0, 10_000, 'read_committed').batches.length, 0)
  for (const life of ['same', 'killed', 'closed']) {
    if (life === 'closed') await log.close()
    if (life !== 'same') log = await open(disk, [], 400)
    assert.equal(log.lastStableOffset, 0, life)
    assert.equal(log.highWatermark, 4)
  }
  end(1, 'commit')
  assert.equal(log.lastStableOffset, 5)
  const { aborted } = log.read(0, 10_000, 'read_committed')
  assert.deepEqual(aborted, [{ producerId: 2, firstOffset: 1, lastOffset: 3 }])
  assert.deepEqual(log.read(4, 10_000, 'read_committed').aborted, [])
})

test('finds the first batch that reaches a time', async () => {
  const log = await open(new SimulatedDisk(), [], 5000)
  for (let batch = 0; batch < 300; batch++) log.append(batchOf(2, {}, batch * 10))
  const found = (timestamp: number) => {
    const batch = log.batchAtTime(timestamp)
    return batch === undefined ? undefined : readBatchHeader(batch).baseOffset
  }
  assert.equal(found(-5), 0)
  assert.equal(found(0), 0)
  assert.equal(found(2), 2)
  assert.equal(found(1500), 300)
  assert.equal(found(2991), 598)
  assert.equal(found(2992), undefined)
  assert.equal(log.maxTimestamp, 2991)
})

test('works on a real disk', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-log-'))
  try {
    const options = {
      disk: realHost.disk,
      directory: path.join(folder, 'rides-0'),
      name: 'rides-0',
      config: { ...logConfigDefault, segmentBytes: 2000, flushMessages: 1 },
    }
    const log = await PartitionLog.open(options)
    for (let batch = 0; batch < 50; batch++) {
      log.append(batchOf(2))
      assert.equal(log.highWatermark, batch * 2)
      await log.acknowledged()
      assert.equal(log.highWatermark, batch * 2 + 2)
    }
    const killed = await PartitionLog.open(options)
    assert.equal(killed.endOffset, 100)
    await log.close()
    await killed.close()
    const again = await PartitionLog.open(options)
    assert.equal(again.endOffset, 100)
    assert.equal(readBatchHeader(again.read(51, 1).batches).baseOffset, 50)
    await again.close()
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})

test('what a refused write left at the end of a full segment takes nothing that comes after', async () => {
  const disk = new SimulatedDisk({ random: seededRandom(1) })
  const log = await open(disk, [], 1000)
  log.append(batchOf(2))
  // Neither the write nor the cut of what it left behind.
  disk.faults = { refusal: () => 'EIO' }
  for (let at = 0; at < 20; at++) assert.throws(() => log.append(batchOf(2)))
  const file = disk.open(path.join(directory, '00000000000000000000.log'))
  assert.ok(file.size() > log.sizeBytes, 'a part of it is there')
  disk.faults = {}
  const large = batchOf(60)
  assert.ok(log.sizeBytes + large.length > 1000, 'it begins a new segment')
  log.append(large)
  assert.equal(log.endOffset, 62)
  const lines: string[] = []
  const again = await open(disk, lines, 1000)
  assert.equal(again.endOffset, 62)
  assert.deepEqual(lines, [])
})

test('a log that is torn in its middle, and goes on behind without a gap, is kept', async () => {
  const disk = new SimulatedDisk()
  const log = await open(disk, [], 1000)
  while (disk.list(directory).filter((each) => each.endsWith('.log')).length < 3) {
    log.append(batchOf(2))
  }
  const file = disk.open(path.join(directory, '00000000000000000000.log'))
  file.write(file.size(), Buffer.from('torn'))
  const lines: string[] = []
  const again = await open(disk, lines, 1000)
  assert.equal(again.endOffset, log.endOffset)
  assert.match(lines.join(), /cut 4 bytes/)
})
