/** What a hostile or a broken client puts where something else belongs. */
import type { Random } from '@millrace/host'
import { oneOf } from './message.js'

const nested = (open: string, close: string, depth: number) =>
  `${open.repeat(depth)}1${close.repeat(depth)}`

/** Texts in the place of a JSON value; not all of them are JSON. */
const jsonTexts: readonly string[] = [
  ...['null', 'true', 'false', '""', '[]', '{}', '[[]]', '0', '-0', '-1', '1', '1.5', '255'],
  ...['NaN', 'Infinity', '-Infinity', 'nil', '01', '+1', '.5', '1.', "'x'", '1e', '0x1'],
  ...['1e400', '-1e400', '1e-400', '1e308', '1e20', '9007199254740993', '9007199254740991'],
  ...['-4503599627370496', '2147483648', '-2147483649', '32768', '-32769', '8640000000000001'],
  ...['18446744073709551616', '-9223372036854775809', '253402300800000', '-62135596800001'],
  `1${'0'.repeat(400)}`,
  `0.${'0'.repeat(400)}1`,
  '9'.repeat(50_000),
  ...['"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\\n\\r\\t"', '"\\x41"', '"\\u12"', '"\t"'],
  ...['"a\\u2028b"', '"../../etc"', '"%00"', '"2026-01-04T12:30:00Z"', '"9999-12-31T23:59:60Z"'],
  ...['"NaN"', '"Infinity"', '"-1"', '"1e400"', '"AAE="', '"AAE"', '"="', '"true"', '"latest"'],
  `"${'x'.repeat(300)}"`,
  `"${'é'.repeat(70_000)}"`,
  `"${'\\\\'.repeat(20_000)}"`,
  `"${'a'.repeat(40)}!"`,
  ...['{"__proto__":{"a":1}}', '{"constructor":{"prototype":{"a":1}}}', '{"toString":1}'],
  ...['{"a":1,"a":2}', '{"":0}', '[1,]', '{"a":1,}', '{"a"}', '[1 2]', '/*c*/1', '{"0":1,"1":2}'],
  ...['[null]', '[{}]', '[[[]]]', '[1,"a",null,{}]', '{"length":3}', '{"type":"AVRO"}'],
  nested('[', ']', 500),
  nested('[', ']', 20_000),
  nested('{"a":', '}', 500),
  nested('{"a":', '}', 20_000),
  '['.repeat(5_000),
  `[${'1,'.repeat(5_000)}1]`,
  `{${Array.from({ length: 2_000 }, (_, at) => `"k${at}":${at}`).join()}}`,
]

export function evilJson(random: Random): string {
  return oneOf(random, jsonTexts)
}

/** Names in the place of a member's. */
export function evilName(random: Random): string {
  return oneOf(random, names)
}

const names = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', ' ', '\\u0000', '\\n'],
  ...['x'.repeat(5_000), '0', 'length', 'id', 'value', 'then', 'valueOf', '$ref', 'é', '\\ud800'],
]

/** What stands between two slashes of a path. */
export function evilSegment(random: Random): string {
  return oneOf(random, segments)
}

const segments = [
  ...['', '.', '..', '%2e%2e', '%00', '%0a', '%0d%0a', '%ff', '%', '%2', '%zz', '%c3%28', '%2F'],
  ...['-', '-1', '0', '1', '1.5', '2147483648', '99999999999999999999', '1e3', 'NaN', 'latest'],
  ...[
    '__proto__',
    'constructor',
    '__consumer_offsets',
    '_schemas',
    '*',
    ':',
    ':.:',
    ':.a:b',
    ':*:',
  ],
  ...['%3A.ctx%3As', 'a:b:c', 'x'.repeat(300), 'x'.repeat(1_500), '%F0%9F%98%80', '%EF%BF%BF'],
  ...['%ED%A0%80', '+', '%20', 'a%20b', '\xe9', '//', ';a=b', 'typed', 'plain', '%25', '%2525'],
]

/** What follows a question mark. */
export function evilQuery(random: Random): string {
  return oneOf(random, queries)
}

