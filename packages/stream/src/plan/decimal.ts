import type { DataType } from './type.js'
import type { TypeOf } from './type-family.js'

/**
 * Flink's rules for the precision and scale of decimal results. They are those of SQL Server and
 * Hive: a result that needs more than 38 digits gives up digits after the point, but keeps six.
 */

export const decimalPrecisionMax = 38
const scaleKept = 6

/** Digits of the integers when they meet a decimal. */
const integerPrecision = { tinyint: 3, smallint: 5, int: 10, bigint: 19 } as const

type DecimalType = TypeOf<'decimal'>

/** An exact number as a decimal; undefined for anything else. */
export function asDecimal(type: DataType): DecimalType | undefined {
  switch (type.kind) {
    case 'decimal':
      return type
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return decimalOf(integerPrecision[type.kind], 0, type.nullable)
    default:
      return undefined
  }
}

/** The type of `left operator right`; nullable if either is. */
export function decimalResult(
  operator: '+' | '-' | '*' | '/' | '%',
  left: DecimalType,
  right: DecimalType,
): DecimalType {
  const { precision, scale } = unadjusted(operator, left, right)
  return adjusted(precision, scale, left.nullable || right.nullable)
}

function unadjusted(operator: string, left: DecimalType, right: DecimalType) {
  const leftDigits = left.precision - left.scale
  const rightDigits = right.precision - right.scale
  const widerScale = Math.max(left.scale, right.scale)
  switch (operator) {
    case '*':
      return {
        precision: left.precision + right.precision + 1,
        scale: left.scale + right.scale,
      }
    case '/': {
      const scale = Math.max(scaleKept, left.scale + right.precision + 1)
      return { precision: leftDigits + right.scale + scale, scale }
    }
    case '%':
      return { precision: Math.min(leftDigits, rightDigits) + widerScale, scale: widerScale }
    default:
      return { precision: Math.max(leftDigits, rightDigits) + widerScale + 1, scale: widerScale }
  }
}

function adjusted(precision: number, scale: number, nullable: boolean): DecimalType {
  if (precision <= decimalPrecisionMax) return decimalOf(precision, scale, nullable)
  const digits = precision - scale
  const keptScale = Math.max(decimalPrecisionMax - digits, Math.min(scale, scaleKept))
  return decimalOf(decimalPrecisionMax, keptScale, nullable)
}

/** The decimal that holds both: UNION, CASE, COALESCE, comparison. */
export function widerDecimal(left: DecimalType, right: DecimalType): DecimalType {
  const scale = Math.max(left.scale, right.scale)
  const digits = Math.max(left.precision - left.scale, right.precision - right.scale)
  const precision = Math.min(decimalPrecisionMax, digits + scale)
  return decimalOf(precision, Math.min(scale, precision), left.nullable || right.nullable)
}

/** SUM: all the digits there are. */
export function decimalSum(type: DecimalType): DecimalType {
  return decimalOf(decimalPrecisionMax, type.scale, type.nullable)
}

/** AVG: the sum divided by a count of DECIMAL(20, 0). */
export function decimalAverage(type: DecimalType): DecimalType {
  return decimalOf(decimalPrecisionMax, Math.max(scaleKept, type.scale), type.nullable)
}

/** ROUND to `digits` after the point. */
export function decimalRound(type: DecimalType, digits: number): DecimalType {
  const { precision, scale, nullable } = type
  if (digits >= scale) return type
  const whole = 1 + precision - scale
  if (digits < 0) return decimalOf(Math.min(decimalPrecisionMax, whole), 0, nullable)
  return decimalOf(whole + digits, digits, nullable)
}

/** CEIL and FLOOR: no digits after the point. */
export function decimalWhole(type: DecimalType): DecimalType {
  return decimalOf(type.precision, 0, type.nullable)
}

function decimalOf(precision: number, scale: number, nullable: boolean): DecimalType {
  return { kind: 'decimal', precision, scale, nullable }
}
