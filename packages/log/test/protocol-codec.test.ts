import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import { ProtocolError, UnsupportedVersionError } from '../src/errors.js'
import type { Api } from '../src/protocol/api.js'
import { apis, createTopics, fetch, metadata, produce } from '../src/protocol/apis.js'
import type { Field, FieldType } from '../src/protocol/field.js'
import { FrameSplitter, readRequestHeader } from '../src/protocol/frame.js'
import { codecFor, decodeRequest, decodeResponse, encodeRequest } from '../src/protocol/message.js'
import { Reader } from '../src/protocol/reader.js'
import { inRange } from '../src/protocol/version-range.js'
import { Writer } from '../src/protocol/writer.js'

const sides = ['request', 'response'] as const

/** Any value of a type that the version can carry. */
function someValue(type: FieldType, version: number, random: Random): unknown {
  switch (type.kind) {
    case 'bool':
      return random.below(2) === 1
    case 'int8':
      return random.below(256) - 128
    case 'int16':
      return random.below(65536) - 32768
    case 'uint16':
      return random.below(65536)
    case 'int32':
      return random.uint32() | 0
    case 'uint32':
      return random.uint32()
    case 'int64':
      return Math.floor((random.float() - 0.5) * 2 ** (1 + random.below(53)))
    case 'float64':
      return random.float()
    case 'string':
      return 'aä€😀'.repeat(random.below(random.below(20) === 0 ? 200 : 4))
    case 'bytes':
    case 'records':
      return random.bytes(random.below(random.below(10) === 0 ? 3000 : 9))
    case 'uuid':
      return random.uuid()
    case 'array':
      return Array.from({ length: random.below(4) }, () => someValue(type.element, version, random))
    case 'struct':
      return someMessage(type.fields, version, random)
  }
}

/** A message as decoding gives it: fields that the version does not have at their defaults. */
function someMessage(
  fields: readonly Field[],
  version: number,
  random: Random,
): Record<string, unknown> {
  const message: Record<string, unknown> = {}
  for (const one of fields) {
    if (!inRange(one.versions, version)) continue
    const mayBeNull = one.nullable !== undefined && inRange(one.nullable, version)
    message[one.name] =
      mayBeNull && random.below(4) === 0 ? null : someValue(one.type, version, random)
  }
  return message
}

function encoded(api: Api, side: 'request' | 'response', version: number, message: unknown) {
  const writer = new Writer()
  codecFor(api, side, version).write(writer, message)
  const bytes = Buffer.concat(writer.chunks())
  assert.equal(writer.length, bytes.length)
  return bytes
}

function everyVersion(visit: (api: Api, side: 'request' | 'response', version: number) => void) {
  for (const api of apis.values()) {
    for (let version = api.versions.min; version <= api.versions.max; version++) {
      for (const side of sides) visit(api, side, version)
    }
  }
}

/** The fields of `given` have the same values in `decoded`; `decoded` may have more. */
function assertHolds(decoded: unknown, given: unknown, where: string) {
  if (Array.isArray(given)) {
    assert.ok(Array.isArray(decoded) && decoded.length === given.length, where)
    for (const [i, one] of given.entries()) assertHolds(decoded[i], one, `${where}[${i}]`)
  } else if (given !== null && typeof given === 'object' && !Buffer.isBuffer(given)) {
    for (const [name, one] of Object.entries(given)) {
      assertHolds((decoded as Record<string, unknown>)[name], one, `${where}.${name}`)
    }
  } else assert.deepEqual(decoded, given, where)
}

test('law: what is encoded is decoded again, for every API, side and version', () => {
  const random = seededRandom(43)
  everyVersion((api, side, version) => {
    for (let round = 0; round < 10; round++) {
      const message = someMessage(api[side], version, random)
      const bytes = encoded(api, side, version, message)
      const reader = new Reader(bytes)
      const decoded = codecFor(api, side, version).read(reader)
      assert.equal(reader.remaining, 0)
      assertHolds(decoded, message, `${api.name} ${side} ${version}`)
      assert.deepEqual(encoded(api, side, version, decoded), bytes)
    }
  })
})

test('law: a message that is cut off anywhere is a ProtocolError', () => {
  const random = seededRandom(44)
  everyVersion((api, side, version) => {
    const bytes = encoded(api, side, version, someMessage(api[side], version, random))
    const decode = side === 'request' ? decodeRequest : decodeResponse
    const step = Math.max(1, Math.floor(bytes.length / 50))
    for (let cut = 0; cut < bytes.length; cut += step) {
      assert.throws(
        () => decode(api, version, bytes.subarray(0, cut)),
        ProtocolError,
        `${api.name} ${side} ${version} cut at ${cut} of ${bytes.length}`,
      )
    }
    assert.throws(
      () => decode(api, version, Buffer.concat([bytes, Buffer.alloc(1)])),
      ProtocolError,
    )
  })
})

