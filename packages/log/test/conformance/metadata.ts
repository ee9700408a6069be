import { metadata } from '../../src/protocol/apis.js'
import { type Scenario, scenario } from './scenario.js'

const nobody = '00000000-0000-4000-8000-00000000abcd'

export const metadataScenarios: Scenario[] = [
  scenario('a topic is described in every version', async (session) => {
    const name = 'metadata-versions'
    await session.topic(name, { partitions: 2 })
    for (let version = 0; version <= 13; version++) {
      await session.ask('by name', metadata, version, {
        topics: [{ name }],
        allowAutoTopicCreation: false,
      })
    }
  }),

  scenario('a topic that is not there', async (session) => {
    const ask = (step: string, version: number, name: string) =>
      session.ask(step, metadata, version, { topics: [{ name }], allowAutoTopicCreation: false })
    await ask('an unknown one', 12, 'metadata-unknown')
    await ask('an unknown one', 4, 'metadata-unknown')
    await ask('a name with a slash', 12, 'metadata/slash')
    await ask('a name that is too long', 9, 'x'.repeat(250))
    await ask('no name', 9, '')
    await ask('a dot', 9, '.')
  }),

  scenario('a topic by its id', async (session) => {
    const name = 'metadata-id'
    const topicId = await session.topic(name)
    await session.ask('its own', metadata, 12, { topics: [{ name: null, topicId }] })
    await session.ask('an id of nobody', metadata, 12, {
      topics: [{ name: null, topicId: nobody }],
    })
    await session.ask('both', metadata, 12, { topics: [{ name, topicId }] })
    await session.ask('id and a name that is not its own', metadata, 12, {
      topics: [{ name: 'metadata-other', topicId }],
    })
    await session.ask('an id in a version that goes by names', metadata, 10, {
      topics: [{ name, topicId }],
    })
  }),

  scenario('no topics, and the same one twice', async (session) => {
    await session.topic('metadata-twice')
    await session.ask('none', metadata, 12, { topics: [] })
    await session.ask('none', metadata, 1, { topics: [] })
    const twice = [{ name: 'metadata-twice' }, { name: 'metadata-twice' }]
    await session.ask('twice', metadata, 12, { topics: twice })
  }),

  scenario('a topic is made by asking', async (session) => {
    const name = 'metadata-made'
    const ask = () => session.quietly(metadata, 12, { topics: [{ name }] })
    await session.until('it is there', async () => (await ask()).topics[0]?.errorCode === 0)
    await session.ask('what was made', metadata, 12, { topics: [{ name }] })
    await session.ask('a name that cannot be', metadata, 12, {
      topics: [{ name: 'metadata made' }],
    })
  }),

  scenario('what one may do', async (session) => {
    const name = 'metadata-may'
    await session.topic(name)
    await session.ask('with the topic', metadata, 12, {
      topics: [{ name }],
      includeTopicAuthorizedOperations: true,
    })
    await session.ask('with topic and cluster', metadata, 8, {
      topics: [{ name }],
      includeTopicAuthorizedOperations: true,
      includeClusterAuthorizedOperations: true,
    })
  }),

  scenario('internal topics are marked', async (session) => {
    const topics = [{ name: '__consumer_offsets' }, { name: '__transaction_state' }]
    const answer = await session.quietly(metadata, 12, { topics })
    session.note(
      'internal',
      answer.topics.map((each) => [each.name, each.isInternal]),
    )
    const all = await session.quietly(metadata, 12, { topics: null })
    session.note(
      'among all',
      all.topics
        .filter((each) => each.isInternal)
        .map((each) => each.name)
        .sort(),
    )
  }),
]
