import assert from 'node:assert/strict'
import test from 'node:test'
import { type Disk, SimulatedDisk, seededRandom } from '@millrace/host'
import { KafkaError } from '../src/errors.js'
import { abortedRunEntriesMax } from '../src/limits.js'
import { batchesIn } from '../src/records/batches-in.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { encodeEndMarker } from '../src/records/end-marker.js'
import type { AbortedEntry, AbortedTransaction } from '../src/storage/aborted-run.js'
import { AbortedTransactions } from '../src/storage/aborted-transactions.js'
import { logConfigDefault } from '../src/storage/log-config.js'
import { PartitionLog } from '../src/storage/partition-log.js'
import { Killed, killedAfter } from './storage-faults.js'

const directory = '/data/rides-0'

/** Transactions that overlap by chance, each aborted; in the order of their markers. */
function history(seed: number, count: number): AbortedEntry[] {
  const random = seededRandom(seed)
  const open: { producerId: number; firstOffset: number }[] = []
  const entries: AbortedEntry[] = []
  let offset = 0
  let producerId = 0
  while (entries.length < count) {
    if (open.length === 0 || random.below(3) > 0) {
      open.push({ producerId: producerId++, firstOffset: offset++ })
      if (open.length < 5) continue
    }
    const [ended] = open.splice(random.below(open.length), 1)
    if (ended === undefined) continue
    const lastOffset = offset++
    const firstOpen = Math.min(...open.map((each) => each.firstOffset))
    entries.push({ ...ended, lastOffset, lastStableOffset: Math.min(firstOpen, offset) })
  }
  return entries
}

function plain(entries: readonly AbortedEntry[]): AbortedTransaction[] {
  return entries.map(({ producerId, firstOffset, lastOffset }) => ({
    producerId,
    firstOffset,
    lastOffset,
  }))
}

for (const seed of [1, 2, 3]) {
  test(`what overlaps a range is found, saved or not, seed ${seed}`, async () => {
    const random = seededRandom(seed)
    const disk = new SimulatedDisk()
    disk.makeDirectory(directory)
    let aborted = new AbortedTransactions(disk, directory)
    let entries = history(seed, 3000)
    for (const [at, entry] of entries.entries()) {
      aborted.add(entry)
      if (random.below(200) === 0) aborted.close()
      if (random.below(400) === 0) await aborted.save()
      if (at === 2000) aborted = await reopened(aborted)
    }
    async function reopened(before: AbortedTransactions): Promise<AbortedTransactions> {
      const runs = before.close()
      await before.save()
      return AbortedTransactions.open(disk, directory, runs, 0) ?? assert.fail()
    }
    const end = (entries.at(-1)?.lastOffset ?? 0) + 1
    const check = () => {
      for (let round = 0; round < 300; round++) {
        const from = random.below(end)
        const to = from + 1 + random.below(round % 2 === 0 ? 20 : end)
        const expected = entries.filter((each) => each.lastOffset >= from && each.firstOffset < to)
        assert.deepEqual(aborted.between(from, to), plain(expected), `${from} to ${to}`)
      }
    }
    check()
    const gone = new Set(
      entries.filter(() => random.below(10) === 0).map((each) => each.lastOffset),
    )
    aborted.forget(gone)
    entries = entries.filter((each) => !gone.has(each.lastOffset))
    check()
    const start = end >> 1
    aborted.forgetBefore(start)
    for (const from of [start, start + 100, end - 10]) {
      const expected = entries.filter((each) => each.lastOffset >= from)
      assert.deepEqual(aborted.between(from, end), plain(expected))
    }
    aborted = await reopened(aborted)
    aborted.removeStrays()
    const expected = entries.filter((each) => each.lastOffset >= start)
    assert.deepEqual(aborted.between(start, end), plain(expected))
  })
}

test('of a million a reader is told its own, and a start reads none', async () => {
  const disk = new SimulatedDisk()
  disk.makeDirectory(directory)
  let reads = 0
  const readFile = disk.readFile.bind(disk)
  disk.readFile = (path) => {
    reads++
    return readFile(path)
  }
  const before = new AbortedTransactions(disk, directory)
  const count = 1_000_000
  for (let at = 0; at < count; at++) {
    const [firstOffset, lastOffset] = [2 * at, 2 * at + 1]
    before.add({ producerId: at, firstOffset, lastOffset, lastStableOffset: lastOffset + 1 })
  }
  const runs = before.close()
  await before.save()
  assert.equal(runs.length, Math.ceil(count / abortedRunEntriesMax))
  const aborted = AbortedTransactions.open(disk, directory, runs, 0) ?? assert.fail()
  assert.equal(reads, 0)
  const middle = count
  for (let from = middle; from < middle + 200; from += 20) {
    assert.equal(aborted.between(from, from + 20).length, 10)
  }
  assert.ok(reads <= 2, `${reads} files were read`)
})

