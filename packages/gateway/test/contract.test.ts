import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { checkKind } from './contract/kinds.js'
import { difference, readScript, type Step } from './contract/script.js'
import { Platform } from './platform.js'

let platform: Platform
let values: { cluster: string; broker: string }
before(async () => {
  platform = await Platform.start()
  const cluster = platform.client.clusterId ?? ''
  const { body } = await platform.get('/brokers')
  values = { cluster, broker: String(body.brokers[0]) }
})
after(() => platform.stop())

/** With any method and any body, which `fetch` does not send. */
function send({ method, path, body, headers }: Step) {
  const type = path.startsWith('/v3') ? 'application/json' : 'application/vnd.kafka.v2+json'
  const { port, hostname } = new URL(platform.gateway.url)
  const all = {
    'content-type': type,
    'content-length': Buffer.byteLength(body ?? ''),
    ...headers,
  }
  return new Promise<{ status: number; text: string; headers: Record<string, unknown> }>(
    (resolve, reject) => {
      const sent = httpRequest({ port, hostname, path, method, headers: all }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({ status: response.statusCode ?? 0, text, headers: response.headers })
        })
      })
      sent.on('error', reject)
      sent.end(body)
    },
  )
}

async function play(step: Step): Promise<void> {
  const { status, text, headers } = await send(step)
  const told = `${step.line}\n${status} ${text}`
  assert.equal(status, step.status, told)
  if (text === '') {
    assert.equal(status, 204, `${told}: no body`)
    return
  }
  const body = JSON.parse(text)
  if (step.code !== undefined) {
    assert.deepEqual(Object.keys(body).sort(), ['error_code', 'message'], told)
    assert.equal(body.error_code, step.code, told)
    assert.equal(typeof body.message, 'string', told)
    const isV3 = step.path.startsWith('/v3/')
    const type = isV3 ? 'application/json' : 'application/vnd.kafka.v2+json'
    assert.equal(headers['content-type'], type, told)
  }
  assert.equal(checkKind(body, platform.gateway.url), undefined, told)
  if (step.contains !== undefined) assert.equal(difference(body, step.contains), undefined, told)
}

describe('what requests are answered', () => {
  for (const name of ['admin.txt', 'groups.txt', 'consumers.txt', 'produce.txt']) {
    test(name, async () => {
      const steps = readScript(name, values)
      assert.ok(steps.length > 0)
      for (const step of steps) await play(step)
    })
  }

  test('an answer that is another is told', () => {
    const body = { error_code: 404, data: [{ a: 1, b: 2 }] }
    assert.equal(difference(body, { data: [{ a: 1 }] }), undefined)
    assert.equal(difference(body, { data: [{ a: '*' }] }), undefined)
    assert.match(difference(body, { data: [{ a: 2 }] }) ?? '', /data, 0, a is 1, and not 2/)
    assert.match(difference(body, { data: [] }) ?? '', /not a list of 0/)
    assert.match(difference(body, { data: [{ c: '*' }] }) ?? '', /c is undefined/)
    const topic = { kind: 'KafkaTopic', metadata: { self: 'http://a/v3/clusters/x/topics/t' } }
    assert.match(checkKind(topic, 'http://a') ?? '', /has no cluster_id/)
    assert.match(checkKind(topic, 'http://b') ?? '', /no URL of itself/)
  })
})
