import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import {
  Admin,
  Consumer,
  type Message,
  type MessagesStream,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka'
import { afterwards, eventually, startBroker } from './broker-harness.js'

type Text = Message<string, string, string, string>
type TextStream = MessagesStream<string, string, string, string>

function admin(t: TestContext, bootstrap: string): Admin {
  const made = new Admin({ clientId: 'admin', bootstrapBrokers: [bootstrap] })
  afterwards(t, () => made.close())
  return made
}

function producer(t: TestContext, bootstrap: string, options: object = {}) {
  const made = new Producer({
    clientId: 'producer',
    bootstrapBrokers: [bootstrap],
    serializers: stringSerializers,
    ...options,
  })
  afterwards(t, () => made.close())
  return made
}

type Protocol = 'classic' | 'consumer'

function consumer(
  t: TestContext,
  bootstrap: string,
  groupId: string,
  groupProtocol: Protocol = 'classic',
) {
  const classic = {
    groupProtocol: 'classic',
    sessionTimeout: 6000,
    rebalanceTimeout: 6000,
    heartbeatInterval: 100,
  } as const
  const made = new Consumer({
    clientId: 'consumer',
    groupId,
    bootstrapBrokers: [bootstrap],
    deserializers: stringDeserializers,
    maxWaitTime: 100,
    ...(groupProtocol === 'classic' ? classic : { groupProtocol }),
  })
  afterwards(t, () => made.close(true))
  return made
}

test('topics are made, listed, described and deleted', async (t) => {
  const { bootstrap } = await startBroker(t)
  const client = admin(t, bootstrap)
  const [made] = await client.createTopics({ topics: ['rides'], partitions: 4, replicas: 1 })
  assert.equal(made?.name, 'rides')
  assert.equal(made?.partitions, 4)
  assert.deepEqual(await client.listTopics(), ['rides'])
  await assert.rejects(client.createTopics({ topics: ['rides'] }))
  await assert.rejects(client.createTopics({ topics: ['with space'] }))
  const metadata = await client.metadata({ topics: ['rides'] })
  assert.equal(metadata.topics.get('rides')?.partitionsCount, 4)
  await client.deleteTopics({ topics: ['rides'] })
  assert.deepEqual(await client.listTopics(), [])
})

for (const compression of ['none', 'gzip'] as const) {
  for (const idempotent of [false, true]) {
    test(`what it produces it consumes: ${compression}, idempotent ${idempotent}`, async (t) => {
      const { bootstrap, client } = await startBroker(t)
      await client.createTopic('rides', { partitions: 2 })
      const from = producer(t, bootstrap, { compression, idempotent })
      const sent = Array.from({ length: 300 }, (_, at) => ({
        topic: 'rides',
        key: `key ${at}`,
        value: `value ${at}`,
        headers: { origin: `header ${at}` },
      }))
      for (let at = 0; at < sent.length; at += 100) {
        await from.send({ messages: sent.slice(at, at + 100), acks: -1 })
      }
      const stream = await consumer(t, bootstrap, 'readers').consume({
        topics: ['rides'],
        mode: 'earliest',
      })
      const read: Text[] = []
      for await (const message of stream) {
        read.push(message)
        if (read.length === sent.length) break
      }
      const byKey = new Map(read.map((message) => [message.key, message]))
      for (const { key, value, headers } of sent) {
        assert.equal(byKey.get(key)?.value, value)
        assert.equal(byKey.get(key)?.headers.get('origin'), headers.origin)
      }
    })
  }
}

async function shares(t: TestContext, protocol: Protocol): Promise<void> {
  // So that those who are to be told something ask often.
  const { bootstrap, client } = await startBroker(t, {
    consumerHeartbeatIntervalMs: 100,
    consumerAssignmentIntervalMs: 0,
  })
  await client.createTopic('rides', { partitions: 4 })
  const from = producer(t, bootstrap)
  const seen = new Map<string, string[]>()
  const read = (name: string, stream: TextStream) => {
    stream.on('data', (message: Text) => {
      seen.set(message.value, [...(seen.get(message.value) ?? []), name])
      void message.commit()
    })
    stream.on('error', () => {})
  }
  const partitions = (each: ReturnType<typeof consumer>) =>
    (each.assignments ?? []).flatMap((assignment) => assignment.partitions).sort()
  const sendToAll = async (label: string) => {
    const messages = [0, 1, 2, 3].map((partition) => ({
      topic: 'rides',
      partition,
      key: 'k',
      value: `${label} ${partition}`,
    }))
    await from.send({ messages, acks: -1 })
    await eventually(() => messages.every(({ value }) => seen.has(value)) || undefined)
  }

  const first = consumer(t, bootstrap, 'readers', protocol)
  read('first', await first.consume({ topics: ['rides'], mode: 'earliest' }))
  await eventually(() => partitions(first).length === 4 || undefined)
  await sendToAll('alone')

  const second = consumer(t, bootstrap, 'readers', protocol)
  read(
    'second',
    await second.consume({ topics: ['rides'], mode: 'committed', fallbackMode: 'earliest' }),
  )
  await eventually(
    () => (partitions(first).length === 2 && partitions(second).length === 2) || undefined,
  )
  assert.deepEqual([...partitions(first), ...partitions(second)].sort(), [0, 1, 2, 3])
  await sendToAll('together')

  await second.close(true)
  await eventually(() => partitions(first).length === 4 || undefined)
  await sendToAll('alone again')
  for (const partition of [0, 1, 2, 3]) {
    assert.deepEqual(seen.get(`alone ${partition}`), ['first'])
    assert.equal(seen.get(`alone again ${partition}`)?.at(-1), 'first')
  }
  const groups = await admin(t, bootstrap).listGroups({ types: [protocol] })
  assert.ok(groups.has('readers'))
}

for (const protocol of ['classic', 'consumer'] as const) {
  test(`a group shares partitions, again when a member joins and when one leaves: ${protocol}`, (t) =>
    shares(t, protocol))
}

test('a transaction is seen when it is committed, and never when it is aborted', async (t) => {
  const { bootstrap, client } = await startBroker(t)
  await client.createTopic('rides', { partitions: 1 })
  const from = producer(t, bootstrap, { idempotent: true, transactionalId: 'writer' })
  for (const [value, isCommitted] of [
    ['kept', true],
    ['dropped', false],
    ['kept too', true],
  ] as const) {
    const transaction = await from.beginTransaction()
    await transaction.send({ messages: [{ topic: 'rides', key: 'k', value }] })
    if (isCommitted) await transaction.commit()
    else await transaction.abort()
  }
  const stream = await consumer(t, bootstrap, 'readers').consume({
    topics: ['rides'],
    mode: 'earliest',
    isolationLevel: 1,
  })
  const values: string[] = []
  for await (const message of stream) {
    values.push(message.value)
    if (values.length === 2) break
  }
  assert.deepEqual(values, ['kept', 'kept too'])
})
