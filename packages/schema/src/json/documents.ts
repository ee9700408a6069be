/**
 * JSON Schema documents and the references between them: by JSON pointer, by anchor, by `$id`,
 * and by the names under which other documents are referred to.
 */
import { type ReferencedText, SchemaTextError } from '../schema-type.js'

/** A schema: an object of keywords, or `true` and `false`. */
export type SchemaJson = boolean | { readonly [keyword: string]: unknown }

/** A schema within its document, whose URI its references are relative to. */
export interface SchemaNode {
  readonly json: SchemaJson
  readonly base: string
}

/** Where schemas without a URI of their own are. */
const noUri = 'schema:/'
/** References that lead to references; more are a circle. */
const hopsMax = 100

/** Reads the JSON of a schema; throws a `SchemaTextError`. */
export function readSchemaJson(text: string): SchemaJson {
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

  constructor(root: SchemaJson, references: readonly ReferencedText[]) {
    for (const { name, text } of references) {
      this.#add({ json: readSchemaJson(text), base: resolved(name, noUri) })
    }
    this.root = { json: root, base: noUri }
    this.#add(this.root)
  }

  /** Remembers a document, and every schema in it with a URI or an anchor of its own. */
  #add(node: SchemaNode): void {
    this.#byUri.set(node.base, node)
    const visit = (json: unknown, base: string) => {
      if (Array.isArray(json)) {
        for (const item of json) visit(item, base)
        return
      }
      if (!isObject(json)) return
      const own = json.$id ?? json.id
      const here = typeof own === 'string' ? resolved(own, base) : base
      if (here !== base) this.#byUri.set(here, { json, base: here })
      for (const name of ['$anchor', '$dynamicAnchor']) {
        if (typeof json[name] === 'string') {
          this.#byUri.set(`${here}#${json[name]}`, { json, base: here })
        }
      }
      for (const [keyword, value] of Object.entries(json)) {
        if (!['enum', 'const', 'default', 'examples'].includes(keyword)) visit(value, here)
      }
    }
    visit(node.json, node.base)
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
      const reference = isObject(at.json) ? (at.json.$ref ?? at.json.$dynamicRef) : undefined
      if (typeof reference !== 'string') return at
      at = this.#find(reference, at.base)
    }
    throw new SchemaTextError('its references lead in a circle')
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
