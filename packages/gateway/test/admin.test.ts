import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { commitOffsets } from '@millrace/log'
import { Platform } from './platform.js'

let platform: Platform
before(async () => {
  platform = await Platform.start()
})
after(() => platform.stop())

async function call(method: string, path: string, body?: object) {
  const url = `${platform.gateway.url}/v3/clusters/${platform.client.clusterId}/${path}`
  const headers = { 'content-type': 'application/json' }
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) }
  const response = await fetch(url, init)
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

test('topics, their settings and partitions, brokers and groups', async () => {
  const made = await call('POST', 'topics', {
    topic_name: 'rides',
    partitions_count: 2,
    replication_factor: 1,
    configs: [{ name: 'retention.ms', value: '60000' }],
  })
  assert.deepEqual(
    [made.status, made.body.kind, made.body.partitions_count],
    [201, 'KafkaTopic', 2],
  )
  const again = await call('POST', 'topics', { topic_name: 'rides' })
  assert.deepEqual([again.status, again.body.error_code], [400, 40002])
  const { id } = { id: platform.client.clusterId }
  const told = (await call('GET', 'topics/rides')).body
  assert.equal(told.metadata.resource_name, `crn:///kafka=${id}/topic=rides`)
  assert.ok(
    (await call('GET', 'topics')).body.data.some(
      (each: { topic_name: string }) => each.topic_name === 'rides',
    ),
  )
  const retention = async () => (await call('GET', 'topics/rides/configs/retention.ms')).body
  assert.deepEqual(
    [(await retention()).value, (await retention()).source],
    ['60000', 'DYNAMIC_TOPIC_CONFIG'],
  )
  assert.equal(
    (await call('PUT', 'topics/rides/configs/retention.ms', { value: '70000' })).status,
    204,
  )
  assert.equal((await retention()).value, '70000')
  const data = [{ name: 'retention.ms', operation: 'DELETE' }]
  assert.equal((await call('POST', 'topics/rides/configs:alter', { data })).status, 204)
  assert.notEqual((await retention()).source, 'DYNAMIC_TOPIC_CONFIG')
  assert.ok((await call('GET', 'topics/-/configs')).body.data.length > 0)
  await platform.post('rides', { records: [{ value: 1, partition: 1 }] })
  const offsets = (await call('GET', 'topics/rides/partitions/1/offset')).body
  assert.deepEqual([offsets.earliest_offset, offsets.latest_offset], [0, 1])
  assert.equal((await call('GET', 'topics/rides/partitions/9')).body.error_code, 40402)
  const broker = (await call('GET', 'brokers')).body.data[0].broker_id
  assert.equal((await call('GET', `brokers/${broker}/configs`)).status, 200)
  assert.equal((await call('GET', 'brokers/99')).status, 404)
  await commitOffsets(platform.client, 'readers', [{ topic: 'rides', partition: 1, offset: 0 }])
  const groups = (await call('GET', 'consumer-groups')).body.data
  assert.deepEqual(
    groups.map((each: { consumer_group_id: string }) => each.consumer_group_id),
    ['readers'],
  )
  assert.equal((await call('GET', 'consumer-groups/readers/lag-summary')).body.total_lag, 1)
  assert.equal((await call('GET', 'consumer-groups/readers/lags/rides/partitions/1')).body.lag, 1)
  assert.equal((await call('GET', 'consumer-groups/nobody')).status, 404)
  assert.equal((await call('GET', 'acls')).body.error_code, 40002)
  const v2 = (await platform.get('/topics/rides/partitions/1/offsets')).body
  assert.deepEqual(v2, { beginning_offset: 0, end_offset: 1 })
  assert.deepEqual((await platform.get('/brokers')).body, { brokers: [broker] })
  assert.equal((await call('DELETE', 'topics/rides')).status, 204)
  const gone = await call('GET', 'topics/rides')
  assert.deepEqual([gone.status, gone.body.error_code], [404, 40403])
})
