import assert from 'node:assert/strict'
import path from 'node:path'
import test from 'node:test'
import { SimulatedDisk } from '@millrace/host'
import { cleanerBackoffMs } from '../src/limits.js'
import { readBatchHeader } from '../src/records/batch-header.js'
import { setTimestamps } from '../src/records/batch-timestamps.js'
import { batchesIn } from '../src/records/batches-in.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { encodeEndMarker } from '../src/records/end-marker.js'
import { LogManager } from '../src/storage/log-manager.js'
import { OffsetMap } from '../src/storage/offset-map.js'
import {
  bytesOf,
  compacting,
  directory,
  indexesWritten,
  noPause,
  open,
  put,
  record,
  recordsOf,
  removeIndexes,
  tableOf,
} from './compacted-log.js'

test('of each key the last record is kept, with its offset, and the rest is gone', async () => {
  const disk = new SimulatedDisk()
  const { log, lines } = await open(disk)
  for (let at = 0; at < 60; at++) put(log, `key ${at % 3}`, `value ${at}`)
  const before = recordsOf(log)
  const activeFrom = Number.parseInt(
    disk.list(directory).findLast((file) => file.endsWith('.log')) ?? '',
    10,
  )
  await log.compact(noPause)
  const after = recordsOf(log)
  const sound = bytesOf(before)
  for (const each of after) assert.equal(JSON.stringify(each), sound.get(each.offset))
  assert.deepEqual(tableOf(after), tableOf(before))
  const compacted = after.filter(({ offset }) => offset < activeFrom).map(({ offset }) => offset)
  assert.deepEqual(compacted, [activeFrom - 3, activeFrom - 2, activeFrom - 1])
  assert.equal(log.startOffset, 0)
  assert.equal(log.endOffset, 60)
  assert.match(lines[0] ?? '', /compacted up to \d+, \d+ bytes less/)
  assert.equal(log.compact(noPause), undefined, 'nothing new is there')
  for (let offset = 0; offset <= 60; offset++) {
    const { batches } = log.read(offset, 100)
    if (offset < 60) assert.ok(readBatchHeader(batches).lastOffset >= offset)
  }
  const segments = () => disk.list(directory).filter((file) => file.endsWith('.log')).length
  const manySmall = segments()
  for (let at = 0; at < 60; at++) put(log, `key ${at % 3}`, `value ${at}`)
  await log.compact(noPause)
  assert.ok(segments() < manySmall + 3, 'several small ones become one')
  await log.close()
  for (const name of disk.list(directory).filter((file) => file.endsWith('.log'))) {
    const file = disk.open(path.join(directory, name))
    if (file.size() > 0) file.write(file.size() - 1, Buffer.from([0xff]))
  }
  assert.deepEqual((await open(disk)).lines, [], 'a start trusts what was compacted')
})

for (const compression of ['none', 'gzip', 'lz4'] as const) {
  test(`records are taken out of batches with many, compression ${compression}`, async () => {
    const { log } = await open(new SimulatedDisk(), { segmentBytes: 3000 })
    for (let at = 0; at < 40; at++) {
      const records = Array.from({ length: 5 }, (_, i) =>
        record(`key ${at * 2 + i}`, `value ${at} ${i}`, 100_000 + at * 10 - i),
      )
      log.append(encodeBatch(records, { compression }))
    }
    const before = recordsOf(log)
    await log.compact(noPause)
    const after = recordsOf(log)
    assert.ok(after.length < before.length / 1.5)
    assert.deepEqual(tableOf(after), tableOf(before))
    const sound = bytesOf(before)
    for (const each of after) assert.equal(JSON.stringify(each), sound.get(each.offset))
    assert.equal(readBatchHeader(log.read(0, 1).batches).compression, compression)
    assert.equal(log.batchAtTime(100_000) && true, true)
  })
}

test('a tombstone stays for delete.retention.ms after the compaction that met it', async () => {
  const { log, clock } = await open(new SimulatedDisk(), { tombstoneMs: 1000, dirtyRatioMin: 0 })
  const fill = () => {
    for (let at = 0; at < 10; at++) put(log, `other ${at}`, 'x'.repeat(40))
  }
  put(log, 'key', 'value', 77)
  put(log, 'key', null, 78)
  fill()
  const tombstones = () => recordsOf(log).filter(({ value }) => value === null)
  await log.compact(noPause)
  assert.deepEqual(
    tombstones().map(({ offset, timestamp }) => [offset, timestamp]),
    [[1, 78]],
  )
  const marked = readBatchHeader(log.read(1, 1).batches)
  assert.equal(marked.deleteHorizon, clock.now() + 1000)
  assert.equal(marked.maxTimestamp, 78)
  clock.advance(999)
  fill()
  await log.compact(noPause)
  assert.equal(tombstones().length, 1)
  clock.advance(1)
  fill()
  await log.compact(noPause)
  assert.deepEqual(tombstones(), [])
  assert.equal(tableOf(recordsOf(log)).has('key'), false)
})

