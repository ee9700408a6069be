import type { Random } from '@millrace/host'
import type { DataType, Field } from '../../src/plan/type.js'

/** The types that JSON has. */
const types: readonly DataType[] = [
  { kind: 'varchar', length: 2_147_483_647, nullable: true },
  { kind: 'char', length: 4, nullable: true },
  { kind: 'bigint', nullable: true },
  { kind: 'int', nullable: true },
  { kind: 'smallint', nullable: true },
  { kind: 'tinyint', nullable: true },
  { kind: 'boolean', nullable: true },
  { kind: 'double', nullable: true },
  { kind: 'float', nullable: true },
  { kind: 'decimal', precision: 4, scale: 1, nullable: true },
  { kind: 'decimal', precision: 9, scale: 0, nullable: true },
  { kind: 'decimal', precision: 18, scale: 6, nullable: true },
  { kind: 'decimal', precision: 38, scale: 10, nullable: true },
  { kind: 'date', nullable: true },
  { kind: 'time', precision: 0, nullable: true },
  { kind: 'timestamp', precision: 0, nullable: true },
  { kind: 'timestamp', precision: 3, nullable: true },
  { kind: 'timestamp', precision: 6, nullable: true },
  { kind: 'timestampLtz', precision: 3, nullable: true },
  { kind: 'varbinary', length: 2_147_483_647, nullable: true },
  { kind: 'array', element: { kind: 'int', nullable: true }, nullable: true },
  {
    kind: 'row',
    fields: [{ name: 'x', type: { kind: 'bigint', nullable: true } }],
    nullable: true,
  },
]

const namePool = ['a', 'id', 'größe', 'long name with spaces', 'x'.repeat(70), 'a_b', 'A', 'ab']

/** Some columns, with names that are alike. */
export function someFields(random: Random, count: number): Field[] {
  return Array.from({ length: count }, (_, index) => ({
    name: index < namePool.length ? (namePool[index] as string) : `field_${index}`,
    type: pick(random, types),
  }))
}

/** A value as it mostly comes for a column of the type. */
export function plainValue(random: Random, { kind }: DataType, separator: string): string {
  switch (kind) {
    case 'char':
    case 'varchar':
      return JSON.stringify(pick(random, ['', 'a', 'größer 😀', 'x'.repeat(random.below(100))]))
    case 'boolean':
      return pick(random, ['true', 'false'])
    case 'tinyint':
      return String(random.below(256) - 128)
    case 'smallint':
      return String(random.below(65_536) - 32_768)
    case 'int':
      return String(random.below(4_000_000_000) - 2_000_000_000)
    case 'bigint':
      return String((random.below(2 ** 32) - 2 ** 31) * 10 ** random.below(6))
    case 'float':
    case 'double':
    case 'decimal':
      return `${pick(random, ['', '-'])}${random.below(900)}.${random.below(900)}`
    case 'date':
      return `"${dateText(random)}"`
    case 'time':
      return `"${timeText(random)}"`
    case 'timestamp':
      return `"${dateText(random)}${separator}${timeText(random)}${pick(random, ['', '.5', '.123', '.123456789'])}"`
    case 'timestampLtz':
      return `"${dateText(random)}${separator}${timeText(random)}.${random.below(900) + 100}Z"`
    case 'varbinary':
      return '"AQID"'
    case 'array':
      return '[1, 2,null]'
    default:
      return '{"x": 5}'
  }
}

