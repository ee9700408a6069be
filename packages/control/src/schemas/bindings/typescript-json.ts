/**
 * The TypeScript types of a JSON schema: an interface for each object with properties, literals
 * for values that are listed, unions and intersections for combinations. Properties that are not
 * described are in a type only where the schema speaks of them (`additionalProperties`); lengths,
 * patterns and bounds are left to the check.
 */
import { Documents, isObject, readSchemaJson, type SchemaNode } from '@millrace/schema/read'
import type { SchemaFile } from '../../project/schema.js'
import { nameOf } from '../json-type.js'
import { pascal } from '../pascal.js'
import { comment, memberName, type TypeModule } from './typescript-module.js'

type Keywords = { readonly [keyword: string]: unknown }

/** The types of a schema; `base` is the name of its file. */
export function jsonModule({ text, referred }: SchemaFile, base: string): TypeModule {
  const documents = new Documents(readSchemaJson(text), referred)
  const module = new JsonModule(documents)
  const root = nameOf(documents.root, documents.root) ?? pascal(base)
  return { root, definitions: module.definitions(root) }
}

class JsonModule {
  readonly #documents: Documents
  /** Names of schemas that have a definition. */
  readonly #named = new Map<unknown, string>()
  readonly #taken = new Set<string>()
  readonly #definitions: string[] = []
  /** Aliases that are being written: one that is only itself is no type. */
  #open = new Set<string>()

  constructor(documents: Documents) {
    this.#documents = documents
  }

  definitions(root: string): string[] {
    this.#define(this.#documents.root, root)
    return this.#definitions
  }

  /** The name of a schema's type, which is written where it is new. */
  #define(node: SchemaNode, wanted: string): string {
    const known = this.#named.get(node.json)
    if (known !== undefined) return known
    const name = this.#unique(wanted)
    this.#named.set(node.json, name)
    // What it needs comes after it.
    const at = this.#definitions.push('') - 1
    const json = isObject(node.json) ? node.json : {}
    const doc = docOf(json)
    const lines = isPlainObject(json)
      ? this.#interface(node, name)
      : [`export type ${name} = ${this.#alias(node, name)}`]
    this.#definitions[at] = [...(doc === '' ? [] : [comment(doc, '')]), ...lines].join('\n')
    return name
  }

  #unique(wanted: string): string {
    let name = wanted
    for (let at = 2; this.#taken.has(name); at++) name = `${wanted}${at}`
    this.#taken.add(name)
    return name
  }

  #alias(node: SchemaNode, name: string): string {
    this.#open.add(name)
    const text = this.#expression(node, name)
    this.#open.delete(name)
    return text ?? 'unknown'
  }

  #interface(node: SchemaNode, name: string): string[] {
    return this.#within(() => [
      `export interface ${name} {`,
      ...this.#properties(node, name).map((line) => `  ${line}`),
      '}',
    ])
  }

  /** Within an object or a list a type may be what holds it. */
  #within<Result>(write: () => Result): Result {
    const open = this.#open
    this.#open = new Set()
    try {
      return write()
    } finally {
      this.#open = open
    }
  }

  #properties(node: SchemaNode, name: string): string[] {
    const json = node.json as Keywords
    const required = Array.isArray(json.required) ? json.required.map(String) : []
    const own = isObject(json.properties) ? json.properties : {}
    const lines = Object.entries(own).flatMap(([key, each]) => {
      const property = this.#documents.child(node, each)
      const doc = isObject(each) ? docOf(each) : ''
      const optional = required.includes(key) ? '' : '?'
      const type = this.#type(property, `${name}${pascal(key)}`)
      const line = `${memberName(key)}${optional}: ${type}`
      return doc === '' ? [line] : [comment(doc, ''), line]
    })
    for (const key of required.filter((each) => !Object.hasOwn(own, each))) {
      lines.push(`${memberName(key)}: unknown`)
    }
    const others = json.additionalProperties
    if (others === true || isObject(others) || isObject(json.patternProperties)) {
      lines.push('[name: string]: unknown')
    }
    return lines
  }

  /** The type of a schema within another one: a name, where it has one of its own. */
  #type(node: SchemaNode, name: string): string {
    return this.#expression(node, name) ?? 'unknown'
  }

  /** Undefined where it is a type that is being written, and so says nothing more. */
  #expression(node: SchemaNode, name: string): string | undefined {
    const { json } = node
    if (!isObject(json)) return json ? 'unknown' : 'never'
    const parts: string[] = []
    const referred = this.#documents.referred(node)
    if (referred !== undefined) {
      const target = this.#documents.target(node)
      const named = this.#define(target, nameOf(node, target) ?? name)
      if (this.#open.has(named)) return undefined
      parts.push(named)
    }
    if ('const' in json) parts.push(literal(json.const))
    else if (Array.isArray(json.enum)) parts.push(union(json.enum.map(literal)))
    else {
      const typed = this.#typed(node, name)
      if (typed !== undefined) parts.push(typed)
    }
    for (const each of this.#list(node, 'allOf')) {
      parts.push(this.#expression(each, name) ?? 'unknown')
    }
    for (const keyword of ['anyOf', 'oneOf']) {
      const branches = this.#list(node, keyword).map((each) => this.#expression(each, name))
      const said = branches.filter((each) => each !== undefined)
      if (branches.length > 0) parts.push(said.length === 0 ? 'unknown' : union(said))
    }
    return intersection(parts)
  }

  #list(node: SchemaNode, keyword: string): SchemaNode[] {
    const list = isObject(node.json) ? node.json[keyword] : undefined
    return Array.isArray(list) ? list.map((each) => this.#documents.child(node, each)) : []
  }

  #typed(node: SchemaNode, name: string): string | undefined {
    const json = node.json as Keywords
    const { type } = json
    if (type === undefined) {
      return isObject(json.properties) ? this.#object(node, name) : undefined
    }
    const types = Array.isArray(type) ? type : [type]
    return union(types.map((each) => this.#ofKind(String(each), node, name)))
  }

  #ofKind(kind: string, node: SchemaNode, name: string): string {
    switch (kind) {
      case 'integer':
      case 'number':
        return 'number'
      case 'string':
      case 'boolean':
      case 'null':
        return kind
      case 'array':
        return this.#within(() => this.#array(node, name))
      case 'object':
        return this.#object(node, name)
      default:
        return 'unknown'
    }
  }

  #object(node: SchemaNode, name: string): string {
    const json = node.json as Keywords
    const hasNames = isObject(json.properties) || Array.isArray(json.required)
    if (!hasNames) {
      const others = json.additionalProperties
      if (!isObject(others)) return 'Record<string, unknown>'
      const values = this.#within(() => {
        return this.#type(this.#documents.child(node, others), `${name}Value`)
      })
      return `Record<string, ${values}>`
    }
    // An interface of its own has the name of its place.
    if (isPlainObject(json)) return this.#define(node, name)
    return `{ ${this.#within(() => this.#properties(node, name))
      .filter(isMember)
      .join('; ')} }`
  }

  #array(node: SchemaNode, name: string): string {
    const json = node.json as Keywords
    const isOlder = Array.isArray(json.items)
    const first = this.#list(node, isOlder ? 'items' : 'prefixItems')
    const rest = json[isOlder ? 'additionalItems' : 'items']
    const restType =
      rest === undefined || typeof rest === 'boolean'
        ? 'unknown'
        : this.#type(this.#documents.child(node, rest), `${name}Item`)
    if (first.length === 0) return rest === false ? 'readonly []' : `readonly ${listOf(restType)}`
    const least = typeof json.minItems === 'number' ? json.minItems : 0
    const items = first.map((each, at) => {
      const type = this.#type(each, `${name}Item${at + 1}`)
      return at < least ? type : `${grouped(type)}?`
    })
    if (rest !== false) items.push(`...${listOf(restType)}`)
    return `readonly [${items.join(', ')}]`
  }
}

