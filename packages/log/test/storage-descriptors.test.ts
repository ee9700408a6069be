import assert from 'node:assert/strict'
import test from 'node:test'
import { type Disk, SimulatedDisk } from '@millrace/host'
import { loadedIndexesPerLogMax } from '../src/limits.js'
import { readBatchHeader } from '../src/records/batch-header.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { logConfigDefault, PartitionLog } from '../src/storage/partition-log.js'

/** A disk that counts the files that are open, and the bytes that are read of each. */
function counting(disk: Disk) {
  const open = new Map<string, number>()
  const readBytes = new Map<string, number>()
  const add = (counts: Map<string, number>, path: string, count: number) =>
    counts.set(path, (counts.get(path) ?? 0) + count)
  const counted: Disk = {
    open(path, options) {
      const file = disk.open(path, options)
      add(open, path, 1)
      return {
        size: () => file.size(),
        read: (position, target) => {
          const bytes = file.read(position, target)
          add(readBytes, path, bytes)
          return bytes
        },
        write: (position, bytes) => file.write(position, bytes),
        readInBackground: (position, targets) => file.readInBackground(position, targets),
        writeInBackground: (position, bytes) => file.writeInBackground(position, bytes),
        truncate: (size) => file.truncate(size),
        sync: () => file.sync(),
        close: () => {
          add(open, path, -1)
          file.close()
        },
      }
    },
    readFile: (path) => {
      const bytes = disk.readFile(path)
      add(readBytes, path, bytes.length)
      return bytes
    },
    replaceFile: (path, bytes) => disk.replaceFile(path, bytes),
    replaceFileInBackground: (path, bytes) => disk.replaceFileInBackground(path, bytes),
    exists: (path) => disk.exists(path),
    kind: (path) => disk.kind(path),
    modifiedMs: (path) => disk.modifiedMs(path),
    list: (path) => disk.list(path),
    makeDirectory: (path) => disk.makeDirectory(path),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    removeInBackground: (path) => disk.removeInBackground(path),
    syncDirectory: (path) => disk.syncDirectory(path),
    space: (path) => disk.space(path),
    lock: (path) => disk.lock(path),
  }
  const total = (counts: Map<string, number>, ending: string) =>
    [...counts].reduce((sum, [path, count]) => sum + (path.endsWith(ending) ? count : 0), 0)
  return {
    disk: counted,
    openFiles: () => total(open, ''),
    readOf: (ending: string) => total(readBytes, ending),
    forget: () => readBytes.clear(),
  }
}

const config = { ...logConfigDefault, segmentBytes: 10_000 }
const open = (disk: Disk) =>
  PartitionLog.open({ disk, directory: '/data/rides-0', name: 'rides-0', config })

async function sealedLog(disk: Disk): Promise<void> {
  const log = await open(disk)
  for (let at = 0; at < 1000; at++) {
    log.append(encodeBatch([{ key: null, value: Buffer.alloc(100), timestamp: at }]))
  }
  await log.close()
}

test('a start opens no file for long, reads no sealed segment, and no index but its head', async () => {
  const { disk, openFiles, readOf, forget } = counting(new SimulatedDisk())
  await sealedLog(disk)
  assert.equal(openFiles(), 0)
  forget()
  const log = await open(disk)
  assert.equal(log.endOffset, 1000)
  assert.equal(log.maxTimestamp, 999)
  assert.equal(openFiles(), 0)
  assert.equal(readOf('.log'), 0)
  const segments = disk.list('/data/rides-0').filter((file) => file.endsWith('.log')).length
  assert.ok(segments > 8)
  assert.ok(readOf('.index') <= segments * 48)
})

test('one file is open for each log that is written to, and none for one that is read', async () => {
  const { disk, openFiles, readOf, forget } = counting(new SimulatedDisk())
  await sealedLog(disk)
  const log = await open(disk)
  forget()
  for (let offset = 0; offset < 1000; offset += 37) {
    const header = readBatchHeader(log.read(offset, 1000).batches)
    assert.equal(header.baseOffset, offset)
  }
  assert.equal(openFiles(), 0)
  const indexBytes = disk
    .list('/data/rides-0')
    .filter((file) => file.endsWith('.index'))
    .reduce((sum, file) => sum + disk.readFile(`/data/rides-0/${file}`).length, 0)
  assert.equal(readOf('.index'), indexBytes * 2, 'each index was read once, and once to count it')
  log.append(encodeBatch([{ key: null, value: Buffer.alloc(30_000) }]))
  log.append(encodeBatch([{ key: null, value: Buffer.alloc(30_000) }]))
  await log.flush()
  await log.removeBefore(0)
  assert.equal(openFiles(), 1)
  await log.close()
  assert.equal(openFiles(), 0)
})

