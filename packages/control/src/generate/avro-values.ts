/**
 * Made-up values of an Avro schema, from a seed. Each is one that the schema's codec takes; where
 * a field's name says what it holds, it looks like that.
 *
 * A schema may refer to itself. Beyond `depthMax` lists are empty, and of a union the branch is
 * taken that ends soonest.
 */
import type { PrimitiveType, TypeTree } from '../schemas/type-tree.js'
import { momentNear } from './moment.js'
import { type Moment, ownId, type Values, type ValuesOptions } from './values.js'
import { isIdName, numberFor, one, textFor } from './words.js'

/** Deeper values are as small as the schema allows. */
const depthMax = 4

const dayMs = 86_400_000

export class AvroValues implements Values {
  readonly #type: TypeTree
  readonly #options: ValuesOptions
  readonly #heights = new Map<TypeTree, number>()

  constructor(type: TypeTree, options: ValuesOptions) {
    this.#type = type
    this.#options = options
  }

  next(moment: Moment): unknown {
    return this.#value(this.#type, '', 0, moment)
  }

  #value(type: TypeTree, field: string, depth: number, moment: Moment): unknown {
    const { random } = this.#options
    switch (type.kind) {
      case 'primitive':
        return this.#primitive(type, field, depth, moment)
      case 'enum':
        return one(type.symbols, random)
      case 'fixed':
        return this.#bytes(type.size)
      case 'array': {
        const length = depth > depthMax ? 0 : random.below(4)
        return Array.from({ length }, () => this.#value(type.items, field, depth + 1, moment))
      }
      case 'map': {
        const length = depth > depthMax ? 0 : random.below(4)
        const entries = Array.from({ length }, (_, at): [string, unknown] => [
          `key-${at + 1}`,
          this.#value(type.values, field, depth + 1, moment),
        ])
        return Object.fromEntries(entries)
      }
      case 'any':
        throw new Error('Avro has no type for anything.')
      case 'union':
        return this.#value(this.#branch(type.branches, depth), field, depth + 1, moment)
      case 'record': {
        const fields = type.fields.map((each): [string, unknown] => [
          each.name,
          this.#value(each.type, each.name, depth + 1, moment),
        ])
        return Object.fromEntries(fields)
      }
    }
  }

  /** Null one time in eight, where there is something else. */
  #branch(branches: readonly TypeTree[], depth: number): TypeTree {
    const { random } = this.#options
    if (depth > depthMax) {
      const heights = branches.map((branch) => this.#height(branch))
      return branches[heights.indexOf(Math.min(...heights))] as TypeTree
    }
    const isNull = (type: TypeTree) => type.kind === 'primitive' && type.name === 'null'
    const others = branches.filter((branch) => !isNull(branch))
    const nothing = branches.find(isNull)
    if (others.length === 0) return branches[0] as TypeTree
    return nothing !== undefined && random.below(8) === 0 ? nothing : one(others, random)
  }

  /** How deep a value of the type has to be; infinite where it must hold itself. */
  #height(type: TypeTree): number {
    const known = this.#heights.get(type)
    if (known !== undefined) return known
    if (type.kind === 'union') return Math.min(...type.branches.map((each) => this.#height(each)))
    if (type.kind !== 'record') return 0
    this.#heights.set(type, Number.POSITIVE_INFINITY)
    const height = 1 + Math.max(0, ...type.fields.map((each) => this.#height(each.type)))
    // What was found on the way down, inside itself, is not the height.
    this.#heights.delete(type)
    if (Number.isFinite(height)) this.#heights.set(type, height)
    return height
  }

  #primitive(type: PrimitiveType, field: string, depth: number, moment: Moment): unknown {
    const { random } = this.#options
    switch (type.name) {
      case 'null':
        return null
      case 'boolean':
        return random.below(2) === 1
      case 'string':
        return type.logicalType === 'uuid' ? random.uuid() : textFor(field, random)
      case 'bytes':
        return this.#bytes(random.below(17))
      case 'int':
      case 'long':
        return this.#whole(type, field, depth, moment)
      case 'float':
      case 'double': {
        const value = numberFor(field, false, random) ?? random.float() * 100
        return Number(value.toFixed(6))
      }
    }
  }

  #whole(type: PrimitiveType, field: string, depth: number, moment: Moment): number {
    const { random, seed, idField } = this.#options
    switch (type.logicalType) {
      case 'timestamp-millis':
      case 'local-timestamp-millis':
        return momentNear(field, moment, this.#options)
      case 'timestamp-micros':
      case 'local-timestamp-micros':
        return momentNear(field, moment, this.#options) * 1_000 + random.below(1_000)
      case 'date':
        return Math.floor(moment.now / dayMs) - random.below(30)
      case 'time-millis':
        return random.below(dayMs)
      case 'time-micros':
        return random.below(dayMs) * 1_000
    }
    const isOwnId = field === idField && depth <= 2
    if (isOwnId || (idField === undefined && field === 'id')) {
      const number = ownId(seed, moment.position)
      return type.name === 'int' ? number % 2 ** 31 : number
    }
    if (isIdName(field)) return 1 + random.below(1_000)
    return numberFor(field, true, random) ?? random.below(1_000)
  }

  /** As JSON has them: a string of the code points 0 to 255. */
  #bytes(length: number): string {
    return this.#options.random.bytes(length).toString('latin1')
  }
}