test('what is too young, not stable, or too little is not compacted', async () => {
  const config = { compactionLagMsMin: 1000 }
  const { log, clock } = await open(new SimulatedDisk(), config)
  for (let at = 0; at < 20; at++) put(log, 'key', `${at}`, clock.now())
  assert.equal(log.compact(noPause), undefined)
  clock.advance(1000)
  await log.compact(noPause)
  const left = recordsOf(log).length
  assert.ok(left < 20)
  for (let at = 0; at < 3; at++) put(log, `other ${at}`, 'x'.repeat(300), clock.now())
  clock.advance(2000)
  log.config = { ...log.config, dirtyRatioMin: 0.99 }
  assert.equal(log.compact(noPause), undefined, 'too little of it is new')
  log.config = { ...log.config, compactionLagMsMax: 1000 }
  assert.notEqual(log.compact(noPause), undefined, 'it has waited for long enough')

  const { log: open1 } = await open(new SimulatedDisk())
  const transaction = { producerId: 1, producerEpoch: 0, baseSequence: 0, transactional: true }
  open1.append(encodeBatch([record('key', 'open')], transaction))
  for (let at = 0; at < 20; at++) put(open1, 'key', `${at}`)
  assert.equal(open1.compact(noPause), undefined)
})

test('a producer is recognised after its records were compacted away, also by a start that reads all', async () => {
  for (const life of ['same', 'stopped', 'killed', 'without indexes']) {
    const disk = new SimulatedDisk()
    let { log } = await open(disk)
    const send = (baseSequence: number) => {
      const producer = { producerId: 7, producerEpoch: 3, baseSequence }
      return log.append(encodeBatch([record('a', '1'), record('b', '2')], producer))
    }
    for (let batch = 0; batch < 8; batch++) send(batch * 2)
    log.appendOwn(encodeEndMarker('abort', { producerId: 9, producerEpoch: 5 }))
    for (let at = 0; at < 30; at++) put(log, at % 2 === 0 ? 'a' : 'b', `${at}`)
    await log.compact(noPause)
    const producer7 = [...batchesIn(log.read(0, 300).batches)].find(
      ({ header }) => header.producerId === 7,
    )
    assert.equal(producer7?.header.recordCount, 0, 'the last batch stays, without its records')
    if (life === 'stopped') await log.close()
    if (life !== 'same') {
      if (life === 'without indexes') removeIndexes(disk)
      log = (await open(disk)).log
    }
    const { baseOffset, duplicate } = send(14)
    assert.deepEqual({ baseOffset, duplicate }, { baseOffset: 14, duplicate: true }, life)
    assert.throws(() => send(18), /OUT_OF_ORDER_SEQUENCE_NUMBER/)
    assert.equal(send(16).duplicate, false)
    const older = { producerId: 9, producerEpoch: 4, baseSequence: 0 }
    assert.throws(() => log.append(encodeBatch([record('a', '')], older)), /INVALID_PRODUCER_EPOCH/)
  }
})

test('aborted records go, their transactions are forgotten, and then their markers go', async () => {
  const disk = new SimulatedDisk()
  const config = { tombstoneMs: 1000, dirtyRatioMin: 0 }
  const { log, clock } = await open(disk, config)
  const identity = { producerId: 1, producerEpoch: 0 }
  let baseSequence = 0
  const write = (key: string, value: string) =>
    log.append(
      encodeBatch([record(key, value)], {
        ...identity,
        transactional: true,
        baseSequence: baseSequence++,
      }),
    )
  const end = (how: 'commit' | 'abort') => log.appendOwn(encodeEndMarker(how, identity))
  const fill = () => {
    for (let at = 0; at < 12; at++) put(log, `other ${at}`, 'x'.repeat(40))
  }
  put(log, 'a', 'kept')
  write('a', 'aborted')
  end('abort')
  write('b', 'committed')
  end('commit')
  fill()
  const markers = () => {
    let found = 0
    let offset = 0
    while (offset < log.endOffset) {
      for (const { header } of batchesIn(log.read(offset, 300).batches)) {
        if (header.isControl) found++
        offset = header.nextOffset
      }
    }
    return found
  }
  const check = (abortedLeft: number, markersLeft: number, what: string) => {
    const table = tableOf(recordsOf(log))
    assert.equal(table.get('a'), 'kept', what)
    assert.equal(table.get('b'), 'committed', what)
    assert.equal(log.producers.abortedBetween(0, 1000).length, abortedLeft, what)
    assert.equal(markers(), markersLeft, what)
  }
  check(1, 2, 'before')
  await log.compact(noPause)
  check(1, 2, 'records gone')
  assert.ok(recordsOf(log, 'read_uncommitted').every(({ value }) => String(value) !== 'aborted'))
  fill()
  await log.compact(noPause)
  check(0, 2, 'transaction forgotten')
  const { log: killed } = await open(disk, config)
  assert.equal(killed.producers.abortedBetween(0, 1000).length, 0, 'nor told of by a snapshot')
  clock.advance(1001)
  fill()
  await log.compact(noPause)
  check(0, 1, 'marker gone')
  // A start must not be told of it again, for there is no marker that would end it.
  write('c', 'later')
  end('commit')
  const { log: again } = await open(disk, config)
  assert.equal(again.producers.abortedBetween(0, 1000).length, 0)
  assert.equal(tableOf(recordsOf(again)).get('c'), 'later')
})

