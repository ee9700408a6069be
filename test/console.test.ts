import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium, type Page } from 'playwright-core'
import { DemoRun } from './rides/demo-run.js'

const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync)
const leftOut =
  executablePath === undefined && process.env.CI === undefined
    ? 'LEFT OUT: no Chromium is installed; the console is not looked at'
    : false

test('the console shows the demo as it runs: stages, their counts, and the live board', {
  skip: leftOut,
}, async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-console-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const run = new DemoRun(folder, ['--count', '4000', '--rate', '500'])
  t.after(() => run.kill('group'))
  await run.started()
  const { page, complaints } = await openPage(t, run.url('console'))

  await t.test('every stage runs', async () => {
    for (const stage of [
      'gateway:gateway',
      'topic:trips',
      'job:surge',
      'topic:area_surge',
      'table:area_surge',
    ]) {
      await page.locator(`[data-stage="${stage}"][data-status="running"]`).waitFor()
    }
  })
  await t.test('rates are shown while trips flow', async () => {
    await until(async () => Number(await shown(page, 'job:surge', /in (\d+)\/s/)) > 100)
  })
  await t.test(
    'all trips arrive in the topic and in the job, and as many rows in the table',
    async () => {
      await until(async () => (await shown(page, 'topic:trips', /\/s ([\d,]+) out/)) === '4,000')
      await until(async () => (await shown(page, 'job:surge', /\/s ([\d,]+) out/)) === '4,000')
      await until(async () => {
        const [row] = await run.ask<{ rows: number }>('SELECT count(*) AS rows FROM area_surge')
        return (await shown(page, 'table:area_surge', /rows (\d+)/)) === String(row?.rows)
      })
    },
  )
  await t.test('the board draws the table: its numbers are those that SQL answers', async () => {
    const board = page.locator('section', {
      has: page.getByRole('heading', { name: 'Surge by area' }),
    })
    await board.last().locator('canvas').first().waitFor()
    await board.last().getByText('As a table').click()
    const [hottest] = await run.ask<{ pickup_area: number; surge: string }>(
      'SELECT pickup_area, max(surge)::DOUBLE AS surge FROM area_surge GROUP BY ALL ORDER BY 2 DESC, 1',
    )
    const row = board.last().locator('tbody tr', {
      has: page.getByRole('rowheader', { name: String(hottest?.pickup_area), exact: true }),
    })
    await until(async () =>
      (await row.first().locator('td').allInnerTexts())
        .map(Number)
        .includes(Number(hottest?.surge)),
    )
  })
  assert.deepEqual(complaints, [])
  assert.equal(await run.stop(), 0)
})

async function openPage(
  t: TestContext,
  url: string,
): Promise<{ page: Page; complaints: string[] }> {
  assert.ok(executablePath !== undefined, 'in CI the console must be looked at: install chromium')
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  })
  t.after(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 1500, height: 1200 } })
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(url)
  return { page, complaints }
}

/** What the first group of `pattern` matches in a stage's card. */
async function shown(page: Page, stage: string, pattern: RegExp): Promise<string | undefined> {
  const text = await page.locator(`[data-stage="${stage}"]`).innerText()
  return pattern.exec(text.replace(/\s+/g, ' '))?.[1]
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, 'it did not come to be in 30 s')
    await sleep(200)
  }
}
