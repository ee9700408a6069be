import assert from 'node:assert/strict'
import test from 'node:test'
import { SimulatedClock, SimulatedDisk, seededRandom } from '@millrace/host'
import { KafkaError } from '../src/errors.js'
import { MemberIdRequired } from '../src/groups/classic-protocol.js'
import { GroupCoordinator } from '../src/groups/group-coordinator.js'
import { GroupStore } from '../src/groups/group-store.js'
import { groupInitialRebalanceDelayMs } from '../src/limits.js'
import { encodeEndMarker } from '../src/records/end-marker.js'
import { PartitionLog } from '../src/storage/partition-log.js'

function hasCode(name: string): (cause: unknown) => boolean {
  return (cause) => cause instanceof KafkaError && cause.codeName === name
}

async function start(disk = new SimulatedDisk(), clock = new SimulatedClock(1000)) {
  const name = '__consumer_offsets-0'
  const log = await PartitionLog.open({ disk, directory: `/data/${name}`, name })
  const store = new GroupStore({ clock, log, makeLog: async () => log })
  const groups = new GroupCoordinator({ clock, random: seededRandom(1), store, topics: noTopics })
  const join = (memberId: string, metadata = 'topics', options: object = {}) =>
    groups.join({
      group: 'readers',
      memberId,
      groupInstanceId: null,
      clientId: 'client',
      clientHost: '127.0.0.1',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 20_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from(metadata) }],
      idFirst: false,
      maySkipAssignment: true,
      ...options,
    })
  const caller = (memberId: string, generation: number) => ({
    group: 'readers',
    memberId,
    generation,
    groupInstanceId: null,
  })
  /** Lets what was begun get as far as it can without time. */
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  const sync = async (
    memberId: string,
    generation: number,
    assignment: Record<string, string> = {},
  ) => {
    const parts = Object.entries(assignment).map(([id, part]) => [id, Buffer.from(part)] as const)
    const synced = await groups.sync({
      ...caller(memberId, generation),
      protocolType: 'consumer',
      protocol: 'range',
      assignments: new Map(parts),
    })
    return synced.assignment
  }
  return { disk, clock, groups, store, log, join, sync, caller, settle }
}

/** These groups need to know nothing of topics. */
const noTopics = { revision: 0, get: () => undefined, byId: () => undefined, names: () => [] }

type Started = Awaited<ReturnType<typeof start>>

/** How a consumer commits. */
const plainly = { inTransaction: false, knowsEpochs: true }

/** A stable group of two: the leader and another. */
async function twoMembers(started: Started) {
  const { clock, join, sync, settle } = started
  const joining = [join(''), join('')]
  await settle()
  clock.advance(2 * groupInitialRebalanceDelayMs)
  const [one, two] = await Promise.all(joining)
  if (one === undefined || two === undefined) throw new Error('Two were to join.')
  assert.equal(one.leader, one.memberId)
  assert.deepEqual(
    one.members.map((each) => each.memberId),
    [one.memberId, two.memberId],
  )
  const waiting = sync(two.memberId, 1)
  const assignment = { [one.memberId]: 'left', [two.memberId]: 'right' }
  assert.equal(String(await sync(one.memberId, 1, assignment)), 'left')
  assert.equal(String(await waiting), 'right')
  assert.equal(started.groups.group('readers')?.state, 'Stable')
  return { leader: one.memberId, other: two.memberId }
}

test('two members join, agree and read; one that leaves starts a new generation', async () => {
  const started = await start()
  const { groups, join, sync, caller } = started
  const { leader, other } = await twoMembers(started)
  groups.heartbeat(caller(leader, 1))
  groups.leave('readers', [{ memberId: other, groupInstanceId: null }])
  assert.throws(() => groups.heartbeat(caller(leader, 1)), hasCode('REBALANCE_IN_PROGRESS'))
  const again = await join(leader)
  assert.equal(again.generation, 2)
  assert.equal(String(await sync(leader, 2, { [leader]: 'all' })), 'all')
  assert.throws(() => groups.heartbeat(caller(other, 1)), hasCode('UNKNOWN_MEMBER_ID'))
  assert.throws(() => groups.heartbeat(caller(leader, 1)), hasCode('ILLEGAL_GENERATION'))
})

