import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TimeIndex } from '../../src/state/time-index.js'

describe('places by time', () => {
  it('may be in as many buckets as there are times', () => {
    const index = new TimeIndex(1, (place) => place)
    const count = 300_000
    for (let place = 0; place < count; place++) index.add(place)
    assert.equal(index.latestMs, count - 1)
    assert.equal(index.takeUpTo(count - 3).length, count - 2)
    assert.deepEqual(index.upTo(count), [count - 2, count - 1])
  })
})
