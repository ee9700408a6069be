import type { RequestBodyOf } from '../../src/protocol/api.js'
import { createPartitions, createTopics, deleteTopics, metadata } from '../../src/protocol/apis.js'
import { type Scenario, type Session, scenario } from './scenario.js'

const nobody = '00000000-0000-4000-8000-00000000abcd'

type TopicToMake = NonNullable<RequestBodyOf<typeof createTopics>['topics']>[number]

function make(session: Session, step: string, topic: TopicToMake, version = 5) {
  return session.ask(step, createTopics, version, {
    topics: [{ numPartitions: 1, replicationFactor: 1, ...topic }],
    timeoutMs: 30_000,
  })
}

const config = (name: string, value: string | null) => [{ name, value }]

export const topicsScenarios: Scenario[] = [
  scenario('topics are made', async (session) => {
    for (const version of [2, 3, 4]) {
      await make(session, 'an older version', { name: `topics-made-${version}` }, version)
    }
    // The whole of the settings is a matter of the scenarios of configs.
    const answer = await session.quietly(createTopics, 7, {
      topics: [{ name: 'topics-made', numPartitions: -1, replicationFactor: -1 }],
      timeoutMs: 30_000,
    })
    const [made] = answer.topics
    session.note('with defaults', [made?.errorCode, made?.numPartitions, made?.replicationFactor])
    session.note('settings are given', (made?.configs ?? []).length > 20)
  }),

  scenario('a topic that cannot be made', async (session) => {
    // Each its own name: what is made by mistake is not in the way of the next.
    const named = (which: string) => ({ name: `topics-refused-${which}` })
    await make(session, 'no partitions', { ...named('none'), numPartitions: 0 })
    await make(session, 'minus two partitions', { ...named('minus'), numPartitions: -2 })
    await make(session, 'three replicas', { ...named('replicas'), replicationFactor: 3 })
    await make(session, 'no replicas', { ...named('no-replicas'), replicationFactor: 0 })
    await make(session, 'a name with a slash', { name: 'topics/slash' })
    await make(session, 'no name', { name: '' })
    await make(session, 'a dot', { name: '.' })
    await make(session, 'two dots', { name: '..' })
    await make(session, 'a name of 250 letters', { name: 'x'.repeat(250) })
    await make(session, 'an unknown setting', {
      ...named('unknown'),
      configs: config('nonsense', '1'),
    })
    await make(session, 'a number that is none', {
      ...named('number'),
      configs: config('retention.ms', 'long'),
    })
    await make(session, 'a number out of range', {
      ...named('range'),
      configs: config('segment.bytes', '1'),
    })
    await make(session, 'an unknown policy', {
      ...named('policy'),
      configs: config('cleanup.policy', 'keep'),
    })
    await make(session, 'a compression that does not exist', {
      ...named('compression'),
      configs: config('compression.type', 'zip'),
    })
    await make(session, 'a setting of null', {
      ...named('null'),
      configs: config('retention.ms', null),
    })
    await make(session, 'more in sync than replicas', {
      ...named('in-sync'),
      configs: config('min.insync.replicas', '0'),
    })
  }),

  scenario('a topic that is there already', async (session) => {
    const name = 'topics-again'
    await session.topic(name)
    await make(session, 'again', { name })
    await session.topic('topics.collide')
    await make(session, 'a name that collides with another', { name: 'topics_collide' })
    const twice = [
      { name: 'topics-twice', numPartitions: 1, replicationFactor: 1 },
      { name: 'topics-twice', numPartitions: 2, replicationFactor: 1 },
    ]
    await session.ask('twice in a request', createTopics, 5, { topics: twice, timeoutMs: 30_000 })
  }),

  scenario('who has which replica is said', async (session) => {
    const assignments = (brokers: number[][]) =>
      brokers.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds }))
    const none = { numPartitions: -1, replicationFactor: -1 }
    await make(
      session,
      'two partitions',
      { name: 'topics-assigned', ...none, assignments: assignments([[1], [1]]) },
      4,
    )
    const topics = [{ name: 'topics-assigned' }]
    const there = async () =>
      (await session.quietly(metadata, 9, { topics })).topics[0]?.errorCode === 0
    await session.until('it is there', there)
    await session.ask('what was made', metadata, 9, { topics })
    const named = (which: string) => ({ name: `topics-assigned-${which}` })
    await make(session, 'with numbers too', {
      ...named('numbers'),
      assignments: assignments([[1]]),
    })
    await make(session, 'an unknown broker', {
      ...named('unknown'),
      ...none,
      assignments: assignments([[9]]),
    })
    await make(session, 'the same broker twice', {
      ...named('same'),
      ...none,
      assignments: assignments([[1, 1]]),
    })
    await make(session, 'a hole in the partitions', {
      ...named('hole'),
      ...none,
      assignments: [{ partitionIndex: 1, brokerIds: [1] }],
    })
    await make(session, 'no broker', { ...named('none'), ...none, assignments: assignments([[]]) })
  }),

  scenario('a topic is only looked at', async (session) => {
    const topics = [{ name: 'topics-looked', numPartitions: 2, replicationFactor: 1 }]
    await session.ask('it could be made', createTopics, 4, {
      topics,
      validateOnly: true,
      timeoutMs: 30_000,
    })
    await session.ask('it was not', metadata, 9, {
      topics: [{ name: 'topics-looked' }],
      allowAutoTopicCreation: false,
    })
  }),

  scenario('topics are deleted', async (session) => {
    const timeoutMs = 30_000
    const remove = async (version: number, name: string) => {
      await session.topic(name)
      await session.ask('by name', deleteTopics, version, { topicNames: [name], timeoutMs })
    }
    await remove(1, 'topics-deleted-1')
    await remove(5, 'topics-deleted-5')
    await session.topic('topics-deleted-6')
    await session.ask('by name', deleteTopics, 6, {
      topics: [{ name: 'topics-deleted-6' }],
      timeoutMs,
    })
    const topicId = await session.topic('topics-deleted-id')
    await session.ask('by id', deleteTopics, 6, { topics: [{ name: null, topicId }], timeoutMs })
    await session.ask('again', deleteTopics, 6, { topics: [{ name: null, topicId }], timeoutMs })
    await session.ask('an unknown name', deleteTopics, 5, {
      topicNames: ['topics-nowhere'],
      timeoutMs,
    })
    await session.ask('an unknown id', deleteTopics, 6, {
      topics: [{ name: null, topicId: nobody }],
      timeoutMs,
    })
    await session.ask('neither name nor id', deleteTopics, 6, {
      topics: [{ name: null }],
      timeoutMs,
    })
    const both = await session.topic('topics-deleted-both')
    await session.ask('name and id', deleteTopics, 6, {
      topics: [{ name: 'topics-deleted-both', topicId: both }],
      timeoutMs,
    })
    await session.ask('the same name twice', deleteTopics, 6, {
      topics: [{ name: 'topics-deleted-both' }, { name: 'topics-deleted-both' }],
      timeoutMs,
    })
    await session.ask('none', deleteTopics, 6, { timeoutMs })
  }),

  scenario('a topic that is made again has another id', async (session) => {
    const name = 'topics-remade'
    const first = await session.topic(name)
    await session.quietly(deleteTopics, 6, { topics: [{ name }], timeoutMs: 30_000 })
    const gone = async () => {
      const answer = await session.quietly(metadata, 12, {
        topics: [{ name }],
        allowAutoTopicCreation: false,
      })
      return answer.topics[0]?.errorCode !== 0
    }
    await session.until('it is gone', gone)
    session.note('another id', (await session.topic(name)) !== first)
  }),

  scenario('a topic gets more partitions', async (session) => {
    const name = 'topics-grown'
    await session.topic(name, { partitions: 2 })
    type More = { name?: string; assignments?: { brokerIds: number[] }[]; validateOnly?: boolean }
    const grow = (step: string, count: number, more: More = {}) => {
      const { validateOnly = false, ...topic } = more
      return session.ask(step, createPartitions, 3, {
        topics: [{ name, count, assignments: null, ...topic }],
        timeoutMs: 30_000,
        validateOnly,
      })
    }
    await grow('only looked at', 3, { validateOnly: true })
    await grow('as many as there are', 2)
    await grow('fewer', 1)
    await grow('none', 0)
    await grow('minus one', -1)
    await grow('of an unknown topic', 3, { name: 'topics-grown-not' })
    await grow('an unknown broker', 3, { assignments: [{ brokerIds: [9] }], validateOnly: true })
    await grow('too few assignments', 4, { assignments: [{ brokerIds: [1] }], validateOnly: true })
    await grow('three', 3)
    await grow('four, assigned', 4, { assignments: [{ brokerIds: [1] }] })
    const there = async () => {
      const answer = await session.quietly(metadata, 12, { topics: [{ name }] })
      return answer.topics[0]?.partitions.length === 4
    }
    await session.until('they are there', there)
    await session.ask('what there is', metadata, 12, { topics: [{ name }] })
    const twice = [3, 4].map((count) => ({ name, count, assignments: null }))
    await session.ask('twice in a request', createPartitions, 3, { topics: twice })
  }),
]
