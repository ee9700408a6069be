import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realHost } from '@millrace/host'
import { Producer, TransactionalProducer } from '@millrace/log'
import { writeRunFile } from '../src/supervise/runfile.js'
import { temporaryFolder } from './folder.js'
import { logAndRegistry } from './log-and-registry.js'
import { millrace, RunningMillrace } from './millrace.js'

test('tail ends where the topic does, also behind records that were never committed', async (t) => {
  const { connect, registry, kafkaPort } = await logAndRegistry(t)
  const client = await connect()
  await client.createTopic('orders', { partitions: 2 })
  await client.createTopic('small', { partitions: 1, configs: { 'max.message.bytes': '100' } })
  const records = (...texts: string[]) => {
    return texts.map((text) => ({ key: null, value: Buffer.from(text) }))
  }
  const orders = (...texts: string[]) => {
    return { topic: 'orders', partition: 0, records: records(...texts) }
  }
  const producer = await TransactionalProducer.open(client, { transactionalId: 'test' })
  await producer.commit({ batches: [orders('1', '2')] })
  const tooLarge = { topic: 'small', partition: 0, records: records('x'.repeat(200)) }
  await assert.rejects(producer.commit({ batches: [orders('3', '4', '5'), tooLarge] }))
  // Two records, a marker, three that nobody sees, and theirs.
  await producer.close()
  assert.equal(await client.listOffsets('orders', 0, 'latest'), 7)

  const folder = temporaryFolder(t)
  const ports = { kafka: kafkaPort, registry: registry.address.port, clusters: {} }
  writeRunFile(realHost.disk, folder, {
    ...{ project: 'shop', pid: process.pid, startedAt: 0 },
    ports: { ...ports, gateway: 0, query: 0, console: 0 },
  })
  const tail = ['tail', 'orders', '-C', folder, '--from', 'earliest']
  for (const more of [[], ['--limit', '5'], ['--limit', '2']]) {
    const { out, err, code } = await millrace([...tail, '--to', 'latest', ...more])
    assert.deepEqual([out, err, code], ['1\n2\n', '', 0])
  }
  assert.equal((await millrace([...tail, '--to', 'latest', '--limit', '1'])).out, '1\n')
  assert.equal((await millrace(['tail', 'orders', '-C', folder, '--to', 'latest'])).out, '')

  // Without it what comes later is waited for, and that is said.
  const waiting = new RunningMillrace(t, [...tail, '--limit', '3'])
  await waiting.says((err) => err.includes('Waiting for new records of orders; `--to latest` ends'))
  await new Producer(client).send('orders', 1, records('6'))
  const { code, out } = await waiting.ended()
  assert.deepEqual([code, out], [0, '1\n2\n6\n'])
})
