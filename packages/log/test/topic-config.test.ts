import assert from 'node:assert/strict'
import test from 'node:test'
import { checkTopicConfigs, logConfigOf, topicSettings } from '../src/broker/topic-config.js'
import { KafkaError } from '../src/errors.js'

function isTaken(name: string, value: string): boolean {
  try {
    checkTopicConfigs('rides', { [name]: value })
    return true
  } catch (cause) {
    if (cause instanceof KafkaError && cause.codeName === 'INVALID_CONFIG') return false
    throw cause
  }
}

// Each was tried with Apache Kafka 4.3.1.
const tried: readonly [name: string, value: string, taken: boolean][] = [
  ['cleanup.policy', '', true],
  ['cleanup.policy', 'compact,delete', true],
  ['cleanup.policy', 'compact,compact', true],
  ['cleanup.policy', 'delete,none', false],
  ['compression.gzip.level', '77', false],
  ['compression.lz4.level', '0', false],
  ['compression.type', 'foo', false],
  ['delete.retention.ms', '-1', false],
  ['flush.messages', '0', false],
  ['flush.ms', '-1', false],
  ['flush.ms', ' 5', true],
  ['internal.segment.bytes', '1000', true],
  ['leader.replication.throttled.replicas', '*', true],
  ['leader.replication.throttled.replicas', 'abc', false],
  ['local.retention.ms', '100', true],
  ['local.retention.ms', '-3', false],
  ['max.compaction.lag.ms', '0', false],
  ['max.message.bytes', '-1', false],
  ['message.downconversion.enable', 'true', false],
  ['message.format.version', '3.0', false],
  ['message.timestamp.type', 'create', false],
  ['min.cleanable.dirty.ratio', '1.5', false],
  ['min.cleanable.dirty.ratio', '-0.1', false],
  ['min.insync.replicas', '0', false],
  ['preallocate', 'maybe', false],
  ['preallocate', 'TRUE', true],
  ['remote.storage.enable', 'true', false],
  ['retention.bytes', '-5', true],
  ['retention.bytes', '-9223372036854775809', false],
  ['retention.ms', '-2', false],
  ['retention.ms', 'abc', false],
  ['segment.bytes', '1000', false],
  ['segment.bytes', '5000000000', false],
  ['segment.index.bytes', '3', false],
  ['segment.jitter.ms', '-1', false],
  ['segment.ms', '0', false],
  ['unknown.x', '1', false],
]

test('values are taken and refused as Apache Kafka does', () => {
  const wrong = tried.filter(([name, value, taken]) => isTaken(name, value) !== taken)
  assert.deepEqual(wrong, [])
})

test('a least lag of compaction beyond the greatest is refused', () => {
  const configs = { 'min.compaction.lag.ms': '100', 'max.compaction.lag.ms': '50' }
  assert.throws(() => checkTopicConfigs('rides', configs), /INVALID_CONFIG/)
})

test('every default is a value that the setting takes', () => {
  for (const { name, defaultValue } of topicSettings) assert.ok(isTaken(name, defaultValue), name)
  const names = topicSettings.map(({ name }) => name)
  assert.deepEqual(names, [...names].sort())
})

test('by default nothing is ever removed, and what is said is acted upon', () => {
  const config = logConfigOf({})
  assert.equal(config.deletes, true)
  assert.equal(config.retentionMs, Infinity)
  assert.equal(config.retentionBytes, Infinity)
  assert.equal(config.flushMessages, 0)
  const given = logConfigOf({
    'cleanup.policy': 'compact, delete',
    'retention.ms': '5',
    'message.timestamp.type': 'LogAppendTime',
    'internal.segment.bytes': '77',
    'flush.messages': '9007199254740993',
  })
  assert.equal(given.compacts, true)
  assert.equal(given.retentionMs, 5)
  assert.equal(given.timestamps, 'append')
  assert.equal(given.segmentBytes, 77)
  assert.equal(given.flushMessages, 0)
})
