import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import type { AssignedMember } from '../src/groups/consumer/assignors/assignor.js'
import { rangeAssignor } from '../src/groups/consumer/assignors/range.js'
import { uniformAssignor } from '../src/groups/consumer/assignors/uniform.js'
import { listOf, noPartitions, type Partitions } from '../src/groups/consumer/partitions.js'

const counts = new Map([
  ['a', 7],
  ['b', 3],
  ['c', 1],
  ['d', 12],
])
const countOf = (topicId: string) => counts.get(topicId) ?? 0

function member(memberId: string, topics: string, target: Partitions = noPartitions) {
  return { memberId, instanceId: null, topicIds: new Set(topics), target }
}

function someMembers(random: Random, areAlike: boolean): AssignedMember[] {
  const all = ['a', 'b', 'c', 'd']
  const some = () => all.filter(() => random.below(3) > 0).join('')
  const shared = some()
  return Array.from({ length: 1 + random.below(6) }, (_, at) =>
    member(`m${at}`, areAlike ? shared : some()),
  )
}

const sizeOf = (partitions: Partitions | undefined) =>
  [...(partitions?.values() ?? [])].reduce((sum, each) => sum + each.size, 0)

/** Law: what is read by anybody is given once, and to somebody who reads it. */
function checkGivenOnce(members: AssignedMember[], assigned: ReadonlyMap<string, Partitions>) {
  const given = new Map<string, string>()
  for (const { memberId, topicIds } of members) {
    for (const { topicId, partitions } of listOf(assigned.get(memberId) ?? noPartitions)) {
      assert.ok(topicIds.has(topicId), `${memberId} does not read ${topicId}`)
      for (const each of partitions) {
        assert.ok(each < countOf(topicId))
        assert.ok(!given.has(`${topicId}/${each}`), `${topicId}/${each} is given twice`)
        given.set(`${topicId}/${each}`, memberId)
      }
    }
  }
  const read = new Set(members.flatMap((each) => [...each.topicIds]))
  assert.equal(
    given.size,
    [...read].reduce((sum, each) => sum + countOf(each), 0),
  )
}

test('what is read is given once, evenly, and moves no more than that takes', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed)
    const areAlike = random.below(2) === 0
    let members = someMembers(random, areAlike)
    for (let round = 0; round < 4; round++) {
      const assigned = uniformAssignor.assign(members, countOf)
      checkGivenOnce(members, assigned)
      const sizes = members.map(({ memberId }) => sizeOf(assigned.get(memberId)))
      if (areAlike) assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `seed ${seed}`)
      for (const topic of counts.keys()) {
        const readers = members.filter(({ topicIds }) => topicIds.has(topic))
        const least = Math.min(...readers.map((each) => sizeOf(assigned.get(each.memberId))))
        for (const { memberId } of readers) {
          const has = assigned.get(memberId)?.has(topic) ?? false
          const size = sizeOf(assigned.get(memberId))
          assert.ok(!has || size <= least + 1, `seed ${seed}: ${memberId} could give ${topic}`)
        }
      }
      members = members.map((each) => ({
        ...each,
        target: assigned.get(each.memberId) ?? noPartitions,
      }))
      assert.deepEqual(
        uniformAssignor.assign(members, countOf),
        assigned,
        `seed ${seed}: it is not what it was, though nothing changed`,
      )
      if (random.below(2) === 0 && members.length > 1) members = members.slice(1)
      else members = [...members, member(`n${round}`, [...(members[0]?.topicIds ?? [])].join(''))]
    }
  }
})

test('a member that comes gets its share, and nobody else anything new', () => {
  const first = uniformAssignor.assign([member('m1', 'd'), member('m2', 'd')], countOf)
  const second = uniformAssignor.assign(
    [member('m1', 'd', first.get('m1')), member('m2', 'd', first.get('m2')), member('m3', 'd')],
    countOf,
  )
  for (const each of ['m1', 'm2']) {
    assert.equal(sizeOf(second.get(each)), 4)
    for (const partition of second.get(each)?.get('d') ?? []) {
      assert.ok(first.get(each)?.get('d')?.has(partition))
    }
  }
})

test('range gives each member a range of each topic, the same ones where they can be', () => {
  const members = [
    member('m2', 'ab'),
    member('m1', 'ab'),
    { ...member('m3', 'ab'), instanceId: 'z' },
  ]
  const assigned = rangeAssignor.assign(members, countOf)
  checkGivenOnce(members, assigned)
  const told = (memberId: string) =>
    listOf(assigned.get(memberId) ?? noPartitions).map((each) => [each.topicId, each.partitions])
  assert.deepEqual(told('m3'), [
    ['a', [0, 1, 2]],
    ['b', [0]],
  ])
  assert.deepEqual(told('m1'), [
    ['a', [3, 4]],
    ['b', [1]],
  ])
  for (let seed = 1; seed <= 100; seed++) {
    const some = someMembers(seededRandom(seed), false)
    checkGivenOnce(some, rangeAssignor.assign(some, countOf))
  }
})
