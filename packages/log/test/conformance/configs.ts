import {
  alterConfigs,
  createTopics,
  describeConfigs,
  incrementalAlterConfigs,
  listConfigResources,
} from '../../src/protocol/apis.js'
import { type Scenario, type Session, scenario } from './scenario.js'

const ofTopic = 2
const ofBroker = 4

/** Settings whose defaults are the same on both; all of them are a scenario of their own. */
const keys = ['cleanup.policy', 'compression.type', 'max.message.bytes', 'retention.bytes']

const operations = { set: 0, remove: 1, append: 2, subtract: 3 }

function describe(
  session: Session,
  step: string,
  resourceName: string,
  names: string[] | null = keys,
  resourceType = ofTopic,
  more = {},
) {
  return session.ask(step, describeConfigs, 4, {
    resources: [{ resourceType, resourceName, configurationKeys: names }],
    ...more,
  })
}

function alter(
  session: Session,
  step: string,
  resourceName: string,
  configs: [name: string, operation: keyof typeof operations | number, value: string | null][],
  options: { resourceType?: number; validateOnly?: boolean } = {},
) {
  const { resourceType = ofTopic, validateOnly = false } = options
  return session.ask(step, incrementalAlterConfigs, 1, {
    resources: [
      {
        resourceType,
        resourceName,
        configs: configs.map(([name, operation, value]) => ({
          name,
          configOperation: typeof operation === 'number' ? operation : operations[operation],
          value,
        })),
      },
    ],
    validateOnly,
  })
}

/** Waits until the setting has the value: Kafka tells it a moment after it took it. */
async function seen(session: Session, topic: string, name: string, value: string): Promise<void> {
  await session.until(`${name} is ${value}`, async () => {
    const answer = await session.quietly(describeConfigs, 4, {
      resources: [{ resourceType: ofTopic, resourceName: topic, configurationKeys: [name] }],
    })
    return answer.results[0]?.configs[0]?.value === value
  })
}

export const configsScenarios: Scenario[] = [
  scenario('settings are described', async (session) => {
    const topic = 'configs-described'
    await session.topic(topic, { configs: { 'max.message.bytes': '1234' } })
    await describe(session, 'some of a topic', topic)
    await describe(session, 'with synonyms', topic, keys, ofTopic, { includeSynonyms: true })
    await describe(session, 'one that does not exist', topic, ['nonsense'])
    await describe(session, 'of an unknown topic', 'configs-nowhere')
    await describe(session, 'of a name that cannot be', 'configs/slash')
    await describe(session, 'of the broker', '1', ['num.partitions', 'node.id'], ofBroker)
    await describe(session, 'of another broker', '9', null, ofBroker)
    await describe(session, 'of a broker that is no number', 'one', null, ofBroker)
    await describe(session, 'of a kind that does not exist', 'x', null, 99)
    for (const version of [1, 2, 3]) {
      await session.ask('in an older version', describeConfigs, version, {
        resources: [{ resourceType: ofTopic, resourceName: topic, configurationKeys: keys }],
      })
    }
  }),

  scenario('every setting of a topic, with its type', async (session) => {
    const topic = 'configs-all'
    await session.quietly(createTopics, 7, {
      topics: [{ name: topic, numPartitions: 1, replicationFactor: 1 }],
      timeoutMs: 10_000,
    })
    const all = async () => {
      const answer = await session.quietly(describeConfigs, 4, {
        resources: [{ resourceType: ofTopic, resourceName: topic, configurationKeys: null }],
      })
      return answer.results[0]?.configs ?? []
    }
    await session.until('the topic is there', async () => (await all()).length > 0)
    for (const each of (await all()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const { name, value, configType, configSource, readOnly, isSensitive } = each
      session.note(name, { value, configType, configSource, readOnly, isSensitive })
    }
  }),

  scenario('settings are changed one by one', async (session) => {
    const topic = 'configs-changed'
    await session.topic(topic)
    await alter(session, 'only looked at', topic, [['max.message.bytes', 'set', '777']], {
      validateOnly: true,
    })
    await alter(session, 'a number', topic, [['max.message.bytes', 'set', '2000']])
    await seen(session, topic, 'max.message.bytes', '2000')
    await alter(session, 'one more in a list', topic, [['cleanup.policy', 'append', 'compact']])
    await seen(session, topic, 'cleanup.policy', 'delete,compact')
    await alter(session, 'one less', topic, [['cleanup.policy', 'subtract', 'delete']])
    await seen(session, topic, 'cleanup.policy', 'compact')
    await alter(session, 'back to the default', topic, [['max.message.bytes', 'remove', null]])
    await seen(session, topic, 'max.message.bytes', '1048588')
    await describe(session, 'what there is', topic)
  }),

  scenario('changes that are refused', async (session) => {
    const topic = 'configs-refused'
    await session.topic(topic)
    await alter(session, 'one that does not exist', topic, [['nonsense', 'set', '1']])
    await alter(session, 'no number', topic, [['retention.ms', 'set', 'long']])
    await alter(session, 'out of range', topic, [['segment.bytes', 'set', '1']])
    await alter(session, 'null', topic, [['retention.ms', 'set', null]])
    await alter(session, 'more in what is no list', topic, [['retention.ms', 'append', '1']])
    await alter(session, 'an operation that does not exist', topic, [['retention.ms', 9, '1']])
    await alter(session, 'the same twice', topic, [
      ['retention.ms', 'set', '1000'],
      ['retention.ms', 'set', '2000'],
    ])
    await alter(session, 'one good, one bad', topic, [
      ['max.message.bytes', 'set', '3000'],
      ['retention.ms', 'set', 'long'],
    ])
    await alter(session, 'of an unknown topic', 'configs-nowhere', [['retention.ms', 'set', '1']])
    await alter(session, 'of another broker', '9', [['log.retention.ms', 'set', '1']], {
      resourceType: ofBroker,
    })
    await alter(session, 'one that only a start takes up', '1', [['node.id', 'set', '5']], {
      resourceType: ofBroker,
    })
    await alter(session, 'none', topic, [])
    await describe(session, 'nothing was changed', topic)
  }),

  scenario('all settings are given at once', async (session) => {
    const topic = 'configs-at-once'
    await session.topic(topic, { configs: { 'retention.bytes': '77' } })
    const give = (step: string, name: string, value: string | null, resourceName = topic) =>
      session.ask(step, alterConfigs, 2, {
        resources: [{ resourceType: ofTopic, resourceName, configs: [{ name, value }] }],
      })
    await give('a number', 'max.message.bytes', '2000')
    await seen(session, topic, 'max.message.bytes', '2000')
    await describe(session, 'the others have their defaults', topic)
    await give('no number', 'max.message.bytes', 'many')
    await give('one that does not exist', 'nonsense', '1')
    await give('of an unknown topic', 'max.message.bytes', '1', 'configs-nowhere')
  }),

  scenario('what has settings is listed', async (session) => {
    const topic = 'configs-listed'
    await session.topic(topic)
    const answer = await session.quietly(listConfigResources, 1, { resourceTypes: [ofTopic] })
    session.note('the topic is among them', {
      errorCode: answer.errorCode,
      found: answer.configResources.filter((each) => each.resourceName === topic),
    })
    await session.ask('brokers', listConfigResources, 1, { resourceTypes: [ofBroker] })
    await session.ask('client metrics, in the first version', listConfigResources, 0, {})
    await session.ask('a kind that does not exist', listConfigResources, 1, { resourceTypes: [99] })
  }),
]
