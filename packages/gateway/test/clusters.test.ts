import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { realHost } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { answerOf, Platform } from './platform.js'

const type = 'application/json'
const record = { value: { type: 'JSON', data: 1 } }

describe('a gateway before several clusters', () => {
  let directory: string
  let broker: Broker
  let east: LogClient
  let platform: Platform
  let isEastThere = false
  before(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'millrace-gateway-east-'))
    broker = await Broker.start({
      host: realHost,
      directory,
      address: { host: '127.0.0.1', port: 0 },
    })
    const connect = () =>
      LogClient.connect({
        host: realHost,
        bootstrap: `${broker.address.host}:${broker.address.port}`,
      })
    east = await connect()
    platform = await Platform.start({
      clusters: new Map([
        ['east', () => (isEastThere ? connect() : Promise.reject(new Error('not yet')))],
      ]),
    })
    await east.createTopic('far', { partitions: 1 })
    await platform.topic('near')
    platform.policies.set('far', { cluster: 'east' })
  })
  after(async () => {
    await platform.stop()
    await east.close()
    await broker.close()
    rmSync(directory, { recursive: true })
  })

  test('one that is away keeps the others going, and is found when it is there', async () => {
    assert.equal((await platform.get('/v3/clusters')).body.data.length, 1)
    const away = await platform.post('far', { records: [{ value: 1 }] })
    assert.deepEqual([away.status, away.body.error_code], [503, 50003])
    assert.match(away.body.message, /cluster east does not answer: not yet/)
    assert.equal((await platform.post('near', { records: [{ value: 1 }] })).status, 200)
    isEastThere = true
    const ids = (await platform.get('/v3/clusters')).body.data.map(
      ({ cluster_id: id }: { cluster_id: string }) => id,
    )
    assert.deepEqual(ids, [platform.client.clusterId, east.clusterId])
    assert.deepEqual((await platform.get('/topics')).body.includes('far'), true)
    assert.equal((await platform.get('/topics/far')).body.partitions.length, 1)
  })

  test('a topic is looked up where it is, and an id in the path must be its own', async () => {
    assert.equal((await platform.post('far', { records: [{ value: 7 }] })).status, 200)
    assert.equal(await east.listOffsets('far', 0, 'latest'), 1)
    const send = async (id: string | undefined, topic: string) => {
      const url = `/v3/clusters/${id}/topics/${topic}/records`
      return answerOf(await platform.send(url, record, { type }))
    }
    const near = platform.client.clusterId
    assert.equal((await send(east.clusterId, 'far')).body.cluster_id, east.clusterId)
    const wrong = await send(near, 'far')
    assert.deepEqual([wrong.status, wrong.body.error_code], [404, 40401])
    assert.match(wrong.body.message, new RegExp(`which has the id ${east.clusterId}`))
    assert.equal((await send('nowhere', 'far')).body.error_code, 404)
    // Of a topic that the project says nothing of, the path alone says where it is.
    await east.createTopic('undeclared', { partitions: 1 })
    assert.equal((await send(east.clusterId, 'undeclared')).body.error_code, 200)
    assert.equal((await send(near, 'undeclared')).body.error_code, 40401)
  })
})
