import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planOf } from '../src/plan.js'
import { shrink } from '../src/shrink.js'

test('what is left of a plan is what the failure needs', async () => {
  const plan = Array.from({ length: 1000 }, (_, seed) => planOf(seed)).find(
    ({ faults, clients }) =>
      faults.filter(({ kind }) => kind === 'kill-broker').length > 2 &&
      clients.filter(({ kind }) => kind === 'writer').length === 2,
  )
  assert.ok(plan)
  let runs = 0
  // It fails when there is a kill, and a writer that sends five records.
  const smallest = await shrink(plan, async ({ faults, clients }) => {
    runs++
    const sendsFive = clients.some(
      (each) => each.kind === 'writer' && each.steps.some((step) => step.records === 5),
    )
    return sendsFive && faults.some(({ kind }) => kind === 'kill-broker')
  })
  assert.deepEqual(
    smallest.faults.map(({ kind }) => kind),
    ['kill-broker'],
  )
  assert.deepEqual(
    smallest.clients.map(({ kind, steps }) => [kind, steps.length]),
    [['writer', 1]],
  )
  assert.ok(runs < 400, `${runs} runs`)
  assert.equal(smallest.seed, plan.seed)
})
