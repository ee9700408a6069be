import type { Call } from '../../plan/expression.js'
import { isApproximate, isTimestamp } from '../../plan/type-family.js'
import { integerBits, isInteger } from '../duckdb/integers.js'
import type { Value } from './value.js'

type Operation = (left: Value, right: Value) => Value

/**
 * Sums, differences and products: whole numbers wrap around as in Java, decimals are exact, times
 * move by intervals. Undefined for any other operation, and where digits would be given up.
 */
export function arithmetic(call: Call): Operation | undefined {
  const { function: operator, type } = call
  const [left, right] = call.arguments
  if (left === undefined || right === undefined) return undefined
  const operation = exact[operator]
  if (operation === undefined) return undefined
  if (isInteger(type)) {
    if (!isInteger(left.type) || !isInteger(right.type)) return undefined
    const bits = integerBits(type.kind)
    const isBig = type.kind === 'bigint'
    return ofBoth((one, other) => {
      const wrapped = BigInt.asIntN(bits, operation(BigInt(one), BigInt(other)))
      return isBig ? wrapped : Number(wrapped)
    })
  }
  if (type.kind === 'double') {
    const isDouble = [left, right].every((each) => {
      return (isApproximate(each.type) || isInteger(each.type)) && each.type.kind !== 'float'
    })
    const compute = approximate[operator]
    if (!isDouble || compute === undefined) return undefined
    return ofBoth((one, other) => compute(Number(one), Number(other)))
  }
  if (type.kind === 'decimal') {
    const [scaleOfLeft, scaleOfRight] = [scaleOf(left.type), scaleOf(right.type)]
    if (scaleOfLeft === undefined || scaleOfRight === undefined) return undefined
    const scale = operator === '*' ? scaleOfLeft + scaleOfRight : type.scale
    // With all 38 digits a result may be cut, or be too large and NULL.
    if (type.precision >= 38 || scale !== type.scale) return undefined
    const most = 10n ** BigInt(type.precision)
    const raise = (value: bigint, from: number) =>
      operator === '*' ? value : value * 10n ** BigInt(type.scale - from)
    return ofBoth((one, other) => {
      const result = operation(raise(BigInt(one), scaleOfLeft), raise(BigInt(other), scaleOfRight))
      return result < most && result > -most ? result : null
    })
  }
  if (isTimestamp(type) && isTimestamp(left.type) && right.type.kind === 'interval') {
    if (right.type.unit !== 'millisecond' || operator === '*') return undefined
    return ofBoth((one, other) => operation(BigInt(one), BigInt(other)))
  }
  return undefined
}

const exact: Readonly<Record<string, (left: bigint, right: bigint) => bigint>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
}

const approximate: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
}

function scaleOf(type: Call['type']): number | undefined {
  return type.kind === 'decimal' ? type.scale : isInteger(type) ? 0 : undefined
}

function ofBoth(operation: (left: number | bigint, right: number | bigint) => Value): Operation {
  return (left, right) => {
    if (left === null || right === null) return null
    return operation(left as number | bigint, right as number | bigint)
  }
}
