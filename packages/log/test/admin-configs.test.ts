import assert from 'node:assert/strict'
import test from 'node:test'
import type { RequestBodyOf } from '../src/protocol/api.js'
import {
  alterConfigs,
  describeConfigs,
  incrementalAlterConfigs,
  listConfigResources,
  produce,
} from '../src/protocol/apis.js'
import { type KafkaErrorName, kafkaErrorOf } from '../src/protocol/kafka-errors.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import {
  append,
  broker,
  type Change,
  changes,
  remove,
  resource,
  set,
  subtract,
  topic,
} from './admin-cases.js'
import { type Started, startBroker, temporaryFolder } from './broker-harness.js'
import { Wire } from './wire.js'

/**
 * What a real Apache Kafka 4.3.1 answered to the same requests is written into these tests: the
 * codes are its own, though the sentences are not.
 */
const nameOf = (code: number | undefined) => kafkaErrorOf(code ?? 0).name

async function alter(
  wire: Wire,
  resources: NonNullable<RequestBodyOf<typeof incrementalAlterConfigs>['resources']>,
  validateOnly = false,
): Promise<string[]> {
  const answer = await wire.ask(incrementalAlterConfigs, 1, { resources, validateOnly })
  return answer.responses.map(({ errorCode, errorMessage }) => {
    assert.equal(errorMessage === null, errorCode === 0)
    return nameOf(errorCode)
  })
}

/** The value of a setting, and where it comes from. */
async function valueIn(wire: Wire, name: string, type = topic, of = 'rides') {
  const answer = await wire.ask(describeConfigs, 4, {
    resources: [{ resourceType: type, resourceName: of, configurationKeys: [name] }],
  })
  const [config] = answer.results[0]?.configs ?? []
  return [config?.value, config?.configSource]
}

async function withRides(t: Parameters<typeof startBroker>[0], directory = temporaryFolder(t)) {
  const started: Started = await startBroker(t, { directory })
  await started.client.createTopic('rides', { partitions: 1 })
  return { started, directory, wire: new Wire(t, started) }
}

test('settings are set, deleted, and added to lists and taken out of them', async (t) => {
  const { wire } = await withRides(t)
  const change = (...changes: Change[]) => alter(wire, [resource(topic, 'rides', ...changes)])
  assert.deepEqual(await change(['retention.ms', set, '5000']), ['NONE'])
  assert.deepEqual(await valueIn(wire, 'retention.ms'), ['5000', 1])
  assert.deepEqual(await change(['retention.bytes', set, '7'], ['flush.messages', set, '1']), [
    'NONE',
  ])
  assert.deepEqual(await valueIn(wire, 'retention.ms'), ['5000', 1])
  assert.deepEqual(await change(['retention.ms', remove, null]), ['NONE'])
  assert.equal((await valueIn(wire, 'retention.ms'))[1] === 1, false)
  assert.deepEqual(await valueIn(wire, 'cleanup.policy'), ['delete', 5])
  for (const [operation, value, policy] of [
    [append, 'compact', 'delete,compact'],
    [append, 'compact', 'delete,compact'],
    [subtract, 'delete', 'compact'],
    [append, 'delete,compact', 'compact,delete'],
  ] as const) {
    assert.deepEqual(await change(['cleanup.policy', operation, value]), ['NONE'])
    assert.deepEqual(await valueIn(wire, 'cleanup.policy'), [policy, 1])
  }
  assert.deepEqual(await change(['cleanup.policy', remove, 'x']), ['NONE'])
  assert.deepEqual(await valueIn(wire, 'cleanup.policy'), ['delete', 5])
  assert.deepEqual(await change(), ['NONE'])
})

test('what is only validated changes nothing, what is changed outlives the broker', async (t) => {
  const { wire, directory, started } = await withRides(t)
  const asked = (value: string) => [resource(topic, 'rides', ['max.message.bytes', set, value])]
  assert.deepEqual(await alter(wire, asked('2000'), true), ['NONE'])
  assert.deepEqual(await alter(wire, asked('x'), true), ['INVALID_CONFIG'])
  assert.deepEqual((await valueIn(wire, 'max.message.bytes'))[1], 5)
  assert.deepEqual(await alter(wire, asked('2000')), ['NONE'])
  await started.broker.close()
  const again = await startBroker(t, { directory })
  assert.deepEqual(await valueIn(new Wire(t, again), 'max.message.bytes'), ['2000', 1])
})