test('a damaged file is found out, one that is not there makes a start read the log', async () => {
  const disk = new SimulatedDisk()
  disk.makeDirectory(directory)
  const aborted = new AbortedTransactions(disk, directory)
  for (const entry of history(1, 10)) aborted.add(entry)
  const runs = aborted.close()
  await aborted.save()
  const [name = ''] = disk.list(directory)
  const bytes = Buffer.from(disk.readFile(`${directory}/${name}`))
  bytes[20] = (bytes[20] ?? 0) ^ 1
  disk.replaceFile(`${directory}/${name}`, bytes)
  const damaged = AbortedTransactions.open(disk, directory, runs, 0) ?? assert.fail()
  assert.throws(
    () => damaged.between(0, 100),
    (cause: unknown) => cause instanceof KafkaError && cause.codeName === 'KAFKA_STORAGE_ERROR',
  )
  disk.replaceFile(`${directory}/${name}`, bytes.subarray(0, 34))
  assert.equal(AbortedTransactions.open(disk, directory, runs, 0), undefined)
  disk.remove(`${directory}/${name}`)
  assert.equal(AbortedTransactions.open(disk, directory, runs, 0), undefined)
  assert.notEqual(AbortedTransactions.open(disk, directory, runs, 1e9), undefined)
})

const config = { ...logConfigDefault, segmentBytes: 1500 }

function open(disk: Disk): Promise<PartitionLog> {
  return PartitionLog.open({ disk, directory, name: 'rides-0', config })
}

/** What read_committed shows of a log, the way readers work it out. */
function visible(log: PartitionLog): string[] {
  const values: string[] = []
  let offset = 0
  while (offset < log.lastStableOffset) {
    const { batches, aborted } = log.read(offset, 400, 'read_committed')
    const upcoming = [...aborted].sort((left, right) => left.firstOffset - right.firstOffset)
    const hidden = new Set<number>()
    for (const { header } of batchesIn(batches)) {
      while ((upcoming[0]?.firstOffset ?? Infinity) <= header.lastOffset) {
        hidden.add(upcoming.shift()?.producerId ?? -1)
      }
      if (header.isControl) hidden.delete(header.producerId)
      else if (!hidden.has(header.producerId))
        values.push(`${header.producerId}@${header.baseOffset}`)
      offset = header.nextOffset
    }
  }
  return values
}

test('law: a process killed at any write shows no aborted record, and all committed ones', async () => {
  let kills = 0
  for (let writes = 0; ; writes += 3) {
    const disk = new SimulatedDisk()
    const random = seededRandom(7)
    const committed: string[] = []
    let finished = false
    const run = async (log: PartitionLog) => {
      const pending = new Map<number, string[]>()
      for (let at = 0; at < 60; at++) {
        const producerId = random.below(4)
        const places = pending.get(producerId) ?? []
        if (places.length === 0 || random.below(2) === 0) {
          const options = { producerId, producerEpoch: 0, baseSequence: -1, transactional: true }
          const baseOffset = log.appendOwn(
            encodeBatch([{ key: null, value: Buffer.from('x') }], options),
          )
          pending.set(producerId, [...places, `${producerId}@${baseOffset}`])
          continue
        }
        const end = random.below(3) === 0 ? 'commit' : 'abort'
        log.appendOwn(encodeEndMarker(end, { producerId, producerEpoch: 0 }))
        if (end === 'commit') committed.push(...places)
        pending.delete(producerId)
      }
    }
    try {
      const log = await open(killedAfter(disk, writes))
      await run(log)
      await log.close()
      finished = true
    } catch (cause) {
      if (!(cause instanceof Killed) && !((cause as Error).cause instanceof Killed)) throw cause
      kills++
    }
    for (let start = 0; start < 2; start++) {
      const again = await open(disk)
      const seen = visible(again)
      for (const value of seen) assert.ok(committed.includes(value), `${value} was not committed`)
      const stable = (value: string) => Number(value.split('@')[1]) < again.lastStableOffset
      for (const value of committed.filter(stable))
        assert.ok(seen.includes(value), `${value} is lost`)
      await again.close()
    }
    if (finished) break
  }
  assert.ok(kills > 10)
})