test('law: damaged messages are read or refused, never anything else', () => {
  const random = seededRandom(45)
  everyVersion((api, side, version) => {
    const decode = side === 'request' ? decodeRequest : decodeResponse
    for (let round = 0; round < 20; round++) {
      const bytes = encoded(api, side, version, someMessage(api[side], version, random))
      for (let i = 0; i <= random.below(4); i++) {
        if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256)
      }
      try {
        decode(api, version, bytes)
      } catch (error) {
        assert.ok(error instanceof ProtocolError, String(error))
      }
    }
  })
})

test('a length that lies is refused before anything is allocated', () => {
  const manyTopics = Buffer.alloc(4)
  manyTopics.writeInt32BE(0x7fffffff)
  assert.throws(() => decodeRequest(metadata, 4, manyTopics), /2147483647 elements are announced/)
  manyTopics.writeInt32BE(-2)
  assert.throws(() => decodeRequest(metadata, 4, manyTopics), ProtocolError)
  const compact = Buffer.from('ffffffff0f', 'hex')
  assert.throws(() => decodeRequest(metadata, 9, compact), ProtocolError)
  assert.throws(() => decodeRequest(metadata, 9, Buffer.from('ffffffffff', 'hex')), /32 bits/)
  // Each element takes some bytes at least: a thousand topics do not fit into a thousand.
  const thousand = Buffer.alloc(1004)
  thousand.writeInt32BE(1000)
  assert.throws(() => decodeRequest(metadata, 4, thousand), /1000 elements are announced/)
})

test('null where a value must be is refused', () => {
  assert.throws(() => decodeRequest(createTopics, 2, Buffer.from('ffffffff', 'hex')), /null stands/)
  assert.throws(() => encodeRequest(metadata, 0, { topics: null }), TypeError)
})

test('what is left out has its default, what the version does not have is dropped', () => {
  const bytes = encodeRequest(fetch, 4, { maxWaitMs: 10, rackId: 'dropped' })
  const message = decodeRequest(fetch, 4, bytes)
  assert.equal(message.replicaId, -1)
  assert.equal(message.maxBytes, 0x7fffffff)
  assert.equal(message.rackId, '')
  assert.deepEqual(message.replicaState, { replicaId: -1, replicaEpoch: -1 })
  assert.deepEqual(message.topics, [])
})

test('tagged fields that are not known are stepped over', () => {
  const plain = encodeRequest(metadata, 9, { topics: [] })
  assert.equal(plain.at(-1), 0)
  const tagged = Buffer.concat([plain.subarray(0, -1), Buffer.from('02630301020364', 'hex')])
  const extra = Buffer.concat([tagged, Buffer.from('00', 'hex')])
  assert.deepEqual(decodeRequest(metadata, 9, extra), decodeRequest(metadata, 9, plain))
})

test('int64 saturates at the largest safe integers', () => {
  const reader = new Reader(Buffer.from('7fffffffffffffff8000000000000000001fffffffffffff', 'hex'))
  assert.equal(reader.int64(), Number.MAX_SAFE_INTEGER)
  assert.equal(reader.int64(), Number.MIN_SAFE_INTEGER)
  assert.equal(reader.int64(), Number.MAX_SAFE_INTEGER)
})

test('a version that is not in the table is refused with those that are', () => {
  assert.throws(
    () => encodeRequest(produce, 14, {}),
    (error: unknown) =>
      error instanceof UnsupportedVersionError && /versions 3 to 13 are/.test(error.message),
  )
})

test('a header of an API that is not known is read as the oldest form', () => {
  const frame = Buffer.from('03e70001000000050001610a', 'hex')
  const { header, bodyAt } = readRequestHeader(frame, () => undefined)
  assert.deepEqual(header, { apiKey: 999, apiVersion: 1, correlationId: 5, clientId: 'a' })
  assert.equal(bodyAt, 11)
})

test('law: frames come out whole, however the bytes were cut', () => {
  const random = seededRandom(46)
  for (let round = 0; round < 200; round++) {
    const frames = Array.from({ length: 1 + random.below(6) }, () => random.bytes(random.below(90)))
    const stream = Buffer.concat(
      frames.flatMap((frame) => {
        const length = Buffer.alloc(4)
        length.writeInt32BE(frame.length)
        return [length, frame]
      }),
    )
    const splitter = new FrameSplitter({ frameBytesMax: 100 })
    const found: Buffer[] = []
    for (let at = 0; at < stream.length; ) {
      const end = at + 1 + random.below(60)
      found.push(...splitter.push(stream.subarray(at, end)))
      at = end
    }
    assert.deepEqual(found, frames)
  }
})

test('a frame that is announced too large is refused', () => {
  const splitter = new FrameSplitter({ frameBytesMax: 100 })
  assert.throws(() => splitter.push(Buffer.from('00000065', 'hex')), ProtocolError)
  assert.throws(
    () => new FrameSplitter({ frameBytesMax: 100 }).push(Buffer.from('ffffffff', 'hex')),
    ProtocolError,
  )
  // What an HTTP client sends to this port by mistake begins with "GET ".
  assert.throws(
    () => new FrameSplitter({ frameBytesMax: 100 }).push(Buffer.from('GET / HTTP/1.1\r\n')),
    ProtocolError,
  )
})
