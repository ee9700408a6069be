import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planOf } from '../src/plan.js'
import { simulate } from '../src/simulate.js'
import { keptSeeds } from './kept-seeds.js'

/** Some ten to twenty seconds; `npm run simulate` runs as many as one likes. */
const seeds = 200

test(`seeds 1 to ${seeds} break no law, and exercise what they are to`, async () => {
  const counts = new Map<string, number>()
  for (let seed = 1; seed <= seeds; seed++) {
    const outcome = await simulate(planOf(seed))
    const again = `seed ${seed}: npm run simulate -- --seed ${seed} --trace`
    assert.deepEqual(outcome.failures, [], again)
    for (const [what, count] of outcome.counts) counts.set(what, (counts.get(what) ?? 0) + count)
  }
  const atLeast: Record<string, number> = {
    'broker starts': 600,
    'power cuts': 50,
    'connections cut': 600,
    'changes that the disk refused': 100,
    'syncs that failed': 50,
    'sends acknowledged': 2000,
    'transactions committed': 2000,
    'transactions that failed': 200,
    'producers that were fenced': 20,
    'records read': 20_000,
  }
  for (const [what, least] of Object.entries(atLeast)) {
    assert.ok((counts.get(what) ?? 0) >= least, `${what}: ${counts.get(what)}, not ${least}`)
  }
})

for (const [seed, found] of keptSeeds) {
  test(`seed ${seed}, which found: ${found}`, async () => {
    assert.deepEqual((await simulate(planOf(seed))).failures, [])
  })
}
