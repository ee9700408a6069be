/**
 * Law: a request that goes straight from its text to encoded records is stored to the byte as one
 * that is parsed, checked and encoded; or it does not go straight. Random requests and changed ones.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import { encodeBatch } from '@millrace/log'
import { avroCodec, typedPayload } from '@millrace/schema'
import { EnvelopeHeaders } from '../src/envelope-headers.js'
import { GatewayError } from '../src/errors.js'
import { readJson } from '../src/json.js'
import { requestRecordsMax } from '../src/limits.js'
import { binaryPayload, jsonPayload, type Payload, stringPayload } from '../src/payload.js'
import type { TopicPolicy } from '../src/policy.js'
import { type Intake, isRefused, type Prepared, prepare } from '../src/prepare.js'
import { RecordTranscription } from '../src/record-transcription.js'
import { TimeText } from '../src/time-text.js'
import { readProduceRequest } from '../src/v2/request.js'
import { Transcription } from '../src/v2/transcription.js'
import { readRecord as readRecordOfV3 } from '../src/v3/request.js'
import { TranscriptionV3 } from '../src/v3/transcription.js'
import { JsonTexts } from './json-texts.js'

const seeds = Number(process.env.MILLRACE_SEEDS ?? 2_000)
const firstSeed = Number(process.env.MILLRACE_SEED ?? 1)

const schema = {
  type: 'record',
  name: 'rides.Trip',
  fields: [
    { name: 'id', type: ['null', 'string'], default: null },
    { name: 'number', type: 'double', default: 0 },
    { name: 'at', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }] },
    { name: 'seen', type: { type: 'long', logicalType: 'timestamp-micros' }, default: 0 },
    { name: 'open', type: 'boolean', default: true },
    { name: 'tags', type: { type: 'map', values: 'int' }, default: {} },
    { name: 'note', type: 'string', default: '' },
  ],
}
const payload = typedPayload(7, 'AVRO', avroCodec(JSON.stringify(schema)))
const named = [undefined, 'id', 'number', 'at', 'seen', 'open', 'tags', 'nowhere']

class Requests {
  readonly #random: Random
  readonly #texts: JsonTexts
  /** Whether their topic has a schema. */
  readonly isTyped: boolean

  constructor(random: Random) {
    this.#random = random
    this.#texts = new JsonTexts(random)
    this.isTyped = !this.chance(3)
  }

  chance(oneIn: number): boolean {
    return this.#random.below(oneIn) === 0
  }

  pick<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)] as T
  }

  policy(): TopicPolicy {
    const [keyField, idField, timeField] = [this.pick(named), this.pick(named), this.pick(named)]
    return {
      ...(keyField !== undefined && { keyField }),
      ...(idField !== undefined && { idField }),
      ...(timeField !== undefined && { timeField }),
      ...(this.chance(2) && { owner: 'rides-team' }),
    }
  }

  body(): string {
    const records = Array.from({ length: 1 + this.#random.below(4) }, () => this.#record())
    const others = this.chance(30) ? ',"value_schema_id":7' : ''
    return `${this.#space()}{"records":${this.#space()}[${records.join(',')}]${others}}`
  }

  #record(): string {
    const members = [`"value":${this.#space()}${this.#value()}`]
    if (this.chance(3)) {
      const key = ['"taxi-1"', '"é"', '""', 'null', '"a\\n"', '17', '1.50', '{"a": 1}', 'true']
      members.push(`"key":${this.pick(key)}`)
    }
    if (this.chance(30)) members.push(`"partition":${this.pick(['1', '9', 'null'])}`)
    if (this.chance(30)) members.push(`"timestamp":${this.pick(['1767225600000', '-1'])}`)
    if (this.chance(60)) members.push(this.pick(members))
    if (this.chance(2)) members.reverse()
    return `{${members.join(`${this.#space()},`)}}`
  }

  /** One record of the v3 API. */
  recordOfV3(): string {
    const part = (type: string, data: string) => {
      const members = [`"type":${this.#space()}"${type}"`, `"data":${this.#space()}${data}`]
      if (this.chance(30)) members.pop()
      if (this.chance(30)) members.push(this.pick(['"data":1', '"type":"JSON"', '"schema_id":7']))
      if (this.chance(2)) members.reverse()
      return `{${members.join(`,${this.#space()}`)}}`
    }
    const types = ['JSON', 'JSON', 'JSON', 'JSON', 'JSON', 'STRING', 'BINARY']
    const members = [`"value":${part(this.pick(types), this.#value())}`]
    if (this.chance(2)) {
      const keys = ['"taxi-1"', '"é"', '""', 'null', '"a\\n"', '17', '{"a": 1}', '"AAAA"']
      members.push(`"key":${part(this.pick(['JSON', 'STRING', 'BINARY']), this.pick(keys))}`)
    }
    if (this.chance(30)) members.push(`"partition_id":${this.pick(['1', '9', 'null'])}`)
    if (this.chance(30)) members.push(`"timestamp":${this.pick(['1767225600', '"today"'])}`)
    if (this.chance(30)) members.push(`"headers":[${this.pick(['', '{"name":"a"}'])}]`)
    if (this.chance(60)) members.push(this.pick(members))
    if (this.chance(2)) members.reverse()
    return `${this.#space()}{${this.#space()}${members.join(`${this.#space()},`)}}`
  }

  #value(): string {
    if (this.chance(40)) return this.pick(['null', '7', '"text"', '[]'])
    if (!this.isTyped && this.chance(2)) return this.#texts.value()
    const members = [`"at":${this.pick(['1767225600123', 'null', '-1', '9e15', ...times])}`]
    const maybe = (name: string, values: readonly string[]) => {
      if (this.chance(2)) members.push(`"${name}":${this.pick(values)}`)
    }
    maybe('id', ['"trip-1"', '""', 'null', '"\\u00e9"', '"é😀"', '"a\\"b"'])
    maybe('number', ['1', '1.50', '-0', '1e21', '0.1', '123456789012345678', '9007199254740993'])
    maybe('seen', [
      '1767225600123456',
      '-1',
      '0',
      '9007199254740993',
      '-9223372036854775808',
      ...times,
    ])
    maybe('open', ['true', 'false'])
    maybe('tags', ['{}', '{"a":1,"1":2}', '{"a":1,"a":2}'])
    maybe('note', ['""', `"${'long '.repeat(this.#random.below(400))}"`])
    if (this.chance(100)) members.push(`"note":"${'x'.repeat(999_000 + this.#random.below(999))}"`)
    if (this.chance(3)) members.reverse()
    return `{${members.join(`,${this.#space()}`)}}`
  }

  #space(): string {
    return this.chance(10) ? this.pick([' ', '\n', '\t ']) : ''
  }

  changed(text: string): Buffer {
    const bytes = Buffer.from(text)
    const at = this.#random.below(bytes.length)
    if (this.chance(2)) {
      bytes[at] = this.#random.below(256)
      return bytes
    }
    const more = this.pick(['"', ',', '}', ']', '{', ' ', '0', 'null', '"value":1,'])
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(more), bytes.subarray(at)])
  }
}

