import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SimulatedDisk, seededRandom } from '@millrace/host'
import { laneOf } from '../../src/state/lane.js'
import { PagedMemory } from '../../src/state/paged-memory.js'
import { type Extent, Pieces, type WantedExtent } from '../../src/state/pieces.js'

/** Two arrays over the same places, in pages of eight. */
class Numbers {
  wide = new Float64Array(0)
  narrow = new Uint8Array(0)
  count = 0
  readonly memory = new PagedMemory(
    [
      laneOf(
        () => this.wide,
        (places) => this.reserve(places),
      ),
      laneOf(
        () => this.narrow,
        () => {},
      ),
    ],
    3,
  )

  private reserve(places: number): void {
    const [wide, narrow] = [new Float64Array(places), new Uint8Array(places)]
    wide.set(this.wide.subarray(0, this.count))
    narrow.set(this.narrow.subarray(0, this.count))
    this.wide = wide
    this.narrow = narrow
  }

  set(place: number, value: number): void {
    if (place >= this.wide.length) this.memory.reserve(Math.max(8, place + 1, place * 2))
    this.count = Math.max(this.count, place + 1)
    this.memory.touch(place)
    this.wide[place] = value
    this.narrow[place] = value % 251
  }

  values(): string {
    const { wide, narrow, count } = this
    return JSON.stringify([[...wide.subarray(0, count)], [...narrow.subarray(0, count)]])
  }
}

async function readBack(pieces: Pieces, image: { places: number; pages: readonly Extent[] }) {
  const numbers = new Numbers()
  numbers.memory.reserve(image.places)
  numbers.count = image.places
  const wanted: WantedExtent[] = []
  numbers.memory.restore(image, wanted)
  await pieces.readAll(wanted)
  return numbers
}

describe('a memory in pages', () => {
  for (let seed = 1; seed <= 40; seed++) {
    it(`is written as it was when its snapshot began, whatever changes meanwhile (seed ${seed})`, async () => {
      const random = seededRandom(seed)
      const disk = new SimulatedDisk()
      disk.makeDirectory('/p')
      const pieces = new Pieces(disk, '/p')
      let numbers = new Numbers()
      const change = () => {
        const place = random.below(4) === 0 ? numbers.count : random.below(numbers.count + 1)
        numbers.set(place, random.below(1000))
      }
      for (let round = 0; round < 12; round++) {
        for (let i = random.below(30); i > 0; i--) change()
        const frozen = numbers.memory.freeze(numbers.count, pieces)
        const wanted = numbers.values()
        do {
          for (let i = random.below(12); i > 0; i--) change()
        } while (frozen.write() > 0)
        await pieces.sync()
        const again = await readBack(pieces, frozen.image())
        assert.equal(again.values(), wanted)
        // Go on with what was read, as a start does; or with what is there.
        if (random.below(3) === 0) numbers = again
      }
    })
  }

  it('writes only the pages that were changed', async () => {
    const disk = new SimulatedDisk()
    disk.makeDirectory('/p')
    const pieces = new Pieces(disk, '/p')
    const numbers = new Numbers()
    const writtenPages = () => {
      const frozen = numbers.memory.freeze(numbers.count, pieces)
      let pages = 0
      while (frozen.write() > 0) pages++
      return pages
    }
    for (let place = 0; place < 80; place++) numbers.set(place, place)
    assert.equal(writtenPages(), 10)
    assert.equal(writtenPages(), 0)
    numbers.set(3, 1)
    numbers.set(4, 1)
    numbers.set(70, 1)
    assert.equal(writtenPages(), 2)
    numbers.set(80, 1)
    assert.equal(writtenPages(), 1)
  })
})

describe('pieces', () => {
  const fill = (text: string) => (target: Uint8Array) => {
    target.set(Buffer.from(text))
  }

  it('give back what was added, before it is on disk and after', async () => {
    const disk = new SimulatedDisk()
    disk.makeDirectory('/p')
    const pieces = new Pieces(disk, '/p')
    const [one, two] = [pieces.add(3, fill('one')), pieces.add(3, fill('two'))]
    assert.equal(String(pieces.read(two)), 'two')
    const synced = pieces.sync()
    assert.equal(String(pieces.read(one)), 'one')
    await synced
    assert.equal(String(pieces.read(one)), 'one')
    assert.deepEqual(disk.list('/p'), ['piece-0'])
    assert.equal(new Pieces(disk, '/p').add(1, fill('x'))[0], 1)
    pieces.keepOnly(new Set())
    assert.deepEqual(disk.list('/p'), [])
    const isGone = { code: 'SNAPSHOT_DAMAGED', message: /piece-0 is not there/ }
    assert.throws(() => pieces.read(one), isGone)
    await assert.rejects(pieces.readAll([{ extent: one, targets: [] }]), isGone)
  })

  it('refuse bytes that the disk has changed, or lost', async () => {
    const disk = new SimulatedDisk()
    disk.makeDirectory('/p')
    const pieces = new Pieces(disk, '/p')
    const extents = ['one', 'two', 'three'].map((text) => pieces.add(text.length, fill(text)))
    await pieces.sync()
    const file = disk.open('/p/piece-0')
    const wanted = () =>
      extents.map((extent) => ({ extent, targets: [Buffer.alloc(1), Buffer.alloc(extent[2] - 1)] }))
    await pieces.readAll(wanted())
    for (const damage of [() => file.write(4, Buffer.from('W')), () => file.truncate(5)]) {
      damage()
      const isDamaged = { code: 'SNAPSHOT_DAMAGED', message: /piece-0: the checksum at byte 3/ }
      assert.throws(() => pieces.read(extents[1] as Extent), isDamaged)
      await assert.rejects(pieces.readAll(wanted()), isDamaged)
    }
  })
})
