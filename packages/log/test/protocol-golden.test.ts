import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { apis, apiVersions, fetch, metadata, produce } from '../src/protocol/apis.js'
import {
  readRequestHeader,
  readResponseHeader,
  requestFrame,
  responseFrame,
} from '../src/protocol/frame.js'
import { kafkaErrorOf, kafkaErrors } from '../src/protocol/kafka-errors.js'
import { decodeRequest, decodeResponse } from '../src/protocol/message.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { goldenFrames } from './protocol-golden.js'

const header = { correlationId: 7, clientId: 'golden' }
const hex = (chunks: Buffer[]) => Buffer.concat(chunks).toString('hex')
const withoutLength = (text: string) => Buffer.from(text, 'hex').subarray(4)
const flexibleFrom = (apiKey: number) => apis.get(apiKey)?.flexibleFrom

const batch = encodeBatch([
  { key: Buffer.from('k'), value: Buffer.from('v'), timestamp: 1_767_225_600_000 },
])
const produceMessage = {
  acks: -1,
  timeoutMs: 30_000,
  topicData: [{ name: 'rides', partitionData: [{ index: 2, records: batch }] }],
}
const metadataMessage = {
  brokers: [{ nodeId: 1, host: '127.0.0.1', port: 9092 }],
  clusterId: 'cluster',
  controllerId: 1,
  topics: [
    {
      name: 'rides',
      topicId: '00112233-4455-6677-8899-aabbccddeeff',
      partitions: [
        { partitionIndex: 0, leaderId: 1, leaderEpoch: 2, replicaNodes: [1], isrNodes: [1] },
      ],
    },
  ],
}
const versionsMessage = {
  apiKeys: [{ apiKey: 0, minVersion: 0, maxVersion: 13 }],
  supportedFeatures: [{ name: 'metadata.version', minVersion: 1, maxVersion: 30 }],
  finalizedFeaturesEpoch: 9,
}
const fetchMessage = {
  sessionId: 5,
  responses: [
    {
      topic: 'rides',
      partitions: [
        {
          partitionIndex: 1,
          highWatermark: 2 ** 40,
          lastStableOffset: 17,
          logStartOffset: 0,
          abortedTransactions: [{ producerId: 12, firstOffset: 3 }],
          currentLeader: { leaderId: 4, leaderEpoch: 8 },
          records: Buffer.alloc(0),
        },
      ],
    },
  ],
}

test('requests have the bytes that the Java client gives them', () => {
  const asking = { clientSoftwareName: 'golden', clientSoftwareVersion: '1.0' }
  assert.equal(hex(requestFrame(apiVersions, 3, header, asking)), goldenFrames.apiVersionsRequest3)
  assert.equal(hex(requestFrame(produce, 8, header, produceMessage)), goldenFrames.produceRequest8)
  assert.equal(
    hex(requestFrame(produce, 11, header, produceMessage)),
    goldenFrames.produceRequest11,
  )
})

test('responses have the bytes that the Java client gives them', () => {
  assert.equal(hex(responseFrame(metadata, 1, 7, metadataMessage)), goldenFrames.metadataResponse1)
  assert.equal(
    hex(responseFrame(metadata, 12, 7, metadataMessage)),
    goldenFrames.metadataResponse12,
  )
  assert.equal(
    hex(responseFrame(apiVersions, 3, 7, versionsMessage)),
    goldenFrames.apiVersionsResponse3,
  )
  assert.equal(hex(responseFrame(fetch, 12, 7, fetchMessage)), goldenFrames.fetchResponse12)
})

test('a request of the Java client is read, header and body', () => {
  const frame = withoutLength(goldenFrames.produceRequest11)
  const { header: read, bodyAt } = readRequestHeader(frame, flexibleFrom)
  assert.deepEqual(read, { apiKey: 0, apiVersion: 11, ...header })
  const message = decodeRequest(produce, 11, frame, bodyAt)
  assert.equal(message.transactionalId, null)
  assert.equal(message.topicData[0]?.name, 'rides')
  assert.deepEqual(message.topicData[0]?.partitionData[0]?.records, batch)
})

test('a response of the Java client is read, tagged fields and aborted transactions too', () => {
  const frame = withoutLength(goldenFrames.fetchResponse12)
  const { correlationId, bodyAt } = readResponseHeader(frame, fetch, 12)
  assert.equal(correlationId, 7)
  const partition = decodeResponse(fetch, 12, frame, bodyAt).responses[0]?.partitions[0]
  assert.equal(partition?.highWatermark, 2 ** 40)
  assert.deepEqual(partition?.abortedTransactions, [{ producerId: 12, firstOffset: 3 }])
  assert.deepEqual(partition?.currentLeader, { leaderId: 4, leaderEpoch: 8 })
  assert.deepEqual(partition?.snapshotId, { endOffset: -1, epoch: -1 })
  assert.equal(partition?.preferredReadReplica, -1)
})

test('the answer to ApiVersions never has tags in its header', () => {
  const frame = withoutLength(goldenFrames.apiVersionsResponse3)
  const { bodyAt } = readResponseHeader(frame, apiVersions, 3)
  assert.equal(bodyAt, 4)
  const message = decodeResponse(apiVersions, 3, frame, bodyAt)
  assert.equal(message.apiKeys[0]?.maxVersion, 13)
  assert.equal(message.finalizedFeaturesEpoch, 9)
})

test('the error codes are those of Apache Kafka 4.3, with the same names and the same retries', () => {
  // SHA-256 over a line "code name retriable" for each constant of the Java client's `Errors`.
  const lines = Object.values(kafkaErrors)
    .map((code) => kafkaErrorOf(code))
    .map((one) => `${one.code} ${one.name} ${one.retriable}\n`)
  assert.equal(
    createHash('sha256').update(lines.join('')).digest('hex'),
    '163ba73a318e06f4d1e84433e41967d704fad8671ed48dddac8c38fd31def94a',
  )
})
