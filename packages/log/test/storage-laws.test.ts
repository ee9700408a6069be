import assert from 'node:assert/strict'
import test from 'node:test'
import { type Disk, SimulatedDisk, seededRandom } from '@millrace/host'
import { batchesIn } from '../src/records/batches-in.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { decodeRecords } from '../src/records/visit-records.js'
import { logConfigDefault, PartitionLog } from '../src/storage/partition-log.js'
import { Killed, killedAfter } from './storage-faults.js'

const directory = '/data/rides-0'
const config = { ...logConfigDefault, segmentBytes: 700 }

function open(disk: Disk, flushMessages = 0): Promise<PartitionLog> {
  return PartitionLog.open({
    disk,
    directory,
    name: 'rides-0',
    config: { ...config, flushMessages },
  })
}

function batchOf(values: string[]): Buffer {
  const records = values.map((value) => ({ key: null, value: Buffer.from(value), timestamp: 1 }))
  return encodeBatch(records)
}

/** All values, after checking that their offsets are dense. */
function valuesIn(log: PartitionLog): string[] {
  const values: string[] = []
  let offset = log.startOffset
  assert.equal(offset, 0)
  while (offset < log.highWatermark) {
    for (const { bytes } of batchesIn(log.read(offset, 500).batches)) {
      for (const record of decodeRecords(bytes)) {
        assert.equal(record.offset, offset, 'offsets are dense')
        values.push(String(record.value))
        offset++
      }
    }
  }
  return values
}

test('law 1 and 2: a process killed at any write loses nothing acknowledged', async () => {
  let kills = 0
  for (let writes = 0; ; writes++) {
    const disk = new SimulatedDisk()
    const acknowledged: string[] = []
    let attempted: string[] = []
    let finished = false
    try {
      const log = await open(killedAfter(disk, writes))
      for (let batch = 0; batch < 12; batch++) {
        attempted = [`${batch}a`, `${batch}b`, 'x'.repeat(batch * 10)]
        const { baseOffset } = log.append(batchOf(attempted))
        assert.equal(baseOffset, acknowledged.length)
        acknowledged.push(...attempted)
        attempted = []
      }
      await log.close()
      finished = true
    } catch (cause) {
      if (!(cause instanceof Killed) && !((cause as Error).cause instanceof Killed)) throw cause
      kills++
    }
    const again = await open(disk)
    const there = valuesIn(again)
    const expected =
      there.length > acknowledged.length ? [...acknowledged, ...attempted] : acknowledged
    assert.deepEqual(there, expected, `killed at write ${writes}`)
    assert.equal(again.append(batchOf(['next'])).baseOffset, there.length)
    await again.close()
    if (finished) break
  }
  assert.ok(kills > 12, 'every write was a moment to be killed at')
})

for (let seed = 1; seed <= 40; seed++) {
  test(`law 1 and 2: power cuts with flush.messages=1, seed ${seed}`, async () => {
    const random = seededRandom(seed)
    const disk = new SimulatedDisk()
    const acknowledged: string[] = []
    for (let life = 0; life < 6; life++) {
      const log = await open(disk, 1)
      const there = valuesIn(log)
      assert.deepEqual(there.slice(0, acknowledged.length), acknowledged, `seed ${seed}`)
      // What was written and not acknowledged may be there; from now on it stays.
      acknowledged.splice(0, acknowledged.length, ...there)
      const batches = random.below(8)
      for (let batch = 0; batch < batches; batch++) {
        const values = Array.from({ length: 1 + random.below(4) }, () => random.uuid())
        assert.equal(log.append(batchOf(values)).baseOffset, log.endOffset - values.length)
        if (random.below(4) === 0) break
        await log.acknowledged()
        assert.equal(log.highWatermark, log.endOffset)
        acknowledged.push(...values)
      }
      const seen = valuesIn(log)
      assert.deepEqual(seen, acknowledged, 'nobody sees what is not acknowledged')
      if (random.below(5) === 0) await log.close()
      disk.crash(random)
    }
  })
}

test('a power cut without flushes leaves a dense prefix of what was appended', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = seededRandom(seed)
    const disk = new SimulatedDisk()
    const log = await open(disk)
    const appended: string[] = []
    for (let batch = 0; batch < 10; batch++) {
      const values = [random.uuid(), random.uuid()]
      log.append(batchOf(values))
      appended.push(...values)
    }
    disk.crash(random)
    const there = valuesIn(await open(disk))
    assert.deepEqual(there, appended.slice(0, there.length), `seed ${seed}`)
  }
})

for (let seed = 1; seed <= 40; seed++) {
  test(`a failed sync, a restart, then a power cut: what was acknowledged is there, seed ${seed}`, async () => {
    const random = seededRandom(seed)
    const disk = new SimulatedDisk({ random })
    const first = await open(disk, 1)
    first.append(batchOf(['a', 'b']))
    disk.faults = { sync: () => 'failed' }
    await assert.rejects(first.flush(), /A sync failed/)
    if (random.below(2) === 0) await assert.rejects(open(disk, 1), { code: 'EIO' })
    disk.faults = {}
    // The process ends, and the next one finds what the first has written.
    const second = await open(disk, 1)
    assert.deepEqual(valuesIn(second), ['a', 'b'])
    second.append(batchOf(['c']))
    await second.flush()
    if (random.below(2) === 0) await second.close()
    disk.crash()
    assert.deepEqual(valuesIn(await open(disk, 1)), ['a', 'b', 'c'])
  })
}

for (let seed = 1; seed <= 20; seed++) {
  test(`a segment whose name was not synced by the process that made it, then a power cut, seed ${seed}`, async () => {
    const random = seededRandom(seed)
    const disk = new SimulatedDisk({ random })
    const first = await open(disk, 1)
    const values: string[] = []
    const append = async (log: PartitionLog) => {
      const added = [random.uuid(), random.uuid()]
      log.append(batchOf(added))
      await log.flush()
      values.push(...added)
    }
    for (let batch = 0; batch < 3; batch++) await append(first)
    // The folder cannot be synced: a segment is begun, and nothing can be appended.
    disk.faults = { sync: (file) => (file === directory ? 'failed' : 'done') }
    for (let batch = 0; batch < 8; batch++) await append(first).catch(() => {})
    disk.faults = {}
    const second = await open(disk, 1)
    const there = valuesIn(second)
    await append(second)
    disk.crash()
    assert.deepEqual(valuesIn(await open(disk, 1)), [...there, ...values.slice(-2)])
  })
}
