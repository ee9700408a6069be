import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBatchHeader } from '../src/records/batch-header.js'
import { type BatchOptions, encodeBatch } from '../src/records/encode-batch.js'
import { encodeEndMarker, readEndMarker } from '../src/records/end-marker.js'
import type { LogRecord } from '../src/records/record.js'
import { verifyBatch } from '../src/records/verify-batch.js'
import { decodeRecords } from '../src/records/visit-records.js'
import { goldenBatches } from './records-golden.js'

const start = 1_767_225_600_000
const utf8 = (text: string) => Buffer.from(text)
const record = (timestamp: number, key: string, value: string): LogRecord => ({
  timestamp,
  key: utf8(key),
  value: utf8(value),
})

const cases: Record<string, { hex: string; records: LogRecord[]; options: BatchOptions }> = {
  'one record': {
    hex: goldenBatches.oneRecord,
    records: [record(start, 'k1', 'v1')],
    options: {},
  },
  'nulls, empty ones, headers, a time that goes back and one a year on': {
    hex: goldenBatches.mixed,
    records: [
      {
        ...record(start, 'k', 'value'),
        headers: [
          { key: 'trace', value: utf8('abc') },
          { key: 'empty', value: utf8('') },
          { key: 'none', value: null },
          { key: 'schlüssel', value: utf8('ä') },
        ],
      },
      { timestamp: start - 1000, key: null, value: utf8('no key') },
      { timestamp: start + 365 * 86_400_000, key: utf8('tombstone'), value: null },
      record(start + 1, '', ''),
      { timestamp: start + 2, key: utf8('long'), value: Buffer.alloc(300) },
    ],
    options: { baseOffset: 1_234_567_890_123, leaderEpoch: 5 },
  },
  'an idempotent producer': {
    hex: goldenBatches.idempotent,
    records: Array.from({ length: 70 }, (_, i) => record(start + i * 1000, `k${i}`, `v${i}`)),
    options: {
      baseOffset: 42,
      leaderEpoch: 0,
      producerId: 9_007_199_254_740,
      producerEpoch: 3,
      baseSequence: 77,
    },
  },
  'a transaction': {
    hex: goldenBatches.transactional,
    records: [record(start, 'k', 'v')],
    options: { producerId: 12, producerEpoch: 1, baseSequence: 0, transactional: true },
  },
}

for (const [name, { hex, records, options }] of Object.entries(cases)) {
  test(`a batch has the bytes that the Java client gives it: ${name}`, () => {
    assert.equal(encodeBatch(records, options).toString('hex'), hex)
  })

  test(`a batch of the Java client is read: ${name}`, () => {
    const batch = Buffer.from(hex, 'hex')
    verifyBatch(batch)
    const baseOffset = options.baseOffset ?? 0
    assert.deepEqual(
      decodeRecords(batch),
      records.map((one, i) => ({ headers: [], ...one, offset: baseOffset + i })),
    )
  })
}

test('end markers have the bytes that the Java client gives them', () => {
  const options = {
    leaderEpoch: 4,
    timestamp: start,
    producerId: 12,
    producerEpoch: 1,
    coordinatorEpoch: 6,
  }
  const commit = encodeEndMarker('commit', { ...options, baseOffset: 99 })
  const abort = encodeEndMarker('abort', { ...options, baseOffset: 100 })
  assert.equal(commit.toString('hex'), goldenBatches.commitMarker)
  assert.equal(abort.toString('hex'), goldenBatches.abortMarker)
  assert.equal(readEndMarker(Buffer.from(goldenBatches.commitMarker, 'hex'))?.end, 'commit')
  assert.equal(readEndMarker(Buffer.from(goldenBatches.abortMarker, 'hex'))?.end, 'abort')
})

test('the time of the append takes the place of the times in the records', () => {
  const batch = Buffer.from(goldenBatches.appendTime, 'hex')
  verifyBatch(batch)
  assert.deepEqual(
    decodeRecords(batch).map((one) => [one.offset, one.timestamp]),
    [
      [10, start + 5],
      [11, start + 5],
    ],
  )
})

test('a gzip batch of the Java client is read, and one of ours has the same records', () => {
  const batch = Buffer.from(goldenBatches.gzip, 'hex')
  verifyBatch(batch)
  const records = decodeRecords(batch)
  assert.equal(records.length, 20)
  assert.equal(records[19]?.offset, 22)
  assert.equal(records[19]?.timestamp, start + 19)
  assert.equal(records[19]?.value?.toString(), 'the same value again and again')
  const ours = encodeBatch(records, { baseOffset: 3, compression: 'gzip' })
  verifyBatch(ours)
  assert.deepEqual(decodeRecords(ours), records)
})

test('snappy, lz4 and zstd batches of the Java client are read', () => {
  for (const name of ['snappy', 'lz4', 'zstd'] as const) {
    const batch = Buffer.from(goldenBatches[name], 'hex')
    verifyBatch(batch)
    assert.equal(readBatchHeader(batch).compression, name)
    const [record, ...others] = decodeRecords(batch)
    assert.deepEqual([String(record?.key), String(record?.value)], ['key', 'value'])
    assert.equal(record?.offset, 3)
    assert.deepEqual(others, [])
  }
})