const oddValues = [
  ...['null', 'nullx', 'nul', 'true', 'tru', 'false', 'falsey', '"true"', '" TRUE "', '""', '0'],
  ...[
    '-0',
    '-',
    '01',
    '-01',
    '1.',
    '.5',
    '1.50',
    '-0.0',
    '1e3',
    '1E+2',
    '1e',
    '2e-1',
    '-1.5',
    '+1',
  ],
  ...['"12"', '"-12"', '" 12 "', '"+5"', '"007"', '"1.5"', '"1."', '".5"', '"1e2"', '"NaN"', 'NaN'],
  ...['"Infinity"', '"12', '12"', '"1 2"', '127', '128', '-128', '-129', '32767', '32768'],
  ...['-32769', '2147483647', '2147483648', '-2147483648', '-2147483649', '9999', '999.95'],
  ...['999.94', '0.05', '-0.05', '0.04', '-0.04', '999999999', '999999999.5', '1000000000'],
  ...['123456789012345', '1234567890123456', '12345678.90123456', '0.123456789012345'],
  ...['123456789012345678', '1234567890123456789', '999999999999999999', '0.0000005'],
  ...['9223372036854775807', '-9223372036854775808', '9223372036854775808', '1e400'],
  ...['100000000000000000000', '0.000000000000000000001', '123456789012.1234565', '00000001'],
  ...[
    '"\\n"',
    '"a\\"b"',
    '"\\\\"',
    '"\\/\\b\\f\\r\\t"',
    '"\\u0041\\u00e9\\u20ac"',
    '"\\ud83d\\ude00"',
  ],
  ...['"\\ud83d"', '"\\ude00x"', '"\\u12"', '"\\u12g4"', '"\\x"', '"\\"', '"tab\there"', '"nul\0"'],
  ...['{}', '[]', '{"x":1}', '{"x":"1","y":[{}]}', '{"x":1e2}', '[1,"2",3.5]', '[1,]', '[ ]'],
  ...['{"a" : "b\\n" , "c":[ 1 ]}', '[[[[[[]]]]]]', '{"a":}', '{"a"}', '{a:1}', '[1 2]', '\u007f'],
  ...[
    '"2026-01-31"',
    '"2026-02-29"',
    '"2024-02-29"',
    '"2026-02-30"',
    '"2026-1-31"',
    '"0000-01-01"',
  ],
  ...[
    '"1900-02-29"',
    '"2000-02-29"',
    '"2026-04-31"',
    '"2026-12-00"',
    '"2026-13-01"',
    '"0001-01-01"',
  ],
  ...['"2026-01-31 23:59:59"', '"2026-01-31T23:59:59"', '"2026-01-31 24:00:00"', '"24:00:00"'],
  ...['"2026-01-31 23:59:60"', '"2026-01-31 23:60:00"', '"2026-02-31 10:00:00.5"', '"05:06:07.8"'],
  ...['"1969-12-31 23:59:59.999999"', '"1969-12-31 23:59:59.9999999"', '"2250-12-31 00:00:00.1"'],
  ...['"2256-01-01 00:00:00.123456"', '"9999-12-31 23:59:59.999"', '"2026-01-31 23:59:59."'],
  ...['"2026-01-31 23:59:59.1234567890"', '"2026-01-31 23:59:59Z"', '"2026-01-31T23:59:59.5Z"'],
  ...['"2026-01-31T23:59Z"', '"2026-01-31T23:59"', '"2026-01-31 23:59:59.12Z"', '"2026-01-31 "'],
]

/** A value that few records have: wrong, of another type, at a limit. */
export function oddValue(random: Random): string {
  return pick(random, oddValues)
}

/**
 * A record with values for most of the fields, mostly in their order. Of a thousand things that may
 * be odd, `oddity` are. `separator` stands between dates and times.
 */
export function someRecord(
  random: Random,
  fields: readonly Field[],
  { oddity, separator = ' ' }: { readonly oddity: number; readonly separator?: string },
): Buffer {
  const isOdd = () => random.below(1000) < oddity
  const space = () => (isOdd() ? pick(random, [' ', '\n\t', '\r ', '   ', '\f']) : '')
  const named = fields.map(({ name, type }) => {
    const value = isOdd() ? oddValue(random) : plainValue(random, type, separator)
    return { name: isOdd() ? escapedName(name) : JSON.stringify(name), value }
  })
  if (isOdd()) named.reverse()
  if (isOdd()) named.pop()
  if (isOdd()) named.push(...named.slice(0, 1 + random.below(2)))
  if (isOdd()) named.splice(0, named.length)
  const others = ['"other":"text"', '"n":-12.5e3', '"o":{"a":[1,{"id":8}]}', '"b":null']
  const members = named.flatMap(({ name, value }) => [
    ...(isOdd() ? [pick(random, others)] : []),
    `${name}${space()}:${space()}${value}`,
  ])
  const text = `${space()}{${space()}${members.join(`${space()},${space()}`)}${space()}}${space()}`
  const bytes = Buffer.from(text)
  return isOdd() ? damaged(random, bytes) : bytes
}

/** Bytes of which some were changed, put in, left out, or cut off. */
function damaged(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length)
  const some = Buffer.from(
    Array.from({ length: 1 + random.below(3) }, () =>
      pick(
        random,
        [0, 0x20, 0x22, 0x2c, 0x30, 0x39, 0x3a, 0x5c, 0x7b, 0x7d, 0x80, 0xc3, 0xe2, 0xff],
      ),
    ),
  )
  switch (random.below(4)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      return Buffer.concat([bytes.subarray(0, at), some, bytes.subarray(at)])
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + some.length)])
    default:
      return Buffer.concat([bytes.subarray(0, at), some, bytes.subarray(at + some.length)])
  }
}

function escapedName(name: string): string {
  return `"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}"`
}

function dateText(random: Random): string {
  const millis = random.below(2 ** 32) * 1000 - 2 ** 30 * 1000
  return new Date(millis).toISOString().slice(0, 10)
}

function timeText(random: Random): string {
  return new Date(random.below(86_400) * 1000).toISOString().slice(11, 19)
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.below(values.length)] as T
}
