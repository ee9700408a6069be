import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { Producer, stringSerializers } from '@platformatic/kafka'
import { batchesIn } from '../src/records/batches-in.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { decodeRecords } from '../src/records/visit-records.js'
import { isKafkaInstalled } from './apache-kafka.js'
import { isInstalled, run, type Started, startBroker } from './broker-harness.js'
import type { ForeignRecord } from './foreign/foreign-client.js'
import { compileJavaDriver, startJavaDriver } from './foreign/java-driver.js'

/** The batches as they lie on disk. */
function stored({ directory }: Started, topic: string) {
  const file = path.join(directory, `${topic}-0`, '00000000000000000000.log')
  return [...batchesIn(fs.readFileSync(file))]
}

/** Our own encoder makes the same bytes from what our decoder read in another client's batch. */
function compare(t: TestContext, started: Started, topic: string): void {
  const batches = stored(started, topic)
  assert.ok(batches.length > 0)
  let records = 0
  for (const { header, bytes } of batches) {
    assert.equal(header.compression, 'none')
    const decoded = decodeRecords(bytes)
    records += decoded.length
    const ours = encodeBatch(decoded, {
      baseOffset: header.baseOffset,
      leaderEpoch: header.leaderEpoch,
      producerId: header.producerId,
      producerEpoch: header.producerEpoch,
      baseSequence: header.baseSequence,
      transactional: header.isTransactional,
      control: header.isControl,
    })
    assert.equal(ours.toString('hex'), bytes.toString('hex'))
  }
  t.diagnostic(`${batches.length} batches, ${records} records of ${topic} compared`)
}

test('batches of kcat are byte for byte what we would have written', async (t) => {
  if (!isInstalled(t, 'kcat')) return
  const started = await startBroker(t)
  const kcat = ['-b', started.bootstrap, '-P', '-K:', '-H', 'a=b', '-H', 'none', '-Z']
  const lines = Array.from({ length: 300 }, (_, at) => `key ${at}:${'ü'.repeat(at)}`)
  await run('kcat', [...kcat, '-t', 'plain'], [...lines, 'tombstone:', ':no key'].join('\n'))
  await run(
    'kcat',
    [...kcat, '-t', 'idempotent', '-X', 'enable.idempotence=true'],
    lines.join('\n'),
  )
  await run('kcat', [...kcat, '-t', 'transactional', '-X', 'transactional.id=w'], lines.join('\n'))
  for (const topic of ['plain', 'idempotent', 'transactional']) compare(t, started, topic)
})

test("batches of Apache Kafka's own client are byte for byte what we would have written", async (t) => {
  if (!isKafkaInstalled(t) || !isInstalled(t, 'javac')) return
  compileJavaDriver()
  const started = await startBroker(t)
  const client = startJavaDriver(t, started.bootstrap)
  const ways = { plain: {}, idempotent: { idempotent: true }, whole: { transactionalId: 'whole' } }
  for (const [topic, options] of Object.entries(ways)) {
    await client.ask('createTopic', { topic, partitions: 1 })
    await client.producer(topic, options)
    for (let round = 0; round < 3; round++) {
      if (topic === 'whole') await client.begin(topic)
      const records = Array.from(
        { length: 100 },
        (_, at): ForeignRecord => ({
          partition: 0,
          // Not in order: the first of a batch is not its least.
          timestamp: 1_700_000_000_000 + ((at * 37) % 100),
          key: at % 3 === 0 ? null : `key ${at}`,
          value: at % 7 === 0 ? null : 'ü'.repeat(at),
          headers:
            at % 2 === 0
              ? []
              : [
                  ['origin', `ü ${at}`],
                  ['none', null],
                  ['none', ''],
                ],
        }),
      )
      await client.send(topic, topic, records)
      if (topic === 'whole') await client.commit(topic)
    }
    compare(t, started, topic)
  }
})

test('batches of @platformatic/kafka are byte for byte what we would have written', async (t) => {
  const started = await startBroker(t)
  for (const idempotent of [false, true]) {
    const topic = `idempotent-${idempotent}`
    await started.client.createTopic(topic, { partitions: 1 })
    const producer = new Producer({
      clientId: 'bytes',
      bootstrapBrokers: [started.bootstrap],
      serializers: stringSerializers,
      idempotent,
    })
    try {
      for (let batch = 0; batch < 3; batch++) {
        const messages = Array.from({ length: 100 }, (_, at) => ({
          topic,
          value: `value ${at}`,
          timestamp: BigInt(1_700_000_000_000 + at * 7),
          ...(at % 3 > 0 && { key: `key ${at}` }),
          ...(at % 2 > 0 && { headers: { origin: `ü ${at}`, empty: '' } }),
        }))
        await producer.send({ messages, acks: -1 })
      }
    } finally {
      await producer.close()
    }
    compare(t, started, topic)
  }
})
