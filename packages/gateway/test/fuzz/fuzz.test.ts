import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Play, type Problem } from './play.js'

test('damaged requests to every door are answered in words, and cost nobody anything', async () => {
  const play = new Play()
  const problems: (string | Problem)[] = []
  try {
    for (let seed = 1; seed <= 300 && problems.length === 0; seed++)
      problems.push(...(await play.run(seed)))
    problems.push(...(await play.check()))
    assert.deepEqual(
      problems.map((each) =>
        typeof each === 'string' ? each : `seed ${each.attempt.seed}: ${each.what}`,
      ),
      [],
    )
    const { answers, refused, stored } = play.counts
    assert.ok(answers > 200 && refused > 100 && stored > 100, JSON.stringify(play.counts))
  } finally {
    await play.stop()
  }
})
