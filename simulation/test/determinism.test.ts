import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planOf } from '../src/plan.js'
import { simulate } from '../src/simulate.js'

const historyOf = async (seed: number) => {
  const lines: string[] = []
  const { hash } = await simulate(planOf(seed), { print: (line) => lines.push(line) })
  return { hash, lines }
}

test('a seed that runs again is the same to the last byte on the network', async () => {
  const hashes = new Set<string>()
  for (let seed = 1; seed <= 20; seed++) {
    const first = await historyOf(seed)
    const second = await historyOf(seed)
    assert.ok(first.lines.length > 100, `seed ${seed} has only ${first.lines.length} lines`)
    const at = first.lines.findIndex((line, index) => line !== second.lines[index])
    assert.equal(second.lines[at], first.lines[at], `seed ${seed}, line ${at}`)
    assert.equal(second.hash, first.hash)
    hashes.add(first.hash)
  }
  assert.equal(hashes.size, 20, 'and seeds differ')
})
