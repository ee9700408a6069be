import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Random, seededRandom } from '@millrace/host'
import { CorruptBatchError } from '../src/errors.js'
import { uncompressedBatchBytesMax } from '../src/limits.js'
import {
  batchField,
  checksummedFrom,
  readBatchHeader,
  setBaseOffset,
  setLeaderEpoch,
} from '../src/records/batch-header.js'
import { batchesIn } from '../src/records/batches-in.js'
import { crc32c } from '../src/records/crc32c.js'
import { crc32cByTables } from '../src/records/crc32c-by-tables.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { encodeHeaders } from '../src/records/encoded-headers.js'
import { type EncodedRecord, headerName, RecordWriter } from '../src/records/encoded-record.js'
import type { LogRecord } from '../src/records/record.js'
import { VarintCursor, varintBytes, writeVarint } from '../src/records/varint.js'
import { verifyBatch } from '../src/records/verify-batch.js'
import { decodeRecords, visitRecords } from '../src/records/visit-records.js'

test('CRC-32C gives the check values of RFC 3720', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283)
  assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa)
  assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43)
  assert.equal(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i))), 0x46dd794e)
  assert.equal(crc32c(Buffer.alloc(0)), 0)
  assert.equal(crc32c(Buffer.from('xyz123456789'), 3), 0xe3069283)
})

test('law: the tables and the processor give the same checksum', () => {
  const random = seededRandom(3720)
  for (let round = 0; round < 200; round++) {
    const bytes = random.bytes(random.below(5000))
    const from = random.below(bytes.length + 1)
    assert.equal(crc32c(bytes, from), crc32cByTables(bytes, from))
  }
})

test('varints are read as they were written, at every length', () => {
  const values = [0, 1, -1, 63, 64, -64, -65, 0x3fff_ffff, -0x4000_0000, 0x7fff_ffff, -0x8000_0000]
  for (let bits = 1; bits <= 52; bits++) values.push(2 ** bits, -(2 ** bits), 2 ** bits - 1)
  values.push(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER)
  for (const value of values) {
    const bytes = Buffer.alloc(10)
    const end = writeVarint(bytes, value, 0)
    assert.equal(end, varintBytes(value), `bytes of ${value}`)
    const long = new VarintCursor(bytes, 0)
    assert.equal(long.int64(), value)
    assert.equal(long.at, end)
    if (value === (value | 0)) {
      const short = new VarintCursor(bytes, 0)
      assert.equal(short.int32(), value)
      assert.equal(short.at, end)
    }
    const cut = new VarintCursor(bytes.subarray(0, end - 1), 0)
    cut.int64()
    assert.ok(cut.failed, `${value} cut short`)
  }
})

function someBytes(random: Random): Buffer | null {
  if (random.below(8) === 0) return null
  return random.bytes(random.below(random.below(10) === 0 ? 300 : 20))
}

function someRecords(random: Random): LogRecord[] {
  const time = 1_700_000_000_000 + random.below(1_000_000)
  return Array.from({ length: 1 + random.below(80) }, () => ({
    timestamp: time + random.below(2_000_000) - 1_000_000,
    key: someBytes(random),
    value: someBytes(random),
    headers: Array.from({ length: random.below(3) }, (_, i) => ({
      key: `header ${i} ${'é'.repeat(random.below(5))}`,
      value: someBytes(random),
    })),
  }))
}

