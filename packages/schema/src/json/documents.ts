/**
 * JSON Schema documents and the references between them: by JSON pointer, by anchor, by `$id`,
 * and by the names under which other documents are referred to.
 */
import { checkDepth } from '../json-depth.js'
import { type ReferencedText, SchemaTextError } from '../schema-type.js'

/** A schema: an object of keywords, or `true` and `false`. */
export type SchemaJson = boolean | { readonly [keyword: string]: unknown }

/** A schema within its document, whose URI its references are relative to. */
export interface SchemaNode {
  readonly json: SchemaJson
  readonly base: string
}

/** Where schemas without a URI of their own are: before the names of all references to them. */
export const noUri = 'schema:/'
/** References that lead to references; more are a circle. */
const hopsMax = 100

/** Reads the JSON of a schema; throws a `SchemaTextError`. */
export function readSchemaJson(text: string): SchemaJson {
  checkDepth(text)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new SchemaTextError(`it is not JSON: ${(cause as Error).message}`, { cause })
  }
  if (typeof json === 'boolean' || isObject(json)) return json
  throw new SchemaTextError('a JSON schema is an object, true or false')
}

export class Documents {
  readonly root: SchemaNode
  readonly #byUri = new Map<string, SchemaNode>()
  readonly #whole = new Map<string, SchemaNode>()

  constructor(root: SchemaJson, references: readonly ReferencedText[]) {
    for (const { name, text } of references) {
      this.#add(readSchemaJson(text), resolved(name, noUri))
    }
    this.root = this.#add(root, noUri)
  }

  /** The root and what was given with it, by the URIs that they are found under. */
  get whole(): ReadonlyMap<string, SchemaNode> {
    return this.#whole
  }

  /** URIs of the root and of what it holds, where they have one of their own. */
  ownUris(): string[] {
    return [...this.#byUri.keys()].filter((uri) => uri !== noUri && !uri.includes('#'))
  }

  /** URIs of documents that the root refers to, and that are not among these. */
  referredUris(): string[] {
    const found = new Set<string>()
    const visit = (json: unknown, base: string): void => {
      if (Array.isArray(json)) for (const item of json) visit(item, base)
      if (!isObject(json)) return
      const here = ownUri(json, base)
      const [uri] = typeof json.$ref === 'string' ? resolved(json.$ref, here).split('#') : []
      if (uri !== undefined && !this.#byUri.has(uri)) found.add(uri)
      for (const [keyword, value] of Object.entries(json)) {
        if (!valueKeywords.includes(keyword)) visit(value, here)
      }
    }
    visit(this.root.json, noUri)
    return [...found]
  }

  /** Remembers a document, and every schema in it with a URI or an anchor of its own. */
  #add(document: SchemaJson, uri: string): SchemaNode {
    const node = { json: document, base: isObject(document) ? ownUri(document, uri) : uri }
    this.#byUri.set(uri, node)
    this.#whole.set(uri, node)
    const visit = (json: unknown, base: string) => {
      if (Array.isArray(json)) {
        for (const item of json) visit(item, base)
        return
      }
      if (!isObject(json)) return
      const here = ownUri(json, base)
      if (here !== base) this.#byUri.set(here, { json, base: here })
      for (const name of ['$anchor', '$dynamicAnchor']) {
        if (typeof json[name] === 'string') {
          this.#byUri.set(`${here}#${json[name]}`, { json, base: here })
        }
      }
      for (const [keyword, value] of Object.entries(json)) {
        if (!valueKeywords.includes(keyword)) visit(value, here)
      }
    }
    visit(document, uri)
    return node
  }

  /** A part of a schema. */
  child(node: SchemaNode, json: unknown): SchemaNode {
    const own = isObject(json) ? json.$id : undefined
    const base = typeof own === 'string' ? resolved(own, node.base) : node.base
    return { json: json as SchemaJson, base }
  }

  /** The schema that a node refers to in the end; itself where it refers to none. */
  target(node: SchemaNode): SchemaNode {
    let at = node
    for (let hops = 0; hops < hopsMax; hops++) {
      const next = this.referred(at)
      if (next === undefined) return at
      at = next
    }
    throw new SchemaTextError('its references lead in a circle')
  }

  /** The schema that a node refers to; undefined where it refers to none. */
  referred({ json, base }: SchemaNode): SchemaNode | undefined {
    const reference = isObject(json) ? (json.$ref ?? json.$dynamicRef) : undefined
    return typeof reference === 'string' ? this.#find(reference, base) : undefined
  }

  #find(reference: string, base: string): SchemaNode {
    const [uri = '', fragment = ''] = resolved(reference, base).split('#')
    const document = this.#byUri.get(uri) ?? this.#byUri.get(resolved(uri, noUri))
    if (document === undefined) throw new SchemaTextError(`$ref ${reference} leads nowhere`)
    if (fragment === '') return document
    if (!fragment.startsWith('/')) {
      const anchored = this.#byUri.get(`${uri}#${fragment}`)
      if (anchored === undefined) throw new SchemaTextError(`$ref ${reference} leads nowhere`)
      return anchored
    }
    let at = document
    for (const step of decodeURIComponent(fragment).slice(1).split('/')) {
      const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
      const holder = at.json as { readonly [key: string]: unknown }
      const next =
        typeof holder === 'object' && Object.hasOwn(holder, key) ? holder[key] : undefined
      if (next === undefined) throw new SchemaTextError(`$ref ${reference} leads nowhere`)
      at = this.child(at, next)
    }
    return at
  }
}

/** Keywords whose values are values, and no schemas. */
export const valueKeywords: readonly string[] = ['enum', 'const', 'default', 'examples']

function ownUri(json: { readonly [member: string]: unknown }, base: string): string {
  const own = json.$id ?? json.id
  return typeof own === 'string' ? resolved(own, base) : base
}

function resolved(reference: string, base: string): string {
  try {
    return new URL(reference, base).href.replace(/#$/, '')
  } catch {
    return reference.replace(/#$/, '')
  }
}

export function isObject(json: unknown): json is { readonly [member: string]: unknown } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
