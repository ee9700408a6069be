import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realHost } from '@millrace/host'
import { Fetcher } from '../src/client/fetcher.js'
import { LogClient } from '../src/client/log-client.js'
import { decodeGroupRecord, encodeGroupRecord } from '../src/groups/group-record.js'
import { decodeRecords } from '../src/records/visit-records.js'
import { apacheKafka } from './apache-kafka.js'
import { consumerGroupsScenarios } from './conformance/consumer-groups.js'
import { groupsScenarios } from './conformance/groups.js'
import { play } from './conformance/scenario.js'
import { warmUp } from './conformance/warm-up.js'

/** Numbers of Kafka's own that are not kept, so that these records cannot be the same again. */
const notKept = new Set(['group-epoch', 'pattern'])

test('what Kafka writes of groups is read, and would be written with the same bytes', async (t) => {
  const kafka = await apacheKafka(t, { 'group.consumer.assignment.interval.ms': '0' })
  if (kafka === undefined) return
  const { bootstrap } = kafka
  await warmUp(bootstrap)
  for (const each of [...groupsScenarios, ...consumerGroupsScenarios]) await play(bootstrap, each)
  const client = await LogClient.connect({ host: realHost, bootstrap })
  t.after(() => client.close())
  const seen = new Map<string, number>()
  for await (const { key, value } of recordsOf(client)) {
    const record = decodeGroupRecord({ key, value })
    if (record === undefined) continue
    seen.set(record.kind, (seen.get(record.kind) ?? 0) + 1)
    const again = encodeGroupRecord(record)
    assert.deepEqual(again.key, key)
    if (!notKept.has(record.kind)) assert.deepEqual(again.value, value, record.kind)
  }
  const kinds = ['offset', 'membership', 'group-epoch', 'subscription', 'target-epoch', 'target']
  for (const kind of [...kinds, 'current', 'pattern']) assert.ok(seen.has(kind), kind)
})

async function* recordsOf(client: LogClient) {
  const topic = '__consumer_offsets'
  const end = await client.listOffsets(topic, 0, 'latest')
  const fetcher = new Fetcher(client)
  fetcher.assign([{ topic, partition: 0, offset: 0 }])
  while (fetcher.position(topic, 0) < end) {
    for (const { batches } of await fetcher.poll()) {
      for (const batch of batches) yield* decodeRecords(batch)
    }
  }
  fetcher.close()
}
