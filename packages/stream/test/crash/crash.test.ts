import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Platform } from '../runtime/platform.js'
import { play } from './play.js'
import { scenarios } from './scenario.js'
import { storyOf } from './story.js'

// A hundred seeds: npm run crash:stream
describe('a job in a process that is killed while records come', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
  })
  after(() => platform.close())

  for (let seed = 1; seed <= scenarios.length; seed++) {
    const story = storyOf(seed)
    it(`publishes each result once: ${story.scenario.name} (seed ${seed})`, async () => {
      const { hits, problems } = await play(story, platform, 'exactly-once')
      assert.deepEqual(problems, [])
      const least = story.kills.filter(({ afterRecords }) => afterRecords !== undefined).length
      assert.ok(hits >= least - 1, `only ${hits} kills hit`)
    })
  }

  // Where nothing is lost and some comes again, this test has to find it.
  it('publishes some of them again where that is all that is asked for', async () => {
    const found: string[] = []
    for (let seed = 1; seed <= 12 && found.length === 0; seed++) {
      found.push(...(await play(storyOf(seed), platform, 'at-least-once')).problems)
    }
    assert.match(found.join('; '), /came again|the one before/)
    assert.doesNotMatch(found.join('; '), /missing|none of/)
  })
})
