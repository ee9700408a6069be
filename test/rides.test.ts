import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { batchAnswer } from './rides/batch-answer.js'
import { DemoRun, realTrips } from './rides/demo-run.js'
import { leftOut } from './rides/trips-file.js'

test('real trips, from HTTP to the table, equal a batch query over the CSV', {
  skip: leftOut(),
}, async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-rides-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const expected = await batchAnswer()
  assert.equal(
    expected.reduce((sum, { demand }) => sum + demand, 0),
    15_000,
  )

  const run = new DemoRun(folder, realTrips)
  t.after(() => run.kill('group'))
  const report = await run.report()
  await t.test('each trip is accepted, or refused with its reason', () => {
    const { sent, accepted, refused } = report
    assert.deepEqual({ sent, accepted, refused }, { sent: 15_002, accepted: 15_000, refused: 2 })
    assert.equal(report.refusals.length, 2)
    for (const { reason } of report.refusals) assert.match(reason, /pickup_area/)
  })
  await t.test('the ten hottest windows are those of the batch query', () => {
    const told = report.hottest.map((window) => ({
      ...window,
      window_start: window.window_start.replace('.000Z', 'Z'),
      window_end: window.window_end.replace('.000Z', 'Z'),
      average_fare: window.average_fare.toFixed(2),
      surge: window.surge.toFixed(2),
    }))
    assert.deepEqual(told, expected.slice(0, 10))
  })
  await t.test('so is every other window', async () => {
    assert.equal(report.windows, expected.length)
    assert.deepEqual(await run.table(), expected)
  })
  await t.test('it stops cleanly', async () => assert.equal(await run.stop(), 0))

  await t.test('a second start finds everything done, and ends by itself in a minute', async () => {
    const again = new DemoRun(folder, [...realTrips, '--exit-when-done'])
    t.after(() => again.kill('group'))
    const { seconds, ...second } = await again.report()
    assert.ok(seconds < 60, `${seconds} s`)
    assert.deepEqual(second.hottest, report.hottest)
    assert.deepEqual(
      [second.sent, second.accepted, second.refused, second.windows],
      [report.sent, report.accepted, report.refused, report.windows],
    )
    assert.equal(await again.exitCode(), 0)
  })
})
