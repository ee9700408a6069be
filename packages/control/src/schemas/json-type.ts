/**
 * JSON schemas as trees of types, for languages that know records, lists and maps. What such a
 * language cannot say (one of several schemas, items that differ by place) is anything.
 */
import { Documents, isObject, readSchemaJson, type SchemaNode } from '@millrace/schema/read'
import type { SchemaFile } from '../project/schema.js'
import { pascal } from './pascal.js'
import { type RecordType, type TypeTree, typeText } from './type-tree.js'

type Keywords = { readonly [keyword: string]: unknown }

const anything: TypeTree = { kind: 'any' }

/** Reads a schema; its named types are of `namespace`, and the event's own is called `root`. */
export function readJsonType(
  { text, referred }: Pick<SchemaFile, 'text' | 'referred'>,
  namespace: string,
  root: string,
): TypeTree {
  const documents = new Documents(readSchemaJson(text), referred)
  return new JsonTypeReader(documents, namespace).type(documents.root, root)
}

class JsonTypeReader {
  readonly #documents: Documents
  readonly #namespace: string
  readonly #records = new Map<unknown, RecordType>()
  readonly #names = new Set<string>()
  /** What is being read that is no record: it has no end where it holds itself. */
  readonly #open = new Set<unknown>()

  constructor(documents: Documents, namespace: string) {
    this.#documents = documents
    this.#namespace = namespace
  }

  /** The type of a schema. `name` is what a record or an enum is called that has no other name. */
  type(node: SchemaNode, name: string): TypeTree {
    const target = this.#documents.target(node)
    const known = this.#records.get(target.json)
    if (known !== undefined) return known
    if (!isObject(target.json) || this.#open.has(target.json)) return anything
    this.#open.add(target.json)
    try {
      return this.#typeOf(target, nameOf(node, target) ?? name)
    } finally {
      this.#open.delete(target.json)
    }
  }

  #typeOf(node: SchemaNode, name: string): TypeTree {
    const all = this.#all(node)
    const keywords = all.map(({ json }) => json as Keywords)
    const listed = keywords.find((json) => Array.isArray(json.enum) || 'const' in json)
    if (listed !== undefined) {
      const values = Array.isArray(listed.enum) ? listed.enum : [listed.const]
      return this.#ofValues(values, name, keywords)
    }
    if (keywords.some((json) => isObject(json.properties))) return this.#record(node, all, name)
    for (const each of all) {
      for (const keyword of ['anyOf', 'oneOf']) {
        const branches = this.#list(each, keyword)
        if (branches.length > 0)
          return this.#union(branches.map((branch) => this.type(branch, name)))
      }
    }
    const { type } = keywords.find((json) => json.type !== undefined) ?? {}
    const types = Array.isArray(type) ? type : [type]
    return this.#union(types.map((each) => this.#named(each, all, name)))
  }

  /** A schema with all that holds beside it: what it refers to, and the parts of `allOf`. */
  #all(node: SchemaNode, seen = new Set<unknown>()): SchemaNode[] {
    if (!isObject(node.json) || seen.has(node.json)) return []
    seen.add(node.json)
    const referred = this.#documents.referred(node)
    const parts = [...(referred === undefined ? [] : [referred]), ...this.#list(node, 'allOf')]
    return [node, ...parts.flatMap((part) => this.#all(part, seen))]
  }

  #list(node: SchemaNode, keyword: string): SchemaNode[] {
    const list = isObject(node.json) ? node.json[keyword] : undefined
    return Array.isArray(list) ? list.map((each) => this.#documents.child(node, each)) : []
  }

  #record(node: SchemaNode, all: readonly SchemaNode[], name: string): TypeTree {
    const description = (node.json as Keywords).description
    const record: RecordType = {
      kind: 'record',
      name: this.#unique(name),
      ...(typeof description === 'string' && description !== '' && { doc: description }),
      fields: [],
    }
    this.#records.set(node.json, record)
    const required = new Set(all.flatMap(({ json }) => listOf((json as Keywords).required)))
    const properties = new Map<string, SchemaNode>()
    for (const each of all) {
      const own = (each.json as Keywords).properties
      for (const [key, json] of Object.entries(isObject(own) ? own : {})) {
        if (!properties.has(key)) properties.set(key, this.#documents.child(each, json))
      }
    }
    for (const [key, property] of properties) {
      const json = isObject(property.json) ? property.json : {}
      const doc = json.description
      record.fields.push({
        name: key,
        type: this.type(property, `${name}${pascal(key)}`),
        ...(typeof doc === 'string' && doc !== '' && { doc }),
        aliases: [],
        default: json.default,
        isOptional: !required.has(key),
      })
    }
    return record
  }

  #named(type: unknown, all: readonly SchemaNode[], name: string): TypeTree {
    switch (type) {
      case 'null':
      case 'boolean':
      case 'string':
        return { kind: 'primitive', name: type }
      case 'integer':
        return { kind: 'primitive', name: 'long' }
      case 'number':
        return { kind: 'primitive', name: 'double' }
      case 'array': {
        const items = this.#part(all, 'items')
        const isTuple = all.some(({ json }) => Array.isArray((json as Keywords).prefixItems))
        const isAny = items === undefined || isTuple
        return { kind: 'array', items: isAny ? anything : this.type(items, `${name}Item`) }
      }
      case 'object': {
        const values = this.#part(all, 'additionalProperties')
        return {
          kind: 'map',
          values: values === undefined ? anything : this.type(values, `${name}Value`),
        }
      }
      default:
        return anything
    }
  }

  #part(all: readonly SchemaNode[], keyword: string): SchemaNode | undefined {
    for (const node of all) {
      const json = (node.json as Keywords)[keyword]
      if (isObject(json)) return this.#documents.child(node, json)
    }
    return undefined
  }

