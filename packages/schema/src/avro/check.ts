/**
 * Checks a plain value against a schema and turns it into the shape that avsc writes.
 *
 * A schema is compiled once into a tree of functions, one for each type. A check returns the
 * value to write or throws a `RefusedError` that names the type and what was given instead; each
 * record, array and map on the way out adds its step to the path, so that a value that fits
 * costs no path at all.
 *
 * Unions take bare values. The branches whose JSON kind is the value's are tried in the order of
 * the schema; only when there is none, those that take the kind as a convenience (a timestamp as
 * a string). With `wrapped`, Avro's JSON encoding (`{"double": 1.5}`) is understood too.
 *
 * Where unknown fields are dropped, a record leaves them out of what it returns, and of a union the
 * branch is meant that takes the value with the least dropped, within it too.
 */
import type { Type, types } from 'avsc'
import { RefusedError, type UnknownFields } from '../codec.js'
import { attribute, type SchemaJson } from './json.js'
import { checkPrimitive } from './primitive.js'
import type { ParsedAvro } from './schema.js'
import { describe, kindOf, listed, type ValueKind } from './value.js'

/** Returns the value as avsc writes it, or throws a `RefusedError`. */
export type Check = (value: unknown) => unknown

/** A check, and which kinds of value it takes: as they are, and as a convenience. */
export interface TypeCheck {
  /** What the type is called in a refusal: `double`, `enum Payment`, `null or int`. */
  readonly title: string
  readonly takes: readonly ValueKind[]
  readonly alsoTakes: readonly ValueKind[]
  readonly check: Check
}

/** How values of unions are written in the input. */
export type UnionStyle = 'bare' | 'wrapped'

/** Compiles the check of a whole schema. */
export function compileCheck(
  schema: ParsedAvro,
  unions: UnionStyle,
  unknown: UnknownFields = 'refuse',
): Check {
  const compiler = new CheckCompiler(unions, unknown)
  const { check } = compiler.compile(schema.type, schema.json)
  return (value) => {
    try {
      return check(value)
    } finally {
      compiler.forget()
    }
  }
}

/** Compiles the checks of types; those with a name are known by it from then on. */
export class CheckCompiler {
  readonly #unions: UnionStyle
  readonly #drops: boolean
  /** How much was dropped so far; what a branch drops is the difference. */
  #dropped = 0
  /** Checks of named types by full name; a type may refer to itself before it is complete. */
  readonly #named = new Map<string, TypeCheck>()

  /** Takes away what unions remember of the values of one check. */
  #forget: (() => void)[] = []

  constructor(unions: UnionStyle, unknown: UnknownFields = 'refuse') {
    this.#unions = unions
    this.#drops = unknown === 'drop'
  }

