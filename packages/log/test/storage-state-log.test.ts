import assert from 'node:assert/strict'
import test from 'node:test'
import { SimulatedDisk, seededRandom } from '@millrace/host'
import { KafkaError } from '../src/errors.js'
import { stateLogBytesMin } from '../src/limits.js'
import { readBatchHeader } from '../src/records/batch-header.js'
import { encodeEndMarker } from '../src/records/end-marker.js'
import { decodeRecords } from '../src/records/visit-records.js'
import { PartitionLog } from '../src/storage/partition-log.js'
import { StateLog } from '../src/storage/state-log.js'

/** A map that is folded from a log: the last value of each key. */
async function open(disk: SimulatedDisk) {
  const log = await PartitionLog.open({ disk, directory: '/data/state-0', name: 'state-0' })
  const values = new Map<string, string>()
  const state = new StateLog(log, {
    apply(batch) {
      if (readBatchHeader(batch).isControl) return
      for (const { key, value } of decodeRecords(batch)) values.set(String(key), String(value))
    },
    records: () =>
      [...values].map(([key, value]) => ({ key: Buffer.from(key), value: Buffer.from(value) })),
  })
  const set = (key: string, value: string) =>
    state.append([{ key: Buffer.from(key), value: Buffer.from(value) }])
  return { log, state, values, set }
}

const large = 'x'.repeat(200_000)
const writes = Math.ceil(stateLogBytesMin / large.length) + 1

test('no state is made of a sealed log with any byte damaged', async () => {
  const disk = new SimulatedDisk()
  const { log, values, set } = await open(disk)
  for (let at = 0; at < 4; at++) set(`key ${at}`, `value ${at}`)
  await log.close()
  const file = '/data/state-0/00000000000000000000.log'
  const sound = disk.readFile(file)
  let refused = 0
  for (let at = 0; at < sound.length; at++) {
    const damaged = Buffer.from(sound)
    damaged[at] = (damaged[at] ?? 0) ^ 1
    disk.replaceFile(file, damaged)
    try {
      assert.deepEqual((await open(disk)).values, values, `byte ${at}`)
    } catch (cause) {
      if (!(cause instanceof KafkaError)) throw cause
      assert.match(cause.message, /state-0/)
      refused++
    }
  }
  // The leader epoch of a batch, 4 bytes, may be anything.
  assert.ok(refused >= sound.length - 4 * 4, `${refused} of ${sound.length}`)
})

test('a state log that has grown is rewritten, and folds to the same', async () => {
  const disk = new SimulatedDisk()
  const { log, state, values, set } = await open(disk)
  for (let at = 0; at < 700; at++) set(`many ${at}`, String(at))
  for (let at = 0; at < writes; at++) set(`key ${at % 3}`, `${at} ${large}`)
  await state.settled()
  assert.ok(log.sizeBytes < stateLogBytesMin / 2, `${log.sizeBytes} bytes are left`)
  assert.ok(log.startOffset > 0)
  set('later', 'value')
  assert.deepEqual((await open(disk)).values, values)
  disk.crash(seededRandom(1))
  values.delete('later')
  const after = (await open(disk)).values
  after.delete('later')
  assert.deepEqual(after, values, 'the rewritten state survives a power cut')
})

test('what an open transaction wrote stays', async () => {
  const disk = new SimulatedDisk()
  const { log, state, set } = await open(disk)
  set('key', 'value')
  const producer = { producerId: 1, producerEpoch: 0 }
  const open1 = log.endOffset
  state.append([{ key: Buffer.from('t'), value: Buffer.from('t') }], {
    ...producer,
    transactional: true,
  })
  for (let at = 0; at < writes; at++) set('key', `${at} ${large}`)
  await state.settled()
  assert.ok(log.startOffset <= open1)
  log.appendOwn(encodeEndMarker('commit', producer))
  for (let at = 0; at < writes * 2; at++) set('key', `${at} ${large}`)
  await state.settled()
  assert.ok(log.startOffset > open1)
})
