/** Chromium without a window, for the tests that look at the page as a reader does. */
import { existsSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { type Browser, chromium } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/**
 * Starts the browser, closed when the test ends. Where none is installed the test is left out, in
 * so many words; in CI it fails instead.
 */
export async function openBrowser(t: TestContext): Promise<Browser | undefined> {
  const executablePath = places.find((place) => existsSync(place))
  if (executablePath === undefined) {
    const words = `no Chromium is installed (looked for ${places.join(', ')})`
    if (process.env.CI !== undefined) throw new Error(`In CI the page must be tested: ${words}.`)
    t.skip(`${words}: THE PAGE IS LEFT OUT`)
    return undefined
  }
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  t.after(() => browser.close())
  return browser
}
