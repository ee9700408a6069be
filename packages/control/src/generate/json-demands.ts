/**
 * What a value has to satisfy, without choices: references followed, of every `anyOf` and `oneOf`
 * one branch taken, of `if` one side. What a taken branch forbids elsewhere (that no other one of
 * `oneOf` fits, `not`) is left to the check of the value.
 */
import type { Random } from '@millrace/host'
import { type Documents, isObject, type SchemaNode } from '@millrace/schema/read'
import { NoValueError } from './values.js'
import { one } from './words.js'

/** A schema that is an object of keywords. */
export interface KeywordsNode extends SchemaNode {
  readonly json: { readonly [keyword: string]: unknown }
}

export class JsonDemands {
  readonly #documents: Documents
  readonly #random: Random
  /** How deep a value of a schema has to be, as far as is known; infinite is not in here. */
  readonly #heights = new Map<unknown, number>()
  /** Schemas whose height is known. */
  readonly #measured = new Set<unknown>()

  constructor(documents: Documents, random: Random) {
    this.#documents = documents
    this.#random = random
  }

  /**
   * All that holds at once for a value of several schemas. Where `isDeep` the branches are taken
   * that end soonest. Throws a `NoValueError` where one of them takes nothing.
   */
  flat(nodes: readonly SchemaNode[], path: string, isDeep: boolean): KeywordsNode[] {
    const found: KeywordsNode[] = []
    const seen = new Set<unknown>()
    const visit = (node: SchemaNode): void => {
      if (node.json === false) throw new NoValueError(path, '`false`')
      if (!isObject(node.json) || seen.has(node.json)) return
      seen.add(node.json)
      found.push(node as KeywordsNode)
      const referred = this.#documents.referred(node)
      if (referred !== undefined) visit(referred)
      for (const each of this.list(node, 'allOf')) visit(each)
      for (const keyword of ['anyOf', 'oneOf']) {
        const branches = this.list(node, keyword)
        if (branches.length > 0) visit(this.#branch(branches, isDeep))
      }
      this.#side(node as KeywordsNode, visit)
    }
    for (const node of nodes) visit(node)
    return found
  }

  /** The schemas in a keyword's list. */
  list(node: SchemaNode, keyword: string): SchemaNode[] {
    const list = isObject(node.json) ? node.json[keyword] : undefined
    return Array.isArray(list) ? list.map((each) => this.#documents.child(node, each)) : []
  }

  /** The schema in a keyword; undefined where there is none. */
  part(node: SchemaNode, keyword: string): SchemaNode | undefined {
    const json = isObject(node.json) ? node.json[keyword] : undefined
    const isSchema = typeof json === 'boolean' || isObject(json)
    return isSchema ? this.#documents.child(node, json) : undefined
  }

  /** The schemas in a keyword's object, by name. */
  parts(node: SchemaNode, keyword: string): [string, SchemaNode][] {
    const json = isObject(node.json) ? node.json[keyword] : undefined
    if (!isObject(json)) return []
    return Object.entries(json).map(([name, each]) => [name, this.#documents.child(node, each)])
  }

  #branch(branches: readonly SchemaNode[], isDeep: boolean): SchemaNode {
    if (!isDeep) return one(branches, this.#random)
    const heights = branches.map((branch) => this.height(branch))
    return branches[heights.indexOf(Math.min(...heights))] as SchemaNode
  }

  /** One side of `if`. */
  #side(node: KeywordsNode, visit: (node: SchemaNode) => void): void {
    const condition = this.part(node, 'if')
    if (condition === undefined) return
    const isMet = this.#random.below(2) === 0
    const side = this.part(node, isMet ? 'then' : 'else')
    if (isMet) visit(condition)
    if (side !== undefined) visit(side)
  }

  /** How deep a value has to be, at least; infinite where it must hold itself. */
  height(node: SchemaNode): number {
    let isChanged = !this.#measured.has(node.json)
    while (isChanged) {
      isChanged = false
      const seen = new Set<unknown>()
      // A schema within itself counts as it did the last time round.
      const visit = (each: SchemaNode): number => {
        const known = this.#heights.get(each.json) ?? Number.POSITIVE_INFINITY
        if (seen.has(each.json)) return known
        seen.add(each.json)
        const height = this.#heightBy(each, visit)
        if (height >= known) return known
        isChanged = true
        this.#heights.set(each.json, height)
        return height
      }
      visit(node)
      // What is the same once more is so for good.
      if (!isChanged) for (const json of seen) this.#measured.add(json)
    }
    return this.#heights.get(node.json) ?? Number.POSITIVE_INFINITY
  }

  #heightBy(node: SchemaNode, heightOf: (node: SchemaNode) => number): number {
    const { json } = node
    if (!isObject(json)) return 0
    if ('const' in json || Array.isArray(json.enum)) return 0
    const referred = this.#documents.referred(node)
    const all = [...(referred === undefined ? [] : [referred]), ...this.list(node, 'allOf')]
    const heights = all.map(heightOf)
    for (const keyword of ['anyOf', 'oneOf']) {
      const branches = this.list(node, keyword).map(heightOf)
      if (branches.length > 0) heights.push(Math.min(...branches))
    }
    return Math.max(0, ...heights, this.#heightWithin(node as KeywordsNode, heightOf))
  }

  #heightWithin(node: KeywordsNode, heightOf: (node: SchemaNode) => number): number {
    const { type, required, minItems } = node.json
    const types = Array.isArray(type) ? type : [type]
    if (types.some((each) => each !== undefined && each !== 'object' && each !== 'array')) return 0
    const names = Array.isArray(required) ? required : []
    const properties = this.parts(node, 'properties').filter(([name]) => names.includes(name))
    const items = this.part(node, 'items')
    const item = typeof minItems === 'number' && minItems > 0 && items !== undefined ? [items] : []
    const inside = [...properties.map(([, each]) => each), ...item].map(heightOf)
    return inside.length === 0 ? 0 : 1 + Math.max(...inside)
  }
}
