import assert from 'node:assert/strict'
import test from 'node:test'
import { realHost } from '@millrace/host'
import { Broker } from '../src/broker/broker.js'
import { afterwards, startBroker, temporaryFolder } from './broker-harness.js'

test('two brokers on one directory are kept apart, and the first does not notice', async (t) => {
  const directory = temporaryFolder(t)
  const first = await startBroker(t, { directory })
  await first.client.createTopic('rides', { partitions: 1 })
  const again = () =>
    Broker.start({ host: realHost, directory, address: { host: '127.0.0.1', port: 0 } })
  await assert.rejects(again(), { name: 'DiskError', code: 'EBUSY' })
  assert.deepEqual(
    first.broker.topics().map(({ name }) => name),
    ['rides'],
  )
  await first.broker.close()
  const second = await again()
  afterwards(t, () => second.close())
  assert.equal(second.topics().length, 1)
})

test('a start that fails gives the directory back', async (t) => {
  const directory = temporaryFolder(t)
  const other = await startBroker(t)
  const start = (port: number) =>
    Broker.start({ host: realHost, directory, address: { host: '127.0.0.1', port } })
  await assert.rejects(start(other.broker.address.port), /the port is taken/)
  const broker = await start(0)
  afterwards(t, () => broker.close())
})
