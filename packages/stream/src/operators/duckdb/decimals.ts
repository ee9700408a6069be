import type { DataType } from '../../plan/type.js'
import { failure } from './text.js'
import { duckdbTypeName } from './types.js'

type Decimal = DataType & { kind: 'decimal' }

/** DuckDB divides decimals as doubles; Flink divides them exactly and rounds half up. */
export function dividedDecimals(
  left: { sql: string; type: DataType },
  right: { sql: string; type: DataType },
  result: Decimal,
): string {
  const shift = result.scale - scaleOf(left.type) + scaleOf(right.type)
  const dividend = scaledUp(unscaled(left.sql, left.type), Math.max(shift, 0))
  const divisor = scaledUp(unscaled(right.sql, right.type), Math.max(-shift, 0))
  return decimalFrom(roundedQuotient(dividend, divisor), result)
}

/** AVG of decimals (or integers): a sum by a count; NULL where there is nothing to average. */
export function roundedQuotientOfSum(
  sum: string,
  count: string,
  input: DataType,
  result: Decimal,
): string {
  const shift = result.scale - scaleOf(input)
  const dividend = scaledUp(unscaled(sum, input), Math.max(shift, 0))
  const divisor = scaledUp(`nullif(CAST(${count} AS HUGEINT), 0)`, Math.max(-shift, 0))
  return decimalFrom(roundedQuotient(dividend, divisor), result)
}

/**
 * Half up (away from zero), as Java's RoundingMode.HALF_UP: twice the quotient cut, one further
 * away, halved and cut.
 */
function roundedQuotient(dividend: string, divisor: string): string {
  const zero = failure('Division by zero')
  return `list_transform([{n: ${dividend}, d: ${divisor}}], lambda q: CASE WHEN q.d = 0 THEN ${zero}::HUGEINT ELSE ((q.n * 2) // q.d + sign(q.n) * sign(q.d)) // 2 END)[1]`
}

export function scaleOf(type: DataType): number {
  return type.kind === 'decimal' ? type.scale : 0
}

/** The digits of a decimal (or an integer) without its point, as a HUGEINT. */
export function unscaled(sql: string, type: DataType): string {
  const scale = scaleOf(type)
  if (scale === 0) return `CAST(${sql} AS HUGEINT)`
  // Through text: as a product, all 38 digits would leave no room for the factor.
  return `CAST(replace(CAST(CAST(${sql} AS DECIMAL(38, ${scale})) AS VARCHAR), '.', '') AS HUGEINT)`
}

function scaledUp(sql: string, digits: number): string {
  return digits === 0 ? sql : `(${sql} * ${power(digits)}::HUGEINT)`
}

/** An integer of digits with the result's point put in; NULL when it has too many. */
function decimalFrom(sql: string, digitsType: Decimal, result = digitsType): string {
  const { scale } = digitsType
  const digits = `CAST(${sql} AS DECIMAL(38, 0))`
  if (scale === 0) return `TRY_CAST(${digits} AS ${duckdbTypeName(result)})`
  const unit = `CAST('0.${'0'.repeat(scale - 1)}1' AS DECIMAL(${scale + 1}, ${scale}))`
  return `TRY_CAST(${digits} * ${unit} AS ${duckdbTypeName(result)})`
}

/** An integer of digits, `scale` of them after the point, in another decimal's type. */
export function withPoint(sql: string, scale: number, result: Decimal): string {
  return decimalFrom(sql, { ...result, precision: 38, scale }, result)
}

function power(digits: number): string {
  return `1${'0'.repeat(digits)}`
}
