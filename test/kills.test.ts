import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '@millrace/host'
import { batchAnswer, type Window } from './rides/batch-answer.js'
import { DemoRun, realTrips } from './rides/demo-run.js'
import { leftOut } from './rides/trips-file.js'

/** MILLRACE_SEED=7 replays one of them. */
const seeds =
  process.env.MILLRACE_SEED === undefined
    ? Array.from({ length: 20 }, (_, index) => index + 1)
    : [Number(process.env.MILLRACE_SEED)]

test('a run killed at any moment, and started again, ends with the same table', {
  skip: leftOut(),
}, async (t) => {
  const expected = await batchAnswer()
  // How long an undisturbed run takes here tells where the moments of the kills may lie.
  const undisturbedMs = await withFolder(async (folder) => {
    const startedAt = performance.now()
    const run = new DemoRun(folder, realTrips)
    await run.report()
    const took = performance.now() - startedAt
    await run.stop()
    return took
  })

  for (const seed of seeds) {
    const random = seededRandom(seed)
    // Some runs are hit more than once, and some lose only the supervisor.
    const kills = Array.from({ length: 1 + random.below(2) }, () => ({
      afterMs: Math.round(random.float() * undisturbedMs),
      whom: random.below(2) === 0 ? ('group' as const) : ('supervisor' as const),
    }))
    const story = kills.map(({ afterMs, whom }) => `${whom} after ${afterMs} ms`).join(', then ')
    await t.test(`seed ${seed}: ${story}`, () =>
      withFolder(async (folder) => {
        for (const { afterMs, whom } of kills) {
          const doomed = new DemoRun(folder, realTrips)
          await sleep(afterMs)
          await doomed.kill(whom)
        }
        await endsWith(expected, folder)
      }),
    )
  }
})

async function endsWith(expected: readonly Window[], folder: string): Promise<void> {
  const run = new DemoRun(folder, realTrips)
  try {
    const { sent, accepted, refused } = await run.report()
    assert.deepEqual({ sent, accepted, refused }, { sent: 15_002, accepted: 15_000, refused: 2 })
    assert.deepEqual(await run.table(), expected)
    assert.equal(await run.stop(), 0)
  } finally {
    await run.kill('group')
  }
}

async function withFolder<Result>(action: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-kills-'))
  try {
    return await action(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