test('changes at once to one topic are all kept', async (t) => {
  const { started, wire } = await withRides(t)
  const names = ['retention.ms', 'retention.bytes', 'max.message.bytes', 'segment.bytes']
  const results = await Promise.all(
    names.map((name) =>
      alter(new Wire(t, started), [resource(topic, 'rides', [name, set, '2097152'])]),
    ),
  )
  assert.deepEqual(
    results.flat(),
    names.map(() => 'NONE'),
  )
  for (const name of names) assert.deepEqual(await valueIn(wire, name), ['2097152', 1])
})

test('changes that cannot be are refused with the code of Kafka', async (t) => {
  const { wire } = await withRides(t)
  for (const [code, asked] of changes) {
    for (const validateOnly of [true, false]) {
      assert.deepEqual(await alter(wire, [asked], validateOnly), [code], JSON.stringify(asked))
    }
  }
  const [first, second] = ['1', '2'].map((value) =>
    resource(topic, 'rides', ['retention.ms', set, value]),
  )
  assert.ok(first !== undefined && second !== undefined)
  const nowhere = resource(topic, 'nope', ['retention.ms', set, '1'])
  assert.deepEqual(await alter(wire, [first, nowhere, second]), [
    'INVALID_REQUEST',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'INVALID_REQUEST',
  ])
  assert.deepEqual(await alter(wire, [nowhere, first]), ['UNKNOWN_TOPIC_OR_PARTITION', 'NONE'])
  assert.deepEqual(await alter(wire, []), [])
})

test('AlterConfigs replaces all settings of a topic', async (t) => {
  const { wire } = await withRides(t)
  const replace = async (type: number, name: string, ...configs: [string, string | null][]) => {
    const { responses } = await wire.ask(alterConfigs, 2, {
      resources: [
        {
          resourceType: type,
          resourceName: name,
          configs: configs.map(([name, value]) => ({ name, value })),
        },
      ],
    })
    return nameOf(responses[0]?.errorCode)
  }
  const bytes = String(2 ** 21)
  assert.equal(
    await replace(topic, 'rides', ['retention.ms', '4000'], ['segment.bytes', bytes]),
    'NONE',
  )
  assert.deepEqual(await valueIn(wire, 'segment.bytes'), [bytes, 1])
  assert.equal(await replace(topic, 'rides', ['retention.ms', '5000']), 'NONE')
  assert.deepEqual(await valueIn(wire, 'retention.ms'), ['5000', 1])
  assert.notEqual((await valueIn(wire, 'segment.bytes'))[1], 1)
  for (const [code, configs] of [
    ['INVALID_REQUEST', [['retention.ms', null]]],
    [
      'INVALID_REQUEST',
      [
        ['retention.ms', '1'],
        ['retention.ms', '2'],
      ],
    ],
    ['INVALID_CONFIG', [['nope', '1']]],
  ] as [KafkaErrorName, [string, string | null][]][]) {
    assert.equal(await replace(topic, 'rides', ...configs), code)
  }
  assert.equal(await replace(topic, 'nope'), 'UNKNOWN_TOPIC_OR_PARTITION')
  assert.equal(await replace(broker, '1', ['node.id', '7']), 'INVALID_REQUEST')
  assert.equal(await replace(broker, '1'), 'NONE')
  assert.equal(await replace(9, '1'), 'INVALID_REQUEST')
  assert.deepEqual(await valueIn(wire, 'retention.ms'), ['5000', 1])
})

test('settings are described with their sources, and explained to those who ask', async (t) => {
  const { wire, started, directory } = await withRides(t)
  await alter(wire, [resource(topic, 'rides', ['max.message.bytes', set, '2000'])])
  const [configs] = await describe(wire, topic, 'rides', true)
  const size = configs?.find(({ name }) => name === 'max.message.bytes')
  assert.equal(size?.value, '2000')
  assert.deepEqual(size?.synonyms[0], { name: 'max.message.bytes', value: '2000', source: 1 })
  assert.deepEqual(size?.synonyms.at(-1)?.value, '1048588')
  assert.deepEqual(
    size?.synonyms.map(({ name, source }) => [name, source]),
    [
      ['max.message.bytes', 1],
      ['message.max.bytes', 5],
    ],
  )
  assert.ok(configs?.every(({ documentation }) => (documentation ?? '').length > 10))
  const [plain] = await describe(wire, topic, 'rides', false)
  assert.equal(plain?.length, configs?.length)
  assert.ok(plain?.every((each) => each.documentation === null && each.synonyms.length === 0))

  const [own] = await describe(wire, broker, '1', true)
  const values = Object.fromEntries((own ?? []).map(({ name, value }) => [name, value]))
  assert.equal(values['node.id'], '1')
  assert.equal(values['log.dirs'], directory)
  assert.equal(values['num.partitions'], '1')
  assert.equal(values['auto.create.topics.enable'], 'true')
  assert.equal(values['advertised.listeners'], `PLAINTEXT://${started.bootstrap}`)
  const id = own?.find(({ name }) => name === 'node.id')
  assert.deepEqual([id?.readOnly, id?.configSource, id?.isSensitive], [true, 4, false])

  for (const [code, type, name] of [
    ['UNKNOWN_TOPIC_OR_PARTITION', topic, 'nope'],
    ['INVALID_TOPIC_EXCEPTION', topic, ''],
    ['INVALID_TOPIC_EXCEPTION', topic, 'a b'],
    ['INVALID_REQUEST', broker, '2'],
    ['INVALID_REQUEST', broker, 'x'],
    ['INVALID_REQUEST', 8, 'x'],
    ['INVALID_REQUEST', 9, 'x'],
    ['NONE', broker, ''],
    ['NONE', 8, '1'],
  ] as const) {
    assert.deepEqual((await describe(wire, type, name, true))[1], code, `${type} ${name}`)
  }
})

