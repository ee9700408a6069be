import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '../src/client/connection.js'
import { ProduceRequests } from '../src/client/produce-requests.js'
import { KafkaError } from '../src/errors.js'
import { joinedRequestBytesMax } from '../src/limits.js'

interface Sent {
  acks: number
  topicData: { name: string; partitionData: { index: number; records: Buffer }[] }[]
}

/** A broker that keeps what it is sent; partition 9 is one that it refuses, 8 one it forgets. */
function broker(fails?: KafkaError) {
  const requests: Sent[] = []
  const request = async (_api: unknown, message: Sent) => {
    requests.push(message)
    if (fails !== undefined) throw fails
    const responses = message.topicData.map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData
        .filter(({ index }) => index !== 8)
        .map(({ index }) => ({ index, errorCode: index === 9 ? 87 : 0, baseOffset: index * 10 })),
    }))
    return { responses: responses.reverse() }
  }
  return { requests, leader: { request } as unknown as Connection }
}

const batch = (topic: string, partition: number, acks = -1, bytes = 10) => ({
  topic,
  partition,
  acks,
  bytes: Buffer.alloc(bytes),
})

const places = ({ topicData }: Sent) =>
  topicData.map(({ name, partitionData }) => [name, ...partitionData.map(({ index }) => index)])

test('batches of one turn go in one request, and each is answered by itself', async () => {
  const { requests, leader } = broker()
  const produce = new ProduceRequests()
  const later = async (sent: ReturnType<typeof batch>) => {
    await Promise.resolve()
    return produce.send(leader, sent)
  }
  const results = await Promise.all([
    produce.send(leader, batch('a', 1)),
    produce.send(leader, batch('b', 9)),
    later(batch('a', 2)),
    later(batch('b', 8)),
  ])
  assert.deepEqual(requests.map(places), [
    [
      ['a', 1, 2],
      ['b', 9, 8],
    ],
  ])
  assert.deepEqual(
    results.map((result) => result && [result.errorCode, result.baseOffset]),
    [[0, 10], [87, 90], [0, 20], undefined],
  )
  await produce.send(leader, batch('a', 1))
  assert.equal(requests.length, 2)
})

test('what cannot be together is not: a partition twice, other acks, more than a request holds', async () => {
  const { requests, leader } = broker()
  const other = broker()
  const produce = new ProduceRequests()
  await Promise.all([
    produce.send(leader, batch('a', 1)),
    produce.send(leader, batch('a', 1)),
    produce.send(leader, batch('a', 2, 1)),
    produce.send(other.leader, batch('a', 3)),
    produce.send(leader, batch('a', 4, 1, joinedRequestBytesMax)),
  ])
  assert.deepEqual(requests.map(places), [[['a', 1]], [['a', 1]], [['a', 2]], [['a', 4]]])
  assert.deepEqual(
    requests.map(({ acks }) => acks),
    [-1, -1, 1, 1],
  )
  assert.deepEqual(other.requests.map(places), [[['a', 3]]])
})

test('a request that fails fails for all that are in it', async () => {
  const { leader } = broker(new KafkaError('NETWORK_EXCEPTION', 'broker'))
  const produce = new ProduceRequests()
  const results = await Promise.allSettled([
    produce.send(leader, batch('a', 1)),
    produce.send(leader, batch('a', 2)),
  ])
  assert.deepEqual(
    results.map((result) => result.status === 'rejected' && result.reason.codeName),
    ['NETWORK_EXCEPTION', 'NETWORK_EXCEPTION'],
  )
})
