/** Confluent's Python client: its calls, its serializers and ours read each other's values. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { codecOf, frame, RegistryClient, unframe } from '../../src/index.js'
import { TestRegistry } from '../test-registry.js'

/** Where `tools/python-clients.mjs` puts it. */
const packages = path.join(
  process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'),
  'millrace',
  'confluent-kafka-2.16.1',
)
const script = fileURLToPath(
  new URL('../../../test/clients/confluent_kafka_client.py', import.meta.url),
)
const clientMsMax = 120_000

function isInstalled(t: TestContext): boolean {
  if (existsSync(packages)) return true
  const why = 'confluent-kafka for Python is not here (node tools/python-clients.mjs)'
  if (process.env.CI) throw new Error(why)
  t.skip(`${why}: LEFT OUT what Confluent's Python client would show`)
  return false
}

test("Confluent's Python client administers, writes and reads all three", async (t) => {
  if (!isInstalled(t)) return
  const fixture = new TestRegistry()
  try {
    const { url } = await fixture.start()
    const { broker } = fixture.parts()
    const client = new RegistryClient(url)
    const avro = JSON.stringify({
      type: 'record',
      name: 'Ours',
      fields: [{ name: 'a', type: 'string' }],
    })
    const json = JSON.stringify({
      type: 'object',
      properties: { a: { type: 'string' } },
      additionalProperties: false,
    })
    const values: Record<string, string> = {}
    for (const [kind, schemaType, schema] of [
      ['avro', 'AVRO', avro],
      ['json', 'JSON', json],
    ] as const) {
      const id = await client.register(`ours-${kind}`, schema, schemaType)
      const codec = codecOf(await client.completeById(id))
      values[kind] = frame(id, codec.encode({ a: 'x' })).toString('hex')
    }
    const bootstrap = `${broker.address.host}:${broker.address.port}`
    const { written, read, theirs } = await run({ registry: url, bootstrap, values })

    const plain = { area: 7, fare: 1.5 }
    const trip = {
      area: '9007199254740993',
      stops: [{ zip_code: 'x' }],
      at: '2026-01-02T03:04:05Z',
    }
    assert.deepEqual(read, { avro: plain, json: plain, protobuf: trip })
    assert.deepEqual(theirs, { avro: { a: 'x' }, json: { a: 'x' } })
    for (const [kind, expected] of [
      ['avro', plain],
      ['json', plain],
      ['protobuf', trip],
    ] as const) {
      const unframed = unframe(Buffer.from(written[kind] ?? '', 'hex'))
      assert.ok(unframed, kind)
      const codec = codecOf(await client.completeById(unframed.id))
      assert.deepEqual(codec.decode(unframed.payload), expected, kind)
    }
    const [stop] = (await client.latest('python-protobuf-value'))?.references ?? []
    assert.equal(stop?.name, 'rides/stop.proto')
  } finally {
    await fixture.remove()
  }
})

type Values = Record<string, unknown>

function run(
  ask: object,
): Promise<{ written: Record<string, string>; read: Values; theirs: Values }> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', [script], {
      env: { ...process.env, PYTHONPATH: packages },
      timeout: clientMsMax,
    })
    let out = ''
    let errors = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(out))
      else reject(new Error(`the client ended with ${code}: ${errors}`))
    })
    child.stdin.end(JSON.stringify(ask))
  })
}
