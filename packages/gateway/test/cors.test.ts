import assert from 'node:assert/strict'
import { test } from 'node:test'
import { originRule } from '../src/cors.js'
import { Platform } from './platform.js'

test('origins are meant as they are written', () => {
  const allows = originRule(['https://shop.example', 'https://*.example.org', 'http://localhost:*'])
  const asked = [
    'https://shop.example',
    'http://shop.example',
    'https://shop.example:8443',
    'https://shop.example.evil.org',
    'https://shopxexample',
    'https://a.example.org',
    'https://a.b.example.org',
    'https://a/.example.org',
    'http://localhost',
    'http://localhost:5173',
    'http://localhost.evil.org',
    'null',
  ]
  assert.deepEqual(asked.filter(allows), [
    'https://shop.example',
    'https://a.example.org',
    'https://a.b.example.org',
    'http://localhost',
    'http://localhost:5173',
  ])
  assert.equal(originRule(['*'])('null'), true)
  assert.equal(originRule([])('http://localhost'), false)
})

test('pages that are allowed are answered, and their preflights; others store nothing', async (t) => {
  const platform = await Platform.start({ origins: ['https://shop.example'] })
  t.after(() => platform.stop())
  await platform.topic('notes')
  const ask = (method: string, headers: Record<string, string>) =>
    fetch(`${platform.gateway.url}/events`, {
      method,
      headers,
      ...(method === 'POST' && {
        body: JSON.stringify({ specversion: '1.0', id: '1', type: 'notes', source: 's', data: 1 }),
      }),
    })
  const text = { 'content-type': 'text/plain' }
  const origin = 'https://shop.example'

  const preflight = await ask('OPTIONS', {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'ce-id,content-type',
  })
  assert.equal(preflight.status, 204)
  assert.equal(preflight.headers.get('access-control-allow-origin'), origin)
  assert.equal(preflight.headers.get('access-control-allow-headers'), 'ce-id,content-type')
  assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /POST/)

  const stored = await ask('POST', { ...text, origin })
  assert.equal(stored.status, 200)
  assert.equal(stored.headers.get('access-control-allow-origin'), origin)
  assert.equal(stored.headers.get('vary'), 'origin')

  for (const other of ['https://evil.example', 'null']) {
    const refused = await ask('POST', { ...text, origin: other })
    assert.equal(refused.status, 403)
    assert.equal(refused.headers.get('access-control-allow-origin'), null)
    const { error_code: code, message } = (await refused.json()) as Record<string, unknown>
    assert.equal(code, 40302)
    assert.match(String(message), /millrace\.yaml/)
    assert.equal((await ask('OPTIONS', { origin: other })).status, 403)
  }
  assert.equal((await ask('POST', text)).status, 200)
  assert.equal((await platform.stored('notes')).length, 2)
})
