import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@millrace/host'
import { planResume, tailRecords } from '../src/demo/resume.js'

const postMax = 10
const partitions = 4

/** The log as a demo leaves it: positions by partition, the last of them the exception topic. */
class FakeLog {
  readonly partitions: number[][] = Array.from({ length: partitions + 1 }, () => [])

  /** Where the trip at a position is stored, the same in every run. */
  partitionOf(position: number): number {
    return position % 37 === 0 ? partitions : ((position * 7) % 11) % partitions
  }

  /** Stores a POST's trips in those partitions that `reached` lets through. */
  append(positions: readonly number[], reached: (partition: number) => boolean): void {
    for (const position of positions) {
      const partition = this.partitionOf(position)
      if (reached(partition)) this.partitions[partition]?.push(position)
    }
  }

  tails(): number[] {
    return this.partitions.flatMap((stored) => stored.slice(-tailRecords(postMax)))
  }
}

test('an empty log: begin with the first', () => {
  assert.deepEqual(planResume([], postMax), { missing: [], next: 0 })
})

test('a whole log: nothing is missing', () => {
  assert.deepEqual(planResume([4, 0, 3, 1, 2, 2], postMax), { missing: [], next: 5 })
})

test('what is missing of the last posts is sent before all others', () => {
  assert.deepEqual(planResume([0, 1, 2, 5, 8], postMax), { missing: [3, 4, 6, 7], next: 9 })
})

test('killed at any moments, each trip is stored once, in order, and none is left out', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed)
    const log = new FakeLog()
    const count = 50 + random.below(200)
    let done = false
    for (let run = 0; !done; run++) {
      assert.ok(run < 10_000, `seed ${seed}: the runs come to no end`)
      const plan = planResume(log.tails(), postMax)
      const posts: number[][] = plan.missing.length > 0 ? [plan.missing] : []
      // Posts are of any size up to the most: a paced run sends what is due.
      for (let at = plan.next; at < count; ) {
        const size = 1 + random.below(postMax)
        posts.push(range(at, Math.min(at + size, count)))
        at += size
      }
      done = true
      for (const post of posts) {
        const killed = random.below(4) === 0
        const reached = new Set(range(0, partitions + 1).filter(() => random.below(2) === 0))
        log.append(post, (partition) => !killed || reached.has(partition))
        if (killed) {
          done = false
          break
        }
      }
    }
    const stored = log.partitions.flat()
    assert.deepEqual(
      [...stored].sort((a, b) => a - b),
      range(0, count),
      `seed ${seed}`,
    )
    for (const partition of log.partitions) {
      assert.deepEqual(
        partition,
        [...partition].sort((a, b) => a - b),
        `seed ${seed}: order`,
      )
    }
  }
})

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