test('law: what is encoded is decoded again', () => {
  const random = seededRandom(20260104)
  for (let round = 0; round < 300; round++) {
    const records = someRecords(random)
    const baseOffset = random.below(2 ** 32) * 1000
    const compression = random.below(4) === 0 ? 'gzip' : 'none'
    const batch = encodeBatch(records, { baseOffset, compression })
    verifyBatch(batch)
    const decoded = decodeRecords(batch)
    assert.deepEqual(
      decoded,
      records.map((one, i) => ({ ...one, offset: baseOffset + i })),
      `round ${round}`,
    )
    const visited: unknown[] = []
    visitRecords(
      batch,
      (offset, timestamp, bytes, keyStart, keyLength, valueStart, valueLength) => {
        const view = (from: number, length: number) =>
          length < 0 ? null : bytes.subarray(from, from + length)
        visited.push({
          offset,
          timestamp,
          key: view(keyStart, keyLength),
          value: view(valueStart, valueLength),
        })
      },
    )
    assert.deepEqual(
      visited,
      decoded.map(({ headers: _, ...rest }) => rest),
    )
    const header = readBatchHeader(batch)
    const times = records.map((one) => one.timestamp ?? -1)
    assert.equal(header.maxTimestamp, Math.max(...times))
    assert.equal(header.recordCount, records.length)
    assert.equal(header.nextOffset, baseOffset + records.length)
    assert.equal(header.lengthBytes, batch.length)
  }
})

/** A record as a writer encodes it; `guess` is how long it is thought to be. */
function written(writer: RecordWriter, record: LogRecord, guess: number): EncodedRecord {
  const { key, value, headers = [], timestamp = 0 } = record
  const valueBytes = value ?? Buffer.alloc(0)
  for (let bytes = guess; ; bytes = valueBytes.length) {
    writer.begin(bytes)
    if (writer.valueAt + valueBytes.length <= writer.bytes.length) break
  }
  writer.bytes.set(valueBytes, writer.valueAt)
  const text = Buffer.concat([Buffer.from('"'), key ?? Buffer.alloc(0), Buffer.from('"')])
  const keyOf = key === null ? null : text
  writer.endValue(writer.valueAt + valueBytes.length, keyOf, 1, text.length - 1)
  const [first, ...others] = headers
  writer.headerCount(headers.length)
  if (first !== undefined) writer.common(encodeHeaders([first]))
  for (const header of others)
    writer.header(headerName(header.key), header.value ?? Buffer.alloc(0))
  return writer.end(timestamp)
}

test('law: records that a writer encoded are in a batch as those that are encoded with it', () => {
  const random = seededRandom(97)
  const writer = new RecordWriter()
  for (let round = 0; round < 300; round++) {
    const records = someRecords(random).map((record) => ({
      ...record,
      // Some keys are longer than there is room for them, some values than the memory.
      key: random.below(10) === 0 ? random.bytes(random.below(20_000)) : record.key,
      value: random.below(20) === 0 ? random.bytes(random.below(60_000)) : random.bytes(40),
      headers: record.headers?.map(({ key, value }) => ({ key, value: value ?? Buffer.from('x') })),
    })) as LogRecord[]
    const encoded = records.map((record) => written(writer, record, random.below(200)))
    // Every other one, so that both kinds meet.
    const mixed = records.map((record, i) => (i % 2 === 0 ? record : encoded[i])) as LogRecord[]
    const expected = encodeBatch(records)
    assert.ok(encodeBatch(encoded).equals(expected), `round ${round}`)
    assert.ok(encodeBatch(mixed).equals(expected), `round ${round}, both kinds`)
  }
})

test('a record that was begun and not ended leaves nothing', () => {
  const writer = new RecordWriter()
  const record = { key: null, value: Buffer.from('kept'), headers: [], timestamp: 5 }
  const first = written(writer, record, 10)
  writer.begin(10)
  writer.bytes.fill(0xff, writer.valueAt, writer.valueAt + 10)
  writer.endValue(writer.valueAt + 10, null, 0, 0)
  const second = written(writer, record, 10)
  assert.ok(encodeBatch([first, second]).equals(encodeBatch([record, record])))
})

