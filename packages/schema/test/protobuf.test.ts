import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@millrace/host'
import { RefusedError } from '../src/codec.js'
import { protobufCodec } from '../src/protobuf/codec.js'
import { parseProto } from '../src/protobuf/parse.js'
import { protobufType } from '../src/protobuf/type.js'
import { SchemaTextError } from '../src/schema-type.js'

const parse = (text: string, references: { name: string; text: string }[] = []) =>
  protobufType.parse(text, references)

const proto3 = (body: string) => `syntax = "proto3"; package rides; ${body}`

function breaks(older: string, newer: string): string[] {
  return parse(proto3(newer)).backwardBreaks(parse(proto3(older)))
}

const trip = proto3(`
  import "google/protobuf/timestamp.proto"; /* a comment */
  option java_package = 'a.b';
  enum Kind { KIND_NONE = 0; KIND_POOL = 1; }
  message Trip {
    reserved 9, 20 to max; reserved "old";
    int64 id = 1; double fare = 2 [deprecated = true]; // another
    repeated Stop stops = 3; map<string, Stop> by_name = 4;
    optional string note = 5;
    oneof pay { string card = 6; bytes cash = 7; }
    google.protobuf.Timestamp at = 8; Kind kind = 10;
    message Stop { int32 zip = 1; Stop next = 2; }
  }
  message Other { bool a = 1; message Inner { string s = 1; } }`)

test('files that import the same file are read, in whatever order', () => {
  const google = 'import "google/protobuf/timestamp.proto";'
  const stop = proto3(`${google} message Stop { google.protobuf.Timestamp at = 1; }`)
  const area = proto3('message Area { int32 id = 1; }')
  const leg = proto3('import "stop.proto"; import "area.proto"; message Leg { Area area = 1; }')
  const references = [
    { name: 'area.proto', text: area },
    { name: 'stop.proto', text: stop },
    { name: 'leg.proto', text: leg },
  ]
  const imports = ['google/protobuf/timestamp.proto', 'area.proto', 'stop.proto', 'leg.proto']
  for (const order of [imports, imports.toReversed()]) {
    const text = proto3(
      `${order.map((path) => `import "${path}";`).join(' ')}
       message Ride { google.protobuf.Timestamp at = 1; Stop stop = 2; Leg leg = 3; }`,
    )
    const codec = protobufCodec(text, { references })
    const value = { at: '2026-01-04T00:00:00Z', leg: { area: { id: 7 } } }
    assert.deepEqual(codec.decode(codec.encode(value)), value)
  }
})

test('a schema has one canonical text', () => {
  const canonical = `syntax = "proto3";
package rides;

import "google/protobuf/timestamp.proto";

option java_package = "a.b";

message Trip {
  reserved 9, 20 to max;
  reserved "old";

  int64 id = 1;
  double fare = 2 [deprecated = true];
  repeated Stop stops = 3;
  map<string, Stop> by_name = 4;
  optional string note = 5;
  google.protobuf.Timestamp at = 8;
  Kind kind = 10;

  oneof pay {
    string card = 6;
    bytes cash = 7;
  }

  message Stop {
    int32 zip = 1;
    Stop next = 2;
  }
}
message Other {
  bool a = 1;

  message Inner {
    string s = 1;
  }
}
enum Kind {
  KIND_NONE = 0;
  KIND_POOL = 1;
}
`
  assert.equal(parse(trip).canonical, canonical)
  assert.equal(parse(canonical).canonical, canonical)
  const one = parse(proto3('message A { int32 b = 2; int32 a = 1; C c = 3; message C {} }'))
  const other = parse(
    proto3('message A { int32 a = 1; .rides.A.C c = 3; int32 b = 2; message C {} }'),
  )
  assert.notEqual(one.canonical, other.canonical)
  assert.equal(one.normalized(), other.normalized())
})

test('a file descriptor in base64 is the schema that it describes', () => {
  const serialized = parse(trip).formatted('serialized')
  const back = parse(serialized)
  assert.equal(back.formatted('serialized'), serialized)
  assert.equal(back.normalized(), parse(trip).normalized())
  assert.deepEqual(back.backwardBreaks(parse(trip)), [])
  assert.throws(() => parse('AAAA'), SchemaTextError)
})

