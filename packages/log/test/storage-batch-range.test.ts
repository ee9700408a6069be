import assert from 'node:assert/strict'
import test from 'node:test'
import { SimulatedDisk, seededRandom } from '@millrace/host'
import { indexIntervalBytes } from '../src/limits.js'
import { batchHeaderBytes } from '../src/records/batch-header.js'
import { batchesIn } from '../src/records/batches-in.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { encodeEndMarker } from '../src/records/end-marker.js'
import { logConfigDefault, PartitionLog } from '../src/storage/partition-log.js'
import { CountingDisk } from './logs-in-memory.js'

const seed = Number(process.env.MILLRACE_SEED ?? 1)

const open = (disk: SimulatedDisk, segmentBytes: number) =>
  PartitionLog.open({
    ...{ disk, directory: '/data/rides-0', name: 'rides-0' },
    config: { ...logConfigDefault, segmentBytes },
  })

/** A batch of so many records, of about so many bytes. */
function batchOf(records: number, bytes: number): Buffer {
  const value = Buffer.alloc(Math.ceil(bytes / records), records)
  return encodeBatch(Array.from({ length: records }, () => ({ key: null, value, timestamp: 1 })))
}

test('law: a range is the batches from the one asked for on, as many as fit but for an interval of the index', async () => {
  const random = seededRandom(seed)
  for (let round = 0; round < 12; round++) {
    const disk = new SimulatedDisk()
    const segmentBytes = 20_000 + random.below(200_000)
    let log = await open(disk, segmentBytes)
    const batches: Buffer[] = []
    const largest = [100, 3000, 30_000][round % 3] ?? 100
    while (log.sizeBytes < 300_000) {
      const batch = batchOf(1 + random.below(5), random.below(largest))
      log.append(batch)
      batches.push(batch)
    }
    // The indexes of some rounds are those of files, of others those that grew with the log.
    if (round % 2 === 0) {
      await log.close()
      log = await open(disk, segmentBytes)
    }
    for (let read = 0; read < 200; read++) {
      const offset = random.below(log.endOffset)
      const maxBytes = random.below(random.below(2) === 0 ? 500 : 100_000)
      const atLeastOne = random.below(2) === 0
      const label = `seed ${seed}, round ${round}, offset ${offset}, at most ${maxBytes} bytes`
      const range = log.read(offset, maxBytes, 'read_uncommitted', atLeastOne)
      const found = [...batchesIn(range.batches)]
      const first = batches.findIndex((_, at) => offsetAfter(batches, at) > offset)
      const expected = batches.slice(first, first + found.length)
      assert.ok(range.batches.equals(Buffer.concat(expected)), label)
      if (found.length === 0) {
        assert.ok(!atLeastOne && (batches[first]?.length ?? 0) > maxBytes, label)
        assert.equal(range.nextOffset, offset, label)
        continue
      }
      assert.equal(range.nextOffset, found.at(-1)?.header.nextOffset, label)
      const isWithin = range.batches.length <= maxBytes
      assert.ok(isWithin || (found.length === 1 && atLeastOne), label)
      // A range ends with its segment.
      const isAtEnd = disk.exists(`/data/rides-0/${String(range.nextOffset).padStart(20, '0')}.log`)
      if (!isWithin || isAtEnd) continue
      let moreBytes = 0
      for (const { length } of batches.slice(first + found.length)) {
        if (range.batches.length + moreBytes + length > maxBytes) break
        moreBytes += length
      }
      assert.ok(moreBytes < 2 * indexIntervalBytes, `${label}: ${moreBytes} bytes more had room`)
    }
    await log.close()
  }
})

/** The offset after the batch at an index. */
function offsetAfter(batches: readonly Buffer[], index: number): number {
  const known = ends.get(batches) ?? []
  ends.set(batches, known)
  for (let at = known.length; at <= index; at++) {
    known.push((known[at - 1] ?? 0) + (batches[at]?.readInt32BE(57) ?? 0))
  }
  return known[index] ?? 0
}
const ends = new WeakMap<readonly Buffer[], number[]>()

test('a range within a segment is one read, of it and the header after it', async () => {
  const disk = new CountingDisk()
  const log = await open(disk, 10_000_000)
  for (let at = 0; at < 500; at++) log.append(batchOf(3, 2000))
  disk.reads = 0
  disk.readBytes = 0
  const { batches, nextOffset } = log.read(0, 500_000)
  assert.ok(batches.length > 500_000 - 2 * indexIntervalBytes)
  assert.deepEqual([disk.reads, disk.readBytes], [1, batches.length + batchHeaderBytes])
  const toTheEnd = log.read(nextOffset, 1_000_000)
  assert.equal(toTheEnd.nextOffset, log.endOffset)
  assert.deepEqual(
    [disk.reads, disk.readBytes],
    [2, batches.length + batchHeaderBytes + toTheEnd.batches.length],
  )
})

test('what finds no room in an answer costs no read', async () => {
  const disk = new CountingDisk()
  const log = await open(disk, 10_000_000)
  log.append(batchOf(3, 2000))
  disk.reads = 0
  assert.equal(log.read(0, 0, 'read_uncommitted', false).batches.length, 0)
  assert.equal(disk.reads, 0)
})

test('a range ends where an open transaction begins, and the index tells what is behind it', async () => {
  const log = await open(new SimulatedDisk(), 10_000_000)
  for (let at = 0; at < 50; at++) log.append(batchOf(1, 1000))
  const producer = { producerId: 5, producerEpoch: 0 }
  const options = { ...producer, baseSequence: 0, transactional: true, timestamp: 1 }
  log.append(encodeBatch([{ key: null, value: Buffer.alloc(100) }], options))
  for (let at = 0; at < 50; at++) log.append(batchOf(1, 1000))
  const read = () => log.read(0, 1_000_000, 'read_committed').nextOffset
  assert.equal(read(), 50)
  log.appendOwn(encodeEndMarker('commit', { ...producer, timestamp: 1 }))
  assert.equal(read(), 102)
})

test('a length that lies within a range is told to who walks over it, and never skips a batch', async () => {
  const disk = new SimulatedDisk()
  const log = await open(disk, 10_000_000)
  for (let at = 0; at < 100; at++) log.append(batchOf(1, 1000))
  const whole = log.read(0, 1_000_000).batches
  const oneBytes = batchOf(1, 1000).length
  const file = disk.open('/data/rides-0/00000000000000000000.log')
  const lying = Buffer.alloc(4)
  lying.writeInt32BE(oneBytes * 3)
  file.write(oneBytes * 9 + 8, lying)
  const { batches } = log.read(0, 1_000_000)
  assert.equal(batches.length, whole.length)
  // Its checksum does not fit: the reader sees what the file has, not less.
  assert.deepEqual(batches.subarray(oneBytes * 13), whole.subarray(oneBytes * 13))
})
