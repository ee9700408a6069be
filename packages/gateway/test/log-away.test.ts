import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Address, realHost } from '@millrace/host'
import { decodeRecords, Fetcher, LogClient } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { createPartitions } from '@millrace/log/protocol'
import { RegistryServer } from '@millrace/schema'
import { Gateway } from '../src/index.js'

const anyPort = { host: '127.0.0.1', port: 0 }

/** A broker, a registry that is always there, and gateways that come and go. */
class Away {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'millrace-log-away-'))
  readonly lines: string[] = []
  #broker: Broker | undefined
  #address: Address = anyPort
  #gateway: Gateway | undefined
  #registry: RegistryServer | undefined
  #clients: LogClient[] = []

  static async start(t: TestContext): Promise<Away> {
    const away = new Away()
    t.after(() => away.#stop())
    await away.startBroker()
    const client = await away.client()
    away.#registry = await RegistryServer.start({ host: realHost, client, address: anyPort })
    return away
  }

  async startBroker(): Promise<void> {
    const directory = path.join(this.folder, 'log')
    this.#broker = await Broker.start({ host: realHost, directory, address: this.#address })
    this.#address = this.#broker.address
  }

  async stopBroker(): Promise<void> {
    await this.#broker?.close()
    this.#broker = undefined
  }

  client(timeoutMs = 10_000): Promise<LogClient> {
    return Promise.resolve(this.#open(timeoutMs))
  }

  /** The gateway is another one from then on, whether the log is there or not. */
  async restartGateway(): Promise<void> {
    await this.stopGateway()
    this.#gateway = await Gateway.start({
      ...{ host: realHost, client: this.#open(1_500), address: anyPort },
      registryUrl: this.#registry?.url ?? '',
      topics: () => undefined,
      spoolFolder: path.join(this.folder, 'spool'),
      log: (line) => this.lines.push(line),
    })
  }

  async stopGateway(): Promise<void> {
    await this.#gateway?.close()
    this.#gateway = undefined
  }

  /** The status of the answer, and the error's code. */
  async send(topic: string, value: unknown, query = '?async') {
    const type = 'application/vnd.kafka.json.v2+json'
    const records = [{ key: 'k', value }]
    const { status, error_code: code } = await this.post(
      `/topics/${topic}${query}`,
      { records },
      type,
    )
    return [status, code]
  }

  async post(place: string, body: object, type = 'application/json') {
    const response = await fetch(`${this.#gateway?.url}${place}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: JSON.stringify(body),
    })
    const told = (await response.json()) as { error_code?: number }
    return { status: response.status, error_code: told.error_code }
  }

  async clusterId(): Promise<string> {
    const response = await fetch(`${this.#gateway?.url}/v3/clusters`)
    const { data } = (await response.json()) as { data: { cluster_id: string }[] }
    return data[0]?.cluster_id ?? ''
  }

  /** What a partition holds, once it holds so many. */
  async stored(topic: string, partition: number, count: number): Promise<unknown[]> {
    const client = this.#open(10_000)
    const values: unknown[] = []
    const fetcher = new Fetcher(client)
    fetcher.assign([{ topic, partition, offset: 0 }])
    while (values.length < count) {
      for (const { batches } of await fetcher.poll()) {
        for (const { value } of batches.flatMap(decodeRecords)) {
          values.push(JSON.parse(String(value)))
        }
      }
    }
    fetcher.close()
    return values
  }

  #open(timeoutMs: number): LogClient {
    const bootstrap = `${this.#address.host}:${this.#address.port}`
    const client = LogClient.open({ host: realHost, bootstrap, timeoutMs })
    this.#clients.push(client)
    return client
  }

  async #stop(): Promise<void> {
    await this.stopGateway()
    await this.#registry?.close()
    for (const client of this.#clients) await client.close()
    await this.stopBroker()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

test('a gateway that starts while the log is away takes events of topics that it knew', async (t) => {
  const away = await Away.start(t)
  const client = await away.client()
  await client.createTopic('known', { partitions: 3 })
  await away.restartGateway()
  assert.deepEqual(await away.send('known', 1), [202, undefined])
  const id = await away.clusterId()
  await away.stopGateway()
  await away.stopBroker()

  await away.restartGateway()
  assert.deepEqual(await away.send('known', 2), [202, undefined])
  assert.deepEqual(await away.send('unknown', 1), [503, 50003], 'nobody knows its partitions')
  // v3 names the cluster, which has told nothing yet.
  const v3 = await away.post(`/v3/clusters/${id}/topics/known/records?async`, {
    key: { type: 'JSON', data: 'k' },
    value: { type: 'JSON', data: 3 },
  })
  assert.equal(v3.error_code, 202)
  // Killed and started once more, it still has them.
  await away.restartGateway()
  assert.deepEqual(await away.send('known', 4), [202, undefined])
  await away.startBroker()
  const found = await Promise.race([0, 1, 2].map((partition) => away.stored('known', partition, 4)))
  assert.deepEqual(found, [1, 2, 3, 4], 'one key is one partition, in the order of the answers')
  assert.deepEqual(await away.send('known', 5, ''), [200, undefined])
})

test('partitions that were added while nobody was there are used once the log has answered', async (t) => {
  const away = await Away.start(t)
  const client = await away.client()
  await client.createTopic('grown', { partitions: 1 })
  await away.restartGateway()
  assert.deepEqual(await away.send('grown', 1), [202, undefined])
  await away.stored('grown', 0, 1)
  await away.stopGateway()
  await grow(client, 'grown', 50)
  await away.stopBroker()
  await away.restartGateway()
  assert.deepEqual(await away.send('grown', 2), [202, undefined])
  await away.startBroker()
  assert.deepEqual(await away.stored('grown', 0, 2), [1, 2], 'where it would have gone before')
  // A start that finds the log does not believe what was remembered.
  await away.restartGateway()
  assert.deepEqual(await away.send('grown', 3, ''), [200, undefined])
  assert.equal(await client.listOffsets('grown', 0, 'latest'), 2, 'not in the only one of before')
})

test('a request that names the cluster waits until the log has told what it is called', async (t) => {
  const away = await Away.start(t)
  const client = await away.client()
  await client.createTopic('known', { partitions: 1 })
  const send = () => {
    const record = { value: { type: 'JSON', data: 1 } }
    return away.post(`/v3/clusters/${client.clusterId}/topics/known/records`, record)
  }
  await away.restartGateway()
  assert.equal((await send()).error_code, 200, 'the first request of all')
  await away.stopBroker()
  rmSync(path.join(away.folder, 'spool'), { recursive: true })
  await away.restartGateway()
  assert.deepEqual(
    await send(),
    { status: 503, error_code: 50003 },
    'it is not told to be no cluster',
  )
})

test('what was remembered and cannot be read is told, and asked for anew', async (t) => {
  const away = await Away.start(t)
  await (await away.client()).createTopic('known', { partitions: 1 })
  await away.restartGateway()
  assert.deepEqual(await away.send('known', 1), [202, undefined])
  await away.stopGateway()
  const file = path.join(away.folder, 'spool', 'topics.json')
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).main.topics.known, 1)
  writeFileSync(file, '{"main":')
  await away.restartGateway()
  assert.match(away.lines.join('\n'), /topics\.json cannot be read, topics are asked for anew/)
  assert.deepEqual(await away.send('known', 2), [202, undefined])
})

async function grow(client: LogClient, topic: string, count: number): Promise<void> {
  const broker = await client.cluster.anyBroker()
  const topics = [{ name: topic, count, assignments: null }]
  const answer = await broker.request(createPartitions, { topics, timeoutMs: 5_000 })
  assert.equal(answer.results[0]?.errorCode, 0)
}