test('a member whose session is over is gone; one that is silent in a rebalance too', async () => {
  const started = await start()
  const { clock, groups, join, caller } = started
  const { leader, other } = await twoMembers(started)
  clock.advance(6000)
  groups.heartbeat(caller(leader, 1))
  clock.advance(4000)
  assert.throws(() => groups.heartbeat(caller(other, 1)), hasCode('UNKNOWN_MEMBER_ID'))
  assert.equal((await join(leader)).generation, 2)
  const third = join('')
  await started.settle()
  assert.equal(groups.group('readers')?.state, 'PreparingRebalance')
  clock.advance(10_000)
  const joined = await third
  assert.equal(joined.generation, 3)
  assert.equal(joined.leader, joined.memberId)
})

test('a follower that asks again is told the same generation; the leader starts a new one', async () => {
  const started = await start()
  const { join, groups } = started
  const { leader, other } = await twoMembers(started)
  assert.equal((await join(other)).generation, 1)
  const joining = join(leader)
  await started.settle()
  assert.equal(groups.group('readers')?.state, 'PreparingRebalance')
  assert.equal((await join(other)).generation, 2)
  assert.equal((await joining).generation, 2)
})

test('a new member is given its id first where its version knows how to come back', async () => {
  const { clock, join, settle } = await start()
  let given = ''
  await assert.rejects(join('', 'topics', { idFirst: true }), (cause) => {
    if (cause instanceof MemberIdRequired) given = cause.memberId
    return hasCode('MEMBER_ID_REQUIRED')(cause)
  })
  const joining = join(given, 'topics', { idFirst: true })
  await settle()
  clock.advance(2 * groupInitialRebalanceDelayMs)
  assert.equal((await joining).memberId, given)
  await assert.rejects(join('stranger'), hasCode('UNKNOWN_MEMBER_ID'))
})

test('an id that older versions of the protocol cannot carry makes no group', async () => {
  const { groups, join } = await start()
  const joining = join('', 'topics', { group: 'g'.repeat(40_000) })
  await assert.rejects(joining, hasCode('INVALID_GROUP_ID'))
  assert.deepEqual(groups.all(), [])
})

test('a member whose instance id another one took is fenced, and does not come back', async () => {
  const { groups, clock, join, caller, settle } = await start()
  const options = { groupInstanceId: 'one' }
  const enter = async () => {
    const joining = join('', 'topics', options)
    await settle()
    clock.advance(2 * groupInitialRebalanceDelayMs)
    return joining
  }
  const older = await enter()
  const newer = await enter()
  assert.notEqual(newer.memberId, older.memberId)
  const fenced = { ...caller(older.memberId, older.generation), ...options }
  assert.throws(() => groups.heartbeat(fenced), hasCode('FENCED_INSTANCE_ID'))
  await assert.rejects(groups.commit(fenced, [], plainly), hasCode('FENCED_INSTANCE_ID'))
  groups.heartbeat({ ...caller(newer.memberId, newer.generation), ...options })
  await groups.close()
})

