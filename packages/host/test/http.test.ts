import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { askHttp } from '../src/index.js'

/** A server that answers by `handle`, and its URL. */
async function serve(t: TestContext, handle: http.RequestListener): Promise<string> {
  const server = http.createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close().closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('what is sent arrives, and the answer is whole, whatever its status', async (t) => {
  const url = await serve(t, (request, response) => {
    let body = ''
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => {
      response.writeHead(422, { 'content-type': 'text/plain' })
      response.write(`${request.method} ${request.url} ${request.headers.accept} `)
      response.end(body)
    })
  })
  const { status, text } = await askHttp(`${url}/a?b=c`, {
    method: 'POST',
    headers: { accept: 'text/plain' },
    body: 'größer',
  })
  assert.deepEqual([status, text], [422, 'POST /a?b=c text/plain größer'])
})

test('where it is elsewhere it is asked there, and not for ever', async (t) => {
  let asked = 0
  const url = await serve(t, (request, response) => {
    asked++
    if (request.url === '/here') response.end('found')
    else response.writeHead(307, { location: request.url === '/moved' ? '/here' : '/round' }).end()
  })
  assert.deepEqual(await askHttp(`${url}/moved`), { status: 200, text: 'found' })
  asked = 0
  assert.equal((await askHttp(`${url}/round`)).status, 307)
  assert.ok(asked < 10, `${asked} requests`)
})

test('what nobody answers rejects with the code of the system', async (t) => {
  const url = await serve(t, (request) => request.socket.destroy())
  await assert.rejects(askHttp(url), { code: 'ECONNRESET' })
  await assert.rejects(askHttp('http://127.0.0.1:1'), { code: 'ECONNREFUSED' })
  await assert.rejects(askHttp('nothing'), { code: 'ERR_INVALID_URL' })
})

test('an answer that ends half-way is none', async (t) => {
  const url = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('half')
    setTimeout(() => response.destroy(), 10)
  })
  await assert.rejects(askHttp(url), { code: 'ECONNRESET' })
})

test('a signal ends it with its reason, before the answer and within it', async (t) => {
  const url = await serve(t, (request, response) => {
    if (request.url === '/begun') response.write('begun')
  })
  for (const place of ['/silent', '/begun']) {
    const abort = new AbortController()
    const asked = askHttp(`${url}${place}`, { signal: abort.signal })
    setTimeout(() => abort.abort(new Error('no answer in time')), 50)
    await assert.rejects(asked, { message: 'no answer in time' })
  }
})

test('a connection that was closed meanwhile is not the end of the next request', async (t) => {
  const url = await serve(t, (request, response) => {
    response.end('answer')
    // Without a word to the client, which will use the connection again.
    response.on('finish', () => setImmediate(() => request.socket.destroy()))
  })
  for (let time = 0; time < 20; time++) {
    assert.deepEqual(await askHttp(url), { status: 200, text: 'answer' })
  }
})
