/**
 * Made-up values of an Avro schema, from a seed. Each is one that the schema's codec takes; where
 * a field's name says what it holds, it looks like that.
 *
 * A schema may refer to itself. Beyond `depthMax` lists are empty, and of a union the branch is
 * taken that ends soonest.
 */
import type { Random } from '@millrace/host'
import type { AvroType, PrimitiveType } from '../schemas/avro-type.js'
import { isIdName, numberFor, one, textFor } from './words.js'

/** What an event is made up around. */
export interface Moment {
  /** Which event this is, from 0. */
  position: number
  /** Milliseconds since 1970. */
  now: number
}

export interface ValuesOptions {
  random: Random
  seed: number
  /** The field whose value no two events share. */
  idField?: string
  /** The field that says when the event happened: never after now. */
  timeField?: string
}

/** Deeper values are as small as the schema allows. */
const depthMax = 4

/** How far a moment lies before now, at most: events come a little out of order. */
const agoMsMax = 5_000

const dayMs = 86_400_000

export class Values {
  readonly #type: AvroType
  readonly #options: ValuesOptions
  readonly #heights = new Map<AvroType, number>()

  constructor(type: AvroType, options: ValuesOptions) {
    this.#type = type
    this.#options = options
  }

  next(moment: Moment): unknown {
    return this.#value(this.#type, '', 0, moment)
  }

  #value(type: AvroType, field: string, depth: number, moment: Moment): unknown {
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
  #branch(branches: readonly AvroType[], depth: number): AvroType {
    const { random } = this.#options
    if (depth > depthMax) {
      const heights = branches.map((branch) => this.#height(branch))
      return branches[heights.indexOf(Math.min(...heights))] as AvroType
    }
    const isNull = (type: AvroType) => type.kind === 'primitive' && type.name === 'null'
    const others = branches.filter((branch) => !isNull(branch))
    const nothing = branches.find(isNull)
    if (others.length === 0) return branches[0] as AvroType
    return nothing !== undefined && random.below(8) === 0 ? nothing : one(others, random)
  }

  /** How deep a value of the type has to be; infinite where it must hold itself. */
  #height(type: AvroType): number {
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
        return this.#time(field, moment)
      case 'timestamp-micros':
      case 'local-timestamp-micros':
        return this.#time(field, moment) * 1_000 + random.below(1_000)
      case 'date':
        return Math.floor(moment.now / dayMs) - random.below(30)
      case 'time-millis':
        return random.below(dayMs)
      case 'time-micros':
        return random.below(dayMs) * 1_000
    }
    const isOwnId = field === idField && depth <= 2
    if (isOwnId || (idField === undefined && field === 'id')) {
      const number = (seed % 1_000_000) * 1_000_000 + moment.position + 1
      return type.name === 'int' ? number % 2 ** 31 : number
    }
    if (isIdName(field)) return 1 + random.below(1_000)
    return numberFor(field, true, random) ?? random.below(1_000)
  }

  #time(field: string, { now }: Moment): number {
    const { random, timeField } = this.#options
    const isAhead = field !== timeField && /deadline|until|expire|due|end/i.test(field)
    const away = random.below(agoMsMax)
    return Math.floor(now) + (isAhead ? away : -away)
  }

  /** As JSON has them: a string of the code points 0 to 255. */
  #bytes(length: number): string {
    return this.#options.random.bytes(length).toString('latin1')
  }
}
