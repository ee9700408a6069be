import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DiskError, SimulatedDisk } from '@millrace/host'
import { pieceBytesMax, piecesUnderWayMax } from '../../src/state/limits.js'
import { Pieces } from '../../src/state/pieces.js'

describe('pieces', () => {
  it('hold no more of them in memory than they may, however much comes at once', async () => {
    const disk = new SimulatedDisk()
    disk.makeDirectory('/p')
    const pieces = new Pieces(disk, '/p')
    const memory = new Set<ArrayBufferLike>()
    const extents = Array.from({ length: 12 }, (_, number) =>
      pieces.add(pieceBytesMax, (target) => {
        memory.add(target.buffer)
        target.fill(number)
      }),
    )
    assert.ok(memory.size <= piecesUnderWayMax + 2, `${memory.size} buffers`)
    // Those that are synced, those that are not, and the open one.
    extents.forEach((extent, number) => {
      assert.ok(pieces.read(extent).equals(Buffer.alloc(pieceBytesMax, number)))
    })
    await pieces.sync()
    extents.forEach((extent, number) => {
      assert.equal(pieces.read(extent)[0], number)
    })
  })

  it('of which one could not be written say why, and not that it is damaged', async () => {
    const disk = new SimulatedDisk()
    disk.makeDirectory('/p')
    const full = new DiskError('ENOSPC', '/p/piece-0', 'no space is left on the device')
    const inner = disk.open.bind(disk)
    disk.open = (path, options) => {
      const file = inner(path, options)
      const refuse = () => {
        throw full
      }
      return { ...file, write: refuse, writeInBackground: async () => refuse() }
    }
    const pieces = new Pieces(disk, '/p')
    const extent = pieces.add(pieceBytesMax, (target) => target.fill(1))
    pieces.add(1, (target) => target.fill(2))
    await pieces.close()
    assert.throws(() => pieces.read(extent), full)
    assert.throws(() => pieces.add(1, () => {}), full)
    await assert.rejects(pieces.sync(), full)
  })
})
