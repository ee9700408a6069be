import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visibleBatches } from '../src/client/visible-batches.js'
import { CorruptBatchError } from '../src/errors.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { encodeEndMarker } from '../src/records/end-marker.js'
import { decodeRecords } from '../src/records/visit-records.js'

const plain = (baseOffset: number, value: string) =>
  encodeBatch([{ key: null, value: Buffer.from(value) }], { baseOffset })
const inTransaction = (baseOffset: number, producerId: number, value: string) =>
  encodeBatch([{ key: null, value: Buffer.from(value) }], {
    baseOffset,
    producerId,
    producerEpoch: 0,
    baseSequence: 0,
    transactional: true,
  })
const marker = (end: 'commit' | 'abort', baseOffset: number, producerId: number) =>
  encodeEndMarker(end, { baseOffset, producerId, producerEpoch: 0 })

// Producer 1 aborts, then commits; producer 2 commits, then aborts; their records interleave.
const log = Buffer.concat([
  plain(0, 'plain'),
  inTransaction(1, 1, 'aborted 1'),
  inTransaction(2, 2, 'committed 2'),
  marker('abort', 3, 1),
  inTransaction(4, 1, 'committed 1'),
  marker('commit', 5, 2),
  inTransaction(6, 2, 'aborted 2'),
  inTransaction(7, 2, 'aborted 2 too'),
  marker('commit', 8, 1),
  plain(9, 'plain too'),
  marker('abort', 10, 2),
])
const aborted = [
  { producerId: 2, firstOffset: 6 },
  { producerId: 1, firstOffset: 1 },
]

function values(batches: Buffer[]) {
  return batches.flatMap((batch) => decodeRecords(batch).map((one) => one.value?.toString()))
}

test('a committed reader sees what was committed and what was never in a transaction', () => {
  const seen = visibleBatches(log, 0, 'read_committed', aborted, { verify: true })
  assert.deepEqual(values(seen.batches), ['plain', 'committed 2', 'committed 1', 'plain too'])
  assert.equal(seen.nextOffset, 11)
})

test('an uncommitted reader sees all but the markers', () => {
  const seen = visibleBatches(log, 0, 'read_uncommitted', [], { verify: true })
  assert.equal(seen.batches.length, 7)
  assert.equal(seen.nextOffset, 11)
})

test('reading from the middle of an aborted transaction hides the rest of it', () => {
  const tail = log.subarray(log.indexOf(inTransaction(7, 2, 'aborted 2 too')))
  const overlapping = [{ producerId: 2, firstOffset: 6 }]
  const seen = visibleBatches(tail, 7, 'read_committed', overlapping, { verify: true })
  assert.deepEqual(values(seen.batches), ['plain too'])
})

test('batches before the position are left out, and the position goes on', () => {
  const seen = visibleBatches(log, 9, 'read_committed', aborted, { verify: true })
  assert.deepEqual(values(seen.batches), ['plain too'])
  const none = visibleBatches(Buffer.alloc(0), 9, 'read_committed', [], { verify: true })
  assert.deepEqual(none, { batches: [], nextOffset: 9 })
})

test('a damaged batch is not handed over', () => {
  const damaged = Buffer.from(log)
  damaged[70] = (damaged[70] as number) ^ 1
  assert.throws(
    () => visibleBatches(damaged, 0, 'read_committed', aborted, { verify: true }),
    CorruptBatchError,
  )
})
