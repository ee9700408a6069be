/** The built page in a browser, against a recorded platform. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { openBrowser } from './browser.js'
import { RecordedPlatform, type Recording } from './recordedPlatform.js'
import { branchingAt, manyStagesAt, ridesAt, surgeAt } from './recording.js'

const built = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'page')
const rides: Recording = { viewAt: ridesAt, boardAt: (_, second) => surgeAt(second) }
const wide = { width: 1600, height: 1000 }

interface OpenPage {
  page: Page
  platform: RecordedPlatform
  port: number
  /** What the browser complained of, but for servers that are away: those the test takes away. */
  complaints: string[]
}

async function openPage(
  t: TestContext,
  recording: Recording,
  viewport = wide,
): Promise<OpenPage | undefined> {
  assert.ok(existsSync(path.join(built, 'index.html')), 'The page is not built: npm run build')
  const browser = await openBrowser(t)
  if (browser === undefined) return undefined
  const platform = new RecordedPlatform(built, recording)
  const port = await platform.start()
  t.after(() => platform.stop())
  const page = await browser.newPage({ viewport })
  page.setDefaultTimeout(15_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    const away = /ERR_(CONNECTION_REFUSED|CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING)/
    const told = message.type() === 'error' || message.type() === 'warning'
    if (told && !away.test(message.text())) complaints.push(message.text())
  })
  await page.goto(`http://127.0.0.1:${port}/`)
  return { page, platform, port, complaints }
}

/** Text of a stage's card, as a reader sees it. */
function card(page: Page, stage: string) {
  return page.locator(`[data-stage="${stage}"]`)
}

/** Whether something is painted in a chart: more than a few colours on one of its canvases. */
function isPainted(page: Page, chart: string): Promise<boolean> {
  return page.locator(`${chart} canvas`).evaluateAll((canvases) =>
    canvases.some((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) return false
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data
      return pixels !== undefined && new Set(new Uint32Array(pixels.buffer)).size > 8
    }),
  )
}

async function waitUntilPainted(page: Page, chart: string): Promise<void> {
  const until = Date.now() + 15_000
  while (!(await isPainted(page, chart))) {
    assert.ok(Date.now() < until, `Nothing is painted in ${chart}`)
    await page.waitForTimeout(100)
  }
}

test('the pipeline, its rates and the boards are shown, and move', async (t) => {
  const opened = await openPage(t, rides)
  if (opened === undefined) return
  const { page, complaints } = opened

  await page.getByRole('heading', { level: 1, name: /rides/ }).waitFor()
  assert.equal(await page.locator('.connection').innerText(), '● live')
  assert.equal(await page.title(), 'rides · Millrace')
  assert.match(await page.locator('.uptime').innerText(), /^up 3 m \d\d s$/)
  assert.deepEqual(await page.locator('.endpoint code').allInnerTexts(), [
    '127.0.0.1:9092',
    '127.0.0.1:8081',
    '127.0.0.1:8082',
    '127.0.0.1:8083',
  ])

  assert.equal(await page.locator('.stage').count(), 5)
  const job = await card(page, 'job:surge').innerText()
  assert.match(job, /Job\s+● running\s+surge/)
  assert.match(job, /late\s+0\s+lag\s+\d\s+watermark\s+4 Jan/)
  assert.match(await card(page, 'gateway:gateway').innerText(), /refused\s+2/)
  assert.equal(await page.locator('.link-flow').count(), 4)
  const total = () => card(page, 'topic:trips').locator('.rate-total').first().innerText()
  const before = await total()
  await page.waitForFunction(
    (text) =>
      document.querySelector('[data-stage="topic:trips"] .rate-total')?.textContent !== text,
    before,
  )

  await waitUntilPainted(page, '[data-board="surge"]')
  await waitUntilPainted(page, '[data-board="demand"]')
  await waitUntilPainted(page, '.throughput')
  assert.match(
    await page.locator('[data-board="surge"] .board-coverage').innerText(),
    /^20 of 60 series with the highest surge · 96 of \d+ windows, UTC$/,
  )
  const label = await page.locator('[data-board="surge"] [role="img"]').getAttribute('aria-label')
  assert.match(label ?? '', /^Heatmap: surge by area from .* UTC, between 1\.\d+ and [\d.]+\./)

  const rows = page.locator('[data-board="surge"] tbody tr')
  assert.equal(await rows.count(), 0)
  await page.locator('[data-board="surge"] summary').click()
  // The rows are made when the browser tells that it is open, a moment after the click.
  await rows.first().waitFor()
  assert.equal(await rows.count(), 20)

  await card(page, 'job:surge').getByRole('button', { name: 'surge' }).click()
  await page.getByRole('heading', { name: 'Throughput of job surge' }).waitFor()
  const operators = page.locator('.operators')
  await operators.getByRole('heading', { name: 'Operators of surge' }).waitFor()
  assert.deepEqual(await operators.getByRole('row').count(), 4)
  const window = operators.getByRole('row').filter({ hasText: 'window 1' })
  assert.match(await window.innerText(), /1\.17 KB/)
  await page.getByRole('button', { name: 'all stages' }).click()
  await page.getByRole('heading', { name: 'Throughput', exact: true }).waitFor()
  assert.equal(await operators.count(), 0)
  assert.deepEqual(complaints, [])
})

