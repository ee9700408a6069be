import assert from 'node:assert/strict'
import test from 'node:test'
import { seededRandom } from '@millrace/host'
import { FetchMemory } from '../src/client/fetch-memory.js'
import { fetchMemoryBytesKept, fetchMemoryBytesMin } from '../src/limits.js'

const seed = Number(process.env.MILLRACE_SEED ?? 1)

test('law: what is held and not released keeps its bytes, whatever is taken meanwhile', () => {
  const random = seededRandom(seed)
  const memory = new FetchMemory()
  const held: { batch: Buffer; mark: number }[] = []
  for (let round = 0; round < 500; round++) {
    const answer = memory.take(1 + random.below(random.below(2) === 0 ? 1000 : 3_000_000))
    const mark = round & 0xff
    answer.fill(mark)
    // An answer is cut into batches, some of which nobody gets to see.
    const length = Math.ceil(answer.length / (1 + random.below(4)))
    const batches = [answer.subarray(0, length), answer.subarray(length, length * 2)]
    memory.hold(batches)
    held.push(...batches.map((batch) => ({ batch, mark })))
    while (held.length > 12) {
      const [one] = held.splice(random.below(held.length), 1)
      assert.ok(one?.batch.every((byte) => byte === one.mark))
      memory.release(one === undefined ? [] : [one.batch])
    }
  }
})

test('memory is used again when all batches in it were released, for answers of about its size', () => {
  const memory = new FetchMemory()
  const answer = memory.take(3 * fetchMemoryBytesMin)
  const batches = [answer.subarray(0, 100), answer.subarray(100)]
  memory.hold(batches)
  memory.release(batches.slice(1))
  assert.notEqual(memory.take(3 * fetchMemoryBytesMin).buffer, answer.buffer)
  memory.release(batches.slice(0, 1))
  assert.notEqual(memory.take(fetchMemoryBytesMin).buffer, answer.buffer)
  assert.equal(memory.take(5 * fetchMemoryBytesMin).buffer, answer.buffer)
})

test('no more memory is kept than the limit says', () => {
  const memory = new FetchMemory()
  const answers = Array.from({ length: 5 }, () => memory.take(fetchMemoryBytesKept / 4))
  for (const answer of answers) memory.hold([answer])
  for (const answer of answers) memory.release([answer])
  const known = new Set(answers.map(({ buffer }) => buffer))
  const again = answers.map(() => memory.take(fetchMemoryBytesKept / 4))
  assert.equal(again.filter(({ buffer }) => known.has(buffer)).length, 4)
})
