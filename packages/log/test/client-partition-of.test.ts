import assert from 'node:assert/strict'
import { test } from 'node:test'
import { murmur2, partitionOf } from '../src/client/partition-of.js'

// What `Utils.murmur2` of kafka-clients 4.3.1 gives for the UTF-8 bytes of each text.
const javaHashes: [string, number][] = [
  ['', 275646681],
  ['a', -1563381124],
  ['ab', 316155434],
  ['abc', 479470107],
  ['abcd', -1323649548],
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['abcä€😀', 471812587],
  ['00000000-0000-0000-0000-000000000000', 713427837],
]

test('keys hash as they do in the Java client', () => {
  for (const [text, hash] of javaHashes) assert.equal(murmur2(Buffer.from(text)), hash, text)
})

test('a key goes to the partition that the Java client chooses', () => {
  for (const [text, hash] of javaHashes) {
    assert.equal(partitionOf(Buffer.from(text), 7), (hash & 0x7fffffff) % 7, text)
  }
  assert.equal(partitionOf(Buffer.from('any'), 1), 0)
  for (const [text, hash] of javaHashes) {
    const around = Buffer.from(`<<${text}>`)
    assert.equal(partitionOf(around, 7, 2, around.length - 1), (hash & 0x7fffffff) % 7, text)
  }
})
