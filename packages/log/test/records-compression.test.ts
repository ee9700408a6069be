import assert from 'node:assert/strict'
import test from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import { packLz4, unpackLz4 } from '../src/records/compression/lz4.js'
import { unpackSnappy } from '../src/records/compression/snappy.js'
import { xxhash32 } from '../src/records/compression/xxhash32.js'
import { unpackZstd } from '../src/records/compression/zstd.js'

const bytesMax = 16 * 1024 * 1024

/** Bytes with more or less in them that repeats. */
function someBytes(random: Random, length: number): Buffer {
  const words = Array.from({ length: 1 + random.below(50) }, () => random.bytes(random.below(40)))
  const parts: Buffer[] = []
  let bytes = 0
  while (bytes < length) {
    const part =
      random.below(3) === 0 ? random.bytes(random.below(300)) : words[random.below(words.length)]
    if (part === undefined) continue
    parts.push(part)
    bytes += part.length + 1
    parts.push(Buffer.from([random.below(3)]))
  }
  return Buffer.concat(parts).subarray(0, length)
}

/** What a decoder of Snappy gets from the Java library for a text of letters repeated. */
const snappyBlock = Buffer.from([
  // Length 20; a literal of 4 bytes; a copy of 16 bytes from 4 bytes back (kind 2).
  20,
  (4 - 1) << 2,
  ...Buffer.from('abcd'),
  ((16 - 1) << 2) | 2,
  4,
  0,
])

test('xxHash32 gives the values of its specification', () => {
  const hashOf = (text: string) => xxhash32(Buffer.from(text), 0, text.length)
  assert.equal(hashOf(''), 0x02cc5d05)
  assert.equal(hashOf('abc'), 0x32d153ff)
  assert.equal(hashOf('Nobody inspects the spammish repetition'), 0xe2293b2f)
})

test('what LZ4 packs it unpacks, whatever the bytes', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed)
    const length = random.below(seed % 3 === 0 ? 300_000 : 2000)
    for (const bytes of [
      someBytes(random, length),
      random.bytes(length),
      Buffer.alloc(length, random.below(256)),
    ]) {
      const packed = packLz4(bytes)
      assert.ok(packed.length <= bytes.length + 15 + 4 * Math.ceil(bytes.length / 65536))
      assert.ok(unpackLz4(packed, bytesMax).equals(bytes), `seed ${seed}`)
    }
  }
})

test('LZ4 makes what repeats small', () => {
  const packed = packLz4(Buffer.alloc(1_000_000, 'the same again and again '))
  assert.ok(packed.length < 10_000, `${packed.length} bytes`)
})

test('a damaged LZ4 frame is refused or unpacked to something, never anything else', () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const random = seededRandom(seed)
    const packed = Buffer.from(packLz4(someBytes(random, 1 + random.below(500))))
    for (let flips = 1 + random.below(3); flips > 0; flips--) {
      packed[random.below(packed.length)] = random.below(256)
    }
    const cut = packed.subarray(0, packed.length - random.below(2) * random.below(packed.length))
    try {
      assert.ok(unpackLz4(cut, 100_000).length <= 100_000)
    } catch (error) {
      assert.ok(error instanceof RangeError, `seed ${seed}: ${String(error)}`)
    }
  }
})

test('a small frame cannot fill the memory', () => {
  const packed = packLz4(Buffer.alloc(4_000_000))
  assert.throws(() => unpackLz4(packed, 1_000_000), RangeError)
  const lying = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), snappyBlock])
  assert.throws(() => unpackSnappy(lying, 1_000_000), /grow beyond 1000000 bytes/)
})

test('Snappy is read as one block and as the stream of the Java library', () => {
  assert.equal(unpackSnappy(snappyBlock, 100).toString(), 'abcd'.repeat(5))
  const head = Buffer.from('82534e4150505900' + '00000001' + '00000001', 'hex')
  const length = Buffer.from([0, 0, 0, snappyBlock.length])
  const stream = Buffer.concat([head, length, snappyBlock, length, snappyBlock])
  assert.equal(unpackSnappy(stream, 100).toString(), 'abcd'.repeat(10))
  assert.throws(() => unpackSnappy(stream, 30), RangeError)
  assert.throws(() => unpackSnappy(stream.subarray(0, stream.length - 1), 100), RangeError)
})

test('damaged Snappy is refused or unpacked to something, never anything else', () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const random = seededRandom(seed)
    const bytes = Buffer.from(snappyBlock)
    bytes[random.below(bytes.length)] = random.below(256)
    try {
      assert.ok(unpackSnappy(bytes, 1000).length <= 1000)
    } catch (error) {
      assert.ok(error instanceof RangeError, `seed ${seed}: ${String(error)}`)
    }
  }
})

test('Zstandard is bounded, and what is cut off or no frame is refused', () => {
  // 100,000 zeros, as the zstd library packs them without their length.
  const zeros = Buffer.from('28b52ffd003855000010000001009b8639c002', 'hex')
  assert.ok(unpackZstd(zeros, 100_000).equals(Buffer.alloc(100_000)))
  assert.throws(() => unpackZstd(zeros, 99_999))
  assert.throws(() => unpackZstd(zeros.subarray(0, 9), 100_000))
  assert.throws(() => unpackZstd(Buffer.from('no frame at all'), 100_000))
})
