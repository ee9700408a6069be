/**
 * An Avro schema as a tree with its names resolved: what differences, bindings and made-up
 * values are read from. A type that refers to itself is the same object again.
 */

export type AvroType =
  | PrimitiveType
  | RecordType
  | EnumType
  | FixedType
  | { kind: 'array'; items: AvroType }
  | { kind: 'map'; values: AvroType }
  | { kind: 'union'; branches: AvroType[] }

export interface PrimitiveType {
  kind: 'primitive'
  name: PrimitiveName
  /** Such as `timestamp-millis`. */
  logicalType?: string
}

export type PrimitiveName =
  | 'null'
  | 'boolean'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'string'
  | 'bytes'

interface Named {
  /** Full name, with the namespace. */
  name: string
  doc?: string
}

export interface RecordType extends Named {
  kind: 'record'
  fields: RecordField[]
}

export interface RecordField {
  name: string
  type: AvroType
  doc?: string
  aliases: string[]
  /** As in the schema's JSON; undefined where there is none. */
  default: unknown
}

export interface EnumType extends Named {
  kind: 'enum'
  symbols: string[]
}

export interface FixedType extends Named {
  kind: 'fixed'
  size: number
}

type Json = string | Json[] | { [attribute: string]: unknown }

/** Reads the text of a schema that is known to be one. */
export function readAvroType(text: string): AvroType {
  const trimmed = text.trim()
  // A primitive is also written as its bare name.
  const json = /^[a-z]+$/.test(trimmed) ? trimmed : (JSON.parse(trimmed) as Json)
  return new Reader().type(json, '')
}

/** The last part of a full name. */
export function shortName(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf('.') + 1)
}

export function namespaceOf(fullName: string): string {
  return fullName.slice(0, Math.max(fullName.lastIndexOf('.'), 0))
}

/** A type in words: `null or double`, `array of record Stop`, `long (timestamp-millis)`. */
export function typeText(type: AvroType): string {
  switch (type.kind) {
    case 'primitive':
      return type.logicalType === undefined ? type.name : `${type.name} (${type.logicalType})`
    case 'record':
    case 'enum':
    case 'fixed':
      return `${type.kind} ${shortName(type.name)}`
    case 'array':
      return `array of ${typeText(type.items)}`
    case 'map':
      return `map of ${typeText(type.values)}`
    case 'union':
      return type.branches.map(typeText).join(' or ')
  }
}

/** Every record, enum and fixed of a type, each once, in the order of the text. */
export function namedTypes(type: AvroType): (RecordType | EnumType | FixedType)[] {
  const found = new Set<RecordType | EnumType | FixedType>()
  const visit = (each: AvroType) => {
    switch (each.kind) {
      case 'record':
        if (found.has(each)) return
        found.add(each)
        for (const field of each.fields) visit(field.type)
        return
      case 'enum':
      case 'fixed':
        found.add(each)
        return
      case 'array':
        return visit(each.items)
      case 'map':
        return visit(each.values)
      case 'union':
        return each.branches.forEach(visit)
    }
  }
  visit(type)
  return [...found]
}

/** What the numbers of a moment count; undefined for any other type. */
export function unitOf(type: AvroType): string | undefined {
  if (type.kind === 'union') return type.branches.map(unitOf).find((unit) => unit !== undefined)
  if (type.kind !== 'primitive') return undefined
  switch (type.logicalType) {
    case 'timestamp-millis':
      return 'Milliseconds since 1970, or RFC 3339.'
    case 'timestamp-micros':
      return 'Microseconds since 1970, or RFC 3339.'
    case 'date':
      return type.name === 'int' ? 'Days since 1970, or a date like 2026-01-04.' : undefined
    default:
      return undefined
  }
}

class Reader {
  readonly #named = new Map<string, AvroType>()

  type(json: Json, namespace: string): AvroType {
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

  #record(json: { [attribute: string]: unknown }, around: string): AvroType {
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

  #byName(name: string, namespace: string): AvroType {
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
