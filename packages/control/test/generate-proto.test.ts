import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import { protobufCodec } from '@millrace/schema'
import { ProtoValues } from '../src/generate/proto-values.js'
import { NoValueError } from '../src/generate/values.js'

const now = 1_767_529_805_007
const scalars = [
  ...['double', 'float', 'int32', 'int64', 'uint32', 'uint64', 'sint32', 'sint64', 'fixed32'],
  ...['fixed64', 'sfixed32', 'sfixed64', 'bool', 'string', 'bytes'],
]
const wellKnown = [
  ...['Timestamp', 'Duration', 'FieldMask', 'Struct', 'Value', 'ListValue', 'Any', 'Empty'],
  ...['StringValue', 'BytesValue', 'BoolValue', 'FloatValue', 'DoubleValue', 'Int32Value'],
  ...['UInt32Value', 'Int64Value', 'UInt64Value'],
]
const files = ['timestamp', 'duration', 'field_mask', 'struct', 'any', 'empty', 'wrappers']
const names = ['id', 'order_id', 'lat', 'price', 'email', 'ends_at', 'status', 'x', 'count', 'lon']

/** A random file: every type of Protobuf, messages and enums in one another, cycles, oneofs. */
function randomProto(random: Random): string {
  const isOld = random.below(3) === 0
  const one = <Value>(values: readonly Value[]) => values[random.below(values.length)] as Value
  const messages = ['Event', 'Part', 'Other']
  const body = (name: string): string => {
    let number = 0
    const field = (label: string, type: string) => {
      number++
      return `  ${label} ${type} ${one(names)}_${number} = ${number};`.replace(/_1 =/, ' =')
    }
    const type = () => {
      const roll = random.below(6)
      if (roll === 0) return `google.protobuf.${one(wellKnown)}`
      return roll === 1 ? one([...messages, 'Kind', `${name}Kind`]) : one(scalars)
    }
    const lines = Array.from({ length: random.below(8) }, () => {
      switch (random.below(5)) {
        case 0:
          return field('repeated', type())
        case 1:
          return field('', `map<${one(['string', 'int32', 'bool', 'uint64'])}, ${type()}>`)
        case 2:
          return isOld ? field('required', one([...scalars, 'Kind'])) : field('optional', type())
        default:
          return field(isOld ? 'optional' : '', type())
      }
    })
    const oneof = [field('', type()), field('', type())].join('\n')
    const inner = `  enum ${name}Kind { ${name.toUpperCase()}_NONE = 0; ${name.toUpperCase()}_SOME = 3; }`
    return [`message ${name} {`, ...lines, ` oneof either {\n${oneof} }`, inner, '}'].join('\n')
  }
  return [
    `syntax = "${isOld ? 'proto2' : 'proto3'}";`,
    ...files.map((file) => `import "google/protobuf/${file}.proto";`),
    ...messages.map(body),
    'enum Kind { NONE = 0; FIRST = 1; LAST = 7; }',
  ].join('\n')
}

/** In the message `Event`, kinds of the other messages are not known. */
function scoped(text: string): string {
  return text.replace(/\b(Event|Part|Other)Kind (\w+ = )/g, 'Kind $2')
}

function valuesOf(text: string, seed: number, fields: object = {}) {
  const options = { random: seededRandom(seed), seed, ...fields }
  return new ProtoValues({ text, referred: [] }, options)
}

test('every made-up value of every Protobuf message passes its codec', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const text = scoped(randomProto(seededRandom(seed)))
    const codec = protobufCodec(text)
    const values = valuesOf(text, seed)
    for (let position = 0; position < 10; position++) {
      const value = JSON.parse(JSON.stringify(values.next({ position, now })))
      assert.equal(codec.validate(value), undefined, `seed ${seed}: ${text}`)
      codec.decode(codec.encode(value))
    }
  }
})

test('values look like what their names say; ids are not shared; a seed makes them again', () => {
  const text = `syntax = "proto3";
    import "google/protobuf/timestamp.proto";
    message Order { int64 order_id = 1; string email = 2; google.protobuf.Timestamp at = 3; }`
  const made = (seed: number) => {
    const values = valuesOf(text, seed, { idField: 'order_id', timeField: 'at' })
    return Array.from({ length: 300 }, (_, position) => {
      return values.next({ position, now }) as { order_id: string; email?: string; at: string }
    })
  }
  assert.deepEqual(made(3), made(3))
  assert.equal(new Set([...made(3), ...made(4)].map((each) => each.order_id)).size, 600)
  for (const { email, at } of made(3)) {
    if (email !== undefined) assert.match(email, /^user\d+@example\.com$/)
    assert.ok(Date.parse(at) <= now && Date.parse(at) > now - 5_001)
  }
})

test('a message that must hold itself has no values, and that is told', () => {
  const text = 'syntax = "proto2"; message Node { required Node next = 1; }'
  assert.throws(
    () => valuesOf(text, 1).next({ position: 0, now }),
    (cause) => cause instanceof NoValueError && /must hold itself/.test(cause.rule),
  )
})
