import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Accepted, problemsOf } from './check.js'
import { play } from './play.js'
import { storyOf } from './story.js'
import type { Found } from './topics.js'

// More seeds: npm run crash:gateway
describe('a gateway and a broker that are killed while events come', () => {
  for (const seed of [1, 2, 5]) {
    const story = storyOf(seed)
    test(`what was acknowledged is in the log, once (seed ${seed}, ${story.theme})`, async () => {
      const { sent, problems } = await play(story)
      assert.deepEqual(problems.slice(0, 10), [])
      assert.ok(sent.accepted.filter(({ offset }) => offset !== undefined).length > 100)
      assert.ok(sent.accepted.filter(({ offset }) => offset === undefined).length > 100)
    })
  }

  test('a loss that is planted is found', async () => {
    const { problems } = await play(storyOf(1, 'loss'))
    assert.match(problems.join('\n'), /is lost/)
  })

  test('events that are handed over twice are found', async () => {
    const { problems } = await play(storyOf(1, 'double'))
    assert.match(problems.join('\n'), /is there twice/)
  })
})

describe('the check of what is in the log', () => {
  const place = { topic: 't', partition: 0 }
  const accepted: Accepted[] = [
    { ...place, id: 1, sender: 0, offset: 0 },
    { ...place, id: 2, sender: 0, offset: undefined },
    { ...place, id: 3, sender: 0, offset: 2 },
    { ...place, id: 4, sender: 0, offset: undefined },
  ]
  const found: Found[] = [1, 2, 3, 4].map((id, offset) => ({ ...place, id, offset }))
  const told = (other: Found[]) => problemsOf(accepted, other).join('\n')

  test('finds nothing where nothing is wrong', () => {
    assert.deepEqual(problemsOf(accepted, found), [])
    // What nobody was told of may be there.
    assert.deepEqual(problemsOf(accepted, [...found, { ...place, id: 9, offset: 4 }]), [])
  })

  test('finds a loss, a double, another place and another order', () => {
    assert.match(told(found.slice(0, 3)), /^event 4 of t was acknowledged, and is lost$/)
    assert.match(told([...found, { ...place, id: 2, offset: 4 }]), /^event 2 is there twice$/)
    const swapped = found.map((each) =>
      each.id === 2 ? { ...each, offset: 3 } : each.id === 4 ? { ...each, offset: 1 } : each,
    )
    assert.match(told(swapped), /^event 4 is out of order$/)
    const elsewhere = found.map((each) => (each.id === 3 ? { ...each, offset: 7 } : each))
    assert.match(told(elsewhere), /^event 3 was told to be at offset 2 in t, .* it is at offset 7/)
    const moved = found.map((each) => (each.id === 2 ? { ...each, partition: 1 } : each))
    assert.match(told(moved), /^event 2 was told to be in t, partition 0; .* partition 1$/)
  })
})
