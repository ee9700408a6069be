import type { DataType } from './type.js'

export type Kind = DataType['kind']

/** A type of the given kinds. */
export type TypeOf<K extends Kind> = DataType & { readonly kind: K }

const integers: readonly Kind[] = ['tinyint', 'smallint', 'int', 'bigint']

export function isInteger(type: DataType): boolean {
  return integers.includes(type.kind)
}

/** FLOAT and DOUBLE. */
export function isApproximate(type: DataType): boolean {
  return type.kind === 'float' || type.kind === 'double'
}

export function isNumeric(type: DataType): boolean {
  return isInteger(type) || isApproximate(type) || type.kind === 'decimal'
}

export function isText(type: DataType): type is TypeOf<'char' | 'varchar'> {
  return type.kind === 'char' || type.kind === 'varchar'
}

export function isBytes(type: DataType): type is TypeOf<'binary' | 'varbinary'> {
  return type.kind === 'binary' || type.kind === 'varbinary'
}

/** TIMESTAMP and TIMESTAMP_LTZ. */
export function isTimestamp(type: DataType): type is TypeOf<'timestamp' | 'timestampLtz'> {
  return type.kind === 'timestamp' || type.kind === 'timestampLtz'
}

/** A point in the calendar, or on the clock. */
export function isTemporal(type: DataType): boolean {
  return isTimestamp(type) || type.kind === 'date' || type.kind === 'time'
}

/** ARRAY, MAP, MULTISET and ROW: types made of others. */
export function isNested(type: DataType): type is TypeOf<'array' | 'map' | 'multiset' | 'row'> {
  return partsOf(type).length > 0 || type.kind === 'row'
}

/** The types that a type is made of, in their order; none for plain ones. */
export function partsOf(type: DataType): readonly DataType[] {
  switch (type.kind) {
    case 'array':
    case 'multiset':
      return [type.element]
    case 'map':
      return [type.key, type.value]
    case 'row':
      return type.fields.map((field) => field.type)
    default:
      return []
  }
}

/** The same type made of other parts, in their order. */
export function withParts(type: DataType, parts: readonly DataType[]): DataType {
  const at = (index: number): DataType => {
    const part = parts[index]
    if (part === undefined) throw new Error(`${type.kind} has no part ${index}`)
    return part
  }
  switch (type.kind) {
    case 'array':
    case 'multiset':
      return { ...type, element: at(0) }
    case 'map':
      return { ...type, key: at(0), value: at(1) }
    case 'row':
      return { ...type, fields: type.fields.map(({ name }, index) => ({ name, type: at(index) })) }
    default:
      return type
  }
}

/** Does the type hold the kind, itself or in a part? */
export function holdsKind(type: DataType, kind: Kind): boolean {
  return type.kind === kind || partsOf(type).some((part) => holdsKind(part, kind))
}

/**
 * The same type but for whether it may be NULL, and so its parts; the fields of a row by their
 * places, whatever their names.
 */
export function isSameType(left: DataType, right: DataType): boolean {
  if (left.kind !== right.kind) return false
  const [parts, others] = [partsOf(left), partsOf(right)]
  if (parts.length !== others.length) return false
  if (isNested(left)) {
    return parts.every((part, index) => isSameType(part, others[index] ?? part))
  }
  const rightParts = new Map<string, unknown>(Object.entries(right))
  return Object.entries(left).every(
    ([part, value]) => part === 'nullable' || rightParts.get(part) === value,
  )
}

export function withNullable(type: DataType, nullable: boolean): DataType {
  return type.nullable === nullable ? type : { ...type, nullable }
}
