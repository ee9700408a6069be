import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { realHost } from '@millrace/host'
import { LogClient } from '../src/client/log-client.js'
import { isKafkaInstalled, kafkaTool } from './apache-kafka.js'
import { afterwards, eventually, startBroker, temporaryFolder } from './broker-harness.js'
import { BrokerProcess } from './broker-process.js'
import { Verifiable } from './foreign/verifiable.js'

const consoleProducer = 'org.apache.kafka.tools.ConsoleProducer'
const consoleConsumer = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
/** Programs of Kafka's start slowly on a machine that is busy with other things. */
const patienceMs = 90_000

test("Kafka's verifiable producer and consumers lose and double nothing while a broker is killed", async (t) => {
  if (!isKafkaInstalled(t)) return
  const broker = await BrokerProcess.start(t)
  const { bootstrap } = broker
  const client = await LogClient.connect({ host: realHost, bootstrap })
  afterwards(t, () => client.close())
  await client.createTopic('verified', { partitions: 2 })
  const at = ['--bootstrap-server', bootstrap, '--topic', 'verified']
  const group = ['--group-id', 'verifiers', '--session-timeout', '6000', '--verbose']
  const consumers = [0, 1].map(() => new Verifiable(t, 'Consumer', [...at, ...group]))
  const assigned = () => consumers.map((consumer) => consumer.of('partitions_assigned').at(-1))
  await eventually(
    () => assigned().every((event) => event?.partitions?.length === 1) || undefined,
    patienceMs,
  )
  // Left alone it tries nothing again.
  const config = path.join(temporaryFolder(t), 'producer.properties')
  fs.writeFileSync(config, 'retries=1000\n')
  const count = 1500
  const pace = ['--throughput', '500', '--max-messages', `${count}`, '--command-config', config]
  const producer = new Verifiable(t, 'Producer', [...at, ...pace])
  const acknowledged = () => producer.of('producer_send_success')
  for (const kill of [1, 2]) {
    await eventually(() => acknowledged().length > kill * 200 || undefined, patienceMs)
    await broker.kill()
    await broker.start()
  }
  await eventually(() => producer.of('shutdown_complete').length > 0 || undefined, patienceMs)
  const values = acknowledged().map(({ value }) => value)
  const read = () => consumers.flatMap((consumer) => consumer.of('record_data'))
  await eventually(() => {
    const seen = new Set(read().map(({ value }) => value))
    return values.every((value) => seen.has(value)) || undefined
  }, patienceMs)

  assert.deepEqual(producer.of('producer_send_error'), [])
  assert.equal(values.length, count)
  const placed = new Map<string, string>()
  for (const { partition, offset, value = '' } of read()) {
    const place = `${partition} ${offset}`
    // Read again after a kill is fine; two records at a place, or one at two places, are not.
    assert.equal(placed.get(place) ?? value, value, place)
    placed.set(place, value)
  }
  assert.equal(new Set(placed.values()).size, placed.size)
  for (const { partition, offset, value } of acknowledged()) {
    assert.equal(placed.get(`${partition} ${offset}`), value)
  }
  await Promise.all(consumers.map((consumer) => consumer.end('SIGTERM')))
  const committed = consumers.flatMap((consumer) => consumer.of('offsets_committed'))
  assert.ok(committed.some(({ success }) => success === true))
  t.diagnostic(`${values.length} records acknowledged, ${read().length} read, 2 kills`)
})

test("what Kafka's console producer is given its console consumer prints", async (t) => {
  if (!isKafkaInstalled(t)) return
  const { bootstrap, client } = await startBroker(t)
  await client.createTopic('lines', { partitions: 1 })
  const at = ['--bootstrap-server', bootstrap, '--topic', 'lines']
  const lines = Array.from(
    { length: 50 },
    (_, each) => `name:header ${each}|key ${each}|välue ${each}`,
  )
  const properties = [
    'parse.key=true',
    'key.separator=|',
    'parse.headers=true',
    'headers.delimiter=|',
  ]
  const written = await kafkaTool(
    consoleProducer,
    [
      ...at,
      ...properties.flatMap((each) => ['--reader-property', each]),
      '--compression-codec',
      'zstd',
    ],
    { input: `${lines.join('\n')}\n`, timeoutMs: patienceMs },
  )
  assert.equal(written.exitCode, 0, written.stderr)
  const shown = ['print.headers=true', 'print.key=true', 'key.separator=|', 'headers.separator=,']
  const printed = await kafkaTool(
    consoleConsumer,
    [
      ...[...at, '--from-beginning', '--max-messages', '50', '--group', 'readers'],
      ...shown.flatMap((each) => ['--formatter-property', each]),
    ],
    { timeoutMs: patienceMs },
  )
  assert.deepEqual(printed.stdout.trimEnd().split('\n'), lines, printed.stderr)
  assert.equal((await client.committedOffsets('readers'))[0]?.offset, 50)
})