  #ofValues(values: readonly unknown[], name: string, all: readonly Keywords[]): TypeTree {
    const kinds = new Set(values.map((value) => (value === null ? 'null' : typeof value)))
    const isNullable = kinds.delete('null')
    const [kind, ...others] = kinds
    if (kind === undefined || others.length > 0) return anything
    const symbols = values.filter((value) => value !== null).map(String)
    const of = (): TypeTree => {
      if (kind === 'boolean') return { kind: 'primitive', name: 'boolean' }
      if (kind === 'number') {
        const isWhole = values.every((value) => value === null || Number.isInteger(value))
        return { kind: 'primitive', name: isWhole ? 'long' : 'double' }
      }
      if (kind !== 'string') return anything
      if (!symbols.every(isSymbol)) return { kind: 'primitive', name: 'string' }
      const doc = all[0]?.description
      return {
        kind: 'enum',
        name: this.#unique(name),
        ...(typeof doc === 'string' && doc !== '' && { doc }),
        symbols: [...new Set(symbols)],
      }
    }
    return isNullable ? this.#union([{ kind: 'primitive', name: 'null' }, of()]) : of()
  }

  /** Branches that are the same type are one. */
  #union(branches: readonly TypeTree[]): TypeTree {
    const flat = branches.flatMap((each) => (each.kind === 'union' ? each.branches : [each]))
    if (flat.some(({ kind }) => kind === 'any')) return anything
    const different = new Map(flat.map((each) => [typeText(each), each]))
    const [only, ...others] = different.values()
    if (only === undefined) return anything
    return others.length === 0 ? only : { kind: 'union', branches: [...different.values()] }
  }

  /** A full name that no other type has; files may be told apart by letters alone, not by their case. */
  #unique(name: string): string {
    let free = name
    for (let at = 2; this.#names.has(free.toLowerCase()); at++) free = `${name}${at}`
    this.#names.add(free.toLowerCase())
    return this.#namespace === '' ? free : `${this.#namespace}.${free}`
  }
}

/** The title of a schema, or the name that it is referred to by. */
export function nameOf(node: SchemaNode, target: SchemaNode): string | undefined {
  const title = isObject(target.json) ? target.json.title : undefined
  if (typeof title === 'string' && /^[A-Za-z]/.test(title)) return pascal(title)
  const reference = isObject(node.json) ? node.json.$ref : undefined
  if (typeof reference !== 'string' || target.json === node.json) return undefined
  const last =
    reference
      .split(/[/#]/)
      .filter((part) => part !== '')
      .at(-1) ?? ''
  const name = pascal(last.replace(/(\.schema)?\.json$/, ''))
  return name === 'T' ? undefined : name
}

function listOf(list: unknown): string[] {
  return Array.isArray(list) ? list.map(String) : []
}

/** A value that languages take as the name of one. */
function isSymbol(symbol: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(symbol) && symbol !== '_'
}
