import { asDecimal, widerDecimal } from './decimal.js'
import type { Expression, Literal } from './expression.js'
import type { DataType } from './type.js'
import {
  isApproximate,
  isBytes,
  isInteger,
  isNested,
  isNumeric,
  isSameType,
  isTemporal,
  isText,
  isTimestamp,
  type Kind,
  partsOf,
  withNullable,
  withParts,
} from './type-family.js'

const integerWidth: readonly Kind[] = ['tinyint', 'smallint', 'int', 'bigint']

/**
 * NULL as written, before what stands around it gives it a type. It is known by its identity, and
 * every NULL of a finished plan has been given one by `castTo`.
 */
export const untypedNull: Literal = {
  kind: 'literal',
  value: null,
  type: { kind: 'varchar', length: 1, nullable: true },
}

/** The type that all of them can be brought to without a CAST; undefined where Flink has none. */
export function commonType(expressions: readonly Expression[]): DataType | undefined {
  const typed = expressions.filter((expression) => expression !== untypedNull)
  const [first, ...rest] = typed.map(({ type }) => type)
  if (first === undefined) return undefined
  const common = rest.reduce<DataType | undefined>(
    (left, right) => left && commonOfTwo(left, right),
    first,
  )
  return (
    common &&
    withNullable(
      common,
      expressions.some(({ type }) => type.nullable),
    )
  )
}

function commonOfTwo(left: DataType, right: DataType): DataType | undefined {
  if (isNested(left) && isNested(right)) return commonNested(left, right)
  if (isSameType(left, right)) return withNullable(left, left.nullable || right.nullable)
  if (isNumeric(left) && isNumeric(right)) return commonNumber(left, right)
  if ((isText(left) && isText(right)) || (isBytes(left) && isBytes(right))) {
    const kind = isText(left) ? 'varchar' : 'varbinary'
    return { kind, length: Math.max(left.length, right.length), nullable: true }
  }
  if (isTimestamp(left) && isTimestamp(right)) {
    if (left.kind !== right.kind) return undefined
    return { ...left, precision: Math.max(left.precision, right.precision) }
  }
  if (left.kind === 'date' && right.kind === 'timestamp') return right
  if (left.kind === 'timestamp' && right.kind === 'date') return left
  if (left.kind === 'time' && right.kind === 'time') {
    return left.precision > right.precision ? left : right
  }
  return undefined
}

/** Part by part; a row has the names of the first. */
function commonNested(left: DataType, right: DataType): DataType | undefined {
  const [ofLeft, ofRight] = [partsOf(left), partsOf(right)]
  if (left.kind !== right.kind || ofLeft.length !== ofRight.length) return undefined
  const parts = ofLeft.map((part, index) => {
    const other = ofRight[index]
    const common = other === undefined ? undefined : commonOfTwo(part, other)
    return common && withNullable(common, part.nullable || other?.nullable === true)
  })
  const known = parts.filter((part) => part !== undefined)
  return known.length === parts.length ? withParts(left, known) : undefined
}

function commonNumber(left: DataType, right: DataType): DataType {
  if (isApproximate(left) || isApproximate(right)) {
    const decimal = left.kind === 'decimal' || right.kind === 'decimal'
    const double = left.kind === 'double' || right.kind === 'double'
    return { kind: decimal || double ? 'double' : 'float', nullable: true }
  }
  if (isInteger(left) && isInteger(right)) {
    return integerWidth.indexOf(left.kind) > integerWidth.indexOf(right.kind) ? left : right
  }
  const leftDecimal = asDecimal(left)
  const rightDecimal = asDecimal(right)
  if (leftDecimal === undefined || rightDecimal === undefined) {
    throw new Error(`${left.kind} and ${right.kind} are exact numbers`)
  }
  return widerDecimal(leftDecimal, rightDecimal)
}

/** The expression in `type`; what it says of NULL is kept from the expression. */
export function castTo(expression: Expression, type: DataType): Expression {
  if (expression === untypedNull) {
    return { kind: 'literal', value: null, type: withNullable(type, true) }
  }
  if (isSameType(expression.type, type)) return expression
  const target = withNullable(type, expression.type.nullable)
  return { kind: 'cast', input: expression, type: target, tryCast: false }
}

/**
 * Does a value go into a sink's column of type `to` without a CAST? Whether it may be NULL is
 * another question: a NULL in a NOT NULL column is found when it comes.
 */
export function isStorable(from: DataType, to: DataType): boolean {
  if (isNested(to)) return isPartwise(from, to, isStorable)
  if (isSameType(from, to)) return true
  switch (to.kind) {
    case 'smallint':
    case 'int':
    case 'bigint':
      return isInteger(from) && integerWidth.indexOf(from.kind) <= integerWidth.indexOf(to.kind)
    case 'decimal':
    case 'double':
      return isNumeric(from)
    case 'float':
      return isInteger(from) || from.kind === 'decimal'
    case 'char':
      return from.kind === 'char'
    case 'varchar':
      return isText(from)
    case 'binary':
      return from.kind === 'binary'
    case 'varbinary':
      return isBytes(from)
    case 'date':
      return from.kind === 'timestamp'
    case 'time':
      return from.kind === 'time' || from.kind === 'timestamp'
    case 'timestamp':
    case 'timestampLtz':
      return isTimestamp(from)
    default:
      return false
  }
}

/** Are both made in the same way, of parts of which each pair passes? */
function isPartwise(
  from: DataType,
  to: DataType,
  passes: (from: DataType, to: DataType) => boolean,
): boolean {
  const [ofFrom, ofTo] = [partsOf(from), partsOf(to)]
  if (isSameType(from, to)) return true
  if (from.kind !== to.kind || from.kind === 'multiset' || ofFrom.length !== ofTo.length)
    return false
  return ofFrom.every((part, index) => passes(part, ofTo[index] ?? part))
}

/** Does CAST(from AS to) exist? */
export function isCastable(from: DataType, to: DataType): boolean {
  if (isNested(from) && isText(to)) return partsOf(from).every((part) => isCastable(part, to))
  if (isNested(from) || isNested(to)) return isPartwise(from, to, isCastable)
  if (isSameType(from, to) || isText(to)) return to.kind !== 'interval'
  if (isText(from)) return to.kind !== 'interval'
  if (isNumeric(from) || from.kind === 'boolean') return isNumeric(to) || to.kind === 'boolean'
  if (isBytes(from)) return isBytes(to)
  if (from.kind === 'time') return to.kind === 'time'
  if (isTemporal(from)) return isTemporal(to) && !(from.kind === 'date' && to.kind === 'time')
  return false
}
