import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assignRanges } from '../src/client/range-assignor.js'

test('ranges are those of Kafka: neighbours, the first members one more', () => {
  const both = (memberId: string) => ({ memberId, topics: ['a', 'b'] })
  const assigned = assignRanges(
    [both('m2'), both('m1'), { memberId: 'm3', topics: ['b', 'gone'] }],
    new Map([
      ['b', 2],
      ['a', 3],
    ]),
  )
  assert.deepEqual(Object.fromEntries(assigned), {
    m1: [
      { topic: 'a', partitions: [0, 1] },
      { topic: 'b', partitions: [0] },
    ],
    m2: [
      { topic: 'a', partitions: [2] },
      { topic: 'b', partitions: [1] },
    ],
    m3: [],
  })
})
