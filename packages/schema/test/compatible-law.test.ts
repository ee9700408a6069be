/**
 * Law: compatible means compatible. Random Avro schemas are changed at random; where the verdict
 * is that the new one reads what the old one wrote, every value of the old one is read by it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import type { Type } from 'avsc'
import { parseAvro } from '../src/avro/schema.js'
import { avroType } from '../src/avro/type.js'

const seeds = Number(process.env.MILLRACE_SEEDS ?? 1_500)
const valuesEach = 8

type Json = string | Json[] | { [attribute: string]: unknown }
type Field = { name: string; type: Json; default?: unknown; aliases?: string[] }
type Rec = { type: 'record'; name: string; fields: Field[] }

const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']
const defaults: Record<string, unknown> = {
  null: null,
  boolean: true,
  int: 1,
  long: 2,
  float: 1.5,
  double: 2.5,
  bytes: 'x',
  string: 'y',
}

class Generator {
  readonly #random: Random
  #names = 0

  constructor(random: Random) {
    this.#random = random
  }

  chance(oneIn: number): boolean {
    return this.#random.below(oneIn) === 0
  }

  pick<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)] as T
  }

  type(depth: number): Json {
    if (depth === 0 || !this.chance(2)) return this.pick(primitives)
    switch (this.#random.below(5)) {
      case 0:
        return { type: 'array', items: this.type(depth - 1) }
      case 1:
        return { type: 'map', values: this.type(depth - 1) }
      case 2: {
        const branches = new Set([this.pick(primitives), this.pick(primitives)])
        return [...branches]
      }
      case 3:
        return {
          type: 'enum',
          name: `E${this.#names++}`,
          symbols: ['A', 'B', 'C'].slice(this.#random.below(2)),
        }
      default:
        return this.record(depth - 1)
    }
  }

  record(depth: number): Rec {
    const name = `R${this.#names++}`
    const fields = Array.from({ length: 1 + this.#random.below(4) }, (_, i) =>
      this.field(`f${i}`, depth),
    )
    return { type: 'record', name, fields }
  }

  field(name: string, depth: number): Field {
    const type = this.type(depth)
    const first = Array.isArray(type) ? type[0] : type
    const hasDefault = typeof first === 'string' && this.chance(2)
    return { name, type, ...(hasDefault && { default: defaults[first] }) }
  }

  /** The same type with something changed, here or further in. */
  changed(json: Json): Json {
    if (typeof json === 'string')
      return this.chance(2)
        ? this.pick(primitives)
        : [json, 'null'].filter((each, i, all) => all.indexOf(each) === i)
    if (Array.isArray(json)) {
      if (this.chance(2)) return json.slice(0, 1)
      const more = this.pick(primitives)
      return json.includes(more) ? json : [...json, more]
    }
    if (json.type === 'array') return { ...json, items: this.changed(json.items as Json) }
    if (json.type === 'map') return { ...json, values: this.changed(json.values as Json) }
    if (json.type === 'enum') {
      const symbols = this.pick([['A', 'B', 'C', 'D'], ['B', 'C'], ['A']])
      return { ...json, symbols, ...(this.chance(2) && { default: symbols[0] }) }
    }
    return this.changedRecord(json as unknown as Rec) as unknown as Json
  }

  changedRecord(record: Rec): Rec {
    const fields = [...record.fields]
    const at = this.#random.below(fields.length)
    const field = fields[at] as Field
    switch (this.#random.below(5)) {
      case 0:
        fields.splice(at, 1)
        break
      case 1:
        fields.splice(at, 0, this.field(`new${this.#names++}`, 1))
        break
      case 2:
        fields[at] = {
          ...field,
          name: `${field.name}x`,
          ...(this.chance(2) && { aliases: [field.name] }),
        }
        break
      case 3: {
        const { default: _, ...rest } = field
        fields[at] = rest
        break
      }
      default: {
        const { default: _, ...rest } = field
        fields[at] = { ...rest, type: this.changed(field.type) }
      }
    }
    return { ...record, fields }
  }
}

test('where the verdict is BACKWARD, every old value is read by the new schema', () => {
  let compatible = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const generator = new Generator(seededRandom(seed))
    const older = generator.record(3)
    let newer = generator.changedRecord(older)
    if (generator.chance(3))
      newer = newer.fields.length > 0 ? generator.changedRecord(newer) : newer
    const texts = [JSON.stringify(older), JSON.stringify(newer)] as const
    const [before, after] = texts.map((text) => avroType.parse(text, []))
    assert.ok(before && after)
    const isCompatible = after.backwardBreaks(before).length === 0
    if (!isCompatible) continue
    compatible++
    const [writer, reader] = texts.map((text) => parseAvro(text).type) as [Type, Type]
    const resolver = reader.createResolver(writer)
    for (let i = 0; i < valuesEach; i++) {
      const bytes = writer.toBuffer(writer.random())
      const where = `seed ${seed}: ${texts.join(' then ')}`
      let value: unknown
      assert.doesNotThrow(() => {
        value = reader.fromBuffer(bytes, resolver)
      }, where)
      assert.ok(reader.isValid(value), where)
    }
  }
  assert.ok(compatible > seeds / 5, `only ${compatible} of ${seeds} were compatible`)
})
