import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flexibleFrom } from '../src/protocol/api.js'
import { apis } from '../src/protocol/apis.js'
import type { Field, FieldType } from '../src/protocol/field.js'
import { inRange, versionRange } from '../src/protocol/version-range.js'
import { findJar, type JarField, type JarMessage, readMessages } from './protocol-jar.js'

/**
 * Our tables against Apache Kafka's own definitions, field by field and version by version, by
 * writing both in one plain form: what a message of one version consists of.
 */
interface PlainField {
  name: string
  type: string
  nullable: boolean
  tag: number | undefined
  default: unknown
  fields?: PlainField[]
}

function plainOurs(fields: readonly Field[], version: number): PlainField[] {
  return fields
    .filter((one) => inRange(one.versions, version))
    .map((one) => {
      const { type, isArray, fields: inner } = typeOurs(one.type)
      return {
        name: one.name,
        type: isArray ? `[]${type}` : type,
        nullable: one.nullable !== undefined && inRange(one.nullable, version),
        tag: one.tag,
        default: isArray || inner ? undefined : defaultOurs(type, one.default),
        ...(inner && { fields: plainOurs(inner, version) }),
      }
    })
}

function typeOurs(type: FieldType): {
  type: string
  isArray: boolean
  fields?: readonly Field[] | undefined
} {
  if (type.kind === 'array') return { ...typeOurs(type.element), isArray: true }
  if (type.kind === 'struct') return { type: 'struct', isArray: false, fields: type.fields }
  return { type: type.kind, isArray: false }
}

function plainTheirs(message: JarMessage, fields: JarField[], version: number): PlainField[] {
  const has = (range: string | undefined) =>
    range !== undefined && range !== 'none' && inRange(versionRange(range), version)
  return fields
    .filter((one) => has(one.versions))
    .map((one) => {
      const isArray = one.type.startsWith('[]')
      const base = isArray ? one.type.slice(2) : one.type
      const inner =
        one.fields ?? message.commonStructs?.find((struct) => struct.name === base)?.fields
      const type = inner ? 'struct' : base
      return {
        name: one.name.charAt(0).toLowerCase() + one.name.slice(1),
        type: isArray ? `[]${type}` : type,
        nullable: has(one.nullableVersions),
        tag: has(one.taggedVersions) ? one.tag : undefined,
        default: isArray || inner ? undefined : defaultTheirs(type, one.default),
        ...(inner && { fields: plainTheirs(message, inner, version) }),
      }
    })
}

function zeroOf(type: string): unknown {
  if (type === 'string') return ''
  if (type === 'bool') return false
  if (type === 'bytes' || type === 'records' || type === 'uuid') return undefined
  return 0
}

function defaultOurs(type: string, given: unknown): unknown {
  return given === undefined ? zeroOf(type) : given
}

function defaultTheirs(type: string, given: unknown): unknown {
  if (given === undefined) return zeroOf(type)
  if (given === 'null') return null
  if (type === 'bool') return String(given) === 'true'
  if (type === 'string') return given
  // int64 is a number in our tables, saturated at the largest safe one.
  return Math.min(Number(given), Number.MAX_SAFE_INTEGER)
}

const jar = findJar()

test('the tables agree with the definitions inside kafka-clients 4.3.1', (t) => {
  if (jar === undefined) {
    const say =
      'the kafka-clients 4.3.1 jar is not there (node tools/kafka-jars.mjs, or MILLRACE_KAFKA_CLIENTS_JAR): the comparison of the protocol tables is LEFT OUT'
    if (process.env.CI) assert.fail(say)
    t.skip(say)
    return
  }
  const messages = readMessages(jar)
  let compared = 0
  for (const api of apis.values()) {
    for (const side of ['request', 'response'] as const) {
      const name = `${api.name}${side === 'request' ? 'Request' : 'Response'}`
      const theirs = messages.get(name)
      assert.ok(theirs, `${name} is not in the jar`)
      assert.equal(theirs.apiKey, api.key, name)
      assert.equal(flexibleFrom(theirs.flexibleVersions), api.flexibleFrom, name)
      const valid = versionRange(theirs.validVersions)
      for (let version = api.versions.min; version <= api.versions.max; version++) {
        assert.ok(inRange(valid, version), `${name} has no version ${version}`)
        assert.deepEqual(
          plainOurs(api[side], version),
          plainTheirs(theirs, theirs.fields, version),
          `${name} version ${version}`,
        )
        compared++
      }
    }
  }
  t.diagnostic(`${compared} versions of ${apis.size} APIs agree`)
})

test('the tables have every version that Apache Kafka 4.3 announces', (t) => {
  if (jar === undefined) {
    t.skip('LEFT OUT with the comparison above')
    return
  }
  const messages = readMessages(jar)
  for (const api of apis.values()) {
    const theirs = messages.get(`${api.name}Request`)
    const { min, max } = versionRange(theirs?.validVersions ?? '')
    const announcedMax = theirs?.latestVersionUnstable ? max - 1 : max
    assert.deepEqual(api.versions, { min, max: announcedMax }, api.name)
  }
})
