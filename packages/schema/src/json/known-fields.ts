/**
 * Leaves out of a value the fields that its JSON schema does not have, at any depth.
 *
 * All schemas that hold at a place have a say: the schema itself, what `$ref` and `allOf` lead to,
 * and of `anyOf`, `oneOf` and `if` the branches that the value fits, unknown fields aside. A field
 * is known if one of them describes it (`properties`, `patternProperties`, `required`), and all are
 * where one takes further fields in so many words (`additionalProperties` that is not `false`), or
 * where none describes any. What is left out is left to the check: a branch that refuses a field
 * which another one knows still does.
 */
import type { ReferencedText } from '../schema-type.js'
import { rounded } from '../whole-numbers.js'
import {
  Documents,
  isObject,
  readSchemaJson,
  type SchemaJson,
  type SchemaNode,
} from './documents.js'
import { JsonParts } from './parts.js'
import { Patterns } from './pattern.js'

type Keywords = { readonly [keyword: string]: unknown }

export class KnownFields {
  readonly #documents: Documents
  readonly #parts: JsonParts
  readonly #patterns = new Patterns()
  readonly #testers = new Map<string, { test(text: string): boolean }>()

  constructor(schema: SchemaJson, references: readonly ReferencedText[]) {
    const opened = references.map(({ name, text }) => {
      return { name, text: JSON.stringify(open(readSchemaJson(text))) }
    })
    this.#documents = new Documents(open(schema) as SchemaJson, opened)
    this.#parts = new JsonParts(this.#documents)
  }

  /** A copy, as far as something could be left out. Throws a `RangeError` for a value too deep. */
  of(value: unknown): unknown {
    return this.#within([this.#documents.root], value)
  }

  #within(nodes: readonly SchemaNode[], value: unknown): unknown {
    if (!isObject(value) && !Array.isArray(value)) return value
    const holding = this.#holding(nodes, value)
    if (holding.length === 0) return value
    if (Array.isArray(value)) {
      return value.map((item, at) => {
        return this.#within(
          holding.flatMap((node) => this.#ofItem(node, at)),
          item,
        )
      })
    }
    const isOpen =
      holding.some(({ json }) => isOpenObject(json as Keywords)) ||
      !holding.some(({ json }) => describesFields(json as Keywords))
    const fields = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
      const said = holding.map((node) => this.#ofField(node, name))
      if (!isOpen && said.every((each) => each === undefined)) return []
      return [
        [
          name,
          this.#within(
            said.flatMap((each) => each ?? []),
            member,
          ),
        ],
      ]
    })
    return Object.fromEntries(fields)
  }

  /** The schemas that have a say of a value: objects of keywords, each once. */
  #holding(nodes: readonly SchemaNode[], value: unknown): SchemaNode[] {
    const found = new Map<SchemaJson, SchemaNode>()
    const add = (node: SchemaNode) => {
      const { json } = node
      if (!isObject(json) || found.has(json)) return
      found.set(json, node)
      const referred = this.#documents.referred(node)
      if (referred !== undefined) add(referred)
      const child = (each: unknown) => this.#documents.child(node, each)
      for (const each of listOf(json.allOf)) add(child(each))
      for (const branches of [listOf(json.anyOf), listOf(json.oneOf)]) {
        const fitting = branches.filter((each) => this.#fits(each, value))
        for (const each of fitting.length === 0 ? branches : fitting) add(child(each))
      }
      if (json.if !== undefined) {
        const isMet = this.#fits(json.if, value)
        for (const each of isMet ? [json.if, json.then] : [json.else]) add(child(each))
      }
      for (const [name, each] of [json.dependentSchemas, json.dependencies].flatMap(entriesOf)) {
        if (isObject(value) && Object.hasOwn(value, name)) add(child(each))
      }
    }
    for (const node of nodes) add(node)
    return [...found.values()]
  }

  #fits(part: unknown, value: unknown): boolean {
    return this.#parts.check(part as SchemaJson, rounded(value)) === undefined
  }

  /** What a schema says of a field; undefined where it does not know it. */
  #ofField(node: SchemaNode, name: string): SchemaNode[] | undefined {
    const json = node.json as Keywords
    const own = entriesOf(json.properties).filter(([each]) => each === name)
    const byPattern = entriesOf(json.patternProperties).filter(([pattern]) => {
      return this.#patterns.bounded(() => this.#tester(pattern).test(name))
    })
    const described = [...own, ...byPattern]
    const isRequired = listOf(json.required).includes(name)
    if (described.length === 0 && !isRequired) {
      const further = [json.additionalProperties, json.unevaluatedProperties].filter(isObject)
      return further.length === 0
        ? undefined
        : further.map((each) => this.#documents.child(node, each))
    }
    return described.map(([, each]) => this.#documents.child(node, each))
  }

  #ofItem(node: SchemaNode, at: number): SchemaNode[] {
    const { prefixItems, items, additionalItems, unevaluatedItems } = node.json as Keywords
    const first = Array.isArray(items) ? items : listOf(prefixItems)
    const rest = Array.isArray(items) ? additionalItems : items
    const said = at < first.length ? first[at] : (rest ?? unevaluatedItems)
    return said === undefined ? [] : [this.#documents.child(node, said)]
  }

  #tester(pattern: string): { test(text: string): boolean } {
    const known = this.#testers.get(pattern) ?? this.#patterns.regExp(pattern, 'u')
    this.#testers.set(pattern, known)
    return known
  }
}

/** Whether an object may have fields that no schema describes. */
function isOpenObject(json: Keywords): boolean {
  const further = [json.additionalProperties, json.unevaluatedProperties]
  // Where a dynamic reference leads is not followed, and what it describes is not known.
  return (
    json.$recursiveRef !== undefined || further.some((each) => each !== undefined && each !== false)
  )
}

function describesFields(json: Keywords): boolean {
  return isObject(json.properties) || isObject(json.patternProperties)
}

/** Keywords that refuse a value for its unknown fields, or for how many there are. */
const closing = ['additionalProperties', 'unevaluatedProperties']
/** Keywords whose members are schemas by names of their own. */
const named = [
  ...['properties', 'patternProperties', 'definitions', '$defs'],
  ...['dependentSchemas', 'dependencies'],
]
/** Keywords whose values are values. */
const values = ['enum', 'const', 'default', 'examples']

/** A schema that takes unknown fields, too: by it a branch is found for a value that has some. */
function open(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(open)
  if (!isObject(json)) return json
  const opened = Object.entries(json).flatMap(([keyword, value]): [string, unknown][] => {
    if (keyword === 'maxProperties' || (closing.includes(keyword) && value === false)) return []
    if (values.includes(keyword)) return [[keyword, value]]
    if (!named.includes(keyword)) return [[keyword, open(value)]]
    return [
      [keyword, Object.fromEntries(entriesOf(value).map(([name, each]) => [name, open(each)]))],
    ]
  })
  // An object that may have no fields at all is described, too.
  const isClosed = closing.some((keyword) => json[keyword] === false)
  if (isClosed && json.properties === undefined) opened.push(['properties', {}])
  return Object.fromEntries(opened)
}

function listOf(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : []
}

function entriesOf(json: unknown): [string, unknown][] {
  return isObject(json) ? Object.entries(json) : []
}
