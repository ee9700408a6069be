/** Texts of schemas that were made to cost something, or to lead nowhere. */
import type { Random } from '@millrace/host'
import { oneOf } from './message.js'

export interface SomeSchema {
  readonly schemaType?: string
  readonly schema: string
}

/** A schema that no person would write. */
export function hostileSchema(random: Random): SomeSchema {
  return oneOf(random, hostile)()
}

/** Right, but large. */
export function sizeableSchema(random: Random): SomeSchema {
  return oneOf(random, sizeable)(50 + random.below(1_000))
}

const avro = (schema: unknown): SomeSchema => ({ schema: textOf(schema) })
const json = (schema: unknown): SomeSchema => ({ schemaType: 'JSON', schema: textOf(schema) })
const proto = (body: string): SomeSchema => {
  return { schemaType: 'PROTOBUF', schema: `syntax = "proto3"; ${body}` }
}
const textOf = (schema: unknown) => (typeof schema === 'string' ? schema : JSON.stringify(schema))
const around = (open: string, inner: string, close: string, depth: number) =>
  `${open.repeat(depth)}${inner}${close.repeat(depth)}`
const record = (...fields: [string, unknown][]) => ({
  ...{ type: 'record', name: 'R' },
  fields: fields.map(([name, type]) => ({ name, type })),
})

const hostile: readonly (() => SomeSchema)[] = [
  // Depth.
  () => avro(around('{"type":"array","items":', '"int"', '}', 20_000)),
  () => avro(around('{"type":"array","items":', '"int"', '}', 900)),
  () => avro(around('{"type":', '"int"', '}', 20_000)),
  () => avro(around('[', '"int"', ']', 50_000)),
  () => json(around('{"items":', 'true', '}', 20_000)),
  () => json(around('{"items":', 'true', '}', 1_000)),
  () => json(around('{"not":', 'true', '}', 2_000)),
  () => json(around('{"properties":{"a":', 'true', '}}', 3_000)),
  () => proto(around('message M { ', '', '}', 20_000)),
  () => proto(around('message M { ', '', '}', 500)),
  () => proto(around('message M { oneof o { option (x) = {a ', '', '} }', 5_000)),
  () => proto(`option (x) = ${around('{a ', '', '}', 20_000)};`),
  // Names that lead back, or nowhere.
  () => avro(record(['self', 'R'])),
  () => avro(record(['self', { type: 'R' }], ['other', 'S'])),
  () =>
    avro({
      type: 'array',
      items: { type: 'record', name: 'A', fields: [{ name: 'a', type: ['null', 'A'] }] },
    }),
  () => json({ $ref: '#' }),
  () =>
    json({
      $ref: '#/definitions/a',
      definitions: { a: { $ref: '#/definitions/b' }, b: { $ref: '#/definitions/a' } },
    }),
  () => json({ allOf: [{ $ref: '#' }], properties: { a: { $ref: '#/properties/a' } } }),
  () => json({ $id: 'x', $ref: 'x' }),
  () => json({ $id: 'http://[', $ref: 'y#%' }),
  () => json({ $ref: '#/%ff' }),
  () => json({ $ref: '#/__proto__' }),
  () => json({ $dynamicRef: '#a', $defs: { b: { $dynamicAnchor: 'a', $dynamicRef: '#a' } } }),
  () => json({ $recursiveRef: '#', $schema: 'https://json-schema.org/draft/2019-09/schema' }),
  () =>
    json({ $schema: 'http://json-schema.org/draft-04/schema#', id: '#a', exclusiveMinimum: true }),
  () => json({ $schema: 7 }),
  () => proto('message M { M m = 1; map<string, M> n = 2; }'),
  () => proto('message M { .M.N n = 1; message N { M m = 1; .x.Y y = 2; } }'),
  () => proto('import "default.proto"; message M {}'),
  () =>
    proto('import public "google/protobuf/any.proto"; message M { google.protobuf.Any a = 1; }'),
  // Patterns.
  ...[
    '^(a+)+$',
    '^(?=a)(a+)+$',
    '(a{1000}){1000}',
    '((((a{30}){30}){30}){30})',
    '(',
    '\\p{L}+',
    '[^]',
  ].map((pattern) => () => json({ type: 'string', pattern })),
  ...['(?<!a)(x+x+)+y', '(.*)\\1', '(?<n>a)', '\\u{110000}', '[\\d-z]', 'a{99999999}'].map(
    (pattern) => () => json({ patternProperties: { [pattern]: true }, propertyNames: { pattern } }),
  ),
  // Numbers and values of the wrong kind.
  ...[-1, 1.5, 1e308, '1', null, {}, [], true].flatMap((value) => [
    () => avro({ type: 'fixed', name: 'F', size: value }),
    () => avro({ type: 'enum', name: 'E', symbols: value }),
    () => avro({ type: 'enum', name: 'E', symbols: ['a', value] }),
    () => avro({ type: 'record', name: value, fields: value }),
    () =>
      avro({
        type: 'record',
        name: 'R',
        namespace: value,
        fields: [{ name: 'a', type: 'int', default: value, order: value, aliases: value }],
      }),
    () => avro({ type: 'bytes', logicalType: 'decimal', precision: value, scale: value }),
    () => avro({ type: 'long', logicalType: value }),
    () => avro({ type: value, items: value, values: value }),
    () => json({ minLength: value, multipleOf: value, required: value, enum: value, type: value }),
    () => json({ properties: value, items: value, allOf: value, $defs: value }),
    () => json({ default: value, title: value, $id: value, $anchor: value, dependencies: value }),
    () => proto(`message M { int32 a = ${textOf(value)}; reserved ${textOf(value)}; }`),
    () => proto(`enum E { A = ${textOf(value)}; }`),
  ]),
  ...['__proto__', 'constructor', 'toString', ''].flatMap((name) => [
    () => avro(record([name, 'int'])),
    () => avro({ type: 'enum', name: 'E', symbols: [name, 'a'] }),
    () =>
      avro(
        `{"type":"record","name":"R","${name}":1,"fields":[{"name":"a","type":"int","${name}":{}}]}`,
      ),
    () => json(`{"properties":{"${name}":{"type":"string"}},"required":["${name}"],"${name}":{}}`),
    () => proto(`message ${name} { int32 ${name} = 1; }`),
  ]),
  ...['message M { int32 a = 1; int32 a = 2; }', 'message M { int32 a = 1; int32 b = 1; }'].map(
    (body) => () => proto(body),
  ),
  ...[
    'message M { int32 a = 0; }',
    'message M { int32 a = 19000; }',
    'message M { int32 a = 999999999999; }',
  ].map((body) => () => proto(body)),
  ...[
    'message M { oneof o { } }',
    'message M { map<M, M> m = 1; }',
    'enum E { }',
    'enum E { B = 1; }',
  ].map((body) => () => proto(body)),
  ...[
    'message M { reserved 1 to 5; int32 a = 3; }',
    'message M { extensions 1 to max; }',
    'extend M { int32 a = 1; }',
  ].map((body) => () => proto(body)),
  ...[
    'message M { repeated map<int32, M> m = 1; }',
    'message M { int32 a = 1 [default = 1, packed = x, json_name = 7]; }',
  ].map((body) => () => proto(body)),
  ...[
    'message M { optional string a = 1 [json_name = "\\xff\\777\\u"]; }',
    'service S { rpc A (B) returns (C); }',
  ].map((body) => () => proto(body)),
  ...[
    '/*',
    '"',
    "'",
    '\0',
    'syntax = "proto2";',
    'edition = "2023";',
    'message',
    'message M {',
    ';;;;',
  ].map((body) => () => proto(body)),
  ...[
    '',
    ' ',
    'null',
    '7',
    '"',
    '{}',
    '[]',
    '[[]]',
    '"x"',
    'int',
    'true',
    '{"type":"error","name":"e","fields":[]}',
  ].map((text) => () => avro(text)),
  ...['CgA=', '////', 'CgRhLnByb3RvIgMKAU0=', '=', 'AAAAAAAA'].map((schema) => () => ({
    schemaType: 'PROTOBUF',
    schema,
  })),
  ...['AVRO', 'avro', 'XML', '', '__proto__', 'constructor'].map((schemaType) => () => ({
    schemaType,
    schema: '"int"',
  })),
]