test('a static member that comes back takes its part again, and nobody need know', async () => {
  const started = await start()
  const { clock, join, sync, caller, groups, settle } = started
  const options = { groupInstanceId: 'one' }
  const joining = [join('', 'topics', options), join('')]
  await settle()
  clock.advance(2 * groupInitialRebalanceDelayMs)
  const [one, two] = await Promise.all(joining)
  if (one === undefined || two === undefined) throw new Error('Two were to join.')
  const waiting = sync(two.memberId, 1)
  groups.group('readers')
  const parts = { [one.memberId]: 'left', [two.memberId]: 'right' }
  const ofOne = { ...caller(one.memberId, 1), ...options }
  const assignments = new Map(
    Object.entries(parts).map(([id, part]) => [id, Buffer.from(part)] as const),
  )
  await groups.sync({ ...ofOne, protocolType: null, protocol: null, assignments })
  await waiting
  const back = await join('', 'topics', options)
  assert.deepEqual(
    [back.generation, back.leader, back.skipAssignment, back.members.length],
    [1, back.memberId, true, 2],
  )
  groups.heartbeat(caller(two.memberId, 1))
  const ofBack = { ...caller(back.memberId, 1), ...options }
  const nothing = { protocolType: null, protocol: null, assignments: new Map() }
  assert.equal(String((await groups.sync({ ...ofBack, ...nothing })).assignment), 'left')
  const after = await start(started.disk, new SimulatedClock(2000))
  after.groups.heartbeat(ofBack)
  assert.throws(() => after.groups.heartbeat(ofOne), hasCode('FENCED_INSTANCE_ID'))
})

test('a static member stays in a generation that it did not join, until it misses its part', async () => {
  const started = await start()
  const { clock, join, sync, groups, settle } = started
  const slow = { groupInstanceId: 'one', sessionTimeoutMs: 60_000 }
  const joining = [join(''), join('', 'topics', slow)]
  await settle()
  clock.advance(2 * groupInitialRebalanceDelayMs)
  const [one, two] = await Promise.all(joining)
  if (one === undefined || two === undefined) throw new Error('Two were to join.')
  const again = join(one.memberId, 'other topics')
  await settle()
  clock.advance(20_000)
  const { generation, members } = await again
  assert.deepEqual([generation, members.length], [2, 2])
  await sync(one.memberId, 2, { [one.memberId]: 'left', [two.memberId]: 'right' })
  assert.equal(groups.group('readers')?.state, 'Stable')
  clock.advance(9000)
  groups.heartbeat(started.caller(one.memberId, 2))
  clock.advance(9000)
  groups.heartbeat(started.caller(one.memberId, 2))
  clock.advance(2000)
  assert.equal(groups.group('readers')?.state, 'PreparingRebalance')
  assert.deepEqual([...(groups.group('readers')?.members.keys() ?? [])], [one.memberId])
})

test('while they keep coming, an empty group waits for its first members', async () => {
  const { clock, join, settle } = await start()
  const joining = []
  for (let at = 0; at < 5; at++) {
    joining.push(join(''))
    await settle()
    clock.advance(groupInitialRebalanceDelayMs - 1)
  }
  clock.advance(2 * groupInitialRebalanceDelayMs)
  const generations = (await Promise.all(joining)).map((each) => each.generation)
  assert.deepEqual(generations, [1, 1, 1, 1, 1])
})

test('offsets are forgotten a week after the group is empty, and the group with them', async () => {
  const dayMs = 24 * 60 * 60_000
  const started = await start()
  const { clock, store, groups, caller } = started
  const { leader, other } = await twoMembers(started)
  const commit = {
    topic: 'rides',
    topicId: 'id',
    partition: 0,
    offset: 7,
    leaderEpoch: 0,
    metadata: '',
  }
  await groups.commit(caller(other, 1), [commit], plainly)
  await groups.commit({ ...caller('', -1), group: 'alone' }, [commit], plainly)
  const timed = { ...plainly, retentionMs: dayMs }
  await groups.commit({ ...caller('', -1), group: 'hasty' }, [commit], timed)
  const beat = (ms: number) => {
    for (let left = ms; left > 0; left -= 5000) {
      clock.advance(5000)
      for (const each of [leader, other]) groups.heartbeat(caller(each, 1))
    }
  }
  beat(2 * dayMs)
  assert.equal(groups.find('hasty'), undefined)
  const leavers = [leader, other].map((memberId) => ({ memberId, groupInstanceId: null }))
  groups.leave('readers', leavers)
  clock.advance(5 * dayMs + 10 * 60_000)
  assert.equal(groups.find('alone'), undefined, 'of no member: a week after the commit')
  const again = await start(started.disk, new SimulatedClock(clock.now()))
  await groups.close()
  again.clock.advance(2 * dayMs - 60 * 60_000)
  assert.equal(again.store.offset('readers', 'rides', 0)?.offset, 7)
  again.clock.advance(60 * 60_000)
  assert.equal(again.groups.find('readers'), undefined)
  const { store: last } = await start(started.disk)
  assert.deepEqual([last.groups(), store.groups().length > 0], [[], true])
})

