import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { NetworkError, realHost } from '@millrace/host'
import { RegistryClient, RegistryClientError, RegistryServer } from '../src/index.js'
import { TestRegistry } from './test-registry.js'

const trip = {
  type: 'record',
  name: 'Trip',
  fields: [{ name: 'pickup_area', type: 'int' }],
}
const tripText = JSON.stringify(trip)
const wider = JSON.stringify({
  ...trip,
  fields: [...trip.fields, { name: 'fare', type: ['null', 'double'], default: null }],
})
const broken = JSON.stringify({
  ...trip,
  fields: [...trip.fields, { name: 'fare', type: 'double' }],
})

describe('the registry over HTTP', () => {
  const fixture = new TestRegistry()
  let url = ''
  before(async () => {
    url = (await fixture.start()).url
  })
  after(() => fixture.remove())

  const call = async (method: string, path: string, body?: unknown, type = 'application/json') => {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : {
            headers: { 'content-type': type },
            body: typeof body === 'string' ? body : JSON.stringify(body),
          }),
    })
    assert.equal(response.headers.get('content-type'), 'application/vnd.schemaregistry.v1+json')
    const text = await response.text()
    return { status: response.status, body: JSON.parse(text) }
  }
  const error = (status: number, code: number, message: string | RegExp) => ({
    status,
    code,
    message,
  })
  const refused = async (
    expected: { status: number; code: number; message: string | RegExp },
    ...request: Parameters<typeof call>
  ) => {
    const { status, body } = await call(...request)
    assert.deepEqual([status, body.error_code], [expected.status, expected.code])
    if (typeof expected.message === 'string') assert.equal(body.message, expected.message)
    else assert.match(body.message, expected.message)
  }

  test('what is broken in a request is told, and costs the registry nothing', async () => {
    for (const path of [
      '/contexts/a/subjects/%ff/versions',
      '/contexts/a/config/%',
      '/contexts/%ff/subjects',
    ]) {
      const { status, body } = await call('GET', path)
      assert.ok(status === 400 || status === 404, `${path}: ${status}`)
      assert.equal(body.error_code, status)
    }
    const notUtf8 = Buffer.concat([
      Buffer.from('{"schema":"\\"int\\"","x":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ])
    const response = await fetch(`${url}/subjects/broken/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: notUtf8,
    })
    assert.equal(response.status, 400)
    assert.equal(
      ((await response.json()) as { message: string }).message,
      'The request is not JSON: it is not UTF-8',
    )
    await refused(
      error(415, 415, 'HTTP 415 Unsupported Media Type'),
      'POST',
      '/subjects/broken/versions',
      '{}',
      'text/x',
    )
    await refused(error(422, 422, '"alias" must be a string.'), 'PUT', '/config/broken', {
      alias: 7,
    })
    await refused(
      error(422, 422, '"defaultMetadata" must be a JSON object.'),
      'PUT',
      '/config/broken',
      {
        defaultMetadata: [],
      },
    )
    await refused(
      error(404, 40401, "Subject 'a\\nb' not found."),
      'GET',
      '/subjects/a%0ab/versions',
    )
    const deep = `{"defaultMetadata":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`
    await refused(error(400, 400, /nested deeper than 300/), 'PUT', '/config/broken', deep)
    const large = 'x'.repeat(900_000)
    await call('PUT', '/config/broken', { defaultMetadata: { properties: { a: large } } })
    const doc = JSON.stringify({ type: 'string', doc: large.slice(0, 300_000) })
    await refused(error(422, 42209, /Schema too large/), 'POST', '/subjects/broken/versions', {
      schema: doc,
    })
    await call('DELETE', '/config/broken')
  })

  test('an id that is none is refused, also in an import: a restart must find what it can read', async () => {
    await call('PUT', '/mode/imported', { mode: 'IMPORT' })
    for (const wrong of ['1e400', '1.5', '4294967296', '-1e400']) {
      for (const name of ['id', 'version']) {
        const others = name === 'id' ? '"version":1' : '"id":700'
        const body = `{"schema":"\\"int\\"","${name}":${wrong},${others}}`
        await refused(
          error(422, 422, /must be a whole number/),
          'POST',
          '/subjects/imported/versions',
          body,
        )
      }
    }
    await call('DELETE', '/mode/imported')
    const { client } = fixture.parts()
    const again = await RegistryServer.start({
      host: realHost,
      client,
      address: { host: '127.0.0.1', port: 0 },
    })
    await again.close()
  })

  test('tells which cluster it keeps its schemas on', async () => {
    const { client } = fixture.parts()
    assert.ok(client.clusterId)
    const clusters = {
      'kafka-cluster': client.clusterId,
      'schema-registry-cluster': 'schema-registry',
    }
    const { body } = await call('GET', '/v1/metadata/id')
    assert.deepEqual(body.scope, { path: [], clusters })
  })

  test('registers, looks up, lists', async () => {
    const v1 = 'application/vnd.schemaregistry.v1+json'
    assert.deepEqual(await call('GET', '/subjects'), { status: 200, body: [] })
    const newer = { schema: tripText, metadata: null, ruleSet: null, schemaType: 'AVRO' }
    const made = await call('POST', '/subjects/trips-value/versions', newer, v1)
    assert.deepEqual(made, { status: 200, body: { id: 1 } })
    const again = await call('POST', '/subjects/trips-value/versions?normalize=true', {
      schema: tripText,
    })
    assert.deepEqual(again.body, { id: 1 })
    const second = await call('POST', '/subjects/trips-value/versions', { schema: wider })
    assert.deepEqual(second.body, { id: 2 })
    const third = await call('POST', '/subjects/a%2Fb%20c/versions', { schema: '"string"' })
    assert.deepEqual(third.body, { id: 3 })

    const expected: [string, unknown][] = [
      ['/', {}],
      ['/subjects', ['a/b c', 'trips-value']],
      ['/subjects/trips-value/versions', [1, 2]],
      ['/subjects/trips-value/versions/', [1, 2]],
      [
        '/subjects/trips-value/versions/1',
        { subject: 'trips-value', version: 1, id: 1, schema: tripText },
      ],
      [
        '/subjects/trips-value/versions/latest',
        { subject: 'trips-value', version: 2, id: 2, schema: wider },
      ],
      ['/subjects/trips-value/versions/1/schema', trip],
      ['/subjects/a%2Fb%20c/versions/latest/schema', 'string'],
      ['/schemas/ids/1', { schema: tripText }],
      ['/schemas/ids/1/schema', trip],
      ['/schemas/ids/2/subjects', ['trips-value']],
      ['/schemas/ids/2/versions', [{ subject: 'trips-value', version: 2 }]],
      ['/schemas/types', ['AVRO', 'JSON', 'PROTOBUF']],
      ['/config', { compatibilityLevel: 'BACKWARD' }],
      ['/mode', { mode: 'READWRITE' }],
    ]
    for (const [path, body] of expected) {
      assert.deepEqual(await call('GET', path), { status: 200, body }, path)
    }
    assert.deepEqual(await call('POST', '/subjects/trips-value', { schema: ` ${tripText}` }), {
      status: 200,
      body: { subject: 'trips-value', version: 1, id: 1, schema: tripText },
    })
  })

  test("refuses with Confluent's codes and messages", async () => {
    const notVersion = (which: string) =>
      error(
        422,
        42202,
        `The specified version '${which}' is not a valid version id. ` +
          'Allowed values are between [1, 2^31-1] and the string "latest"',
      )
    const tooLong = `/subjects/${'s'.repeat(1_001)}/versions`
    await refused(error(414, 414, /max param length/), 'GET', tooLong)
    await refused(error(400, 400, /not a valid url/), 'GET', '/subjects/%ff/versions')
    await refused(error(404, 40401, "Subject 'no' not found."), 'GET', '/subjects/no/versions')
    await refused(error(404, 40401, "Subject 'no' not found."), 'GET', '/subjects/no/versions/1')
    await refused(
      error(404, 40402, 'Version 9 not found.'),
      'GET',
      '/subjects/trips-value/versions/9',
    )
    for (const which of ['0', '-2', 'x', '2147483648', '1.5']) {
      await refused(notVersion(which), 'GET', `/subjects/trips-value/versions/${which}`)
    }
    await refused(error(404, 40403, 'Schema 99 not found'), 'GET', '/schemas/ids/99')
    await refused(error(404, 404, 'HTTP 404 Not Found'), 'GET', '/schemas/ids/x')
    await refused(error(404, 404, 'HTTP 404 Not Found'), 'GET', '/nothing')
    const lookup = '/subjects/trips-value'
    await refused(error(404, 40403, 'Schema not found'), 'POST', lookup, { schema: broken })
    await refused(error(404, 40401, "Subject 'no' not found."), 'POST', '/subjects/no', {
      schema: '"int"',
    })

    const path = '/subjects/trips-value/versions'
    const incompatible =
      /incompatible with an earlier schema.*fare: older events may hold null.*oldSchemaVersion: 2/
    await refused(error(409, 409, incompatible), 'POST', path, { schema: broken })
    await refused(error(422, 42201, /unknown type: "rec"/), 'POST', path, {
      schema: '{"type":"rec"}',
    })
    await refused(error(422, 42201, /not JSON/), 'POST', path, { schema: '{' })
    await refused(error(422, 42201, /Empty/), 'POST', '/subjects/none/versions', { schema: '' })
    await refused(error(422, 42201, /must be a string/), 'POST', path, {})
    await refused(error(422, 42201, /Invalid schema type XML/), 'POST', path, {
      schema: 'x',
      schemaType: 'XML',
    })
    await refused(error(422, 42201, /references/), 'POST', path, {
      schema: '"int"',
      references: [{}],
    })
    await refused(error(422, 422, /JSON object/), 'POST', path, '7')
    await refused(error(400, 400, /not JSON/), 'POST', path, '{')
    await refused(error(413, 413, /larger than/), 'POST', path, { schema: 'x'.repeat(1_000_000) })
    await refused(error(415, 415, /Unsupported/), 'POST', path, '<a/>', 'text/xml')
    assert.deepEqual((await call('GET', path)).body, [1, 2])
  })

  test('many registrations at once give dense ids', async () => {
    const ids = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const schema = JSON.stringify({ type: 'fixed', name: `F${i % 25}`, size: 8 })
        const { body } = await call('POST', `/subjects/many-${i}/versions`, { schema })
        return body.id as number
      }),
    )
    const sorted = [...new Set(ids)].sort((a, b) => a - b)
    assert.deepEqual(
      sorted,
      Array.from({ length: 25 }, (_, i) => i + 4),
    )
  })

  test('a restart finds the same ids', async () => {
    const paths = [
      '/subjects',
      '/subjects/trips-value/versions/latest',
      '/schemas/ids/28',
      '/schemas/ids/1',
    ]
    const read = () => Promise.all(paths.map((path) => call('GET', path)))
    const found = await read()
    await fixture.stop()
    url = (await fixture.start()).url
    assert.deepEqual(await read(), found)
    const made = await call('POST', '/subjects/new/versions', { schema: '"long"' })
    assert.deepEqual(made.body, { id: 29 })
  })

  test('takes the subjects of all topics that there can be', async () => {
    const subject = `${'t'.repeat(249)}-value`
    const made = await call('POST', `/subjects/${subject}/versions`, { schema: '"string"' })
    assert.equal(made.status, 200)
    const { body } = await call('GET', `/subjects/${subject}/versions/latest`)
    assert.equal(body.subject, subject)
  })

  test('a schema has one GUID wherever it is, told to those who take any member', async () => {
    const put = (subject: string, body: object) =>
      fetch(`${url}/subjects/${encodeURIComponent(subject)}/versions`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'confluent-accept-unknown-properties': 'true',
        },
        body: JSON.stringify(body),
      }).then((response) => response.json() as Promise<Record<string, unknown>>)
    // What `md5sum` gives of the parts that Confluent's source puts together.
    const guid = '095d71cf-1255-6b9d-5e33-0ad575b3df5d'
    const made = await put('guid-a', { schema: '"string"' })
    assert.deepEqual(made, { id: made.id, version: 1, guid })
    await put(':.guids:b', { schema: ' { "type" : "string" } ' })
    const code = '{"type":"enum","name":"Code","symbols":["A"]}'
    await put('guid-code', { schema: code })
    const full = await put('guid-c', {
      schema: '{"type":"record","name":"R","fields":[{"name":"c","type":"Code"}]}',
      references: [{ name: 'Code', subject: 'guid-code', version: 1 }],
      metadata: { tags: {}, properties: { team: 'a', owner: 'shop' } },
      ruleSet: {
        domainRules: [{ name: 'r', kind: 'CONDITION', mode: 'WRITE', type: 'CEL', expr: 'x > 0' }],
      },
    })
    assert.equal(full.guid, '9e20d4aa-28eb-4e67-50d7-99ac52571af9')

    const found = await call('GET', `/schemas/guids/${guid}`)
    assert.deepEqual(found, { status: 200, body: { schema: '"string"' } })
    const ids = (await call('GET', `/schemas/guids/${guid}/ids`)).body
    assert.deepEqual(ids, [
      { context: '.', id: made.id },
      { context: '.guids', id: 1 },
    ])
    const unknown = guid.replace('0', '1')
    const message = `Schema ${unknown} not found`
    await refused(error(404, 40403, message), 'GET', `/schemas/guids/${unknown}`)
    assert.deepEqual(await call('GET', `/schemas/guids/${unknown}/ids`), { status: 200, body: [] })
    assert.equal((await call('GET', '/subjects/guid-a/versions/1')).body.guid, undefined)
  })

  test('a method that a resource has not is told from a resource that is not there', async () => {
    await refused(error(405, 405, 'HTTP 405 Method Not Allowed'), 'PATCH', '/subjects')
    await refused(error(405, 405, /405/), 'GET', '/compatibility/subjects/a/versions')
    await refused(error(404, 404, /404/), 'GET', '/exporters')
    assert.deepEqual(await call('GET', '/'), { status: 200, body: {} })
    assert.deepEqual(await call('POST', '/', {}), { status: 200, body: {} })
  })

  test('a port that is taken is one clear error', async () => {
    const taken = { host: '127.0.0.1', port: Number(new URL(url).port) }
    const { client } = fixture.parts()
    await assert.rejects(
      RegistryServer.start({ host: realHost, client, address: taken }),
      (cause) => cause instanceof NetworkError && /port is taken/.test(cause.message),
    )
  })

  test('the client remembers what never changes, and says what is wrong', async () => {
    const client = new RegistryClient(`${url}/`, { clock: realHost.clock })
    assert.equal(await client.latest('client-value'), undefined)
    const id = await client.register('client-value', tripText)
    assert.equal(id, 1)
    assert.deepEqual(await client.latest('client-value'), { id: 1, version: 1, schema: tripText })
    assert.equal(await client.byId(1), tripText)
    assert.ok((await client.subjects()).includes('client-value'))
    await assert.rejects(
      client.byId(999),
      (cause) => cause instanceof RegistryClientError && cause.code === 40403 && !cause.retriable,
    )
    await assert.rejects(client.register('client-value', broken), { code: 409, status: 409 })
    await fixture.stop()
    assert.equal(await client.byId(1), tripText)
    assert.equal(await client.register('client-value', tripText), 1)
    await assert.rejects(client.latest('client-value'), (cause) => {
      assert.ok(cause instanceof RegistryClientError)
      assert.match(cause.message, /schema registry at http.* did not answer: ECONNREFUSED/)
      return cause.retriable
    })
  })
})
