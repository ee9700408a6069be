import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type Disk,
  DiskError,
  type Host,
  realHost,
  SimulatedClock,
  SimulatedDisk,
  SimulatedHost,
  SimulatedNetwork,
  seededRandom,
} from '@millrace/host'
import { decodeRecords } from '@millrace/log'
import type { SpoolRecord } from '../src/spool/group.js'
import { Spool, type SpooledFrame, SpoolFullError } from '../src/spool/spool.js'

const folder = '/spool'
const place = { producerId: 1, epoch: 0, sequence: 0 }

function record(text: string, partition = 0): SpoolRecord {
  const value = Buffer.from(text)
  return { cluster: 'main', topic: 't', partition, record: { key: null, value, timestamp: 1 } }
}

/** A spool on a simulated disk, with the frames that it handed over. */
async function opened(disk: Disk, limits: Partial<Record<string, number>> = {}) {
  const frames: SpooledFrame[] = []
  const lines: string[] = []
  const host: Host = { ...realHost, disk }
  const spool = await Spool.open({
    host,
    folder,
    limits: { bytesMax: 1e9, framesMax: 1e6, segmentBytes: 1_000, ...limits },
    onFrames: (more) => frames.push(...more),
    log: (line) => lines.push(line),
  })
  return { spool, frames, lines }
}

const textsOf = (spool: Spool, frames: readonly SpooledFrame[]) =>
  frames.flatMap((frame) =>
    decodeRecords(spool.read(frame))
      .slice(frame.recordsDone)
      .map(({ value }) => String(value)),
  )

/** The frame is done; those of its lane before it are. */
const done = (spool: Spool, frame: SpooledFrame) =>
  spool.step(frame.lane, { place, done: frame.number }, [frame])

const fileOf = (disk: Disk, { segment }: SpooledFrame) =>
  disk.open(`${folder}/${String(segment.index).padStart(15, '0')}.spool`)

/** Of the segments. */
const sizes = (disk: Disk) =>
  disk
    .list(folder)
    .flatMap((name) => (name.endsWith('.spool') ? disk.open(`${folder}/${name}`).size() : []))

