import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PartitionState } from '../../src/runtime/partition.js'
import { aligned, watermarkOf } from '../../src/runtime/watermark.js'

function partition(maxTimeMs: number | undefined): PartitionState {
  const position = { topic: 't', partition: 0, offset: 0, boundOffset: undefined }
  return { ...position, maxTimeMs, endOffset: 0, lastRecordMs: 0 }
}

const none = () => false

describe('watermark', () => {
  it('is that of the partition furthest behind, less the delay', () => {
    assert.equal(watermarkOf([partition(500), partition(300)], 100, none), 200)
  })

  it('waits for a partition that has had no record', () => {
    assert.equal(watermarkOf([partition(500), partition(undefined)], 0, none), -Infinity)
    assert.equal(watermarkOf([], 0, none), -Infinity)
  })

  it('goes on without idle partitions, and with the latest when all are idle', () => {
    const slow = partition(100)
    const all = [partition(500), slow, partition(undefined)]
    assert.equal(
      watermarkOf(all, 0, (each) => each === slow || each.maxTimeMs === undefined),
      500,
    )
    assert.equal(
      watermarkOf(all, 10, () => true),
      490,
    )
  })

  it('lets no partition run ahead of one that is behind', () => {
    const [early, late, fresh] = [partition(0), partition(101), partition(undefined)]
    assert.deepEqual(aligned([early, late], 100), [early])
    assert.deepEqual(aligned([early, partition(100)], 100).length, 2)
    assert.deepEqual(aligned([late], 100), [late])
    assert.deepEqual(aligned([late, fresh], 100), [late, fresh])
    assert.deepEqual(aligned([fresh], 100), [fresh])
    assert.deepEqual(aligned([], 100), [])
  })
})