test('a map of offsets takes what it has room for', () => {
  const map = new OffsetMap(24 * 4096)
  let taken = 0
  while (map.set(Buffer.from(`key ${taken}`), taken)) taken++
  assert.ok(taken > 3000 && taken < 4096, `${taken} keys in 4096 slots`)
  for (let at = 0; at < taken; at++) assert.equal(map.get(Buffer.from(`key ${at}`)), at)
  assert.equal(map.get(Buffer.from('another')), -1)
  assert.equal(map.set(Buffer.from('key 5'), 99_999), true, 'one that is there has room')
  assert.equal(map.get(Buffer.from('key 5')), 99_999)
})

test('a compressed batch that nobody can read stays as it is', async () => {
  const { log } = await open(new SimulatedDisk())
  put(log, 'key', 'first')
  log.config = { ...log.config, compacts: false }
  const strange = encodeBatch([record('key', 'value')], { compression: 'gzip' })
  strange.fill(0xff, 61)
  setTimestamps(strange, 'create', 2)
  log.append(strange)
  log.config = compacting
  for (let at = 0; at < 20; at++) put(log, 'key', `${at}`)
  await log.compact(noPause)
  const [kept] = [...batchesIn(log.read(1, 300).batches)]
  assert.deepEqual(kept?.bytes.subarray(16), strange.subarray(16))
})

test('a damaged log is not compacted, and a line says where', async () => {
  const disk = new SimulatedDisk()
  const { log, lines } = await open(disk)
  for (let at = 0; at < 40; at++) put(log, 'key', `value ${at}`)
  await log.flush()
  await indexesWritten()
  const file = disk.open(`${directory}/00000000000000000000.log`)
  file.write(80, Buffer.from([0xff]))
  const before = disk.list(directory)
  await log.compact(noPause)
  assert.match(lines[0] ?? '', /could not be compacted: .*damaged/)
  assert.deepEqual(
    disk.list(directory).filter((name) => name !== 'checkpoint'),
    before.filter((name) => name !== 'checkpoint'),
  )
})

test('a full disk leaves the table as it was', async () => {
  const disk = new SimulatedDisk()
  const { log, lines } = await open(disk)
  for (let at = 0; at < 40; at++) put(log, `key ${at % 5}`, `value ${at}`)
  await log.flush()
  await indexesWritten()
  const before = recordsOf(log)
  for (const roomBytes of [0, 100, 300, 500]) {
    disk.capacityBytes = disk.usedBytes + roomBytes
    await log.compact(noPause)
    assert.deepEqual(tableOf(recordsOf(log)), tableOf(before))
    assert.ok(!disk.list(directory).some((name) => /cleaned|swap/.test(name)))
  }
  assert.match(lines[0] ?? '', /could not be compacted/)
  disk.capacityBytes = Number.POSITIVE_INFINITY
  await log.compact(noPause)
  assert.ok(recordsOf(log).length < before.length)
})

test('readers and writers go on while it compacts, and a stop ends it', async () => {
  const disk = new SimulatedDisk()
  const { log } = await open(disk)
  for (let at = 0; at < 60; at++) put(log, `key ${at % 3}`, `value ${at}`)
  let pauses = 0
  await log.compact(async () => {
    pauses++
    put(log, `key ${pauses % 3}`, `meanwhile ${pauses}`)
    assert.equal(tableOf(recordsOf(log)).get(`key ${pauses % 3}`), `meanwhile ${pauses}`)
    if (pauses === 5) log.roll()
  })
  assert.ok(pauses > 5)
  assert.equal(log.endOffset, 60 + pauses)
  for (let at = 0; at < 60; at++) put(log, `key ${at % 3}`, `again ${at}`)
  const compacting = log.compact(async () => {})
  await log.close()
  await compacting
  const { log: again, lines } = await open(disk)
  assert.equal(tableOf(recordsOf(again)).get('key 2'), 'again 59')
  assert.deepEqual(lines, [])
})

test('the manager compacts in the background', async () => {
  const { log, clock } = await open(new SimulatedDisk())
  for (let at = 0; at < 60; at++) put(log, `key ${at % 3}`, `value ${at}`)
  const manager = new LogManager({ clock, logs: () => [log], log: assert.fail })
  manager.start()
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  clock.advance(cleanerBackoffMs)
  for (let turn = 0; turn < 200; turn++) {
    await settled()
    clock.advance(0)
  }
  assert.ok(recordsOf(log).length < 20)
  for (let at = 0; at < 60; at++) put(log, `key ${at % 3}`, `value ${at}`)
  clock.advance(cleanerBackoffMs)
  await settled()
  await manager.close()
})
