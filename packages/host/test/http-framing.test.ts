import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { answerFraming } from '../src/real/http-framing.js'

/**
 * A server of `node:http` that reads bodies and answers with what it was asked; `/slow` is answered
 * a moment later, `/early` before its body is read.
 */
let port = 0
const served: string[] = []
const server = http.createServer({ requireHostHeader: false }, async (request, response) => {
  served.push(request.url ?? '')
  if (request.url === '/early') {
    response.writeHead(413, { connection: 'close' }).end('early')
    return
  }
  let length = 0
  try {
    for await (const chunk of request) length += chunk.length
  } catch {
    return
  }
  if (request.url === '/slow') await pause(50)
  if (!response.headersSent) response.end(`${request.method} ${request.url} ${length}`)
})
answerFraming(server, {
  answer: ({ status, message }, request) => ({
    mediaType: 'application/json',
    body: JSON.stringify({ status, message, url: request?.url }),
  }),
  bodyBytesMax: 1_000,
})
before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  port = (server.address() as net.AddressInfo).port
})
after(() => {
  server.close()
  server.closeAllConnections()
})

/** All that is answered to these bytes until the server closes the connection. */
async function answerTo(...sent: (string | Buffer)[]): Promise<string> {
  const socket = net.connect(port, '127.0.0.1')
  const timer = setTimeout(() => socket.destroy(new Error('The connection stays open.')), 5_000)
  const parts: Buffer[] = []
  socket.on('data', (part) => parts.push(part))
  const closed = once(socket, 'close')
  for (const each of sent) {
    socket.write(each)
    await pause(5)
  }
  await closed
  clearTimeout(timer)
  return Buffer.concat(parts).toString()
}

const head = (line: string, ...headers: string[]) =>
  [line, 'host: x', ...headers, '', ''].join('\r\n')
const chunked = head('POST /body HTTP/1.1', 'transfer-encoding: chunked')
const long = 'x'.repeat(http.maxHeaderSize)

const cases: Record<string, [sent: string | Buffer, status: number, message: RegExp]> = {
  'no HTTP at all': ['garbage\r\n\r\n', 400, /not HTTP/],
  'TLS to a port without it': [Buffer.from([22, 3, 1, 0, 5, 1, 0, 0, 1, 0]), 400, /not HTTP/],
  'a method in small letters': [head('get / HTTP/1.1'), 501, /no method get here/],
  'an unknown method': [head('FOO / HTTP/1.1'), 501, /no method FOO here/],
  'a tunnel': [head('CONNECT a:1 HTTP/1.1'), 501, /no method CONNECT here/],
  'a path with a space': [head('GET /a b HTTP/1.1'), 400, /path without spaces/],
  'another version': [head('GET / HTTP/3.0'), 505, /HTTP\/1.1 is spoken/],
  'HTTP/2 without asking': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, /HTTP\/1.1 is spoken/],
  'lines that end with LF': ['GET / HTTP/1.1\nhost: x\n\n', 400, /CR LF/],
  'no Host': ['GET / HTTP/1.1\r\n\r\n', 400, /header Host is missing/],
  'a header without a colon': [head('GET / HTTP/1.1', 'abc'), 400, /a colon/],
  'a control character': [head('GET / HTTP/1.1', 'a: \x01'), 400, /a colon and a value/],
  'a header on two lines': [head('GET / HTTP/1.1', 'a: 1', ' b'), 400, /a colon and a value/],
  'headers that are too long': [head('GET / HTTP/1.1', `a: ${long}`), 431, /16384 bytes/],
  'a path that is too long': [head(`GET /${long} HTTP/1.1`), 431, /16384 bytes/],
  'a length that is no number': [head('POST / HTTP/1.1', 'content-length: x'), 400, /Content-Len/],
  'a length below 0': [head('POST / HTTP/1.1', 'content-length: -1'), 400, /Content-Length is/],
  'a length beyond all': [
    head('POST / HTTP/1.1', `content-length: 9${'9'.repeat(30)}`),
    400,
    /Con/,
  ],
  'two lengths': [head('POST / HTTP/1.1', 'content-length: 3', 'content-length: 4'), 400, /once/],
  'a length and chunks': [
    head('POST / HTTP/1.1', 'content-length: 3', 'transfer-encoding: chunked'),
    400,
    /not beside/,
  ],
  'chunks and a length': [
    head('POST / HTTP/1.1', 'transfer-encoding: chunked', 'content-length: 3'),
    400,
    /not beside/,
  ],
  'another coding': [
    `${head('POST / HTTP/1.1', 'transfer-encoding: gzip')}abc`,
    501,
    /coding gzip/,
  ],
  'another coding in chunks': [
    `${head('POST / HTTP/1.1', 'transfer-encoding: gzip, chunked')}0\r\n\r\n`,
    501,
    /coding gzip, chunked is not read/,
  ],
  'chunks in another coding': [
    `${head('POST / HTTP/1.1', 'transfer-encoding: chunked, gzip')}0\r\n\r\n`,
    400,
    /Transfer-Encoding is/,
  ],
  'a chunk without its length': [`${chunked}3\r\nabc\r\nzz\r\n`, 400, /not in chunks/],
  'a chunk that is longer than it says': [`${chunked}3\r\nabcd\r\n0\r\n\r\n`, 400, /not in chunks/],
  'a chunk with much beside it': [
    `${chunked}3;${long}${long}\r\nabc\r\n0\r\n\r\n`,
    413,
    /extensions/,
  ],
  'another expectation': [
    `${head('POST / HTTP/1.1', 'expect: tea', 'content-length: 1')}a`,
    417,
    /only 100-continue/,
  ],
}

