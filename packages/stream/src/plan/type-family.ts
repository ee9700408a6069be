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

/** The same type but for whether it may be NULL. */
export function isSameType(left: DataType, right: DataType): boolean {
  const rightParts = new Map<string, unknown>(Object.entries(right))
  return Object.entries(left).every(
    ([part, value]) => part === 'nullable' || rightParts.get(part) === value,
  )
}

export function withNullable(type: DataType, nullable: boolean): DataType {
  return type.nullable === nullable ? type : { ...type, nullable }
}