test('the whole grammar of proto2 and proto3 is read, and printed as it was', () => {
  const text = `syntax = "proto2";
package a.b;

import "google/protobuf/descriptor.proto";
import public "google/protobuf/any.proto";

option optimize_for = SPEED;
option (file_note) = "x";

message M {
  option (note) = { a: 1, b: { c: "x" }, d: [1, 2] };

  required int32 message = 1 [default = -5];
  optional string text = 2 [default = "a\\"b", json_name = "TEXT"];
  repeated double d = 3 [packed = true];

  extensions 100 to 199, 300;
  extensions 1000 to max;

  extend M {
    optional int32 more = 150;
  }

  enum E {
    reserved 5, 7 to 9;
    option allow_alias = true;
    A = 0;
    B = 0;
    MINUS = -1;
  }
}

extend google.protobuf.FileOptions {
  optional string file_note = 50000;
}
extend google.protobuf.MessageOptions {
  optional M note = 50001;
}

service S {
  rpc One (M) returns (stream M);
  rpc Two (stream M) returns (M) {
    option deprecated = true;
  }
}
`
  assert.equal(parse(text).canonical, text)
})

test('a text that is no schema is refused with its line and its reason', () => {
  const refused: [string, RegExp][] = [
    [
      'syntax = "proto3";\nmessage A {\n  int32 a = ;\n}',
      /line 3: expected a whole number, found ;/,
    ],
    ['message A { int32 a = 1; int32 b = 1; }', /A: the number 1 is there twice/],
    ['message A { int32 a = 1; int64 a = 2; }', /the name a is there twice/],
    ['message A { Missing a = 1; }', /A: the type Missing is not known/],
    ['import "x.proto";', /import "x.proto" is not among the references/],
    ['syntax = "proto3"; message A { required int32 a = 1; }', /no required fields/],
    ['syntax = "proto3"; enum E { A = 1; }', /must be 0/],
    ['message A { int32 a = 19500; }', /not for fields/],
    ['message A { reserved 3; int32 a = 3; }', /reserved/],
    ['message A { optional group G = 1 { } }', /groups are not supported/],
    ['edition = "2023";', /editions are not supported/],
    ['message A { int32 a = 1; ', /found the end/],
    ['message A { int32 é = 1; }', /line 1: unexpected/],
  ]
  for (const [text, why] of refused) assert.throws(() => parse(text), why, text)
})

test('cut and mixed up texts are refused, and never fail otherwise', () => {
  const random = seededRandom(1)
  for (let i = 0; i < 3_000; i++) {
    const bytes = Buffer.from(trip)
    for (let n = random.below(4); n >= 0; n--)
      bytes[random.below(bytes.length)] = 32 + random.below(95)
    const text = bytes.subarray(0, random.below(bytes.length) + 1).toString('latin1')
    try {
      const read = parse(text)
      assert.equal(parse(read.canonical).canonical, read.canonical)
    } catch (cause) {
      assert.ok(cause instanceof SchemaTextError, `${text}: ${cause}`)
    }
  }
})

test('what reads every old payload is compatible', () => {
  const pairs: [string, string][] = [
    ['message A { int32 a = 1; }', 'message A { int64 renamed = 1; string b = 2; }'],
    ['message A { int32 a = 1; string b = 2; }', 'message A { int32 a = 1; }'],
    ['message A { string a = 1; }', 'message A { bytes a = 1; }'],
    ['message A { string a = 1; }', 'message A { repeated string a = 1; }'],
    ['message A { E a = 1; } enum E { X = 0; }', 'message A { int32 a = 1; }'],
    ['message A { string a = 1; }', 'message A { oneof o { string a = 1; string b = 2; } }'],
    ['message A { oneof o { string a = 1; } }', 'message A { string a = 1; }'],
    ['message A { oneof o { string a = 1; string b = 2; } }', 'message A { int32 c = 3; }'],
    ['message A {} message B {}', 'message B {} message A {} message C {}'],
    ['enum E { X = 0; Y = 1; }', 'enum E { X = 0; }'],
    ['message A { A next = 1; }', 'message A { A next = 1; int32 b = 2; }'],
  ]
  for (const [older, newer] of pairs) assert.deepEqual(breaks(older, newer), [], newer)
})