test('who shares no protocol with the others is refused', async () => {
  const started = await start()
  await twoMembers(started)
  const protocols = [{ name: 'sticky', metadata: Buffer.alloc(0) }]
  await assert.rejects(started.join('', '', { protocols }), hasCode('INCONSISTENT_GROUP_PROTOCOL'))
  const other = { protocolType: 'connect' }
  await assert.rejects(started.join('', '', other), hasCode('INCONSISTENT_GROUP_PROTOCOL'))
})

test('a broker that starts again takes up members, generation and offsets', async () => {
  const before = await start()
  const { leader, other } = await twoMembers(before)
  const commit = {
    topic: 'rides',
    topicId: 'id',
    partition: 3,
    offset: 42,
    leaderEpoch: 0,
    metadata: 'note',
  }
  await before.groups.commit(before.caller(other, 1), [commit], plainly)
  const after = await start(before.disk, new SimulatedClock(2000))
  after.groups.heartbeat(after.caller(leader, 1))
  assert.equal(String(await after.sync(other, 1)), 'right')
  const committed = after.store.offset('readers', 'rides', 3)
  assert.equal(committed?.offset, 42)
  assert.equal(committed?.metadata, 'note')
  await assert.rejects(
    after.groups.commit(after.caller('', -1), [commit], plainly),
    hasCode('UNKNOWN_MEMBER_ID'),
  )
  assert.throws(() => after.groups.delete('readers'), hasCode('NON_EMPTY_GROUP'))
})

test('offsets of a transaction count when it is committed', async () => {
  for (const end of ['commit', 'abort'] as const) {
    const before = await start()
    const commit = {
      topic: 'rides',
      topicId: 'id',
      partition: 0,
      offset: 7,
      leaderEpoch: 0,
      metadata: '',
    }
    const producer = { producerId: 5, producerEpoch: 0 }
    await before.groups.commit(before.caller('', -1), [{ ...commit, offset: 1 }], plainly)
    await before.groups.commit(before.caller('', -1), [commit], {
      ...plainly,
      inTransaction: true,
      producer,
    })
    assert.equal(before.store.offset('readers', 'rides', 0)?.offset, 1)
    const { log, store } = await start(before.disk)
    assert.ok(store.isPending('readers', 'rides', 0), 'also after a start')
    log.appendOwn(encodeEndMarker(end, producer))
    assert.equal(store.isPending('readers', 'rides', 0), false)
    const expected = end === 'commit' ? 7 : 1
    assert.equal(store.offset('readers', 'rides', 0)?.offset, expected)
    assert.equal((await start(before.disk)).store.offset('readers', 'rides', 0)?.offset, expected)
  }
})

test('a group without members can be deleted, with its offsets', async () => {
  const { groups, store, caller } = await start()
  const commit = {
    topic: 'rides',
    topicId: 'id',
    partition: 0,
    offset: 7,
    leaderEpoch: 0,
    metadata: '',
  }
  const long = { ...commit, partition: 1, metadata: 'x'.repeat(5000) }
  const [kept, refused] = await groups.commit(caller('', -1), [commit, long], plainly)
  assert.equal(kept, undefined)
  assert.equal(refused?.codeName, 'OFFSET_METADATA_TOO_LARGE')
  assert.deepEqual(
    groups.all().map(({ name }) => name),
    ['readers'],
  )
  groups.delete('readers')
  assert.deepEqual(store.offsets('readers'), [])
  assert.throws(() => groups.delete('readers'), hasCode('GROUP_ID_NOT_FOUND'))
})
