import { isObject, type SchemaNode } from '@millrace/schema/read'
import type { KeywordsNode } from './json-demands.js'
import { kindsOf } from './json-kinds.js'
import { numbersOf } from './json-numbers.js'
import { type JsonValues, joined, type Place } from './json-values.js'
import { patternText } from './pattern-text.js'
import { NoValueError } from './values.js'
import { one } from './words.js'

/** How many properties that are not described are made up, where a schema is for these. */
const moreMax = 4
/** How often a name is made up that a schema takes. */
const nameTriesMax = 30

/** An object that satisfies schemas, as far as one attempt goes. */
export function jsonObject(
  all: readonly KeywordsNode[],
  place: Place,
  values: JsonValues,
): Record<string, unknown> {
  return new ObjectMaker(all, place, values).object()
}

class ObjectMaker {
  readonly #place: Place
  readonly #values: JsonValues
  /** Grows by what the presence of a property demands. */
  readonly #all: KeywordsNode[]
  readonly #required = new Set<string>()
  readonly #names = new Set<string>()

  constructor(all: readonly KeywordsNode[], place: Place, values: JsonValues) {
    this.#all = [...all]
    this.#place = place
    this.#values = values
  }

  object(): Record<string, unknown> {
    this.#chooseDescribed()
    this.#follow()
    this.#chooseOthers()
    this.#leaveOut()
    const object: Record<string, unknown> = {}
    for (const name of this.#names) {
      try {
        object[name] = this.#value(name)
      } catch (cause) {
        if (!(cause instanceof NoValueError) || this.#required.has(name)) throw cause
        // What nothing is found for is left out.
      }
    }
    return object
  }

  #value(name: string): unknown {
    const { path, depth } = this.#place
    const nodes = this.#nodesOf(name)
    return this.#values.value({
      ...this.#place,
      ...{ nodes, field: name, path: joined(path, name), depth: depth + 1 },
    })
  }

  /** Those that must be there, and most of those that may. */
  #chooseDescribed(): void {
    const { random, idField, timeField } = this.#values.options
    this.#require()
    const isDeep = this.#values.isDeep(this.#place)
    for (const name of this.#described()) {
      const isOwn = this.#place.depth === 0 && (name === idField || name === timeField)
      const isAsked = this.#required.has(name) || isOwn
      if (isAsked || (!isDeep && random.below(8) > 0)) this.#names.add(name)
    }
    for (const name of this.#required) this.#names.add(name)
  }

  #require(): void {
    for (const { json } of this.#all) {
      for (const name of Array.isArray(json.required) ? json.required : []) {
        this.#required.add(String(name))
      }
    }
  }

  #described(): string[] {
    const properties = this.#all.flatMap((node) => this.#values.demands.parts(node, 'properties'))
    return [...new Set(properties.map(([name]) => name))]
  }

  /** What the presence of one property demands of the whole: others, or schemas. */
  #follow(): void {
    const followed = new Set<unknown>()
    const { demands } = this.#values
    for (let isChanged = true; isChanged; ) {
      isChanged = false
      for (const node of [...this.#all]) {
        for (const keyword of ['dependentRequired', 'dependencies']) {
          const lists = isObject(node.json[keyword]) ? node.json[keyword] : {}
          for (const [name, list] of Object.entries(lists)) {
            if (!Array.isArray(list) || !this.#names.has(name)) continue
            for (const each of list.map(String).filter((other) => !this.#required.has(other))) {
              isChanged = true
              this.#required.add(each)
              this.#names.add(each)
            }
          }
        }
        for (const keyword of ['dependentSchemas', 'dependencies']) {
          for (const [name, part] of demands.parts(node, keyword)) {
            if (Array.isArray(part.json) || !this.#names.has(name)) continue
            if (followed.has(part.json)) continue
            followed.add(part.json)
            isChanged = true
            const more = demands.flat([part], this.#place.path, this.#values.isDeep(this.#place))
            this.#all.push(...more)
            this.#require()
            for (const each of this.#required) this.#names.add(each)
          }
        }
      }
    }
  }

  /** Names beside those that are described: where a schema is for these, and as many as there must be. */
  #chooseOthers(): void {
    const { random } = this.#values.options
    const least = Math.max(0, ...this.#numbers('minProperties'))
    const described = this.#described()
    const isMap = this.#all.some(({ json }) => {
      return isObject(json.additionalProperties) || isObject(json.patternProperties)
    })
    const isSmall = described.length > 0 || this.#values.isDeep(this.#place)
    const more = isMap && !isSmall ? random.below(moreMax) : 0
    const wanted = Math.max(least, this.#names.size + more)
    const add = (names: readonly string[]) => {
      for (const name of names) if (this.#names.size < wanted) this.#names.add(name)
    }
    const simple = described.filter((name) => this.#isSimple(name))
    add(isSmall ? simple : [])
    for (let tries = 0; this.#names.size < wanted && tries < nameTriesMax + wanted; tries++) {
      const name = this.#madeUpName(tries)
      const isTaken = this.#nodesOf(name).every(({ json }) => json !== false)
      if (isTaken) this.#names.add(name)
    }
    add(described)
  }

  /** May its value be one that holds no others? */
  #isSimple(name: string): boolean {
    const nodes = this.#nodesOf(name)
    if (nodes.some(({ json }) => json === false)) return false
    const all = this.#values.demands.flat(nodes, this.#place.path, true)
    return kindsOf(all.map(({ json }) => json)).some((kind) => {
      return kind !== 'object' && kind !== 'array'
    })
  }

  #madeUpName(at: number): string {
    const { demands, options } = this.#values
    const rules = this.#all.flatMap((node) => demands.part(node, 'propertyNames') ?? [])
    if (rules.length > 0) {
      const { depth } = this.#place
      const inner = { ...this.#place, nodes: rules, field: 'key', depth: depth + 1 }
      return String(this.#values.value(inner))
    }
    const patterns = this.#all.flatMap((node) => demands.parts(node, 'patternProperties'))
    const [pattern] = patterns.length > 0 ? one(patterns, options.random) : []
    const made = pattern === undefined ? undefined : patternText(pattern, options.random)
    return made ?? `key-${at + 1}`
  }

  /** Of those that need not be there, as many as are too many. */
  #leaveOut(): void {
    const most = Math.min(Number.POSITIVE_INFINITY, ...this.#numbers('maxProperties'))
    for (const name of [...this.#names].reverse()) {
      if (this.#names.size <= most) return
      if (!this.#required.has(name)) this.#names.delete(name)
    }
  }

  #numbers(keyword: string): number[] {
    return numbersOf(
      this.#all.map(({ json }) => json),
      keyword,
    )
  }

  /** The schemas that hold for a property. */
  #nodesOf(name: string): SchemaNode[] {
    const { demands } = this.#values
    return this.#all.flatMap((node) => {
      const own = demands.parts(node, 'properties').filter(([each]) => each === name)
      const patterns = demands
        .parts(node, 'patternProperties')
        .filter(([pattern]) => matches(pattern, name))
      const described = [...own, ...patterns].map(([, part]) => part)
      if (described.length > 0) return described
      const other = demands.part(node, 'additionalProperties')
      return other === undefined ? [] : [other]
    })
  }
}

function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(name)
  } catch {
    return false
  }
}
