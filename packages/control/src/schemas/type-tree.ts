/**
 * A schema as a tree with its names resolved, in the words of Avro: what differences, bindings and
 * made-up values are read from. A type that refers to itself is the same object again.
 */

export type TypeTree =
  | PrimitiveType
  | RecordType
  | EnumType
  | FixedType
  | { kind: 'array'; items: TypeTree }
  | { kind: 'map'; values: TypeTree }
  | { kind: 'union'; branches: TypeTree[] }
  /** Any value; not of Avro, but other languages of schemas have it. */
  | { kind: 'any' }

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

/** What has a name of its own. */
export interface Named {
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
  type: TypeTree
  doc?: string
  aliases: string[]
  /** As in the schema's JSON; undefined where there is none. */
  default: unknown
  /** It may be left out without a default. */
  isOptional?: boolean
}

export interface EnumType extends Named {
  kind: 'enum'
  symbols: string[]
}

export interface FixedType extends Named {
  kind: 'fixed'
  size: number
}

/** The last part of a full name. */
export function shortName(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf('.') + 1)
}

export function namespaceOf(fullName: string): string {
  return fullName.slice(0, Math.max(fullName.lastIndexOf('.'), 0))
}

/** A type in words: `null or double`, `array of record Stop`, `long (timestamp-millis)`. */
export function typeText(type: TypeTree): string {
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
    case 'any':
      return 'anything'
  }
}

/** Every record, enum and fixed of a type, each once, in the order of the text. */
export function namedTypes(type: TypeTree): (RecordType | EnumType | FixedType)[] {
  const found = new Set<RecordType | EnumType | FixedType>()
  const visit = (each: TypeTree) => {
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
export function unitOf(type: TypeTree): string | undefined {
  if (type.kind === 'union') return type.branches.map(unitOf).find((unit) => unit !== undefined)
  if (type.kind !== 'primitive') return undefined
  switch (type.logicalType) {
    case 'timestamp-millis':
      return 'Milliseconds since 1970.'
    case 'timestamp-micros':
      return 'Microseconds since 1970.'
    case 'date':
      return type.name === 'int' ? 'Days since 1970.' : undefined
    default:
      return undefined
  }
}

/** May an event leave the field out? */
export function isOptional(field: RecordField): boolean {
  return field.default !== undefined || field.isOptional === true
}