  /** A value was checked: what it is made of may change before the next check. */
  forget(): void {
    if (this.#forget.length === 0) return
    for (const each of this.#forget) each()
    this.#forget = []
  }

  compile(type: Type, json: SchemaJson): TypeCheck {
    const known = type.name === undefined ? undefined : this.#named.get(type.name)
    if (known !== undefined) return known
    switch (type.typeName) {
      case 'record':
      case 'error':
        return this.#record(type as types.RecordType, json)
      case 'enum':
        return this.#enum(type as types.EnumType)
      case 'fixed':
        return this.#fixed(type as types.FixedType)
      case 'array':
        return this.#array(type as types.ArrayType, json)
      case 'map':
        return this.#map(type as types.MapType, json)
      case 'union:wrapped':
      case 'union:unwrapped':
        return this.#union(type as types.WrappedUnionType, json as SchemaJson[])
      case 'abstract:long':
        return checkPrimitive('long', attribute(json, 'logicalType'))
      default:
        return checkPrimitive(type.typeName, attribute(json, 'logicalType'))
    }
  }

  #record(type: types.RecordType, json: SchemaJson): TypeCheck {
    const name = type.name ?? 'record'
    const fields: { name: string; hasDefault: boolean; of: TypeCheck }[] = []
    const known = new Set<string>()
    const title = `record ${name}`
    // avsc would take `constructor` and the like, where they are left out, from the prototype.
    const inherits = type.fields.some((field) => field.name in Object.prototype)

    const check: Check = (value) => {
      if (kindOf(value) !== 'object') throw mismatch(title, value)
      const given = value as Record<string, unknown>
      const out: Record<string, unknown> = inherits ? Object.create(null) : {}
      let found = 0
      for (const field of fields) {
        const member = Object.hasOwn(given, field.name) ? given[field.name] : undefined
        if (member === undefined) {
          if (field.hasDefault) continue
          throw new RefusedError(`required ${field.of.title} is missing`, field.name)
        }
        found++
        out[field.name] = step(field.of.check, member, field.name)
      }
      if (found !== Object.keys(given).length) {
        if (!this.#drops) refuseUnknown(given, known, name)
        else this.#dropped += unknownIn(given, known)
      }
      return out
    }

    const made: TypeCheck = { title, takes: ['object'], alsoTakes: [], check }
    this.#named.set(name, made)
    const fieldsJson = attribute(json, 'fields') as { type: SchemaJson }[]
    type.fields.forEach((field, i) => {
      const of = this.compile(field.type, fieldsJson[i]?.type ?? 'null')
      fields.push({ name: field.name, hasDefault: field.defaultValue() !== undefined, of })
      known.add(field.name)
    })
    return made
  }

  #enum(type: types.EnumType): TypeCheck {
    const title = `enum ${type.name}`
    const symbols = new Set(type.symbols)
    const check: Check = (value) => {
      if (typeof value === 'string' && symbols.has(value)) return value
      throw new RefusedError(`expected one of ${listed(type.symbols)}, got ${describe(value)}`)
    }
    return this.#remember(type, { title, takes: ['string'], alsoTakes: [], check })
  }

  #fixed(type: types.FixedType): TypeCheck {
    const title = `fixed ${type.name}`
    const bytes = checkPrimitive('bytes', undefined)
    const check: Check = (value) => {
      const given = bytes.check(value) as Uint8Array
      if (given.length === type.size) return given
      throw new RefusedError(`expected ${type.size} bytes, got ${given.length}`)
    }
    return this.#remember(type, { title, takes: ['bytes'], alsoTakes: ['string'], check })
  }

