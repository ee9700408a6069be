import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realHost } from '@millrace/host'
import { LogClient } from '../src/client/log-client.js'
import { apacheKafka, isKafkaInstalled, kafkaTool } from './apache-kafka.js'
import { startBroker } from './broker-harness.js'

const topicTool = 'org.apache.kafka.tools.TopicCommand'

test('a real Kafka is started, asked, stopped and started again', async (t) => {
  const kafka = await apacheKafka(t)
  if (kafka === undefined) return
  const { bootstrap } = kafka
  const client = await LogClient.connect({ host: realHost, bootstrap })
  t.after(() => client.close())
  await client.createTopic('rides', { partitions: 3 })
  await kafka.stop()
  await kafka.start()
  assert.deepEqual(await client.topics(['rides']), [{ name: 'rides', partitions: 3 }])
})

test("Kafka's own tools speak to the embedded broker", async (t) => {
  if (!isKafkaInstalled(t)) return
  const { bootstrap, client } = await startBroker(t)
  await client.createTopic('rides', { partitions: 3 })
  const listed = await kafkaTool(topicTool, ['--bootstrap-server', bootstrap, '--list'])
  assert.deepEqual(listed, { exitCode: 0, stdout: 'rides\n', stderr: '' })
  const refused = await kafkaTool(topicTool, ['--no-such-option'])
  assert.equal(refused.exitCode, 1)
  assert.match(refused.stderr, /no-such-option/)
})