const sizeable: readonly ((size: number) => SomeSchema)[] = [
  (size) =>
    avro(
      record(
        ...Array.from({ length: size }, (_, at): [string, unknown] => [
          `f${at}`,
          ['null', 'string'],
        ]),
      ),
    ),
  (size) =>
    avro({
      type: 'enum',
      name: 'E',
      symbols: Array.from({ length: size * 10 }, (_, at) => `S${at}`),
    }),
  (size) =>
    avro(
      Array.from({ length: size }, (_, at) => ({ type: 'fixed', name: `F${at}`, size: at + 1 })),
    ),
  (size) => json({ enum: Array.from({ length: size * 10 }, (_, at) => `value ${at}`) }),
  (size) =>
    json({
      properties: Object.fromEntries(
        Array.from({ length: size }, (_, at) => [`f${at}`, { type: 'string', minLength: 1 }]),
      ),
    }),
  (size) => json({ oneOf: Array.from({ length: size }, (_, at) => ({ const: at })) }),
  (size) =>
    json({
      anyOf: Array.from({ length: size }, (_, at) => ({ type: 'object', required: [`f${at}`] })),
    }),
  (size) => json({ required: Array.from({ length: size * 5 }, (_, at) => `f${at}`) }),
  (size) =>
    proto(
      `message M { ${Array.from({ length: size }, (_, at) => `string f${at} = ${at + 1};`).join(' ')} }`,
    ),
  (size) =>
    proto(
      `enum E { ${Array.from({ length: size }, (_, at) => `E${at} = ${at};`).join(' ')} } message M { E e = 1; }`,
    ),
  (size) =>
    proto(
      Array.from({ length: size }, (_, at) => `message M${at} { M${(at + 1) % size} m = 1; }`).join(
        ' ',
      ),
    ),
]
