import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedClock, SimulatedDisk, seededRandom } from '@millrace/host'
import { KafkaError } from '../src/errors.js'
import type { Beat } from '../src/groups/consumer/heartbeat-request.js'
import { GroupCoordinator } from '../src/groups/group-coordinator.js'
import { GroupStore } from '../src/groups/group-store.js'
import {
  consumerAssignmentIntervalMsDefault,
  consumerSessionTimeoutMsDefault,
  offsetsExpiryCheckMs,
} from '../src/limits.js'
import { PartitionLog } from '../src/storage/partition-log.js'
import { ModelTopics } from './group-model.js'

function hasCode(name: string): (cause: unknown) => boolean {
  return (cause) => cause instanceof KafkaError && cause.codeName === name
}

const group = 'readers'
/** What a consumer that reads rides says to the others, in version 0. */
const subscription = Buffer.from('00000000000100057269646573ffffffff', 'hex')
const joining = { memberEpoch: 0, rebalanceTimeoutMs: 20_000, topicPartitions: [] }

async function start(
  disk = new SimulatedDisk(),
  clock = new SimulatedClock(1_000_000),
  topics = new ModelTopics(),
) {
  if (topics.revision === 0) topics.set('rides', 4)
  const name = '__consumer_offsets-0'
  const log = await PartitionLog.open({ disk, directory: `/data/${name}`, name })
  const store = new GroupStore({ clock, log, makeLog: async () => log })
  const options = { clock, random: seededRandom(1), store, topics }
  const groups = new GroupCoordinator({ ...options, consumerAssignmentIntervalMs: 0 })
  const beat = (memberId: string, more: Partial<Beat> = {}) =>
    groups.consumerHeartbeat({
      group,
      memberId,
      memberEpoch: 1,
      instanceId: null,
      rackId: null,
      clientId: 'client',
      clientHost: '/127.0.0.1',
      rebalanceTimeoutMs: -1,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: null,
      choosesId: true,
      ...more,
    })
  const join = (memberId: string, more: Partial<Beat> = {}) =>
    beat(memberId, { ...joining, subscribedTopicNames: ['rides'], ...more })
  const owning = (...partitions: number[]) => ({
    topicPartitions: [{ topicId: topics.get('rides')?.id ?? '', partitions }],
  })
  return { disk, clock, topics, log, store, groups, options, beat, join, owning }
}

type Started = Awaited<ReturnType<typeof start>>

function partitionsOf(answer: Awaited<ReturnType<Started['beat']>>): number[] | undefined {
  return answer.assignment?.topicPartitions.flatMap(({ partitions }) => partitions)
}

const stateOf = ({ groups }: Started) => groups.find(group)?.state

test('a member whose session is over is gone, and its partitions are shared out', async () => {
  const started = await start()
  const { clock, join, beat, owning } = started
  await join('one')
  await join('two')
  await beat('one', { memberEpoch: 2, ...owning(0, 1, 2, 3) })
  await beat('one', { memberEpoch: 2, ...owning(0, 1) })
  assert.deepEqual(partitionsOf(await beat('two', { memberEpoch: 3 })), [2, 3])
  clock.advance(consumerSessionTimeoutMsDefault - 1)
  await beat('two', { memberEpoch: 3 })
  clock.advance(1)
  await assert.rejects(beat('one', { memberEpoch: 3 }), hasCode('UNKNOWN_MEMBER_ID'))
  assert.deepEqual(partitionsOf(await beat('two', { memberEpoch: 3 })), [0, 1, 2, 3])
})

test('who does not give back in time is fenced, and no sooner', async () => {
  const started = await start()
  const { clock, join, beat, owning } = started
  await join('one', { rebalanceTimeoutMs: 10_000 })
  await join('two')
  await beat('one', { memberEpoch: 2, ...owning(0, 1, 2, 3) })
  clock.advance(9_999)
  const kept = await beat('one', { memberEpoch: 2, ...owning(0, 1, 2, 3) })
  assert.equal(kept.memberEpoch, 2)
  assert.equal(partitionsOf(await beat('two', { memberEpoch: 3 })), undefined)
  clock.advance(1)
  await assert.rejects(beat('one', { memberEpoch: 2 }), hasCode('UNKNOWN_MEMBER_ID'))
  assert.deepEqual(partitionsOf(await beat('two', { memberEpoch: 3 })), [0, 1, 2, 3])
})

test('a static member that is away keeps its partitions for a session, and no longer', async () => {
  const started = await start()
  const { clock, join, beat } = started
  const instance = { instanceId: 'i' }
  const epoch = (await join('one', instance)).memberEpoch
  await beat('one', { memberEpoch: -2, ...instance })
  const back = await join('two', instance)
  assert.deepEqual([back.memberEpoch, partitionsOf(back)], [epoch, [0, 1, 2, 3]])
  await beat('two', { memberEpoch: -2, ...instance })
  clock.advance(consumerSessionTimeoutMsDefault)
  assert.equal(stateOf(started), 'Empty')
})

test('a broker that starts again takes up members, epochs and what each has', async () => {
  const before = await start()
  await before.join('one')
  await before.join('two')
  await before.beat('one', { memberEpoch: 2, ...before.owning(0, 1, 2, 3) })
  const clock = new SimulatedClock(before.clock.now())
  const after = await start(before.disk, clock, before.topics)
  assert.equal(stateOf(after), 'Reconciling')
  assert.deepEqual(
    after.groups.consumerGroup(group)?.records(),
    before.groups.consumerGroup(group)?.records(),
  )
  await after.beat('one', { memberEpoch: 2, ...after.owning(0, 1) })
  assert.deepEqual(partitionsOf(await after.beat('two', { memberEpoch: 3 })), [2, 3])
  assert.equal(stateOf(after), 'Stable')
  clock.advance(consumerSessionTimeoutMsDefault)
  assert.equal(stateOf(after), 'Empty', 'they have a session to be heard, and no more')
})