/** An object whose properties are all that is said of it: an interface. */
function isPlainObject(json: Keywords): boolean {
  const said = ['$ref', '$dynamicRef', 'allOf', 'anyOf', 'oneOf', 'enum', 'const']
  if (said.some((keyword) => keyword in json)) return false
  const { type = 'object' } = json
  return type === 'object' && isObject(json.properties)
}

function docOf(json: Keywords): string {
  const { description, default: value } = json
  return [
    ...(typeof description === 'string' && description !== '' ? [description] : []),
    ...(value === undefined ? [] : [`Default: ${JSON.stringify(value)}.`]),
  ].join(' ')
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `readonly [${value.map(literal).join(', ')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.entries(value).map(([key, each]) => `${memberName(key)}: ${literal(each)}`)
  return members.length === 0 ? 'Record<string, never>' : `{ ${members.join('; ')} }`
}

function union(types: readonly string[]): string {
  const all = [...new Set(types.map((type) => (type.includes(' & ') ? grouped(type) : type)))]
  return all.includes('unknown') ? 'unknown' : all.join(' | ') || 'never'
}

/** What says nothing takes nothing away. */
function intersection(types: readonly string[]): string {
  const all = [...new Set(types)].filter((type) => type !== 'unknown')
  if (all.length === 0) return 'unknown'
  return all.length === 1 ? (all[0] as string) : all.map(grouped).join(' & ')
}

function listOf(type: string): string {
  return `${grouped(type)}[]`
}

/** In parentheses, where it is more than a name or what closes itself. */
function grouped(type: string): string {
  return /^[\w.]+$/.test(type) ? type : `(${type})`
}

function isMember(line: string): boolean {
  return !line.startsWith('/**')
}
