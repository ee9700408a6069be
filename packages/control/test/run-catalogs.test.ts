import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { realHost } from '@millrace/host'
import { LogClient, Producer } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { frame, RegistryServer } from '@millrace/schema'
import { avroCodec } from '@millrace/schema/avro'
import { RegistryClient } from '@millrace/schema/client'
import { temporaryFolder } from './folder.js'
import { millrace } from './millrace.js'

const order = JSON.stringify({
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'item', type: 'string' },
  ],
})
const key = JSON.stringify({
  type: 'record',
  name: 'Key',
  fields: [{ name: 'item', type: 'string' }],
})
const count = JSON.stringify({
  type: 'record',
  name: 'Count',
  fields: [{ name: 'orders', type: ['null', 'long'] }],
})

describe('millrace run, and CREATE CATALOG', () => {
  let broker: Broker
  let client: LogClient
  let registry: RegistryServer
  let directory: string
  before(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'millrace-catalogs-'))
    const address = { host: '127.0.0.1', port: 0 }
    broker = await Broker.start({ host: realHost, directory, address })
    client = await LogClient.connect({ host: realHost, bootstrap: bootstrap() })
    registry = await RegistryServer.start({ host: realHost, client, address })
    const schemas = new RegistryClient(registry.url)
    const id = await schemas.register('orders-value', order)
    await schemas.register('counts-value', count)
    await schemas.register('counts-key', key)
    await client.createTopic('orders', { partitions: 1 })
    await client.createTopic('counts', { partitions: 1, configs: { 'cleanup.policy': 'compact' } })
    await client.createTopic('bare', { partitions: 1 })
    const codec = avroCodec(order)
    await new Producer(client).send(
      'orders',
      0,
      ['tea', 'cake', 'tea'].map((item, index) => {
        return { key: null, value: frame(id, codec.encode({ id: index, item })) }
      }),
    )
  })
  after(async () => {
    await registry.close()
    await client.close()
    await broker.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const bootstrap = () => `127.0.0.1:${broker.address.port}`
  const createCatalog = (places: { broker?: string; registry?: string } = {}) => `
CREATE CATALOG shop WITH (
  'type' = 'millrace',
  'properties.bootstrap.servers' = '${places.broker ?? bootstrap()}',
  'schema.registry.url' = '${places.registry ?? registry.url}'
);
`

  function scriptFile(t: TestContext, text: string): string {
    const file = path.join(temporaryFolder(t), 'report.sql')
    writeFileSync(file, text)
    return file
  }

  const bounded = "/*+ OPTIONS('scan.bounded.mode' = 'latest-offset') */"

  it('reads and writes topics of a cluster without any CREATE TABLE', async (t) => {
    const script = `${createCatalog()} USE CATALOG shop; SHOW TABLES;
      SET 'table.dml-sync' = 'true';
      INSERT INTO counts SELECT item, COUNT(*) FROM orders ${bounded} GROUP BY item;
      SELECT * FROM shop.topics.orders ${bounded} WHERE \`$offset\` > 0;`
    const ended = await millrace(['run', '--quiet', scriptFile(t, script)])
    assert.equal(ended.code, 0, ended.err)
    assert.match(ended.out, /\| +counts \|\n\| +orders \|\n/)
    assert.doesNotMatch(ended.out, /bare|schemas/)
    assert.match(ended.out, /\| op \| +id \| +item \|/)
    assert.match(ended.out, /\| \+I \| +1 \| +cake \|\n\| \+I \| +2 \| +tea \|\n/)

    const end = await client.listOffsets('counts', 0, 'latest', 'read_committed')
    assert.ok(end >= 2)
    assert.equal(registry.registry.versions('counts-value').length, 1)
    assert.equal(registry.registry.versions('counts-key').length, 1)
    const again = `${createCatalog()}
      CREATE TABLE once WITH ('scan.bounded.mode' = 'latest-offset') LIKE shop.topics.counts;
      SELECT * FROM once;`
    const read = await millrace(['run', '--quiet', scriptFile(t, again)])
    assert.equal(read.code, 0, read.err)
    assert.match(read.out, /\| +tea \| +2 \|/)
    assert.match(read.out, /\| +cake \| +1 \|/)
  })

  it('takes the broker and the registry of the command, where a catalog names none', async (t) => {
    const script = "CREATE CATALOG c WITH ('type' = 'millrace'); SHOW TABLES FROM c.topics;"
    const file = scriptFile(t, script)
    const places = ['--bootstrap-server', bootstrap(), '--registry', registry.url]
    const ended = await millrace(['run', '--quiet', ...places, file])
    assert.match(ended.out, /orders/)
    const none = await millrace(['run', '--quiet', file])
    assert.match(none.err, /report\.sql:1:16: the catalog `c` does not say where its broker is\n/)
    const half = await millrace(['run', '--quiet', ...places.slice(0, 2), file])
    assert.match(half.err, /report\.sql:1:16: the catalog `c` does not say where its schemas are\n/)
  })

  for (const [name, script, error] of [
    [
      'a topic that is not there',
      () => `${createCatalog()} SELECT * FROM shop.topics.oders;`,
      /report\.sql:7:28: there is no table `oders` in the catalog `shop`\n[\s\S]*hint: did you mean `orders`\?/,
    ],
    [
      'a topic without a schema',
      () => `${createCatalog()} SELECT * FROM shop.topics.bare;`,
      /report\.sql:7:28: the topic `bare` has no schema, and so no columns\n[\s\S]*hint: register one under bare-value/,
    ],
    [
      'a registry that is away',
      () => `${createCatalog({ registry: 'http://127.0.0.1:1' })} SHOW TABLES;`,
      /report\.sql:5:27: the catalog `shop`: the schema registry at http:\/\/127\.0\.0\.1:1 does not answer\n[\s\S]*hint: start it, or correct 'schema\.registry\.url'/,
    ],
    [
      'a broker that is away',
      () => `${createCatalog({ broker: '127.0.0.1:1' })} SHOW TABLES;`,
      /report\.sql:4:36: the catalog `shop`: the broker at 127\.0\.0\.1:1 does not answer\n[\s\S]*hint: start it, or correct 'properties\.bootstrap\.servers'/,
    ],
    [
      'a broker that is no address',
      () => `${createCatalog({ broker: 'nonsense' })} SHOW TABLES;`,
      /report\.sql:4:36: the catalog `shop`: the broker at nonsense does not answer\n/,
    ],
  ] as const) {
    it(`tells at its place: ${name}`, async (t) => {
      const ended = await millrace(['run', '--quiet', scriptFile(t, script())])
      assert.equal(ended.code, 1)
      assert.match(ended.err, error)
    })
  }
})
