import assert from 'node:assert/strict'
import test from 'node:test'
import { isKafkaInstalled } from './apache-kafka.js'
import { isInstalled, startBroker } from './broker-harness.js'
import { compileJavaDriver, startJavaDriver } from './foreign/java-driver.js'
import { playAll } from './foreign/suite.js'

test('kafka-clients (Java)', async (t) => {
  if (!isKafkaInstalled(t) || !isInstalled(t, 'javac')) return
  compileJavaDriver()
  await playAll(t, {
    name: 'kafka-clients',
    start: startJavaDriver,
    compressions: ['gzip', 'snappy', 'lz4', 'zstd'],
    hasNullHeaders: true,
    groups: {
      range: { assignor: 'range' },
      'cooperative-sticky': { assignor: 'cooperative-sticky' },
      consumer: { protocol: 'consumer' },
    },
    hasStaticMembers: true,
    lacks: [],
  })
})

test("Apache Kafka's own administrator sees one broker that has all that it asks for", async (t) => {
  if (!isKafkaInstalled(t) || !isInstalled(t, 'javac')) return
  compileJavaDriver()
  const { bootstrap } = await startBroker(t)
  const client = startJavaDriver(t, bootstrap)
  const topic = 'rides'
  await client.ask('createTopic', { topic, partitions: 5 })
  const record = { partition: 0, key: 'k', value: 'v', headers: [], timestamp: 0 }

  const all = [0, 1, 2, 3, 4]
  assert.deepEqual(await client.ask('describeLimited', { topic, limit: 2 }), all)

  await client.producer('writer', { transactionalId: 'writer' })
  await client.begin('writer')
  await client.send('writer', topic, [record, { ...record, partition: 1 }])
  const [open] = await client.ask<Written[]>('producers', { topic, partition: 0 })
  assert.equal(open?.isOpen, true)
  assert.equal(open.lastSequence, 0)
  assert.deepEqual(await client.ask('transactions'), { writer: 'Ongoing' })
  assert.deepEqual(await client.ask('transaction', { transactionalId: 'writer' }), {
    state: 'Ongoing',
    producerId: open.producerId,
    partitions: ['rides-0', 'rides-1'],
  })
  await client.ask('fenceProducer', { transactionalId: 'writer' })
  await assert.rejects(client.commit('writer'))
  const [ended] = await client.ask<Written[]>('producers', { topic, partition: 0 })
  assert.equal(ended?.isOpen, false)

  const sizes = await client.ask<Record<string, number | boolean>>('logDirs', { topic })
  assert.equal(sizes.hasVolume, true)
  assert.ok(Number(sizes['rides-0']) > 0)
  assert.equal(sizes['rides-4'], 0)
  assert.deepEqual(await client.ask('quorum'), { leader: 1, voters: 1 })
  assert.equal(await client.ask('reassignments'), '[]')
  await assert.rejects(client.ask('electLeader', { topic, partition: 0 }), {
    code: 'ELECTION_NOT_NEEDED',
  })
  const features = await client.ask<Record<string, number>>('features')
  assert.equal(features['transaction.version'], 2)
  assert.equal(features['group.version'], 1)

  const name = 'log.retention.ms'
  await client.ask('setBrokerConfig', { name, value: '86400000' })
  assert.deepEqual(await client.ask('brokerConfig', { name }), {
    value: '86400000',
    source: 'DYNAMIC_DEFAULT_BROKER_CONFIG',
  })
  assert.equal(
    (await client.ask<Record<string, string>>('configs', { topic }))['retention.ms'],
    '86400000',
  )
  assert.ok((await client.ask<string[]>('configResources')).includes('TOPIC rides'))
  assert.deepEqual(await client.ask('operations', { topic }), [
    ...[
      'ALTER',
      'ALTER_CONFIGS',
      'CREATE',
      'DELETE',
      'DESCRIBE',
      'DESCRIBE_CONFIGS',
      'READ',
      'WRITE',
    ],
  ])
})

/** A producer, as a partition knows it. */
interface Written {
  producerId: number
  lastSequence: number
  isOpen: boolean
}
