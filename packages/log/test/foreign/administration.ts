import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../broker-harness.js'
import type { DescribedGroup, Stage } from './flavour.js'
import type { ForeignRecord } from './foreign-client.js'

function records(count: number): ForeignRecord[] {
  return Array.from({ length: count }, (_, at) => ({
    partition: 0,
    timestamp: 1_700_000_000_000 + at,
    key: null,
    value: `value ${at}`,
    headers: [],
  }))
}

export async function administrationScenarios(
  t: TestContext,
  { flavour, client }: Stage,
): Promise<void> {
  await t.test('topics are made, listed, grown, changed and deleted', async () => {
    const topic = 'managed'
    const configs = { 'retention.ms': '86400000' }
    await client.ask('createTopic', { topic, partitions: 2, configs })
    await assert.rejects(client.ask('createTopic', { topic, partitions: 2 }), {
      code: 'TOPIC_ALREADY_EXISTS',
    })
    await assert.rejects(client.ask('createTopic', { topic: 'with space', partitions: 2 }), {
      code: 'INVALID_TOPIC_EXCEPTION',
    })
    assert.ok((await client.ask<string[]>('topics')).includes(topic))
    assert.equal(await client.ask('partitions', { topic }), 2)
    await client.ask('createPartitions', { topic, count: 5 })
    assert.equal(await client.ask('partitions', { topic }), 5)
    await assert.rejects(client.ask('createPartitions', { topic, count: 3 }), {
      code: 'INVALID_PARTITIONS',
    })
    await client.ask('alterConfigs', {
      topic,
      set: { 'retention.ms': '1000', 'segment.bytes': '1048576' },
    })
    const described = await client.ask<Record<string, string>>('configs', { topic })
    assert.equal(described['retention.ms'], '1000')
    assert.equal(described['segment.bytes'], '1048576')
    assert.equal(described['cleanup.policy'], 'delete')
    await client.ask('deleteTopic', { topic })
    assert.ok(!(await client.ask<string[]>('topics')).includes(topic))
  })

  await t.test('records are deleted up to an offset', async () => {
    const topic = 'shortened'
    await client.ask('createTopic', { topic, partitions: 1 })
    await client.producer(topic)
    await client.send(topic, topic, records(10))
    await client.ask('deleteRecords', { topic, partition: 0, before: 4 })
    assert.deepEqual(await client.ask('offsets', { topic, at: 'earliest' }), [4])
    assert.deepEqual(await client.ask('offsets', { topic, at: 'latest' }), [10])
    const read = await client.read(topic, 6)
    assert.equal(read[0]?.offset, 4)
    await assert.rejects(client.ask('deleteRecords', { topic, partition: 0, before: 11 }), {
      code: 'OFFSET_OUT_OF_RANGE',
    })
  })

  await t.test('the cluster is one broker, which is its controller', async () => {
    const cluster = await client.ask<{ clusterId: string }>('cluster')
    assert.deepEqual(cluster, { brokers: [1], controller: 1, clusterId: cluster.clusterId })
    assert.match(cluster.clusterId, /^[\w-]{22}$/)
  })

  await t.test("a group's offsets are set, listed and deleted, and then the group", async () => {
    const topic = 'offsets'
    const group = 'offsets-group'
    await client.ask('createTopic', { topic, partitions: 1 })
    await client.producer(topic)
    await client.send(topic, topic, records(10))
    await client.ask('setGroupOffset', { group, topic, partition: 0, offset: 4 })
    assert.ok((await client.ask<string[]>('groups')).includes(group))
    const described = await client.ask<DescribedGroup>('describeGroup', { group })
    assert.equal(described.state, 'Empty')
    assert.equal(described.members, 0)
    assert.deepEqual(await client.ask('groupOffsets', { group }), [[topic, 0, 4]])
    const member = await client.join('offsets-member', group, topic)
    await eventually(() => member.read.length === 6 || undefined, 60_000)
    assert.equal(member.read[0]?.offset, 4)
    await assert.rejects(client.ask('deleteGroup', { group }), { code: 'NON_EMPTY_GROUP' })
    await member.leave()
    assert.deepEqual(await client.ask('groupOffsets', { group }), [[topic, 0, 10]])
    if (!flavour.lacks.includes('deleteGroupOffset')) {
      await client.ask('deleteGroupOffset', { group, topic, partition: 0 })
      assert.deepEqual(await client.ask('groupOffsets', { group }), [])
    }
    await client.ask('deleteGroup', { group })
    assert.ok(!(await client.ask<string[]>('groups')).includes(group))
    await assert.rejects(client.ask('deleteGroup', { group }), { code: 'GROUP_ID_NOT_FOUND' })
  })
}