for (const [what, [sent, status, message]] of Object.entries(cases)) {
  test(`one answer, and the end of the connection: ${what}`, async () => {
    const before = served.length
    const text = await answerTo(sent)
    const [answerHead = '', body = ''] = text.split('\r\n\r\n')
    assert.match(answerHead, new RegExp(`^HTTP/1.1 ${status} [A-Z]`), text)
    assert.match(answerHead, /content-type: application\/json/)
    assert.match(answerHead, /connection: close/i)
    assert.equal(body.length, Number(/content-length: (\d+)/i.exec(answerHead)?.[1]))
    const told = JSON.parse(body)
    assert.equal(told.status, status)
    assert.match(told.message, message)
    // A body is read by whoever serves the request, until it cannot be.
    assert.deepEqual(served.slice(before), sent.includes('/body') ? ['/body'] : [])
  })
}

test('a request that ends in its middle is told so, if its sender still listens', async () => {
  for (const part of ['GET / HT', 'GET / HTTP/1.1\r\nhost: x\r\n', `${chunked}3\r\nab`]) {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const ended = once(socket, 'end')
    socket.end(part)
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    await ended
    socket.destroy()
    assert.match(text, /^HTTP\/1.1 400 .*ended before the request was whole/s)
  }
})

test('requests before it have their answers first, and nothing behind it is served', async () => {
  for (const wrong of ['garbage\r\n\r\n', `${chunked}zz\r\n`, head('FOO / HTTP/1.1')]) {
    const before = served.length
    const text = await answerTo(
      head('GET /slow HTTP/1.1') + head('GET /2 HTTP/1.1') + wrong + head('GET /3 HTTP/1.1'),
      head('GET /4 HTTP/1.1'),
    )
    const statuses = [...text.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)
    assert.deepEqual(statuses, ['200', '200', wrong.startsWith('FOO') ? '501' : '400'], text)
    assert.match(text, /GET \/slow 0.*GET \/2 0.*"status":/s)
    assert.deepEqual(
      served.slice(before).filter((url) => url !== '/body'),
      ['/slow', '/2'],
    )
  }
})

test('what comes behind a last request takes nothing from its answer', async () => {
  const text = await answerTo(
    `${head('GET /slow HTTP/1.1', 'connection: close')}garbage`,
    head('GET /2 HTTP/1.1'),
  )
  assert.match(text, /^HTTP\/1.1 200 OK/)
  assert.match(text, /GET \/slow 0$/)
})

test('what comes behind an answer that is the last one is not served', async () => {
  const before = served.length
  const text = await answerTo(
    head('POST /early HTTP/1.1', 'content-length: 3'),
    `abc${head('GET /2 HTTP/1.1')}`,
    head('GET /3 HTTP/1.1'),
  )
  assert.match(text, /^HTTP\/1.1 413 .*early/s)
  assert.deepEqual(served.slice(before), ['/early'])
})

test('who sends much that is not read is answered all the same', async () => {
  const length = 32 * 1024 * 1024
  const socket = net.connect(port, '127.0.0.1')
  let text = ''
  let error: Error | undefined
  socket.on('error', (cause) => {
    error = cause
  })
  const closed = once(socket, 'close')
  socket.write(head('POST /early HTTP/1.1', `content-length: ${length}`))
  // It reads nothing before it has sent all, as many clients do.
  socket.pause()
  for (let sent = 0; sent < length; sent += 1024 * 1024) {
    const isFull = !socket.write(Buffer.alloc(1024 * 1024))
    if (isFull && !socket.destroyed) await Promise.race([once(socket, 'drain'), pause(4_000)])
  }
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.resume()
  socket.end()
  await closed
  assert.equal(error, undefined)
  assert.match(text, /^HTTP\/1.1 413 .*early/s)
})

test('a body that is too large is not asked for, another one is', async () => {
  const ask = async (length: number, body: string) => {
    const expect = head('POST /asked HTTP/1.1', 'expect: 100-continue', `content-length: ${length}`)
    const socket = net.connect(port, '127.0.0.1')
    const received = once(socket, 'data')
    socket.write(expect)
    const [first] = await Promise.race([received, pause(200, [''])])
    socket.write(body)
    socket.destroy()
    return String(first)
  }
  assert.match(await ask(3, 'abc'), /^HTTP\/1.1 100 Continue/)
  assert.doesNotMatch(await ask(1_001, ''), /100 Continue/)
})