const times = ['"2026-01-04T12:30:00.5Z"', '"1969-12-31T23:59:59.999Z"', '"9999-12-31T00:00:00Z"']

/** All records as they are otherwise prepared; undefined where the request, or one, is refused. */
function ordinary(body: Buffer, partition: number | undefined, value: Payload, intake: Intake) {
  try {
    const prepared: Prepared[] = []
    for (const { given } of readProduceRequest(body, partition).records) {
      if (isRefused(given)) return undefined
      const outcome = prepare(given, { key: jsonPayload, value }, intake)
      if (isRefused(outcome)) return undefined
      prepared.push(outcome)
    }
    return prepared
  } catch (cause) {
    if (cause instanceof GatewayError) return undefined
    throw cause
  }
}

/** The same of a record of the v3 API. */
function ordinaryOfV3(body: Buffer, intake: Intake) {
  try {
    const given = readRecordOfV3(readJson(body))
    if (given.value?.type !== 'JSON') return undefined
    const { type } = given.key ?? {}
    const key = type === undefined || type === 'JSON' ? jsonPayload : keyPayloads[type]
    if (key === undefined) return undefined
    const record = { ...given, key: given.key?.data, value: given.value.data }
    const outcome = prepare(record, { key, value: payload }, intake)
    if (isRefused(outcome)) return undefined
    const { key: keyBytes, value } = outcome.record
    const keySize = given.key === undefined ? undefined : keyBytes?.length
    return { outcome, sizes: [type, keySize, value?.length] }
  } catch (cause) {
    if (cause instanceof GatewayError) return undefined
    throw cause
  }
}

const keyPayloads: Readonly<Record<string, Payload>> = {
  STRING: stringPayload,
  BINARY: binaryPayload,
}