const queries = [
  ...['', '?', '&', '=', '%', '%ff=1', 'dry-run', 'dry-run=false', 'async', 'async=x', 'async=%00'],
  ...['a=1&a=2', '__proto__=1', 'deleted=true', 'permanent=true', 'format=serialized', 'format=x'],
  ...['normalize=true', 'verbose=true', 'offset=-1', 'offset=1e3', 'limit=99999999999', 'limit=0'],
  ...['subject=%00', 'subjectPrefix=%ff', 'timeout=-1', 'timeout=1e9', 'timeout=x', 'max_bytes=0'],
  ...['max_bytes=99999999999999999999', 'deletedOnly=true', 'latestOnly=true', 'fetchMaxId=true'],
  ...['subject=:.x:', 'subject=', 'defaultToGlobal=true', 'force=true', 'recursive=true'],
  ...[
    'offset_type=x',
    'key=a&key=b&value=c',
    'referenceFormat=qualified',
    'deletedAsNegative=true',
  ],
  'a=b&'.repeat(1_500),
]

/** Header lines; some replace one that is there. */
export function evilHeader(random: Random): readonly [string, string] {
  return oneOf(random, headers)
}

const headers: readonly (readonly [string, string])[] = [
  ...[
    ...['', ' ', ';', 'application/json', 'application/JSON; charset=utf-8', 'text/plain', '*/*'],
    ...[
      'application/json; charset=utf-16',
      'application/vnd.kafka.avro.v2+json',
      'multipart/form-data',
    ],
    ...['application/vnd.kafka.protobuf.v2+json', 'application/vnd.kafka.jsonschema.v2+json'],
    ...['application/vnd.kafka.binary.v2+json', 'application/vnd.kafka.json.v2+json; a="b', 'x'],
    ...['application/cloudevents+json', 'application/cloudevents-batch+json', '\xff/\xfe'],
    ...['application/cloudevents+xml', 'application/octet-stream', `a/${'b'.repeat(4_000)}`],
    ...['application/x-www-form-urlencoded', 'application/vnd.schemaregistry.v1+json'],
  ].map((value) => ['content-type', value] as const),
  ...['gzip', 'br', 'deflate, gzip', 'x'].map((value) => ['content-encoding', value] as const),
  ...['*/*', 'text/html', '', 'application/vnd.kafka.avro.v2+json', ','.repeat(500)].map(
    (value) => ['accept', value] as const,
  ),
  ...['respond-async', 'respond-async, wait=1', 'x', `${','.repeat(3_000)}respond-async`].map(
    (value) => ['prefer', value] as const,
  ),
  ...['http://localhost', 'http://evil.example', 'null', '', '\xe9'].map(
    (value) => ['origin', value] as const,
  ),
  ...['', '\xe9', 'x'.repeat(3_000), 'a\tb'].map((value) => ['x-source', value] as const),
  ...[
    '%',
    '%ff',
    '"',
    '"\\"',
    '%F0%9F',
    '2026-13-01T00:00:00Z',
    '\xc3\x28',
    '1.0',
    '',
    '"\\',
  ].flatMap((value) =>
    ['ce-id', 'ce-time', 'ce-type', 'ce-specversion', 'ce-topic'].map(
      (name) => [name, value] as const,
    ),
  ),
  ...['__proto__', 'data', 'data_base64', 'a-b', 'x'.repeat(30)].map(
    (name) => [`ce-${name}`, 'x'] as const,
  ),
  ...['100-continue', 'x'].map((value) => ['expect', value] as const),
  ...['websocket', 'h2c'].map((value) => ['upgrade', value] as const),
  ...['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'x'].map(
    (value) => ['traceparent', value] as const,
  ),
  ['x-forwarded-for', '1.2.3.4, \xff'],
  ['host', 'a b\xe9'],
  ['confluent-accept-unknown-properties', 'true'],
  ['__proto__', 'x'],
  ['x-long', 'x'.repeat(9_000)],
  ['x-longer', 'x'.repeat(17_000)],
]
