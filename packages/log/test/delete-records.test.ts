import assert from 'node:assert/strict'
import test from 'node:test'
import { Producer } from '../src/client/producer.js'
import { deleteRecords, fetch, listOffsets } from '../src/protocol/apis.js'
import { kafkaErrors } from '../src/protocol/kafka-errors.js'
import { startBroker } from './broker-harness.js'
import { Wire } from './wire.js'

test('DeleteRecords moves the start of partitions, in every version', async (t) => {
  const started = await startBroker(t)
  const { client } = started
  const wire = new Wire(t, started)
  await client.createTopic('rides', { partitions: 2 })
  const compacted = { 'cleanup.policy': 'compact' }
  await client.createTopic('compacted', { partitions: 1, configs: compacted })
  const producer = new Producer(client)
  for (let at = 0; at < 10; at++) {
    await producer.send('rides', 1, [{ key: null, value: Buffer.from(`${at}`) }])
  }
  const remove = async (version: number, name: string, partitionIndex: number, offset: number) => {
    const topics = [{ name, partitions: [{ partitionIndex, offset }] }]
    const answer = await wire.ask(deleteRecords, version, { topics, timeoutMs: 1000 })
    const result = answer.topics[0]?.partitions[0]
    return [result?.errorCode, result?.lowWatermark]
  }
  assert.deepEqual(await remove(0, 'rides', 1, 3), [0, 3])
  assert.deepEqual(await remove(1, 'rides', 1, 2), [0, 3])
  assert.deepEqual(await remove(2, 'rides', 1, 11), [kafkaErrors.OFFSET_OUT_OF_RANGE, -1])
  assert.deepEqual(await remove(2, 'rides', 1, -2), [kafkaErrors.OFFSET_OUT_OF_RANGE, -1])
  assert.deepEqual(await remove(2, 'rides', 2, 1), [kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION, -1])
  assert.deepEqual(await remove(2, 'compacted', 0, 0), [kafkaErrors.POLICY_VIOLATION, -1])

  const earliest = async () => {
    const partitions = [{ partitionIndex: 1, timestamp: -2 }]
    const answer = await wire.ask(listOffsets, 5, { topics: [{ name: 'rides', partitions }] })
    return answer.topics[0]?.partitions[0]?.offset
  }
  const read = async (fetchOffset: number) => {
    const partitions = [{ partition: 1, fetchOffset, partitionMaxBytes: 10_000 }]
    const topics = [{ topic: 'rides', partitions }]
    const answer = await wire.ask(fetch, 11, { maxBytes: 10_000, topics })
    const result = answer.responses[0]?.partitions[0]
    return [result?.errorCode, result?.logStartOffset]
  }
  assert.equal(await earliest(), 3)
  assert.deepEqual(await read(2), [kafkaErrors.OFFSET_OUT_OF_RANGE, -1])
  assert.deepEqual(await read(3), [0, 3])
  assert.deepEqual(await remove(2, 'rides', 1, -1), [0, 10])
  assert.equal(await earliest(), 10)
})