test('what does not says where and why', () => {
  const pairs: [string, string, RegExp][] = [
    [
      'message A { int32 a = 1; }',
      'message A { string a = 1; }',
      /^A.a: int32 became string.*SCALAR_KIND_CHANGED/,
    ],
    ['message A { int32 a = 1; }', 'message A { sint32 a = 1; }', /FIELD_SCALAR_KIND_CHANGED/],
    [
      'message A { B a = 1; } message B {}',
      'message A { int32 a = 1; } message B {}',
      /^A.a: .*FIELD_KIND_CHANGED/,
    ],
    [
      'message A { B a = 1; } message B {} message C {}',
      'message A { C a = 1; } message B {} message C {}',
      /FIELD_NAMED_TYPE_CHANGED/,
    ],
    [
      'message A { map<string, int32> a = 1; }',
      'message A { map<string, string> a = 1; }',
      /^A.a: /,
    ],
    ['message A { map<string, int32> a = 1; }', 'message A { int32 a = 1; }', /FIELD_KIND_CHANGED/],
    ['message A {} message B {}', 'message A {}', /^B: .*MESSAGE_REMOVED/],
    [
      'message A { optional int32 a = 1; }',
      'message A { repeated int32 a = 1; }',
      /FIELD_NUMERIC_LABEL_CHANGED/,
    ],
    [
      'message A { string a = 1; string b = 2; }',
      'message A { oneof o { string a = 1; string b = 2; } }',
      /^A.o: .*MULTIPLE_FIELDS_MOVED_TO_ONEOF/,
    ],
    [
      'message A { oneof o { string a = 1; } string b = 2; }',
      'message A { oneof o { string a = 1; string b = 2; } }',
      /FIELD_MOVED_TO_EXISTING_ONEOF/,
    ],
    [
      'message A { oneof o { string a = 1; string b = 2; } }',
      'message A { oneof o { string a = 1; } }',
      /^A.b: .*ONEOF_FIELD_REMOVED/,
    ],
    [
      'message A { message B { int32 a = 1; } }',
      'message A { message B { string a = 1; } }',
      /^A.B.a: /,
    ],
  ]
  for (const [older, newer, why] of pairs) assert.match(breaks(older, newer).join('\n'), why, newer)
  const required = (more: string) => parse(`message A { required int32 a = 1; ${more} }`)
  assert.match(
    required('required int32 b = 2;').backwardBreaks(required('')).join(),
    /^A.b: .*REQUIRED_FIELD_ADDED/,
  )
  assert.match(parse('message A {}').backwardBreaks(required('')).join(), /REQUIRED_FIELD_REMOVED/)
  assert.match(
    parse('package b; message A {}').backwardBreaks(parse('package a; message A {}')).join(),
    /PACKAGE_CHANGED/,
  )
})

test('append with defaults lets fields, messages and values come, and nothing go or change', () => {
  const append = (older: string, newer: string) =>
    parse(proto3(newer)).appendBreaks(parse(proto3(older)))
  const older = 'message A { int32 a = 1; } enum E { X = 0; }'
  assert.deepEqual(
    append(older, 'message B {} message A { int32 a = 1; int32 b = 2; } enum E { X = 0; Y = 1; }'),
    [],
  )
  assert.deepEqual(append(older, 'message A { int64 a = 1; } enum E { Z = 0; }'), [
    'A.a: the field may not change',
    'E.X: the value may not go away',
  ])
  assert.deepEqual(append(older, 'enum E { X = 0; }'), ['A: the message may not go away'])
})

