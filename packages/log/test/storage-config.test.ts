import assert from 'node:assert/strict'
import test from 'node:test'
import { SimulatedClock, SimulatedDisk } from '@millrace/host'
import { RefusedRecordsError } from '../src/errors.js'
import { readBatchHeader } from '../src/records/batch-header.js'
import { setTimestamps } from '../src/records/batch-timestamps.js'
import { type BatchOptions, encodeBatch } from '../src/records/encode-batch.js'
import type { LogRecord } from '../src/records/record.js'
import { verifyBatch } from '../src/records/verify-batch.js'
import { decodeRecords } from '../src/records/visit-records.js'
import { type LogConfig, logConfigDefault } from '../src/storage/log-config.js'
import { PartitionLog } from '../src/storage/partition-log.js'

const now = 1_000_000

async function open(config: Partial<LogConfig>, disk = new SimulatedDisk()) {
  const clock = new SimulatedClock(now)
  const options = { disk, clock, directory: '/data/rides-0', name: 'rides-0' }
  const log = await PartitionLog.open({ ...options, config: { ...logConfigDefault, ...config } })
  return { log, clock, disk }
}

function batchOf(timestamps: readonly number[], options: BatchOptions = {}, key = 'key'): Buffer {
  const records = timestamps.map(
    (timestamp): LogRecord => ({
      key: key === '' ? null : Buffer.from(key),
      value: Buffer.from('value'),
      timestamp,
    }),
  )
  return encodeBatch(records, options)
}

function refusal(action: () => unknown): RefusedRecordsError {
  try {
    action()
  } catch (cause) {
    if (cause instanceof RefusedRecordsError) return cause
    throw cause
  }
  return assert.fail('it was taken')
}

for (const compression of ['none', 'gzip', 'lz4'] as const) {
  test(`LogAppendTime: the broker's time is in a sound batch, compression ${compression}`, async () => {
    const { log, clock } = await open({ timestamps: 'append', timestampAfterMsMax: 10 })
    const producer = { compression, producerId: 7, producerEpoch: 0, baseSequence: 0 }
    const sent = () => batchOf([5, now * 9], producer)
    assert.deepEqual(log.append(sent()), { baseOffset: 0, duplicate: false, appendTime: now })
    clock.advance(500)
    assert.deepEqual(log.append(sent()), { baseOffset: 0, duplicate: true, appendTime: now })
    const { batches } = log.read(0, 10_000)
    verifyBatch(batches)
    const header = readBatchHeader(batches)
    assert.equal(header.isLogAppendTime, true)
    assert.equal(header.compression, compression)
    assert.deepEqual(
      decodeRecords(batches).map(({ timestamp }) => timestamp),
      [now, now],
    )
    assert.equal(log.maxTimestamp, now)
  })

  test(`a time too far from the broker's is refused, compression ${compression}`, async () => {
    const { log } = await open({ timestampBeforeMsMax: 1000, timestampAfterMsMax: 100 })
    const send = (...timestamps: number[]) => log.append(batchOf(timestamps, { compression }))
    for (const timestamps of [[now - 1001], [now, now + 101], [now - 5000, now - 5000]]) {
      const refused = refusal(() => send(...timestamps))
      assert.equal(refused.codeName, 'INVALID_TIMESTAMP')
      assert.equal(refused.recordErrors.at(-1)?.batchIndex, timestamps.length - 1)
      assert.match(refused.detail ?? '', /999000 to 1000100 are allowed/)
    }
    send(now - 1000, now + 100)
    send(-1)
    assert.equal(log.endOffset, 3)
  })

  test(`a record without a key is refused where the log is compacted, compression ${compression}`, async () => {
    const { log } = await open({ compacts: true })
    const refused = refusal(() => log.append(batchOf([now, now], { compression }, '')))
    assert.equal(refused.codeName, 'INVALID_RECORD')
    assert.deepEqual(
      refused.recordErrors.map(({ batchIndex }) => batchIndex),
      [0, 1],
    )
    log.append(batchOf([now], { compression }))
    log.config = { ...log.config, compacts: false }
    log.append(batchOf([now], { compression }, ''))
    assert.equal(log.endOffset, 2)
  })
}

test("a producer does not say that its time is the broker's", async () => {
  const { log } = await open({})
  const refused = refusal(() => log.append(batchOf([now], { timestampType: 'append' })))
  assert.equal(refused.codeName, 'INVALID_TIMESTAMP')
})

test('the greatest timestamp of a batch is that of its records, whatever its header says', async () => {
  const { log } = await open({})
  const lying = batchOf([5, 70, 6])
  const honest = Buffer.from(lying)
  setTimestamps(lying, 'create', 999)
  log.append(lying)
  assert.deepEqual(log.read(0, 1000).batches.subarray(16), honest.subarray(16))
})

test('a new segment begins where the times of one would span too much, also after a start', async () => {
  for (const restarted of [false, true]) {
    const started = await open({ segmentMs: 100 })
    let { log } = started
    const segments = () =>
      started.disk.list('/data/rides-0').filter((file) => file.endsWith('.log')).length
    log.append(batchOf([1000]))
    log.append(batchOf([1100]))
    if (restarted) {
      await log.close()
      log = (await open({ segmentMs: 100 }, started.disk)).log
    }
    assert.equal(segments(), 1)
    log.append(batchOf([500]))
    assert.equal(segments(), 1)
    log.append(batchOf([1101]))
    assert.equal(segments(), 2)
  }
})

test('settings that are changed hold from the next batch on', async () => {
  const { log } = await open({})
  log.append(batchOf([now * 2]))
  log.config = { ...log.config, timestampAfterMsMax: 10, messageBytesMax: 100 }
  refusal(() => log.append(batchOf([now * 2])))
  assert.throws(() => log.append(batchOf([1, 2, 3, 4])), /MESSAGE_TOO_LARGE/)
  assert.equal(log.read(0, 1000).batches.length, batchOf([1]).length)
})
