import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DiskError, type Host, realHost, SimulatedDisk, seededRandom } from '@millrace/host'
import { decodeRecords } from '@millrace/log'
import { Spool, type SpooledFrame, SpoolFullError, type SpoolRecord } from '../src/spool/spool.js'

const folder = '/spool'
const place = { producerId: 1, epoch: 0, sequence: 0 }

function record(text: string, partition = 0): SpoolRecord {
  const value = Buffer.from(text)
  return { cluster: 'main', topic: 't', partition, record: { key: null, value, timestamp: 1 } }
}

/** A spool on a simulated disk, with the frames that it handed over. */
function opened(disk: SimulatedDisk, limits: Partial<Record<string, number>> = {}) {
  const frames: SpooledFrame[] = []
  const lines: string[] = []
  const host: Host = { ...realHost, disk }
  const spool = Spool.open({
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

const done = (spool: Spool, frame: SpooledFrame) =>
  spool.step({ lane: frame.lane, place, done: frame.number }, frame)

describe('the spool', () => {
  test('what arrives together is one batch a lane, in its order', async () => {
    const { spool, frames } = opened(new SimulatedDisk())
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
      const disk = new SimulatedDisk({ random })
      const acknowledged = new Set<string>()
      const known = new Set<string>()
      let next = 0
      for (let life = 0; life < 4; life++) {
        const { spool, frames } = opened(disk)
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
            if (random.below(4) > 0) {
              await appending
              for (const text of texts) acknowledged.add(text)
            }
          } else if (frames.length > 0) {
            const [frame] = frames.splice(random.below(frames.length), 1) as [SpooledFrame]
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
        disk.releaseLocks()
        disk.crash(random)
      }
    }
  })

  test('a frame that was not written whole is cut off; one in the middle that is damaged is told', async () => {
    const disk = new SimulatedDisk()
    const first = opened(disk)
    for (const text of ['a', 'b', 'c']) await first.spool.append([record(text)])
    await first.spool.close()
    const [name = ''] = disk.list(folder).filter((each) => each.endsWith('.spool'))
    const file = disk.open(`${folder}/${name}`)
    file.truncate(file.size() - 1)
    const torn = opened(disk)
    assert.deepEqual(textsOf(torn.spool, torn.frames), ['a', 'b'])
    assert.match(torn.lines[0] ?? '', /bytes of the spool, after frame 1, are cut off or damaged/)
    await torn.spool.append([record('d')])
    await torn.spool.close()
    const byte = Buffer.alloc(1)
    file.read(60, byte)
    file.write(60, Buffer.from([(byte[0] ?? 0) ^ 1]))
    const damaged = opened(disk)
    assert.deepEqual(damaged.frames, [])
    assert.match(damaged.lines[0] ?? '', /damaged/)
  })

  test('segments that are done go, and what is done does not come again', async () => {
    const disk = new SimulatedDisk()
    const { spool, frames } = opened(disk)
    for (let i = 0; i < 50; i++) await spool.append([record(`${i} ${'x'.repeat(100)}`)])
    const segments = () => disk.list(folder).filter((each) => each.endsWith('.spool')).length
    assert.ok(segments() > 5)
    const kept = frames.splice(25, 1)
    for (const frame of frames) done(spool, frame)
    await spool.close()
    assert.equal(segments(), 2, 'the one with a frame that waits, and the last')
    const again = opened(disk)
    assert.deepEqual(
      again.frames.map(({ number }) => number),
      kept.map(({ number }) => number),
    )
    assert.deepEqual(again.spool.places.get(kept[0]?.lane ?? ''), place)
  })

  test('records of a frame that are done one by one are not given again', async () => {
    const disk = new SimulatedDisk()
    const { spool, frames } = opened(disk)
    await spool.append([record('a'), record('b'), record('c')])
    const [frame] = frames as [SpooledFrame]
    spool.step({ lane: frame.lane, part: [frame.number, 2] })
    await spool.close()
    const again = opened(disk)
    assert.deepEqual(textsOf(again.spool, again.frames), ['c'])
    await again.spool.close()
  })

  test('its limits, a full disk and a sync that fails are told, and nothing of it is there', async () => {
    const disk = new SimulatedDisk()
    const { spool, frames } = opened(disk, { bytesMax: 400, framesMax: 3 })
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
    const again = opened(disk)
    assert.deepEqual(textsOf(again.spool, again.frames), ['e', 'f'])
    assert.throws(
      () => opened(disk),
      (cause) => cause instanceof DiskError && cause.code === 'EBUSY',
    )
    await again.spool.close()
  })
})
