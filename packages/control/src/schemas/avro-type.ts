/** Avro schemas as trees. */
import {
  type EnumType,
  type FixedType,
  type Named,
  namespaceOf,
  type PrimitiveName,
  type RecordType,
  type TypeTree,
} from './type-tree.js'

type Json = string | Json[] | { [attribute: string]: unknown }

/** Reads the text of a schema that is known to be one. */
export function readAvroType(text: string): TypeTree {
  const trimmed = text.trim()
  // A primitive is also written as its bare name.
  const json = /^[a-z]+$/.test(trimmed) ? trimmed : (JSON.parse(trimmed) as Json)
  return new Reader().type(json, '')
}

class Reader {
  readonly #named = new Map<string, TypeTree>()

  type(json: Json, namespace: string): TypeTree {
    if (typeof json === 'string') return this.#byName(json, namespace)
    if (Array.isArray(json)) {
      return { kind: 'union', branches: json.map((branch) => this.type(branch, namespace)) }
    }
    switch (json.type) {
      case 'record':
      case 'error':
        return this.#record(json, namespace)
      case 'enum':
        return this.#remember({
          ...{ kind: 'enum', ...named(json, namespace) },
          symbols: json.symbols as string[],
        })
      case 'fixed':
        return this.#remember({
          ...{ kind: 'fixed', ...named(json, namespace) },
          size: json.size as number,
        })
      case 'array':
        return { kind: 'array', items: this.type(json.items as Json, namespace) }
      case 'map':
        return { kind: 'map', values: this.type(json.values as Json, namespace) }
    }
    const type = this.type(json.type as Json, namespace)
    if (type.kind !== 'primitive' || typeof json.logicalType !== 'string') return type
    return { ...type, logicalType: json.logicalType }
  }

  #record(json: { [attribute: string]: unknown }, around: string): TypeTree {
    const record: RecordType = { kind: 'record', ...named(json, around), fields: [] }
    this.#remember(record)
    const namespace = namespaceOf(record.name)
    for (const field of json.fields as { [attribute: string]: unknown }[]) {
      record.fields.push({
        name: field.name as string,
        type: this.type(field.type as Json, namespace),
        ...docOf(field),
        aliases: (field.aliases as string[] | undefined) ?? [],
        default: field.default,
      })
    }
    return record
  }

  #remember<Type extends RecordType | EnumType | FixedType>(type: Type): Type {
    this.#named.set(type.name, type)
    return type
  }

  #byName(name: string, namespace: string): TypeTree {
    const inNamespace = namespace === '' || name.includes('.') ? name : `${namespace}.${name}`
    const known = this.#named.get(inNamespace) ?? this.#named.get(name)
    return known ?? { kind: 'primitive', name: name as PrimitiveName }
  }
}

function named(json: { [attribute: string]: unknown }, around: string): Named {
  const written = String(json.name)
  const namespace = typeof json.namespace === 'string' ? json.namespace : around
  const name = written.includes('.') || namespace === '' ? written : `${namespace}.${written}`
  return { name, ...docOf(json) }
}

function docOf(json: { [attribute: string]: unknown }): { doc?: string } {
  return typeof json.doc === 'string' && json.doc !== '' ? { doc: json.doc } : {}
}
