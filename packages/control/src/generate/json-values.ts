/**
 * Made-up values of a JSON schema, from a seed. A value is made of all schemas that hold for it,
 * and checked by them; where a keyword is met by chance only (`not`, `oneOf`, a pattern that looks
 * around), it is made again, a few times. What is made is then made of checked parts.
 *
 * Beyond `depthMax` a value is as small as its schema allows.
 */
import { Documents, JsonParts, readSchemaJson, type SchemaNode } from '@millrace/schema/read'
import type { SchemaFile } from '../project/schema.js'
import { jsonArray } from './json-arrays.js'
import { JsonDemands, type KeywordsNode } from './json-demands.js'
import { kindsOf } from './json-kinds.js'
import { isWithin, numberBounds, numberWithin } from './json-numbers.js'
import { jsonObject } from './json-objects.js'
import { jsonText } from './json-texts.js'
import { momentNear } from './moment.js'
import { type Moment, NoValueError, ownId, type Values, type ValuesOptions } from './values.js'
import { isIdName, numberFor, one } from './words.js'

/** Deeper values are as small as the schema allows. */
const depthMax = 4
/** No value is deeper: what would be must hold itself. */
const depthEnd = 64
/** How often a value is made before its schema counts as one that takes nothing. */
const attemptsMax = 40

/** A value that is to be made. */
export interface Place {
  /** What it has to satisfy. */
  readonly nodes: readonly SchemaNode[]
  /** The name of the property that holds it, or that holds the list that holds it. */
  readonly field: string
  readonly path: string
  readonly depth: number
  readonly moment: Moment
}

export class JsonValues implements Values {
  readonly demands: JsonDemands
  readonly options: ValuesOptions
  readonly #root: SchemaNode
  readonly #parts: JsonParts
  readonly #numbers = new Map<unknown, number>()
  /** What nothing was found for, by the schemas. */
  readonly #hopeless = new Map<string, NoValueError>()

  constructor(schema: Pick<SchemaFile, 'text' | 'referred'>, options: ValuesOptions) {
    const documents = new Documents(readSchemaJson(schema.text), schema.referred)
    this.#root = documents.root
    this.#parts = new JsonParts(documents)
    this.demands = new JsonDemands(documents, options.random)
    this.options = options
  }

  next(moment: Moment): unknown {
    return this.value({ nodes: [this.#root], field: '', path: '', depth: 0, moment })
  }

  /** A value that satisfies all schemas of a place. Throws a `NoValueError`. */
  value(place: Place): unknown {
    const { nodes, path, depth } = place
    const key = nodes.map(({ json }) => this.#numberOf(json)).join()
    const known = this.#hopeless.get(key)
    if (known !== undefined) throw known
    const isEndless = nodes.some((node) => this.demands.height(node) > depthEnd)
    if (isEndless || depth > depthEnd) {
      const [first = ''] = path.split('.')
      throw new NoValueError(first, '`$ref`: it must hold itself, without an end')
    }
    let last = new NoValueError(path, 'nothing')
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      try {
        const value = this.#made(place, attempt)
        const wrong = this.#wrong(nodes, value, path)
        if (wrong === undefined) return value
        last = wrong
      } catch (cause) {
        if (!(cause instanceof NoValueError)) throw cause
        last = cause
      }
    }
    this.#hopeless.set(key, last)
    throw last
  }

  isDeep({ depth }: Place): boolean {
    return depth > depthMax
  }

  #numberOf(json: unknown): number {
    const known = this.#numbers.get(json) ?? this.#numbers.size
    this.#numbers.set(json, known)
    return known
  }

  #wrong(nodes: readonly SchemaNode[], value: unknown, path: string): NoValueError | undefined {
    for (const { json } of nodes) {
      const errors = this.#parts.check(json, value)
      if (errors === undefined) continue
      const error = errors.at(-1)
      if (error === undefined) return new NoValueError(path, json === false ? '`false`' : '`$ref`')
      const inside = error.instancePath.split('/').slice(1)
      return new NoValueError(inside.reduce(joined, path), `\`${error.keyword}\``)
    }
    return undefined
  }

  #made(place: Place, attempt: number): unknown {
    const { random } = this.options
    const all = this.demands.flat(place.nodes, place.path, this.isDeep(place))
    const listed = this.#listed(all, place.path)
    if (listed !== undefined) return one(listed, random)
    const kinds = kindsOf(all.map(({ json }) => json))
    if (kinds.length === 0) throw new NoValueError(place.path, '`type`')
    const others = kinds.filter((kind) => kind !== 'null')
    const isNull = others.length < kinds.length && (others.length === 0 || random.below(8) === 0)
    const scalars = others.filter((kind) => kind !== 'object' && kind !== 'array')
    const isSmall = this.isDeep(place) && scalars.length > 0
    const kind = isNull ? 'null' : one(isSmall ? scalars : others, random)
    const keywords = all.map(({ json }) => json)
    switch (kind) {
      case 'null':
        return null
      case 'boolean':
        return random.below(2) === 1
      case 'string':
        return this.#text(keywords, place, attempt)
      case 'number':
      case 'integer':
        return this.#number(keywords, kind === 'integer', place)
      case 'array':
        return jsonArray(all, place, this)
      case 'object':
        return jsonObject(all, place, this)
    }
  }