/** The same ids for both ways of a seed. */
const intakeOf = (policy: Intake['policy'], seed: number): Intake => ({
  topic: 'trips',
  partitions: 5,
  policy,
  registryUrl: 'http://registry',
  source: 'tests',
  now: 1_767_225_600_456,
  random: seededRandom(seed),
  envelopes: new EnvelopeHeaders(),
  keyless: 3,
})

describe('straight from the text', () => {
  test('records are stored to the byte as they are otherwise', () => {
    const straight = { typed: 0, untyped: 0 }
    let others = 0
    const transcription = new Transcription(new RecordTranscription())
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      const requests = new Requests(seededRandom(seed))
      const policy = requests.policy()
      const intake = () => intakeOf(policy, seed)
      const partition = requests.chance(4) ? 2 : undefined
      const text = requests.body()
      const body = requests.chance(2) ? Buffer.from(text) : requests.changed(text)
      const value = requests.isTyped ? payload : jsonPayload
      const expected = ordinary(body, partition, value, intake())
      const found = transcription.records(body, partition, value, intake(), true)
      const where = `seed ${seed}: ${body.toString().slice(0, 500)} ${JSON.stringify(policy)}`
      if (found === undefined) {
        if (expected !== undefined) others++
        continue
      }
      straight[requests.isTyped ? 'typed' : 'untyped']++
      assert.ok(expected !== undefined, `it was taken: ${where}`)
      const places = (records: Prepared[]) =>
        records.map(({ partition, id }) => ({ partition, id }))
      assert.deepEqual(places(found), places(expected), where)
      const batch = (records: Prepared[]) => encodeBatch(records.map(({ record }) => record))
      assert.ok(batch(found).equals(batch(expected)), where)
    }
    const { typed, untyped } = straight
    const what = `only ${typed} and ${untyped} went straight, ${others} did not`
    assert.ok(typed > seeds / 6 && untyped > seeds / 8, what)
  })

  test('so are records of the v3 API, and their answers tell the same of them', () => {
    let straight = 0
    const transcription = new TranscriptionV3(new RecordTranscription())
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      const requests = new Requests(seededRandom(seed))
      const policy = requests.policy()
      const intake = () => intakeOf(policy, seed)
      const text = requests.recordOfV3()
      const body = requests.chance(2) ? Buffer.from(text) : requests.changed(text)
      const expected = ordinaryOfV3(body, intake())
      const found = transcription.record(body, payload, intake(), true)
      if (found === undefined) continue
      straight++
      const where = `seed ${seed}: ${body.toString().slice(0, 500)} ${JSON.stringify(policy)}`
      assert.ok(expected !== undefined, `it was taken: ${where}`)
      const { prepared, key, valueBytes } = found
      const { partition, id, record } = expected.outcome
      assert.deepEqual([prepared.partition, prepared.id], [partition, id], where)
      assert.deepEqual([key?.type, key?.bytes, valueBytes], expected.sizes, where)
      assert.ok(encodeBatch([prepared.record]).equals(encodeBatch([record])), where)
    }
    assert.ok(straight > seeds / 10, `only ${straight} went straight`)
  })

  test('as many records as a request may have, and a comma behind the last, are no JSON', () => {
    const intake: Intake = {
      topic: 'trips',
      partitions: 1,
      policy: {},
      registryUrl: 'http://registry',
      source: 'tests',
      now: 1_767_225_600_456,
      random: seededRandom(1),
      envelopes: new EnvelopeHeaders(),
      keyless: 0,
    }
    const transcription = new Transcription(new RecordTranscription())
    const taken = (count: number, end: string) => {
      const records = Array(count).fill('{"value":{"at":null}}').join(',')
      const body = Buffer.from(`{"records":[${records}${end}]}`)
      return transcription.records(body, undefined, payload, intake, false)?.length
    }
    assert.equal(taken(requestRecordsMax, ''), requestRecordsMax)
    assert.equal(taken(requestRecordsMax, ','), undefined)
    assert.equal(taken(requestRecordsMax + 1, ''), undefined)
    assert.equal(taken(1, ','), undefined)
  })

  test('times are written as toISOString writes them', () => {
    const random = seededRandom(5)
    const text = new TimeText()
    let time = 0
    for (let i = 0; i < 20_000; i++) {
      const far = (random.float() - 0.5) * 2 * 8.64e15
      time = i % 3 === 0 ? far : time + (random.float() - 0.5) * 10_000_000
      if (Math.abs(time) > 8.64e15) time = 0.5
      assert.equal(Buffer.from(text.of(time)).toString(), new Date(time).toISOString(), `${time}`)
    }
  })
})
