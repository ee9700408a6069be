import type { Random } from '@millrace/host'

const names = ['id', 'orderId', 'price', 'email', 'status', 'at', 'a', 'b', 'c', 'count']
const formats = [
  ...['date-time', 'date', 'time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uuid'],
  ...['uri-reference', 'json-pointer', 'relative-json-pointer', 'regex', 'byte', 'uri-template'],
]
/** Patterns, and lengths that they leave room for. */
const patterns: readonly (readonly [string, number, number])[] = [
  ['^[A-Z]{3}-\\d{4}$', 8, 8],
  ['^[a-z]+$', 3, 40],
  ['^(red|green|blue)$', 0, 5],
  ['\\d', 1, 9],
  ['^\\p{Lu}\\p{L}*$', 2, 12],
  ['^[^\\s]{2,}$', 2, 6],
]

type Schema = { [keyword: string]: unknown }

/**
 * Random JSON schemas that have values: each keyword leaves room for the others. Every keyword of
 * drafts 7 to 2020-12 is among them, in combinations too, and schemas that refer to themselves.
 */
export class RandomJsonSchemas {
  readonly #random: Random
  /** Those that are whole: what must hold itself has no values. */
  readonly #definitions: { [name: string]: Schema } = {}
  readonly #isNewest: boolean
  #names = 0

  constructor(random: Random) {
    this.#random = random
    this.#isNewest = random.below(2) === 0
  }

  schema(): Schema {
    const root = this.#object(0)
    return {
      ...(this.#isNewest && { $schema: 'https://json-schema.org/draft/2020-12/schema' }),
      ...root,
      $defs: this.#definitions,
    }
  }

  #chance(oneIn: number): boolean {
    return this.#random.below(oneIn) === 0
  }

  #one<Value>(values: readonly Value[]): Value {
    return values[this.#random.below(values.length)] as Value
  }