  /** The values of `const` and `enum` that all take; undefined where none are listed. */
  #listed(all: readonly KeywordsNode[], path: string): unknown[] | undefined {
    const keyword = all.some(({ json }) => Array.isArray(json.enum)) ? '`enum`' : '`const`'
    const lists = all.flatMap(({ json }) => [
      ...('const' in json ? [[json.const]] : []),
      ...(Array.isArray(json.enum) ? [json.enum] : []),
    ])
    const [first, ...others] = lists
    if (first === undefined) return undefined
    const has = (list: readonly unknown[], value: unknown) =>
      list.some((each) => JSON.stringify(each) === JSON.stringify(value))
    const shared = first.filter((value) => others.every((list) => has(list, value)))
    const fitting = shared.filter((value) => this.#wrong(all, value, path) === undefined)
    if (fitting.length > 0) return fitting
    throw new NoValueError(path, keyword)
  }

  #text(all: readonly KeywordsNode['json'][], place: Place, attempt: number): string {
    const { random, idField, timeField, seed } = this.options
    const isOwn = (field: string | undefined) => place.depth === 1 && place.field === field
    const isFree = all.every(({ pattern, format }) => pattern === undefined && format === undefined)
    if (isOwn(idField) && isFree) {
      return attempt % 2 === 0 ? random.uuid() : String(ownId(seed, place.moment.position))
    }
    const isTime = isOwn(timeField)
    return jsonText(all, place.field, place.moment, { ...this.options, attempt, isTime })
  }

  #number(all: readonly KeywordsNode['json'][], isWhole: boolean, place: Place): number {
    const { random, seed, idField, timeField } = this.options
    const { field, depth, moment } = place
    const bounds = numberBounds(all, isWhole)
    const isOwn = depth === 1
    const asked = () => {
      if (isOwn && (field === idField || (idField === undefined && field === 'id'))) {
        return ownId(seed, moment.position)
      }
      if (isOwn && field === timeField) return momentNear(field, moment, this.options)
      return isIdName(field) ? 1 + random.below(1_000) : numberFor(field, isWhole, random)
    }
    const named = asked()
    // Where a schema says nothing, its bounds are ours.
    const isBounded = all.some((json) => Object.keys(json).some((name) => boundKeywords.has(name)))
    if (named !== undefined && (!isBounded || isWithin(named, bounds))) return named
    const number = numberWithin(bounds, random)
    if (number === undefined) throw new NoValueError(place.path, '`minimum` and `maximum`')
    return number
  }
}

const boundKeywords = new Set([
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
])

/** A path with one more step: `stops[2].zip`. */
export function joined(path: string, step: string): string {
  if (/^\d+$/.test(step)) return `${path}[${step}]`
  return path === '' ? step : `${path}.${step}`
}
