import type { DataType } from '../../../plan/type.js'
import { isApproximate } from '../../../plan/type-family.js'
import { unscaled, withPoint } from '../decimals.js'
import { isInteger, wrapped } from '../integers.js'
import { argument, type FunctionRule, type Input } from './rule.js'

/** ROUND and TRUNCATE: how whole numbers lose digits, the rest is the same. */
export interface Cut {
  /** `unit` is a power of ten of at least 10, `sql` and the result are of type HUGEINT. */
  readonly whole: (sql: string, unit: string) => string
}

/** Half away from zero. */
export const rounded: Cut = {
  whole: (sql, unit) => `((abs(${sql}) + ${unit} // 2) // ${unit}) * ${unit} * sign(${sql})`,
}

export const truncated: Cut = {
  whole: (sql, unit) => `(${sql} // ${unit}) * ${unit}`,
}

/** More digits than any number has. */
const digitsMax = 38

/**
 * To as many digits after the point as the second argument says. Where that is no constant, each
 * count of digits that the type can lose is an arm of a CASE.
 */
export const toDigits =
  (cut: Cut): FunctionRule =>
  (inputs, type) => {
    const input = argument(inputs, 0)
    const places = inputs[1]
    const constant = constantPlaces(places)
    if (constant !== undefined) return cutTo(cut, input, type, constant)
    if (places === undefined) return cutTo(cut, input, type, 0)
    const [least, most] = placesOf(input.type)
    const arms = Array.from({ length: most - least + 1 }, (_, index) => least + index).map(
      (count) => `WHEN ${count} THEN ${cutTo(cut, input, type, count)}`,
    )
    return `CASE greatest(least(${places.sql}, ${most}), ${least}) + (${places.sql}) * 0 ${arms.join(' ')} END`
  }

function constantPlaces(places: Input | undefined): number | undefined {
  const expression = places?.expression
  return expression?.kind === 'literal' && expression.value !== null
    ? Number(expression.value)
    : undefined
}

/** From all digits lost, to none. */
function placesOf(type: DataType): readonly [least: number, most: number] {
  if (type.kind === 'decimal') return [type.scale - type.precision - 1, type.scale]
  return isInteger(type) ? [-20, 0] : [-20, 20]
}

function cutTo(cut: Cut, { sql, type: from }: Input, type: DataType, places: number): string {
  if (isInteger(type)) {
    if (places >= 0) return sql
    return wrapped(cutWhole(cut, `CAST(${sql} AS HUGEINT)`, -places), type.kind, 'HUGEINT')
  }
  if (from.kind === 'decimal' && type.kind === 'decimal') {
    if (places >= from.scale) return sql
    const whole = cutWhole(cut, unscaled(sql, from), from.scale - places)
    return withPoint(whole, from.scale, type)
  }
  return isApproximate(type) ? cutDouble(cut, sql, places) : sql
}

function cutWhole(cut: Cut, sql: string, digits: number): string {
  if (digits > digitsMax - 1) return `(${sql}) * 0`
  return cut.whole(`(${sql})`, `1${'0'.repeat(digits)}::HUGEINT`)
}

/**
 * Of a double, what is cut are the digits that it is written with, as Java's BigDecimal.valueOf
 * has them: 1.005 becomes 1.01, though the nearest double lies below it. Beyond 10^17 a double has
 * no digits after the point; those beyond 20 of a small one decide nothing.
 */
function cutDouble(cut: Cut, sql: string, places: number): string {
  const written: DataType = { kind: 'decimal', precision: 38, scale: 20, nullable: true }
  const digits = `CAST(CAST(CAST(${sql} AS DOUBLE) AS VARCHAR) AS DECIMAL(38, 20))`
  if (places >= written.scale) return sql
  const whole = cutWhole(cut, unscaled(digits, written), written.scale - places)
  const large = places < 0 ? `round(${sql}, ${places})` : sql
  return `CASE WHEN abs(${sql}) < 1e17 THEN CAST(${withPoint(whole, written.scale, written)} AS DOUBLE) ELSE ${large} END`
}
