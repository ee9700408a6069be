import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import type { DemoReport } from '../src/demo/report.js'
import { temporaryFolder } from './folder.js'
import { millrace, RunningMillrace } from './millrace.js'

const count = 3_000

const demo = (folder: string, ...more: string[]) => [
  ...['demo', '--data', folder, '--free-ports', '--json', '--count', String(count)],
  ...more,
]

/** What must not depend on how often a demo was started. */
function outcome({ sent, accepted, refused, windows, hottest }: DemoReport) {
  return { sent, accepted, refused, windows, hottest }
}

test('made-up trips: killed while they are sent, and started again, the outcome is the same', async (t) => {
  const folder = temporaryFolder(t)
  const whole = await millrace(
    demo(path.join(folder, 'whole'), '--rate', '5000', '--exit-when-done'),
  )
  assert.equal(whole.code, 0, whole.err)
  const expected = outcome(JSON.parse(whole.out) as DemoReport)
  assert.deepEqual([expected.sent, expected.accepted, expected.refused], [count, count, 0])
  assert.equal(expected.hottest.length, 10)
  assert.ok(!('page' in JSON.parse(whole.out)), 'the page ends with the demo')
  assert.doesNotMatch(whole.err, /^0 of/m)

  const data = path.join(folder, 'killed')
  for (const atLeast of [200, 900]) {
    const doomed = new RunningMillrace(t, demo(data, '--rate', '400'))
    await doomed.says((err) =>
      [...err.matchAll(/^([\d,]+) of /gm)].some(
        ([, sent = '']) => Number(sent.replace(',', '')) > atLeast,
      ),
    )
    const { err } = await doomed.end('SIGKILL')
    assert.doesNotMatch(err, /All trips are stored/)
  }
  const resumed = await millrace(demo(data, '--rate', '5000', '--exit-when-done'))
  assert.equal(resumed.code, 0, resumed.err)
  assert.deepEqual(outcome(JSON.parse(resumed.out) as DemoReport), expected)

  await t.test('trips of another source do not mix with them', async () => {
    const { code, err } = await millrace(demo(data, '--seed', '2'))
    assert.match(err, /holds generated trips of seed 1, not generated trips of seed 2\. .*--fresh/)
    assert.equal(err.trimEnd().split('\n').length, 1)
    assert.equal(code, 1)
  })
})
