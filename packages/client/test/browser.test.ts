import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Millrace } from '../src/index.js'
import { Platform } from './platform.js'

const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync)
const leftOut =
  executablePath === undefined && process.env.CI === undefined
    ? 'LEFT OUT: no Chromium is installed; the client is not run in a browser'
    : false

const packages = fileURLToPath(new URL('../../..', import.meta.url))

/** The compiled modules as they are: nothing is bundled, so a Node import would fail. */
const page = `<!doctype html><meta charset="utf-8">
<script type="importmap">{"imports": {
  "@millrace/client": "/client/dist/src/index.js",
  "@millrace/event": "/event/dist/src/index.js",
  "@millrace/schema/check": "/schema/dist/src/avro/value-check.js"
}}</script>
<script type="module">
  import { Millrace, storageSpool } from '@millrace/client'
  const url = new URL(location.href).searchParams.get('gateway')
  window.client = new Millrace({ url, source: '/page', spool: storageSpool(localStorage) })
</script>`

test('a page sends; while it is offline its events wait, and outlive it', {
  skip: leftOut,
}, async (t) => {
  const platform = await Platform.start(t)
  const { context, open } = await browser(t, platform.gateway.url)
  const items = async () =>
    (await platform.orders()).map(({ value }) => (value as { item: string }).item)
  const first = await open()

  await t.test('good events are stored, bad ones dropped with the reason', async () => {
    const outcome = await first.evaluate(() =>
      window.client.send('orders', { item: 'a', price: 1 }),
    )
    assert.equal(outcome.status, 'sent')
    const bad = await first.evaluate(() => window.client.send('orders', { item: 1, price: 1 }))
    assert.ok(bad.status === 'dropped')
    assert.deepEqual([bad.field, bad.reason], ['item', 'expected string, got number 1'])
    assert.deepEqual(await items(), ['a'])
  })

  await t.test('what is sent offline is kept, and sent by the next page', async () => {
    await context.setOffline(true)
    await first.evaluate(() => {
      for (const item of ['b', 'c']) void window.client.send('orders', { item, price: 2 })
    })
    await first.waitForFunction(() => window.client.counts().waiting === 2)
    await first.evaluate(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      await window.client.close(0)
    })
    await first.close()
    await context.setOffline(false)
    assert.deepEqual(await items(), ['a'])

    const second = await open()
    await second.waitForFunction(() => window.client.counts().sent === 2)
    assert.deepEqual(await items(), ['a', 'b', 'c'])
    assert.equal(await second.evaluate(() => Object.keys(localStorage).length), 1)
  })

  await t.test('what waits when the page is left goes as a beacon', async () => {
    const third = await open()
    await third.evaluate(() => {
      void window.client.send('orders', { item: 'd', price: 3 })
      location.href = 'about:blank'
    })
    await until(async () => (await items()).includes('d'))
    assert.deepEqual(await items(), ['a', 'b', 'c', 'd'])
  })
})

declare global {
  interface Window {
    client: Millrace
  }
}

async function browser(
  t: TestContext,
  gateway: string,
): Promise<{ context: BrowserContext; open: () => Promise<Page> }> {
  const server = http.createServer((request, response) => {
    const [place = ''] = (request.url ?? '').split('?')
    if (place === '/') {
      response.setHeader('content-type', 'text/html').end(page)
      return
    }
    const file = path.join(packages, path.normalize(place))
    response.statusCode = existsSync(file) ? 200 : 404
    response.setHeader('content-type', 'text/javascript')
    response.end(existsSync(file) ? readFileSync(file) : '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const running = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: ['--no-sandbox'],
  })
  t.after(() => running.close())
  const context = await running.newContext()
  const { port } = server.address() as AddressInfo
  const open = async () => {
    const opened = await context.newPage()
    opened.on('pageerror', (error) => t.diagnostic(`the page threw: ${error.stack}`))
    await opened.goto(`http://127.0.0.1:${port}/?gateway=${encodeURIComponent(gateway)}`)
    await opened.waitForFunction(() => window.client !== undefined)
    return opened
  }
  return { context, open }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.fail('it did not happen in ten seconds')
}