test('the indexes that are in memory are those of the segments that were read last', async () => {
  const { disk, readOf, forget } = counting(new SimulatedDisk())
  await sealedLog(disk)
  const log = await open(disk)
  const segments = disk.list('/data/rides-0').filter((file) => file.endsWith('.log'))
  const starts = segments.map((file) => Number.parseInt(file, 10))
  const wereRead = (some: readonly number[]) => {
    forget()
    for (const offset of some) log.read(offset, 1000)
    return segments.filter((file) => readOf(file.replace('.log', '.index')) > 0).length
  }
  assert.ok(starts.length > loadedIndexesPerLogMax + 1)
  assert.equal(wereRead(starts.slice(0, -1)), starts.length - 1)
  const last = starts.slice(-1 - loadedIndexesPerLogMax, -1)
  assert.equal(wereRead(last), 0)
  assert.equal(wereRead(starts.slice(0, 1)), 1)
  assert.equal(wereRead([...last.slice(1), ...starts.slice(0, 1)]), 0)
  await log.close()
})

test('an index that lies, or is damaged behind its head, is made again from the segment', async () => {
  const simulated = new SimulatedDisk()
  await sealedLog(simulated)
  const index = '/data/rides-0/00000000000000000000.index'
  const sound = simulated.readFile(index)
  const damaged = Buffer.from(sound)
  damaged[60] = (damaged[60] ?? 0) ^ 1
  const files = simulated.list('/data/rides-0').filter((file) => file.endsWith('.log'))
  const segment = `/data/rides-0/${files[0]}`
  for (const how of ['damaged', 'of another segment']) {
    if (how === 'damaged') simulated.replaceFile(index, damaged)
    else {
      // The same bytes in all, in batches of other sizes.
      const other = new SimulatedDisk()
      const log = await open(other)
      const wanted = simulated.readFile(segment).length
      const small = encodeBatch([{ key: null, value: Buffer.alloc(39), timestamp: 1 }])
      while (log.sizeBytes + 2 * small.length < wanted) log.append(Buffer.from(small))
      const left = wanted - log.sizeBytes
      const last = encodeBatch([{ key: null, value: Buffer.alloc(left - 69), timestamp: 1 }])
      assert.ok(Math.abs(last.length - left) < 4)
      const fitting = encodeBatch([
        { key: null, value: Buffer.alloc(left - 69 - (last.length - left)), timestamp: 1 },
      ])
      log.append(fitting)
      await log.close()
      const whole = other.readFile(index)
      const summary = sound.subarray(8, 40)
      // Its head says what the other head says; only the entries are of the other file.
      assert.equal(whole.readBigInt64BE(8), sound.readBigInt64BE(8))
      summary.copy(whole, 8)
      const { crc32c } = await import('../src/records/crc32c.js')
      whole.writeUInt32BE(crc32c(whole.subarray(0, 48), 8), 4)
      simulated.replaceFile(index, whole)
    }
    const log = await open(simulated)
    for (let offset = 0; offset < 130; offset++) {
      const header = readBatchHeader(log.read(offset, 1000).batches)
      assert.equal(header.baseOffset, offset, how)
    }
  }
})

test('a length that lies in a sealed segment is an error of that read alone', async () => {
  const disk = new SimulatedDisk()
  await sealedLog(disk)
  const path = '/data/rides-0/00000000000000000000.log'
  for (const length of [-12, 0, 0x7fffffff]) {
    const whole = disk.readFile(path)
    const file = disk.open(path)
    const oneBytes = whole.readInt32BE(8) + 12
    const lying = Buffer.alloc(4)
    lying.writeInt32BE(length)
    file.write(oneBytes * 50 + 8, lying)
    const log = await open(disk)
    assert.equal(readBatchHeader(log.read(3, 300).batches).baseOffset, 3)
    assert.throws(() => log.read(50, 300), /KAFKA_STORAGE_ERROR/)
    assert.throws(() => log.batchAtTime(55), /KAFKA_STORAGE_ERROR/)
    assert.equal(readBatchHeader(log.read(900, 300).batches).baseOffset, 900)
    file.write(0, whole)
  }
})