test('values go to the wire and come back, in the JSON form of Protobuf', () => {
  const codec = protobufCodec(trip)
  assert.equal(codec.name, 'rides.Trip')
  const value = {
    id: '9007199254740993',
    fare: 1.5,
    stops: [{ zip: 7, next: { zip: 8 } }],
    by_name: { a: { zip: 1 } },
    card: 'x',
    at: '2026-01-02T03:04:05Z',
    kind: 'KIND_POOL',
  }
  const bytes = codec.encode(value)
  assert.equal(bytes[0], 0, 'the first message is one byte')
  assert.deepEqual(codec.decode(bytes), {
    ...value,
    by_name: { a: { zip: 1 } },
    stops: [{ zip: 7, next: { zip: 8 } }],
  })
  assert.deepEqual(codec.decode(codec.encode({ byName: { a: { zip: 1 } } })), {
    id: '0',
    fare: 0,
    stops: [],
    by_name: { a: { zip: 1 } },
    kind: 'KIND_NONE',
  })
  assert.equal(codec.time(value, 'at'), Date.UTC(2026, 0, 2, 3, 4, 5))
  const inner = protobufCodec(trip, { message: 'rides.Other.Inner' })
  const written = inner.encode({ s: 'x' })
  assert.equal(written.toString('hex'), '0402000a0178', 'two indexes, 1 and 0, as zigzag varints')
  assert.deepEqual(codec.decode(written), { s: 'x' }, 'the indexes say which message it is')
  assert.deepEqual(codec.decode(Buffer.from('0202080120', 'hex').subarray(0, 4)), { a: true })
  assert.throws(() => protobufCodec(trip, { message: 'rides.Missing' }), SchemaTextError)
  assert.throws(() => protobufCodec('syntax = "proto3";'), SchemaTextError)
})

test('refusals name the field and the reason', () => {
  const codec = protobufCodec(trip)
  const refusals: [unknown, string, RegExp][] = [
    [{ fare: 'x' }, 'fare', /^expected double, got string "x"$/],
    [{ fair: 1 }, 'fair', /unknown field: rides.Trip has no field/],
    [{ id: 1.5 }, 'id', /^expected int64, got number 1.5$/],
    [{ stops: [{ zip: 1 }, { zip: 'y' }] }, 'stops[1].zip', /^expected int32, got string "y"$/],
    [{ stops: [{ next: { next: { zap: 1 } } }] }, 'stops[0].next.next.zap', /unknown field/],
    [{ by_name: { b: { zip: {} } } }, 'by_name[b].zip', /^expected int32, got an object$/],
    [{ kind: 'KIND_TRAM' }, 'kind', /^expected one of .*, got string "KIND_TRAM"$/],
    [{ at: 'noon' }, 'at', /^expected a time like .*, got string "noon"$/],
    [{ stops: 5 }, 'stops', /^expected a list of rides.Trip.Stop, got number 5$/],
    [{ by_name: [] }, 'by_name', /^expected an object, got an array$/],
    [{ cash: '$' }, 'cash', /^expected bytes in base64, got string "\$"$/],
    [{ note: 5 }, 'note', /^expected string, got number 5$/],
    [{ card: '1', cash: '' }, '', /oneof/],
    ['x', '', /expected message rides.Trip, got string "x"/],
    [null, '', /expected message rides.Trip/],
  ]
  for (const [value, field, reason] of refusals) {
    const refusal = codec.validate(value)
    assert.equal(refusal?.field, field, `${JSON.stringify(value)}: ${refusal?.reason}`)
    assert.match(refusal?.reason ?? '', reason)
    assert.throws(() => codec.encode(value), RefusedError)
  }
})

test('bytes that are not of the schema are refused, and never fail otherwise', () => {
  const codec = protobufCodec(trip)
  const random = seededRandom(2)
  const good = codec.encode({ id: 5, stops: [{ zip: 1 }, { next: { zip: 2 } }], card: 'abc' })
  for (let i = 0; i < 3_000; i++) {
    const bytes = Buffer.from(good.subarray(0, random.below(good.length + 1)))
    if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256)
    try {
      codec.decode(bytes)
    } catch (cause) {
      assert.ok(cause instanceof RefusedError, String(cause))
    }
  }
})

test('imports come from references, and from what is known', () => {
  const code = {
    name: 'rides/code.proto',
    text: 'syntax = "proto3"; package rides; enum Code { A = 0; B = 1; }',
  }
  const text = proto3(
    'import "rides/code.proto"; import "confluent/type/decimal.proto"; message T { Code c = 1; confluent.type.Decimal d = 2; }',
  )
  const codec = protobufCodec(text, { references: [code] })
  assert.deepEqual(codec.decode(codec.encode({ c: 'B', d: { value: 'AQ==', scale: 2 } })), {
    c: 'B',
    d: { value: 'AQ==', precision: 0, scale: 2 },
  })
  assert.deepEqual(parse(text, [code]).backwardBreaks(parse(text, [code])), [])
  assert.equal(parseProto(text).imports.length, 2)
})