  #remember(type: Type, check: TypeCheck): TypeCheck {
    if (type.name !== undefined) this.#named.set(type.name, check)
    return check
  }

  #array(type: types.ArrayType, json: SchemaJson): TypeCheck {
    const items = this.compile(type.itemsType, attribute(json, 'items') as SchemaJson)
    const title = `array of ${items.title}`
    const check: Check = (value) => {
      if (!Array.isArray(value)) throw mismatch(title, value)
      return value.map((item, i) => step(items.check, item, `[${i}]`))
    }
    return { title, takes: ['array'], alsoTakes: [], check }
  }

  #map(type: types.MapType, json: SchemaJson): TypeCheck {
    const values = this.compile(type.valuesType, attribute(json, 'values') as SchemaJson)
    const title = `map of ${values.title}`
    const check: Check = (value) => {
      if (kindOf(value) !== 'object') throw mismatch(title, value)
      // Without a prototype, so that a key named `__proto__` is a key like any other.
      const out: Record<string, unknown> = Object.create(null)
      for (const [key, member] of Object.entries(value as object)) {
        out[key] = step(values.check, member, `[${JSON.stringify(key)}]`)
      }
      return out
    }
    return { title, takes: ['object'], alsoTakes: [], check }
  }

  #union(type: types.WrappedUnionType, json: SchemaJson[]): TypeCheck {
    // avsc writes a union whose branches it cannot tell apart as { branch: value }.
    const wrap = type.typeName === 'union:wrapped'
    const branches = type.types.map((branch, i) => {
      const of = this.compile(branch, json[i] ?? 'null')
      const name = branch.branchName ?? branch.typeName
      const check: Check =
        wrap && name !== 'null' ? (value) => ({ [name]: of.check(value) }) : of.check
      return { ...of, name, check }
    })
    const byName = new Map(branches.map((branch) => [branch.name, branch]))
    const title = branches.map((branch) => branch.title).join(' or ')
    const byKind = new Map<ValueKind, TypeCheck[]>()
    const candidatesOf = (kind: ValueKind): TypeCheck[] => {
      const known = byKind.get(kind)
      if (known !== undefined) return known
      const exact = branches.filter((branch) => branch.takes.includes(kind))
      const found = exact.length > 0 ? exact : branches.filter((b) => b.alsoTakes.includes(kind))
      byKind.set(kind, found)
      return found
    }

    const least = this.#drops ? this.#leastDropped() : undefined
    // A branch that is left for the next one has tried all that is below: without this, records that
    // hold one another in unions would be tried twice as often with every step down.
    let decisions: Decisions | undefined
    const remember = (value: unknown, decision: Decision) => {
      if (typeof value !== 'object' || value === null) return
      if (decisions === undefined) {
        decisions = new WeakMap()
        this.#forget.push(() => {
          decisions = undefined
        })
      }
      decisions.set(value, decision)
    }
    const check: Check = (value) => {
      if (this.#unions === 'wrapped' && kindOf(value) === 'object') {
        const [name, ...others] = Object.keys(value as object)
        const branch = name === undefined || others.length > 0 ? undefined : byName.get(name)
        if (name !== undefined && branch !== undefined) {
          return step(branch.check, (value as Record<string, unknown>)[name], name)
        }
      }
      const candidates = candidatesOf(kindOf(value))
      const [only, ...others] = candidates
      if (only === undefined) throw mismatch(title, value)
      if (others.length === 0) return only.check(value)
      if (least !== undefined) return least(candidates, value, title)
      const decided = decisions?.get(value as object)
      if (decided !== undefined) {
        if ('refused' in decided) throw mismatch(title, value)
        return decided.found
      }
      for (const candidate of candidates) {
        try {
          const found = candidate.check(value)
          remember(value, { found })
          return found
        } catch (cause) {
          if (!(cause instanceof RefusedError)) throw cause
        }
      }
      remember(value, { refused: true })
      throw mismatch(title, value)
    }
    const kinds = (of: 'takes' | 'alsoTakes') => [...new Set(branches.flatMap((b) => b[of]))]
    return { title, takes: kinds('takes'), alsoTakes: kinds('alsoTakes'), check }
  }

  /**
   * Of several branches the value of the one that drops the least; of equal ones the first.
   * What was found of a value is remembered: branches that hold one another would each look at all
   * within it again, twice as often with every level.
   */
  #leastDropped(): (branches: readonly TypeCheck[], value: unknown, title: string) => unknown {
    const known = new WeakMap<object, { written: unknown; dropped: number } | undefined>()
    const find = (branches: readonly TypeCheck[], value: unknown) => {
      let best: { written: unknown; dropped: number } | undefined
      for (const { check } of branches) {
        const before = this.#dropped
        try {
          const written = check(value)
          const dropped = this.#dropped - before
          if (best === undefined || dropped < best.dropped) best = { written, dropped }
          if (dropped === 0) break
        } catch (cause) {
          if (!(cause instanceof RefusedError)) throw cause
        } finally {
          this.#dropped = before
        }
      }
      return best
    }
    return (branches, value, title) => {
      const isObject = typeof value === 'object' && value !== null
      const best = isObject && known.has(value) ? known.get(value) : find(branches, value)
      if (isObject) known.set(value, best)
      if (best === undefined) throw mismatch(title, value)
      this.#dropped += best.dropped
      return best.written
    }
  }
}

/** What a union of several branches said of an object or a list. */
type Decision = { readonly found: unknown } | { readonly refused: true }
type Decisions = WeakMap<object, Decision>

function step(check: Check, value: unknown, segment: string): unknown {
  try {
    return check(value)
  } catch (cause) {
    throw cause instanceof RefusedError ? cause.within(segment) : cause
  }
}

function refuseUnknown(given: Record<string, unknown>, known: Set<string>, record: string): void {
  for (const name of Object.keys(given)) {
    if (!known.has(name)) {
      throw new RefusedError(`unknown field: ${record} has no field of this name`, name)
    }
  }
}

/** How many fields, list items among them, are lost with those that are not known. */
function unknownIn(given: Record<string, unknown>, known: Set<string>): number {
  const lost = Object.keys(given)
    .filter((name) => !known.has(name))
    .map((name) => given[name])
  let count = 0
  while (lost.length > 0) {
    const value = lost.pop()
    count++
    if (typeof value !== 'object' || value === null) continue
    for (const member of Object.values(value)) lost.push(member)
  }
  return count
}

function mismatch(title: string, value: unknown): RefusedError {
  return new RefusedError(`expected ${title}, got ${describe(value)}`)
}