test('law: any flipped bit under the checksum, in it, or in length and format is noticed', () => {
  const batch = encodeBatch([
    { key: Buffer.from('key'), value: Buffer.from('value'), timestamp: 1_700_000_000_000 },
    { key: null, value: null, timestamp: 1_700_000_000_001 },
  ])
  const notUnderChecksum = new Set<number>()
  for (let at = 0; at < batchField.length; at++) notUnderChecksum.add(at)
  for (let at = batchField.leaderEpoch; at < batchField.magic; at++) notUnderChecksum.add(at)
  for (let bit = 0; bit < batch.length * 8; bit++) {
    const at = bit >> 3
    const damaged = Buffer.from(batch)
    damaged[at] = (damaged[at] as number) ^ (1 << (bit & 7))
    if (notUnderChecksum.has(at)) verifyBatch(damaged)
    else assert.throws(() => verifyBatch(damaged), CorruptBatchError, `bit ${bit}`)
  }
  verifyBatch(batch)
})

test('offset and leader epoch are set in place without touching the checksum', () => {
  const batch = encodeBatch([{ key: null, value: Buffer.from('v'), timestamp: 5 }])
  setBaseOffset(batch, 2 ** 40 + 3)
  setLeaderEpoch(batch, 9)
  verifyBatch(batch)
  assert.equal(readBatchHeader(batch).leaderEpoch, 9)
  assert.equal(decodeRecords(batch)[0]?.offset, 2 ** 40 + 3)
})

test('law: a batch whose records lie is refused, whatever the damage, even with a right checksum', () => {
  const random = seededRandom(7)
  for (let round = 0; round < 3000; round++) {
    const batch = encodeBatch(someRecords(random).slice(0, 5))
    const flips = 1 + random.below(3)
    for (let i = 0; i < flips; i++) {
      const at = checksummedFrom + random.below(batch.length - checksummedFrom)
      batch[at] = random.below(256)
    }
    batch.writeUInt32BE(crc32c(batch, checksummedFrom), batchField.crc)
    try {
      decodeRecords(batch)
    } catch (error) {
      assert.match(String(error), /^CorruptBatchError/)
    }
  }
})

test('a batch that says it has more than is there is refused without a large allocation', () => {
  const batch = encodeBatch([{ key: null, value: Buffer.from('v'), timestamp: 5 }])
  batch.writeInt32BE(0x7fffffff, batchField.recordCount)
  assert.throws(() => decodeRecords(batch), CorruptBatchError)
  batch.writeInt32BE(0x7fffff00, batchField.length)
  assert.throws(() => decodeRecords(batch), CorruptBatchError)
  assert.throws(() => readBatchHeader(batch.subarray(0, 60)), CorruptBatchError)
})

test('a small compressed batch that would grow beyond the limit is refused', () => {
  const plain = encodeBatch([{ key: null, value: null, timestamp: 5 }], { compression: 'gzip' })
  const bomb = Buffer.concat([
    plain.subarray(0, 61),
    gzipSync(Buffer.alloc(uncompressedBatchBytesMax + 1)),
  ])
  bomb.writeInt32BE(bomb.length - 12, batchField.length)
  assert.throws(() => decodeRecords(bomb), CorruptBatchError)
})

test('batches are found one after another, up to one that is cut off', () => {
  const one = encodeBatch([{ key: null, value: Buffer.from('one'), timestamp: 1 }])
  const two = encodeBatch([{ key: null, value: Buffer.from('two'), timestamp: 2 }], {
    baseOffset: 1,
  })
  const both = Buffer.concat([one, two])
  const offsetsIn = (bytes: Buffer) => [...batchesIn(bytes)].map((each) => each.header.baseOffset)
  assert.deepEqual(offsetsIn(both), [0, 1])
  for (let cut = 0; cut < both.length; cut++) {
    assert.deepEqual(offsetsIn(both.subarray(0, cut)), cut < one.length ? [] : [0])
  }
  const lying = Buffer.from(one)
  lying.writeInt32BE(-5, batchField.length)
  assert.throws(() => offsetsIn(lying), CorruptBatchError)
})

test('a batch needs a record', () => {
  assert.throws(() => encodeBatch([]), TypeError)
})
