import assert from 'node:assert/strict'
import test from 'node:test'
import { type Random, SimulatedClock, SimulatedDisk, seededRandom } from '@millrace/host'
import { encodeBatch } from '../src/records/encode-batch.js'
import { encodeEndMarker } from '../src/records/end-marker.js'
import type { PartitionLog } from '../src/storage/partition-log.js'
import {
  bytesOf,
  directory,
  noPause,
  open,
  put,
  record,
  recordsOf,
  removeIndexes,
  tableOf,
} from './compacted-log.js'
import { Killed, killedAfter } from './storage-faults.js'

/** Writes at random: keys, tombstones, producers, transactions, compressed batches. */
class Writer {
  readonly #random: Random
  readonly #sequences = new Map<number, number>()
  #written = 0

  readonly #keys: number

  constructor(random: Random, keys = 12) {
    this.#random = random
    this.#keys = keys
  }

  step(log: PartitionLog): void {
    const random = this.#random
    const count = 1 + random.below(4)
    const records = Array.from({ length: count }, () => {
      const value = random.below(6) === 0 ? null : `value ${this.#written++}`
      return record(`key ${random.below(this.#keys)}`, value, 1000 + this.#written)
    })
    const compression = random.below(4) === 0 ? ('gzip' as const) : ('none' as const)
    const producerId = random.below(4) - 1
    if (producerId < 0) {
      log.append(encodeBatch(records, { compression }))
      return
    }
    const baseSequence = this.#sequences.get(producerId) ?? 0
    this.#sequences.set(producerId, baseSequence + count)
    const transactional = producerId > 0
    const identity = { producerId, producerEpoch: 0 }
    log.append(encodeBatch(records, { ...identity, compression, baseSequence, transactional }))
    if (!transactional || random.below(3) === 0) return
    log.appendOwn(encodeEndMarker(random.below(2) === 0 ? 'commit' : 'abort', identity))
  }

  /** Ends what is open, so that all is stable. */
  finish(log: PartitionLog): void {
    for (const identity of log.producers.openTransactions()) {
      log.appendOwn(encodeEndMarker('commit', identity))
    }
  }
}

for (let seed = 1; seed <= 25; seed++) {
  test(`law: compaction changes no table, no record, no producer, seed ${seed}`, async () => {
    const random = seededRandom(seed)
    const disk = new SimulatedDisk({ random })
    const clock = new SimulatedClock(1e6)
    const config = { dirtyRatioMin: 0, tombstoneMs: random.below(2000), segmentBytes: 900 }
    const writer = new Writer(random)
    const ever = new Map<number, string>()
    let { log } = await open(disk, config, clock)
    for (let round = 0; round < 8; round++) {
      for (let step = 0; step < 25; step++) writer.step(log)
      const before = recordsOf(log)
      for (const [offset, bytes] of bytesOf(before)) ever.set(offset, bytes)
      const producers = JSON.parse(log.producers.snapshot().split('\n')[1] ?? '').producers
      clock.advance(random.below(1500))
      await log.compact(noPause)
      const after = recordsOf(log)
      assert.deepEqual(tableOf(after), tableOf(before), `seed ${seed}, round ${round}`)
      for (const [offset, bytes] of bytesOf(after)) assert.equal(bytes, ever.get(offset))
      const how = random.below(4)
      if (how === 0) await log.close()
      if (how === 1) removeIndexes(disk)
      if (how === 2) continue
      log = (await open(disk, config, clock)).log
      assert.deepEqual(tableOf(recordsOf(log)), tableOf(before), `seed ${seed}, start ${round}`)
      const again = JSON.parse(log.producers.snapshot().split('\n')[1] ?? '').producers
      const known = (all: { producerId: number; epoch: number; batches: object[] }[]) =>
        all
          .map(({ producerId, epoch, batches }) => {
            // The greatest time of what is left of the batch may be another.
            return { producerId, epoch, last: { ...batches.at(-1), timestamp: undefined } }
          })
          .sort((left, right) => left.producerId - right.producerId)
      assert.deepEqual(known(again), known(producers), `seed ${seed}, producers ${round}`)
    }
  })
}

test('law: killed at any change of a compaction, the log is the old one or the new one', async () => {
  let kills = 0
  for (let changes = 0; ; changes++) {
    const random = seededRandom(5)
    const disk = new SimulatedDisk({ random })
    const writer = new Writer(random)
    const config = { dirtyRatioMin: 0, tombstoneMs: 0, segmentBytes: 900 }
    const { log } = await open(disk, config)
    for (let step = 0; step < 60; step++) writer.step(log)
    writer.finish(log)
    const before = tableOf(recordsOf(log))
    await log.close()
    const killed = await open(killedAfter(disk, changes), config).catch((cause) => {
      if (cause instanceof Killed) return undefined
      throw cause
    })
    await killed?.log.compact(noPause)?.catch(() => {})
    const told = killed?.lines.join('\n') ?? ''
    const isOver = killed !== undefined && !told.includes('could not be')
    if (!isOver) kills++
    if (changes % 2 === 1) removeIndexes(disk)
    const { log: again, lines } = await open(disk, config)
    assert.deepEqual(tableOf(recordsOf(again)), before, `change ${changes}`)
    assert.deepEqual(lines, [], 'nothing had to be cut')
    put(again, 'key 1', 'next')
    await again.compact(noPause)
    assert.deepEqual(tableOf(recordsOf(again)), new Map([...before.set('key 1', 'next')].sort()))
    const files = disk.list(directory)
    assert.ok(!files.some((file) => /cleaned|swap/.test(file)), files.join())
    if (isOver) break
  }
  assert.ok(kills > 10, `${kills} moments to be killed at`)
})

test('law: power cuts at any change of names in a compaction leave the table', async () => {
  let cuts = 0
  // The swap of the first segments takes fewer changes than this.
  for (let changes = 0; changes < 24; changes++) {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed * 1000 + changes)
      const disk = new SimulatedDisk({ random })
      const config = { dirtyRatioMin: 0, tombstoneMs: 0, segmentBytes: 500 }
      const writer = new Writer(random, seed % 2 === 0 ? 60 : 12)
      const { log } = await open(disk, config)
      // What is compacted for the second time is put together.
      for (const round of [1, 2]) {
        for (let step = 0; step < 12; step++) writer.step(log)
        writer.finish(log)
        await log.flush()
        if (round === 1) await log.compact(noPause)
      }
      const before = tableOf(recordsOf(log))
      await log.close()
      const killed = await open(killedAfter(disk, changes, 'names'), config).catch((cause) => {
        if (cause instanceof Killed) return undefined
        throw cause
      })
      await killed?.log.compact(noPause)?.catch(() => {})
      disk.crash()
      if (killed?.lines.join().includes('could not be')) cuts++
      const { log: again } = await open(disk, config)
      assert.deepEqual(tableOf(recordsOf(again)), before, `seed ${seed}, change ${changes}`)
    }
  }
  assert.ok(cuts > 100, `${cuts} cuts`)
})
