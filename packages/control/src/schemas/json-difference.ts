/** What came, went and changed from one JSON schema to another, in words. */
import { Documents, isObject, type SchemaNode } from '@millrace/schema/read'
import type { SchemaWithReferred } from './baseline.js'
import type { Change } from './change.js'
import { jsonTypeText } from './json-type-text.js'

type Keywords = { readonly [keyword: string]: unknown }

/** The changes, in the order of the new schema. */
export function jsonDifferences(before: SchemaWithReferred, after: SchemaWithReferred): Change[] {
  const documents = [before, after].map(({ text, referred }) => {
    return new Documents(JSON.parse(text), referred)
  }) as [Documents, Documents]
  const difference = new JsonDifference(...documents)
  difference.compare(documents[0].root, documents[1].root, '')
  return difference.changes
}

/** Keywords that are told in words of their own, or hold what others refer to. */
const toldApart = new Set([
  ...['type', 'enum', 'const', 'title', 'description', 'properties', 'required'],
  ...['items', 'prefixItems', 'additionalProperties', 'allOf', 'anyOf', 'oneOf'],
  ...['$ref', '$defs', 'definitions', '$schema', '$id', 'id', '$comment', 'examples'],
])

const combinations = ['allOf', 'anyOf', 'oneOf'] as const

class JsonDifference {
  readonly changes: Change[] = []
  readonly #before: Documents
  readonly #after: Documents
  /** Pairs that were compared, or are being compared. */
  readonly #seen = new Map<unknown, Set<unknown>>()

  constructor(before: Documents, after: Documents) {
    this.#before = before
    this.#after = after
  }