test('when the platform dies the page says so and keeps what it knew; it lives on by itself', async (t) => {
  const opened = await openPage(t, rides)
  if (opened === undefined) return
  const { page, platform, port, complaints } = opened
  await page.locator('.connection[data-connection="live"]').waitFor()

  await platform.stop()
  await page.locator('.connection[data-connection="reconnecting"]').waitFor()
  assert.match(await page.locator('.connection').innerText(), /^↻ reconnecting · as of \d+ s ago$/)
  await page.locator('main.stale').waitFor()
  assert.equal(await page.locator('.stage').count(), 5)

  await platform.start(port)
  await page.locator('.connection[data-connection="live"]').waitFor()
  await page.locator('main:not(.stale)').waitFor()
  assert.deepEqual(complaints, [])
})

test('a page that is open loads no more code: the platform may die at any moment', async (t) => {
  const opened = await openPage(t, rides)
  if (opened === undefined) return
  const { page, complaints } = opened
  const named = readFileSync(path.join(built, 'index.html'), 'utf8')
  await page.route('**/assets/**', (route) => {
    const name = path.basename(new URL(route.request().url()).pathname)
    return named.includes(name) ? route.continue() : route.abort()
  })
  await page.reload()
  await waitUntilPainted(page, '.throughput')
  assert.deepEqual(complaints, [])
})

test('before the platform runs, the page says what to do, and goes on by itself', async (t) => {
  const opened = await openPage(t, rides)
  if (opened === undefined) return
  const { page, platform, port } = opened
  await page.locator('.connection[data-connection="live"]').waitFor()
  await page.route('**/api/live', (route) => route.abort())
  await page.reload()
  await page.getByText('The platform does not answer.').waitFor()
  await page.unroute('**/api/live')
  await platform.stop()
  await platform.start(port)
  await page.locator('.stage').first().waitFor()
})

test('a board without rows says what to do, and one whose query fails says why', async (t) => {
  let answer: ReturnType<Recording['boardAt']> = { name: 'surge', points: [] }
  const opened = await openPage(t, { viewAt: ridesAt, boardAt: () => answer })
  if (opened === undefined) return
  const { page } = opened
  const board = page.locator('[data-board="surge"]')
  await board.getByText('No rows yet.').waitFor()
  assert.match(await board.innerText(), /curl http:\/\/127\.0\.0\.1:8082\/topics\/TOPIC/)

  answer = { code: 'sql', message: "boards/surge.yaml: there is no table 'area_surg'." }
  await board.getByText("boards/surge.yaml: there is no table 'area_surg'.").waitFor()

  answer = surgeAt(1)
  await waitUntilPainted(page, '[data-board="surge"]')
  await board.getByText('there is no table').waitFor({ state: 'detached' })
})

test('what failed is said in words, on the card and above the graph', async (t) => {
  const opened = await openPage(t, { ...rides, viewAt: branchingAt })
  if (opened === undefined) return
  const { page, complaints } = opened
  await page.locator('.stage').first().waitFor()
  const [failed, restarting] = await page.locator('.troubles li').allInnerTexts()
  assert.match(failed ?? '', /^job fraud_detection_with_a_long_name failed: pipelines\/fraud.sql/)
  assert.match(restarting ?? '', /^job supply is restarting: Out of memory/)
  assert.match(
    await card(page, 'job:fraud_detection_with_a_long_name').innerText(),
    /✕ failed[\s\S]*pipelines\/fraud\.sql:12:8/,
  )
  assert.match(await card(page, 'table:suspects').innerText(), /✓ finished/)
  assert.deepEqual(complaints, [])
})

test('a project with nothing in it says how to begin', async (t) => {
  const viewAt = (second: number) => ({ ...ridesAt(second), stages: [], links: [], boards: [] })
  const opened = await openPage(t, { ...rides, viewAt })
  if (opened === undefined) return
  await opened.page.getByText('Nothing runs yet.').waitFor()
  await opened.page.getByText('This project declares no board.').waitFor()
  assert.deepEqual(opened.complaints, [])
})

test('two hundred stages neither freeze the page nor burst it', async (t) => {
  const opened = await openPage(t, { ...rides, viewAt: manyStagesAt })
  if (opened === undefined) return
  const { page, complaints } = opened
  await page.locator('.stage').nth(200).waitFor({ state: 'attached' })
  assert.equal(await page.locator('.stage').count(), 201)
  assert.equal(await page.locator('.sparkline').count(), 0)
  const longestFrame = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const until = performance.now() + 2500
        let [last, longest] = [performance.now(), 0]
        const frame = (now: number) => {
          longest = Math.max(longest, now - last)
          last = now
          if (now < until) requestAnimationFrame(frame)
          else resolve(longest)
        }
        requestAnimationFrame(frame)
      }),
  )
  assert.ok(longestFrame < 1000, `A frame took ${Math.round(longestFrame)} ms`)
  assert.deepEqual(complaints, [])
})

for (const width of [380, 760, 1600]) {
  test(`at ${width} pixels nothing is cut off at the side`, async (t) => {
    const opened = await openPage(t, { ...rides, viewAt: branchingAt }, { width, height: 900 })
    if (opened === undefined) return
    const { page } = opened
    await waitUntilPainted(page, '[data-board="surge"]')
    const scrollWidth = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.equal(scrollWidth, width)
  })
}
