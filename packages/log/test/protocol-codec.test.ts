import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetch, metadata, produce } from '../src/protocol/apis.js'
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
} from '../src/protocol/message.js'

test('what is encoded is decoded again, in every version', () => {
  for (let version = produce.versions.min; version <= produce.versions.max; version++) {
    const body = encodeRequest(produce, version, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 30_000,
      topicData: [
        {
          name: 'rides',
          topicId: '00112233-4455-6677-8899-aabbccddeeff',
          partitionData: [{ index: 3, records: Buffer.from('not looked at here') }],
        },
      ],
    })
    const message = decodeRequest(produce, version, body)
    assert.equal(message.acks, -1)
    const topic = message.topicData[0]
    assert.equal(topic?.name, version < 13 ? 'rides' : '')
    assert.equal(topic?.partitionData[0]?.records?.toString(), 'not looked at here')
  }
})
