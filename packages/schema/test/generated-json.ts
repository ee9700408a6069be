import type { Random } from '@millrace/host'

type Json = string | Json[] | { [attribute: string]: unknown }

const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']
const defaults: Record<string, unknown> = {
  null: null,
  boolean: true,
  int: 70_000,
  long: -5,
  float: 1.5,
  double: 2.5,
  bytes: 'x',
  string: 'y'.repeat(70),
}

/** Avro schemas, and JSON texts of their values in all the ways in which JSON can be written. */
export class GeneratedJson {
  readonly #random: Random
  #names = 0
  /** Definitions by name, for what refers to them. */
  readonly #named = new Map<string, Json>()

  constructor(random: Random) {
    this.#random = random
  }

  #chance(oneIn: number): boolean {
    return this.#random.below(oneIn) === 0
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)] as T
  }

  /** A record. */
  schema(depth = 3): Json {
    const name = `R${this.#names++}`
    const names = ['a', 'b', 'aa', 'constructor', 'long_name', 'Z9', 'f7']
    const fields = Array.from({ length: this.#random.below(6) }, (_, i) => {
      const type = this.#type(depth - 1)
      const first = Array.isArray(type) ? type[0] : type
      const hasDefault = typeof first === 'string' && first in defaults && this.#chance(2)
      const field = { name: names[i] ?? `f${i}`, type }
      return hasDefault ? { ...field, default: defaults[first as string] } : field
    })
    const record = { type: 'record', name, fields }
    this.#named.set(name, record)
    return record
  }

  #type(depth: number): Json {
    if (depth <= 0 || this.#chance(2)) return this.#leaf()
    switch (this.#random.below(6)) {
      case 0:
        return { type: 'array', items: this.#type(depth - 1) }
      case 1:
        return { type: 'map', values: this.#type(depth - 1) }
      case 2:
      case 3:
        return this.#union(depth)
      default:
        return this.schema(depth - 1)
    }
  }

  #leaf(): Json {
    switch (this.#random.below(8)) {
      case 0:
        return this.#defined({
          type: 'enum',
          name: `E${this.#names++}`,
          symbols: ['A', 'AB', 'B', 'C'].slice(this.#random.below(3)),
        })
      case 1:
        return this.#defined({ type: 'fixed', name: `F${this.#names++}`, size: 2 })
      case 2:
        return this.#pick([
          { type: 'long', logicalType: 'timestamp-millis' },
          { type: 'long', logicalType: 'timestamp-micros' },
          { type: 'int', logicalType: 'date' },
          { type: 'string', logicalType: 'uuid' },
        ])
      case 3: {
        const names = [...this.#named.keys()]
        return names.length > 0 ? this.#pick(names) : 'int'
      }
      default:
        return this.#pick(primitives)
    }
  }

  #defined(definition: Json): Json {
    this.#named.set(String((definition as { name: string }).name), definition)
    return definition
  }

  #union(depth: number): Json {
    const branches = new Map<string, Json>()
    if (this.#chance(2)) branches.set('null', 'null')
    for (let left = 1 + this.#random.below(3); left > 0; left--) {
      const type = this.#type(depth - 1)
      if (Array.isArray(type)) continue
      const name = typeof type === 'string' ? type : String(type.name ?? type.type)
      branches.set(name, type)
    }
    if (branches.size === 0) branches.set('null', 'null')
    return [...branches.values()]
  }

  /** A text of a value that fits, mostly. */
  text(schema: Json): string {
    if (Array.isArray(schema)) return this.text(this.#pick(schema))
    if (typeof schema === 'string') {
      const named = this.#named.get(schema)
      return named === undefined ? this.#primitive(schema) : this.text(named)
    }
    const { type, logicalType } = schema
    if (logicalType !== undefined && this.#chance(3)) return this.#moment(String(logicalType))
    switch (type) {
      case 'record':
        return this.#record(schema.fields as { name: string; type: Json; default?: unknown }[])
      case 'enum':
        return JSON.stringify(this.#pick(schema.symbols as string[]))
      case 'fixed':
        return this.#pick(['"ab"', '"\\u0000\\u00ff"', '"éÿ"', '"\\n\\\\"'])
      case 'array':
        return this.#list(() => this.text(schema.items as Json), '[', ']')
      case 'map': {
        const key = () => this.#pick(['"a"', '"b"', '"1"', '"0"', '"__proto__"', '"\\u0061"'])
        const member = () => `${key()}:${this.text(schema.values as Json)}`
        return this.#list(member, '{', '}')
      }
      default:
        return this.text(type as Json)
    }
  }

  #record(fields: readonly { name: string; type: Json; default?: unknown }[]): string {
    const members: string[] = []
    for (const field of fields) {
      if ('default' in field && this.#chance(3)) continue
      const name = JSON.stringify(field.name)
      members.push(`${name}${this.#space()}:${this.#space()}${this.text(field.type)}`)
    }
    if (this.#chance(4)) {
      for (let i = members.length - 1; i > 0; i--) {
        const other = this.#random.below(i + 1)
        const moved = members[i] as string
        members[i] = members[other] as string
        members[other] = moved
      }
    }
    if (this.#chance(40) && members.length > 0) members.push(this.#pick(members))
    return `{${this.#space()}${members.join(`${this.#space()},${this.#space()}`)}}`
  }

  #list(item: () => string, open: string, close: string): string {
    const length = this.#chance(20) ? 60 + this.#random.below(10) : this.#random.below(4)
    const items = Array.from({ length }, item)
    return `${open}${this.#space()}${items.join(`${this.#space()},`)}${close}`
  }

  #space(): string {
    return this.#chance(8) ? this.#pick([' ', '\n', '\t ', '\r\n']) : ''
  }

  #primitive(name: string): string {
    switch (name) {
      case 'null':
        return 'null'
      case 'boolean':
        return this.#pick(['true', 'false'])
      case 'int':
        return this.#pick(['0', '-0', '7', '-2147483648', '2147483647', '1e3', '64', '-65', '2.0'])
      case 'long':
        return this.#pick([
          ...['0', '-1', '1767225600000', '-1767225600000', '9007199254740990', '268435456'],
          ...['-4503599627370496', '1073741824', '-1073741825', '1E15', '12345678901234567e-2'],
          ...['9007199254740993', '-9007199254740991', '9223372036854775807', '-4503599627370497'],
          String(this.#random.uint32() * (1 + this.#random.below(2 ** 20))),
        ])
      case 'float':
      case 'double':
        return this.#pick([
          ...['0', '-0', '1.5', '-2.75', '0.1', '3.4028234e38', '1e-7', '123456789012345678'],
          ...['0.30000000000000004', '5e-324', '1e22', '9.007199254740993'],
          String(this.#random.float() * 10 ** this.#random.below(20)),
          (this.#random.below(1_000_000) / 100).toFixed(this.#random.below(4)),
        ])
      case 'bytes':
        return this.#pick(['""', '"abc"', '"\\u00ff"', '"é"', '"a\\"b"'])
      default:
        return this.#string()
    }
  }

  #string(): string {
    const parts = ['a', 'taxi', 'é', '😀', '\\n', '\\u0041', '\\ud83d\\ude00', '\\/', ' ', '\x7f']
    let text = ''
    const lengths = [0, 1, 3, 10, 80]
    for (let left = this.#pick(lengths); left > 0; left--) {
      text += this.#chance(6) ? this.#pick(parts) : 'x'
    }
    return `"${text}"`
  }

  #moment(logicalType: string): string {
    if (logicalType === 'date') return this.#pick(['"2026-01-04"', '"1969-12-31"'])
    if (logicalType === 'uuid') return '"5ec0b4c1-9b4f-4a9c-8c38-6ee3c2c7b2a5"'
    return this.#pick(['"2026-01-04T12:30:00Z"', '"1800-01-01T00:00:00.123456+01:00"'])
  }

  /** The same text with something changed: a byte, a part that is missing, one from elsewhere. */
  changed(text: string): Buffer {
    const bytes = Buffer.from(text)
    const at = this.#random.below(bytes.length)
    switch (this.#random.below(6)) {
      case 0:
        bytes[at] = this.#random.below(256)
        return bytes
      case 1:
        return bytes.subarray(0, at)
      case 2: {
        const until = Math.min(bytes.length, at + 1 + this.#random.below(4))
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(until)])
      }
      case 3: {
        const from = this.#random.below(bytes.length)
        const part = bytes.subarray(from, from + this.#random.below(12))
        return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)])
      }
      case 4:
        return this.#replaced(text)
      default: {
        const more = this.#pick([
          ...['"', '\\', ',', '0', '-', '.5', 'e1', ' ', '{}', '[', ']', '\u0000'],
          ...['\ufeff', 'null', '"\\ud800"', '01', '\\u0061'],
        ])
        return Buffer.concat([bytes.subarray(0, at), Buffer.from(more), bytes.subarray(at)])
      }
    }
  }

  /** With another value in the place of one. */
  #replaced(text: string): Buffer {
    const values = [...text.matchAll(/-?\d[\d.eE+-]*|"[^"\\]*"|true|false|null/g)]
    const value = values.length > 0 ? this.#pick(values) : undefined
    if (value === undefined) return Buffer.from(`${text} `)
    const other = this.#pick([
      ...['null', '1e999', '-1e999', '9007199254740993', '-9007199254740991', '4.5', '""'],
      ...['"2026-01-04T12:30:00Z"', '"\\ud800"', '[]', '{}', '1e39', 'NaN', '1.', '.5', '+1', '-'],
      ...[
        '00',
        '"a"',
        'tru',
        '2147483648',
        '-2147483649',
        '{"a":1,"a":2}',
        '3.4028235677973366e38',
      ],
    ])
    const { index } = value
    return Buffer.from(text.slice(0, index) + other + text.slice(index + value[0].length))
  }
}