  compare(older: SchemaNode, newer: SchemaNode, field: string): void {
    const was = this.#before.target(older)
    const is = this.#after.target(newer)
    const changed = (what: string) => this.changes.push({ kind: 'changed', field, what })
    const [before, after] = [jsonTypeText(was, this.#before), jsonTypeText(is, this.#after)]
    if (before !== after) changed(`was ${before}, is ${after}`)
    if (!isObject(was.json) || !isObject(is.json) || this.#isSeen(was.json, is.json)) return
    const texts = ['title', 'description'] as const
    if (texts.some((name) => (was.json as Keywords)[name] !== (is.json as Keywords)[name])) {
      changed('the description is another')
    }
    this.#properties(was, is, field)
    this.#items(was, is, field)
    for (const keyword of combinations) this.#branches(keyword, was, is, field)
    for (const keyword of new Set([...Object.keys(was.json), ...Object.keys(is.json)])) {
      if (toldApart.has(keyword)) continue
      const [from, to] = [was.json[keyword], is.json[keyword]]
      if (JSON.stringify(from) !== JSON.stringify(to)) changed(keywordText(keyword, from, to))
    }
  }

  #isSeen(before: unknown, after: unknown): boolean {
    const partners = this.#seen.get(before) ?? new Set()
    if (partners.has(after)) return true
    this.#seen.set(before, partners.add(after))
    return false
  }

  #properties(was: SchemaNode, is: SchemaNode, field: string): void {
    const [before, after] = [propertiesOf(was), propertiesOf(is)]
    const path = (name: string) => (field === '' ? name : `${field}.${name}`)
    for (const [name, { json, isRequired }] of after) {
      const newer = this.#after.child(is, json)
      const old = before.get(name)
      if (old === undefined) {
        const parts = [
          jsonTypeText(this.#after.target(newer), this.#after),
          isRequired ? 'required' : 'optional',
          ...(isObject(json) && 'default' in json
            ? [`with the default ${JSON.stringify(json.default)}`]
            : []),
        ]
        this.changes.push({ kind: 'came', field: path(name), what: parts.join(', ') })
        continue
      }
      this.compare(this.#before.child(was, old.json), newer, path(name))
      if (old.isRequired !== isRequired) {
        const what = isRequired ? 'was optional, is required' : 'was required, is optional'
        this.changes.push({ kind: 'changed', field: path(name), what })
      }
    }
    for (const [name, { json }] of before) {
      if (after.has(name)) continue
      const older = this.#before.target(this.#before.child(was, json))
      const what = `was ${jsonTypeText(older, this.#before)}`
      this.changes.push({ kind: 'went', field: path(name), what })
    }
    this.#others(was, is, field)
  }

  /** What properties may be beside those that are described. */
  #others(was: SchemaNode, is: SchemaNode, field: string): void {
    const [from, to] = [others(was), others(is)]
    if (isObject(from) && isObject(to)) {
      const [older, newer] = [this.#before.child(was, from), this.#after.child(is, to)]
      this.compare(older, newer, `${field}[]`)
      return
    }
    const words = (given: unknown) => {
      if (given === false) return 'refused'
      return isObject(given) && Object.keys(given).length > 0 ? 'of one schema' : 'taken'
    }
    if (words(from) === words(to)) return
    const what = `other properties were ${words(from)}, are ${words(to)}`
    this.changes.push({ kind: 'changed', field, what })
  }

  #items(was: SchemaNode, is: SchemaNode, field: string): void {
    const [before, after] = [itemsOf(was), itemsOf(is)]
    if (before.every !== undefined && after.every !== undefined) {
      const older = this.#before.child(was, before.every)
      this.compare(older, this.#after.child(is, after.every), `${field}[]`)
    }
    for (const [at, item] of after.first.entries()) {
      const old = before.first[at]
      if (old === undefined) continue
      this.compare(this.#before.child(was, old), this.#after.child(is, item), `${field}[${at}]`)
    }
    if (before.first.length === after.first.length) return
    const what = `had ${before.first.length} items of their own schemas, has ${after.first.length}`
    this.changes.push({ kind: 'changed', field, what })
  }

  /** Branches are compared place by place; where their number is another, their words differ. */
  #branches(
    keyword: (typeof combinations)[number],
    was: SchemaNode,
    is: SchemaNode,
    field: string,
  ): void {
    const [before, after] = [listOf(was, keyword), listOf(is, keyword)]
    if (before.length === after.length) {
      for (const [at, branch] of after.entries()) {
        this.compare(this.#before.child(was, before[at]), this.#after.child(is, branch), field)
      }
    } else {
      const what = `had ${before.length} schemas in \`${keyword}\`, has ${after.length}`
      this.changes.push({ kind: 'changed', field, what })
    }
  }
}

function propertiesOf({ json }: SchemaNode): Map<string, { json: unknown; isRequired: boolean }> {
  if (!isObject(json) || !isObject(json.properties)) return new Map()
  const required = Array.isArray(json.required) ? json.required : []
  return new Map(
    Object.entries(json.properties).map(([name, each]) => {
      return [name, { json: each, isRequired: required.includes(name) }]
    }),
  )
}

function others({ json }: SchemaNode): unknown {
  return isObject(json) ? json.additionalProperties : undefined
}

function itemsOf({ json }: SchemaNode): { first: unknown[]; every: unknown } {
  if (!isObject(json)) return { first: [], every: undefined }
  const { prefixItems, items } = json
  if (Array.isArray(items)) return { first: items, every: json.additionalItems }
  return { first: Array.isArray(prefixItems) ? prefixItems : [], every: items }
}

function listOf({ json }: SchemaNode, keyword: string): unknown[] {
  const list = isObject(json) ? json[keyword] : undefined
  return Array.isArray(list) ? list : []
}

function keywordText(keyword: string, from: unknown, to: unknown): string {
  const text = (value: unknown) => `\`${keyword}\` ${JSON.stringify(value)}`
  if (from === undefined) return `has ${text(to)}`
  if (to === undefined) return `had ${text(from)}, has none`
  return `had ${text(from)}, has ${JSON.stringify(to)}`
}
