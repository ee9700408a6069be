import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { play } from './play.js'
import { storyOf } from './story.js'

// More seeds: npm run crash:gateway
describe('a gateway and a broker that are killed while events come', () => {
  for (let seed = 1; seed <= 3; seed++) {
    test(`what was acknowledged is in the log, once (seed ${seed})`, async () => {
      const { sent, problems } = await play(storyOf(seed))
      assert.deepEqual(problems.slice(0, 10), [])
      assert.ok(sent.accepted.some(({ offset }) => offset !== undefined))
      assert.ok(sent.accepted.some(({ offset }) => offset === undefined))
    })
  }
})