test('who was told to give back before a restart has its time to do so after it', async () => {
  const before = await start()
  await before.join('one', { rebalanceTimeoutMs: 10_000 })
  await before.join('two')
  await before.beat('one', { memberEpoch: 2, ...before.owning(0, 1, 2, 3) })
  const after = await start(before.disk, new SimulatedClock(), before.topics)
  after.clock.advance(9_999)
  assert.equal((await after.beat('one', { memberEpoch: 2 })).memberEpoch, 2)
  after.clock.advance(1)
  await assert.rejects(after.beat('one', { memberEpoch: 2 }), hasCode('UNKNOWN_MEMBER_ID'))
})

test('many who come at once cost one assignment', async () => {
  const { clock, store, options } = await start()
  const groups = new GroupCoordinator(options)
  const join = (memberId: string, memberEpoch = 0) =>
    groups.consumerHeartbeat({
      ...{ group, memberId, memberEpoch, instanceId: null, rackId: null, serverAssignor: null },
      ...{ clientId: 'client', clientHost: '/127.0.0.1', choosesId: true },
      rebalanceTimeoutMs: 20_000,
      subscribedTopicNames: ['rides'],
      subscribedTopicRegex: null,
      topicPartitions: [],
    })
  assert.equal((await join('one')).memberEpoch, 2)
  for (const each of ['two', 'three', 'four']) assert.equal((await join(each)).memberEpoch, 2)
  const epochs = () => {
    const there = store.consumerGroup(group)
    return [there?.epoch, there?.targetEpoch, there?.state]
  }
  assert.deepEqual(epochs(), [5, 2, 'Assigning'])
  clock.advance(consumerAssignmentIntervalMsDefault)
  assert.equal((await join('two', 2)).memberEpoch, 5)
  assert.deepEqual(epochs(), [5, 5, 'Reconciling'])
})

test('a disk that is full refuses, and changes nothing but what it took', async () => {
  const started = await start()
  const { disk, clock, join, beat } = started
  await join('one')
  disk.capacityBytes = 0
  await assert.rejects(join('two'), hasCode('KAFKA_STORAGE_ERROR'))
  await assert.rejects(beat('one', { memberEpoch: -1 }), hasCode('KAFKA_STORAGE_ERROR'))
  assert.equal(stateOf(started), 'Stable')
  assert.equal((await beat('one', { memberEpoch: 2 })).memberEpoch, 2)
  clock.advance(consumerSessionTimeoutMsDefault)
  assert.equal(stateOf(started), 'Stable', 'that its session is over could not be written')
  disk.capacityBytes = Number.POSITIVE_INFINITY
  clock.advance(consumerSessionTimeoutMsDefault)
  assert.equal(stateOf(started), 'Empty')
})

test('a classic group that cannot be taken over stays what it is', async () => {
  for (const [said, code] of [
    ['nonsense', 'GROUP_ID_NOT_FOUND'],
    [subscription, 'KAFKA_STORAGE_ERROR'],
  ] as const) {
    const { disk, clock, groups, join } = await start()
    const joined = groups.join({
      group,
      memberId: '',
      groupInstanceId: null,
      clientId: 'old',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from(said) }],
      idFirst: false,
      maySkipAssignment: true,
    })
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(1000)
    const { memberId, generation } = await joined
    disk.capacityBytes = 0
    await assert.rejects(join('new'), hasCode(code))
    groups.heartbeat({ group, memberId, generation, groupInstanceId: null })
    assert.equal(groups.find(group)?.type, 'classic')
    disk.capacityBytes = Number.POSITIVE_INFINITY
    await groups.close()
  }
})

test('an empty group without offsets is forgotten, and its name is free for the other protocol', async () => {
  const started = await start()
  const { clock, store, groups, join, beat } = started
  await join('one')
  await beat('one', { memberEpoch: -1 })
  clock.advance(offsetsExpiryCheckMs)
  assert.equal(groups.find(group), undefined)
  assert.deepEqual(store.groups(), [])
  assert.deepEqual((await start(started.disk)).store.groups(), [])
})

test('a pattern means other topics when there are others', async () => {
  const { topics, groups, join, beat } = await start()
  const pattern = { subscribedTopicNames: null, subscribedTopicRegex: 'ri.*' }
  const { memberEpoch } = await join('one', pattern)
  assert.deepEqual(partitionsOf(await beat('one', { memberEpoch })), undefined)
  topics.set('rivers', 1)
  topics.set('fares', 1)
  const grown = await beat('one', { memberEpoch })
  assert.deepEqual(
    grown.assignment?.topicPartitions.map(({ topicId }) => topics.byId(topicId)?.name).sort(),
    ['rides', 'rivers'],
  )
  assert.deepEqual(groups.consumerGroup(group)?.patterns.get('ri.*')?.topics, ['rides', 'rivers'])
  const nothing = await beat('one', { memberEpoch: grown.memberEpoch, subscribedTopicRegex: '' })
  assert.deepEqual(partitionsOf(nothing), [])
  assert.equal(groups.consumerGroup(group)?.patterns.size, 0)
})
