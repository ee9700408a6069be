import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaError, type Producer } from '@millrace/log'
import { appendAll, type Placed } from '../src/append.js'

type SendAll = Producer['sendAll']

const placed = (partition: number, bytes: number): Placed => ({
  topic: 't',
  partition,
  record: { key: null, value: Buffer.alloc(bytes) },
})

test('one request carries all partitions; only what is too much for a batch follows', async () => {
  const rounds: { partition: number; records: number }[][] = []
  const ends = [100, 200, 300]
  const sendAll: SendAll = async (batches) => {
    rounds.push(batches.map(({ partition, records }) => ({ partition, records: records.length })))
    return batches.map(({ topic, partition, records }) => {
      const baseOffset = ends[partition] ?? 0
      ends[partition] = baseOffset + records.length
      return { topic, partition, baseOffset }
    })
  }
  const records = [
    placed(0, 400_000),
    placed(1, 10),
    placed(0, 400_000),
    placed(0, 400_000),
    placed(1, 10),
    placed(0, 999_000),
  ]
  const outcomes = await appendAll({ sendAll }, records)
  assert.deepEqual(rounds, [
    [
      { partition: 0, records: 2 },
      { partition: 1, records: 2 },
    ],
    [{ partition: 0, records: 1 }],
    [{ partition: 0, records: 1 }],
  ])
  assert.deepEqual(outcomes, [
    { partition: 0, offset: 100 },
    { partition: 1, offset: 200 },
    { partition: 0, offset: 101 },
    { partition: 0, offset: 102 },
    { partition: 1, offset: 201 },
    { partition: 0, offset: 103 },
  ])
})

test('after a failed batch the rest of its partition is not sent, other partitions are', async () => {
  let round = 0
  const error = new KafkaError('NOT_LEADER_OR_FOLLOWER', 'topic t')
  const sendAll: SendAll = async (batches) => {
    round++
    return batches.map(({ topic, partition }) =>
      partition === 0 && round === 2
        ? { topic, partition, error }
        : { topic, partition, baseOffset: round * 10 },
    )
  }
  const records = [0, 1].flatMap((partition) => Array(3).fill(placed(partition, 900_000)))
  const outcomes = await appendAll({ sendAll }, records)
  const kinds = outcomes.map((each) => ('failure' in each ? each.failure.retriable : each.offset))
  assert.deepEqual(kinds, [10, true, true, 10, 20, 30])
})

test('a request that fails as a whole is a failure of each record', async () => {
  const sendAll: SendAll = () => Promise.reject(new Error('gone'))
  const outcomes = await appendAll({ sendAll }, [placed(0, 1), placed(1, 1)])
  assert.deepEqual(outcomes, [
    { partition: 0, failure: { message: 'gone', retriable: true } },
    { partition: 1, failure: { message: 'gone', retriable: true } },
  ])
  assert.deepEqual(await appendAll({ sendAll }, []), [])
})