async function describe(wire: Wire, resourceType: number, resourceName: string, all: boolean) {
  const answer = await wire.ask(describeConfigs, 4, {
    resources: [{ resourceType, resourceName, configurationKeys: null }],
    includeSynonyms: all,
    includeDocumentation: all,
  })
  const [result] = answer.results
  return [result?.configs, nameOf(result?.errorCode)] as const
}

test('what has settings is listed by its type', async (t) => {
  const { wire } = await withRides(t)
  const list = async (version: number, resourceTypes: number[]) => {
    const answer = await wire.ask(listConfigResources, version, { resourceTypes })
    if (answer.errorCode !== 0) return nameOf(answer.errorCode)
    return answer.configResources.map((each) => [each.resourceType, each.resourceName])
  }
  assert.deepEqual(await list(0, []), [])
  assert.deepEqual(await list(1, []), [
    [topic, 'rides'],
    [broker, '1'],
    [8, '1'],
  ])
  assert.deepEqual(await list(1, [broker]), [[broker, '1']])
  assert.deepEqual(await list(1, [16, 32]), [])
  assert.equal(await list(1, [99]), 'UNSUPPORTED_VERSION')
})

test('what topics have by default is changed for all brokers or for one, and outlives them', async (t) => {
  const { wire, started, directory } = await withRides(t)
  const bytesOf = (type: number, name: string, of: string) => valueIn(wire, name, type, of)
  assert.deepEqual(await alter(wire, [resource(broker, '', ['message.max.bytes', set, '3000'])]), [
    'NONE',
  ])
  assert.deepEqual(await bytesOf(topic, 'max.message.bytes', 'rides'), ['3000', 3])
  assert.deepEqual(
    await alter(wire, [resource(broker, '1', ['message.max.bytes', set, ' 100 '])]),
    ['NONE'],
  )
  const [configs] = await describe(wire, topic, 'rides', true)
  assert.deepEqual(configs?.find(({ name }) => name === 'max.message.bytes')?.synonyms, [
    { name: 'message.max.bytes', value: '100', source: 2 },
    { name: 'message.max.bytes', value: '3000', source: 3 },
    { name: 'message.max.bytes', value: '1048588', source: 5 },
  ])
  assert.deepEqual(await bytesOf(broker, 'message.max.bytes', '1'), ['100', 2])
  assert.deepEqual(await bytesOf(broker, 'message.max.bytes', ''), ['3000', 3])

  const send = async (to: Started, valueBytes: number) => {
    const records = encodeBatch([{ key: null, value: Buffer.alloc(valueBytes) }])
    const answer = await new Wire(t, to).ask(produce, 9, {
      acks: -1,
      topicData: [{ name: 'rides', partitionData: [{ index: 0, records }] }],
    })
    return nameOf(answer.responses[0]?.partitionResponses[0]?.errorCode)
  }
  assert.equal(await send(started, 1000), 'MESSAGE_TOO_LARGE')
  await started.broker.close()
  const again = await startBroker(t, { directory })
  assert.equal(await send(again, 1000), 'MESSAGE_TOO_LARGE')
  const other = new Wire(t, again)
  assert.deepEqual(
    await alter(other, [resource(broker, '1', ['message.max.bytes', remove, null])]),
    ['NONE'],
  )
  assert.equal(await send(again, 1000), 'NONE')
  assert.equal(await send(again, 4000), 'MESSAGE_TOO_LARGE')
  assert.deepEqual(
    await alter(other, [resource(topic, 'rides', ['max.message.bytes', set, '5000'])]),
    ['NONE'],
  )
  assert.equal(await send(again, 4000), 'NONE')
})
