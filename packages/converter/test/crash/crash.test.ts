import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { play } from './play.js'
import { storyOf } from './story.js'

// More seeds: npm run crash:converter
describe('a conversion and a broker that are killed while raw events come', () => {
  for (let seed = 1; seed <= 2; seed++) {
    test(`each raw record is one typed event or one exception (seed ${seed})`, async () => {
      const { sent, typed, refused, problems } = await play(storyOf(seed))
      assert.deepEqual(problems.slice(0, 10), [])
      assert.equal(typed + refused, sent)
      assert.ok(typed > 0 && refused > 0)
    })
  }
})