  #any(depth: number): Schema | boolean {
    const roll = this.#random.below(depth > 3 ? 7 : 18)
    switch (roll) {
      case 0:
      case 1:
        return this.#text()
      case 2:
      case 3:
        return this.#number()
      case 4:
        return { type: this.#one(['boolean', 'null']) }
      case 5:
        return this.#listed()
      case 6:
        return this.#one([true, {}, { type: ['string', 'null'] }, { type: ['integer', 'boolean'] }])
      case 7:
      case 8:
        return this.#object(depth)
      case 9:
        return this.#map(depth)
      case 10:
      case 11:
        return this.#array(depth)
      case 12:
        return this.#tuple(depth)
      case 13:
        return { anyOf: [this.#any(depth + 1), this.#any(depth + 1), this.#text()] }
      case 14:
        return this.#tagged(depth)
      case 15:
        return this.#combined(depth)
      case 16:
        return this.#conditional()
      default:
        return this.#reference(depth)
    }
  }

  #text(): Schema {
    switch (this.#random.below(4)) {
      case 0:
        return { type: 'string', format: this.#one(formats) }
      case 1: {
        const [pattern, least, most] = this.#one(patterns)
        const minLength = this.#chance(2) ? { minLength: least } : {}
        return {
          type: 'string',
          pattern,
          ...minLength,
          ...(this.#chance(2) && { maxLength: most }),
        }
      }
      case 2: {
        const minLength = this.#random.below(50)
        return { type: 'string', minLength, maxLength: minLength + this.#random.below(20) }
      }
      default:
        return { type: 'string' }
    }
  }

  #number(): Schema {
    const type = this.#one(['integer', 'number'])
    const low = this.#random.below(200) - 100
    const high = low + 20 + this.#random.below(1_000)
    const lower = this.#one([{}, { minimum: low }, { exclusiveMinimum: low }])
    const upper = this.#one([{}, { maximum: high }, { exclusiveMaximum: high }])
    const steps = type === 'integer' ? [1, 2, 5] : [0.5, 0.01, 3, 0.1]
    return { type, ...lower, ...upper, ...(this.#chance(3) && { multipleOf: this.#one(steps) }) }
  }

  #listed(): Schema {
    const values = ['A', 'b', 1, 2.5, true, null, { x: 1 }, [1, 2]]
    if (this.#chance(2)) return { const: this.#one(values) }
    return { enum: values.slice(this.#random.below(4), 4 + this.#random.below(5)) }
  }

  #object(depth: number): Schema {
    const properties: Schema = {}
    const chosen = names.filter(() => this.#chance(3))
    for (const name of chosen) properties[name] = this.#any(depth + 1)
    const required = chosen.filter(() => this.#chance(2))
    const isClosed = this.#chance(3)
    return {
      type: 'object',
      properties,
      ...(required.length > 0 && { required }),
      ...(isClosed && { additionalProperties: false }),
      ...this.#count(chosen.length, required.length, isClosed),
      ...this.#dependent(chosen),
      ...(!isClosed && this.#chance(6) && { not: { required: ['never'] } }),
      ...(this.#isNewest && this.#chance(6) && { unevaluatedProperties: !isClosed }),
    }
  }

  /** How many properties there must or may be. */
  #count(described: number, required: number, isClosed: boolean): Schema {
    if (!isClosed && this.#chance(4)) return { minProperties: described + this.#random.below(3) }
    return this.#chance(5) ? { maxProperties: Math.max(required, 3) } : {}
  }

  /** One property that demands another; as many as there are may be there. */
  #dependent([first, second]: readonly string[]): Schema {
    if (first === undefined || second === undefined || !this.#chance(3)) return {}
    const keyword = this.#isNewest ? 'dependentRequired' : 'dependencies'
    return { [keyword]: { [first]: [second] }, maxProperties: 20 }
  }

  #map(depth: number): Schema {
    switch (this.#random.below(3)) {
      case 0:
        return { type: 'object', additionalProperties: this.#any(depth + 1), minProperties: 1 }
      case 1:
        return {
          type: 'object',
          patternProperties: { '^x-[a-z]{4,}$': this.#any(depth + 1) },
          additionalProperties: false,
          minProperties: this.#random.below(3),
        }
      default:
        return {
          type: 'object',
          propertyNames: { pattern: '^[a-z]{3,6}$' },
          additionalProperties: this.#any(depth + 1),
          minProperties: this.#random.below(4),
        }
    }
  }

  #array(depth: number): Schema {
    const minItems = this.#random.below(4)
    const bounds = { minItems, ...(this.#chance(2) && { maxItems: minItems + 3 }) }
    if (this.#chance(4)) {
      return { type: 'array', items: { type: 'integer' }, uniqueItems: true, ...bounds }
    }
    if (this.#chance(4)) {
      return { type: 'array', contains: this.#text(), minItems: 1 }
    }
    return { type: 'array', items: this.#any(depth + 1), ...bounds }
  }

  #tuple(depth: number): Schema {
    const first = [this.#any(depth + 1), this.#any(depth + 1)]
    const rest = this.#one([false, true, this.#number()])
    const [head, tail] = this.#isNewest ? ['prefixItems', 'items'] : ['items', 'additionalItems']
    return { type: 'array', [head]: first, [tail]: rest, minItems: this.#random.below(3) }
  }

  /** Branches of which each value fits one alone. */
  #tagged(depth: number): Schema {
    const branch = (kind: string) => ({
      type: 'object',
      properties: { kind: { const: kind }, value: this.#any(depth + 1) },
      required: ['kind', ...(this.#chance(2) ? ['value'] : [])],
    })
    return { oneOf: [branch('one'), branch('two'), { type: 'string' }] }
  }

  #combined(depth: number): Schema {
    const part = (name: string) => ({
      type: 'object',
      properties: { [name]: this.#any(depth + 1) },
      required: [name],
    })
    const dependent = this.#isNewest
      ? { dependentSchemas: { p: { required: ['q'] } } }
      : { dependencies: { p: { required: ['q'] } } }
    return {
      allOf: [part('p'), part('q'), ...(this.#chance(2) ? [dependent] : [])],
      ...(this.#chance(2) && { oneOf: [{ required: ['left'] }, { required: ['right'] }] }),
    }
  }

  #conditional(): Schema {
    return {
      type: 'object',
      properties: { country: { enum: ['DE', 'US'] }, code: { type: 'string' } },
      required: ['country', 'code'],
      if: { properties: { country: { const: 'DE' } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { code: { pattern: '^[0-9]{5}$' } } },
      else: { properties: { code: { pattern: '^[A-Z]{2}$' } } },
    }
  }

  /** To a definition that is there, or a new one, which may hold itself. */
  #reference(depth: number): Schema {
    const known = Object.keys(this.#definitions)
    if (known.length > 0 && this.#chance(2)) return { $ref: `#/$defs/${this.#one(known)}` }
    const name = `d${this.#names++}`
    const inner = this.#object(depth + 1)
    const properties = { ...(inner.properties as Schema), next: { $ref: `#/$defs/${name}` } }
    this.#definitions[name] = { ...inner, properties }
    return { $ref: `#/$defs/${name}`, description: 'elsewhere' }
  }
}