describe('the spool', () => {
  test('what arrives together is one batch a lane, in its order', async () => {
    const { spool, frames } = await opened(new SimulatedDisk())
    await Promise.all([
      spool.append([record('a'), record('x', 1)]),
      spool.append([record('b')]),
      spool.append([record('c'), record('y', 1)]),
    ])
    assert.deepEqual(
      frames.map(({ partition, records }) => [partition, records]),
      [
        [0, 3],
        [1, 2],
      ],
    )
    assert.deepEqual(textsOf(spool, frames), ['a', 'b', 'c', 'x', 'y'])
  })

  test('a power cut at any time loses nothing that was acknowledged, and forgets no end that was synced', async () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = seededRandom(seed)
      const clock = new SimulatedClock()
      const network = new SimulatedNetwork(clock, random)
      const machine = new SimulatedHost({ name: 'gateway', clock, network, random })
      const acknowledged = new Set<string>()
      const known = new Set<string>()
      let next = 0
      for (let life = 0; life < 4; life++) {
        const { spool, frames } = await opened(machine.start().disk)
        const found = textsOf(spool, frames)
        assert.equal(new Set(found).size, found.length, `seed ${seed}: one came twice`)
        for (const text of acknowledged) {
          assert.ok(known.has(text) || found.includes(text), `seed ${seed}: ${text} is lost`)
        }
        for (const text of found) {
          assert.ok(!known.has(text), `seed ${seed}: ${text} was done, and is not`)
        }
        const steps = random.below(30)
        for (let i = 0; i < steps; i++) {
          if (random.below(3) > 0) {
            const texts = Array.from({ length: 1 + random.below(3) }, () => `${next++}`)
            const appending = spool.append(texts.map((text) => record(text, random.below(2))))
            // Nobody is there any more to be told.
            appending.catch(() => {})
            if (random.below(4) > 0) {
              await appending
              for (const text of texts) acknowledged.add(text)
            }
          } else if (frames.length > 0) {
            const { lane } = frames[random.below(frames.length)] as SpooledFrame
            const first = frames.findIndex((each) => each.lane === lane)
            const [frame] = frames.splice(first, 1) as [SpooledFrame]
            const texts = textsOf(spool, [frame])
            done(spool, frame)
            if (random.below(2) > 0) {
              await spool.synced()
              for (const text of texts) known.add(text)
            } else {
              // Done, and perhaps forgotten: it may come again.
              for (const text of texts) acknowledged.delete(text)
            }
          }
        }
        machine.cutPower()
      }
    }
  })

  test('a frame that was not written whole is cut off; one in the middle that is damaged is told', async () => {
    const disk = new SimulatedDisk()
    const first = await opened(disk)
    for (const text of ['a', 'b', 'c']) await first.spool.append([record(text)])
    await first.spool.close()
    const [a, , c] = first.frames as [SpooledFrame, SpooledFrame, SpooledFrame]
    fileOf(disk, c).truncate(c.batchAt + c.batchBytes - 1)
    const torn = await opened(disk)
    assert.deepEqual(textsOf(torn.spool, torn.frames), ['a', 'b'])
    assert.match(torn.lines[0] ?? '', /bytes of the spool, after frame 1, are cut off or damaged/)
    await torn.spool.append([record('d')])
    await torn.spool.close()
    const byte = Buffer.alloc(1)
    fileOf(disk, a).read(60, byte)
    fileOf(disk, a).write(60, Buffer.from([(byte[0] ?? 0) ^ 1]))
    const damaged = await opened(disk)
    assert.deepEqual(textsOf(damaged.spool, damaged.frames), ['b', 'd'])
    assert.match(damaged.lines[0] ?? '', /damaged/)
  })

  test('segments that are done go, and what is done does not come again', async () => {
    const disk = new SimulatedDisk()
    const { spool, frames } = await opened(disk)
    for (let i = 0; i < 50; i++) {
      await spool.append([record(`${i} ${'x'.repeat(100)}`, i === 25 ? 1 : 0)])
    }
    const segments = () => disk.list(folder).filter((each) => each.endsWith('.spool')).length
    assert.ok(segments() > 5)
    const [kept] = frames.splice(25, 1) as [SpooledFrame]
    for (const frame of frames) done(spool, frame)
    await spool.close()
    assert.equal(segments(), 2, 'the one with a frame that waits, and the last')
    const again = await opened(disk)
    assert.deepEqual(
      again.frames.map(({ number }) => number),
      [kept.number],
    )
    assert.deepEqual(again.spool.progress(frames[0]?.lane ?? ''), { place, done: 49 })
  })

  test("a segment is made ready while the last one fills, and its room is nobody's damage", async () => {
    const disk = new SimulatedDisk()
    const { spool } = await opened(disk, { segmentBytes: 10_000 })
    await spool.append([record('a')])
    while (sizes(disk).length < 2 || sizes(disk)[1] !== 10_000) await new Promise(setImmediate)
    await spool.append([record('b')])
    assert.equal(sizes(disk).length, 2, 'there is time until the next')
    await spool.append([record('c'.repeat(3_000))])
    await spool.append([record('d')])
    assert.equal(sizes(disk).length, 3)
    disk.releaseLocks()
    const again = await opened(disk, { segmentBytes: 10_000 })
    assert.deepEqual(textsOf(again.spool, again.frames), ['a', 'b', 'c'.repeat(3_000), 'd'])
    assert.deepEqual(again.lines, [])
    assert.equal(sizes(disk).length, 2, 'what was ready and empty is gone')
    await again.spool.close()
  })

  test('segments that are done are used again, and what they held does not come back', async () => {
    const disk = new SimulatedDisk()
    const limits = { segmentBytes: 2_000 }
    const { spool, frames } = await opened(disk, limits)
    for (let i = 0; i < 200; i++) {
      await spool.append([record(`${i}`)])
      for (const frame of frames.splice(0, frames.length - 3)) done(spool, frame)
      await spool.synced()
    }
    assert.ok(sizes(disk).length <= 3, 'three files have held 200 frames')
    assert.deepEqual([...new Set(sizes(disk))], [2_000])
    const kept = textsOf(spool, frames)
    assert.deepEqual(kept, ['197', '198', '199'])
    disk.releaseLocks()
    const again = await opened(disk, limits)
    assert.deepEqual(textsOf(again.spool, again.frames), kept)
    assert.deepEqual(again.lines, [])
    await again.spool.close()
  })

  test('damage is told apart from the end, also where older frames stand behind it', async () => {
    const disk = new SimulatedDisk()
    const { spool, frames } = await opened(disk, { segmentBytes: 2_000 })
    for (let i = 0; i < 100; i++) {
      await spool.append([record(`${i}`)])
      for (const frame of frames.splice(0, frames.length - 3)) done(spool, frame)
    }
    await spool.synced()
    const [first, second] = frames as [SpooledFrame, SpooledFrame]
    assert.equal(first.segment, second.segment)
    // Where the second frame begins a block of zeros looks like an end.
    const headBytes = 24 + 'main\nt'.length
    fileOf(disk, second).write(second.batchAt - headBytes, Buffer.alloc(16))
    disk.releaseLocks()
    const again = await opened(disk, { segmentBytes: 2_000 })
    assert.deepEqual(textsOf(again.spool, again.frames), ['97'])
    assert.match(again.lines.join(), /bytes of the spool, after frame 97, are cut off or damaged/)
  })

  test('records of a frame that are done one by one are not given again', async () => {
    const disk = new SimulatedDisk()
    const { spool, frames } = await opened(disk)
    await spool.append([record('a'), record('b'), record('c')])
    const [frame] = frames as [SpooledFrame]
    spool.step(frame.lane, { part: [frame.number, 2] })
    await spool.close()
    const again = await opened(disk)
    assert.deepEqual(textsOf(again.spool, again.frames), ['c'])
    await again.spool.close()
  })

  test('its limits, a full disk and a sync that fails are told, and nothing of it is there', async () => {
    const disk = new SimulatedDisk()
    const { spool, frames } = await opened(disk, { bytesMax: 400, framesMax: 3 })
    await spool.append([record('a'.repeat(100))])
    await assert.rejects(spool.append([record('b'.repeat(300))]), SpoolFullError)
    disk.faults = { refusal: () => 'ENOSPC' }
    await assert.rejects(spool.append([record('c')]), DiskError)
    disk.faults = { sync: (file) => (file.endsWith('.spool') ? 'failed' : 'done') }
    await assert.rejects(spool.append([record('d')]), DiskError)
    disk.faults = {}
    await spool.append([record('e')])
    await spool.append([record('f')])
    await assert.rejects(spool.append([record('g')]), SpoolFullError, 'too many frames')
    const [first] = frames as [SpooledFrame]
    done(spool, first)
    await spool.close()
    const again = await opened(disk)
    assert.deepEqual(textsOf(again.spool, again.frames), ['e', 'f'])
    await assert.rejects(
      opened(disk),
      (cause) => cause instanceof DiskError && cause.code === 'EBUSY',
    )
    await again.spool.close()
  })
})
