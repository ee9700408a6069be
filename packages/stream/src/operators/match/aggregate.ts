import type { AggregateCall } from '../../plan/expression.js'
import { OperatorError } from '../errors.js'
import { compareValues, type Value } from './value.js'

/**
 * An aggregate over the rows of a match, which come one after another. What it came to so far is a
 * value that is never changed: matches that go different ways share what they have in common.
 */
export interface RunningAggregate {
  readonly initial: Running
  /** With the argument of one more row. */
  add(before: Running, value: Value): Running
  result(running: Running): Value
}

/** Undefined where nothing counted yet. */
export type Running = Value | undefined | { readonly sum: number | bigint; readonly count: bigint }

/** @throws OperatorError for an aggregate that no plan has here. */
export function runningAggregate(call: AggregateCall): RunningAggregate {
  switch (call.function) {
    case 'count':
      return {
        initial: 0n,
        add: (before, value) => (value === null ? before : (before as bigint) + 1n),
        result: (count) => count as bigint,
      }
    case 'sum':
    case 'avg':
      return summed(call)
    case 'min':
    case 'max': {
      const sign = call.function === 'min' ? -1 : 1
      return keeping((kept, value) => (compareValues(value, kept) * sign > 0 ? value : kept))
    }
    case 'first_value':
      return keeping((kept) => kept)
    case 'last_value':
      return keeping((_, value) => value)
    case 'listagg':
      return keeping((kept, value) => `${kept}${call.separator ?? ''}${value}`)
    default:
      throw new OperatorError('FUNCTION_UNSUPPORTED', call.function.toUpperCase())
  }
}

type Present = Exclude<Value, null>

/** Of the values that are not NULL, the first, and what comes of each further one. */
function keeping(next: (kept: Present, value: Present) => Present): RunningAggregate {
  return {
    initial: undefined,
    add: (before, value) => {
      if (value === null) return before
      return before === undefined ? value : next(before as Present, value)
    },
    result: (kept) => (kept === undefined ? null : (kept as Present)),
  }
}

/** SUM and AVG: exact for whole numbers and decimals. */
function summed(call: AggregateCall): RunningAggregate {
  const type = call.argument?.type
  if (type === undefined) {
    throw new OperatorError('FUNCTION_UNSUPPORTED', `${call.function.toUpperCase()}(*)`)
  }
  const isApproximate = type.kind === 'float' || type.kind === 'double'
  const result = resultOf(call)
  return {
    initial: undefined,
    add: (before, value) => {
      if (value === null) return before
      const amount = isApproximate ? Number(value) : BigInt(value as number | bigint)
      if (before === undefined) return { sum: amount, count: 1n }
      const { sum, count } = before as { sum: number | bigint; count: bigint }
      return typeof sum === 'number'
        ? { sum: sum + Number(amount), count: count + 1n }
        : { sum: sum + BigInt(amount), count: count + 1n }
    },
    result: (running) => {
      if (running === undefined) return null
      const { sum, count } = running as { sum: number | bigint; count: bigint }
      return result(sum, count)
    },
  }
}

const bits = { tinyint: 8, smallint: 16, int: 32, bigint: 64 } as const

function resultOf({ function: name, argument, type }: AggregateCall) {
  return (sum: number | bigint, count: bigint): Value => {
    if (typeof sum === 'number') {
      const value = name === 'sum' ? sum : sum / Number(count)
      return type.kind === 'float' ? Math.fround(value) : value
    }
    if (type.kind !== 'decimal') {
      const whole = name === 'sum' ? sum : sum / count
      const wrapped = BigInt.asIntN(bits[type.kind as keyof typeof bits] ?? 64, whole)
      return type.kind === 'bigint' ? wrapped : Number(wrapped)
    }
    const scale = argument?.type.kind === 'decimal' ? argument.type.scale : 0
    const scaled = sum * 10n ** BigInt(Math.max(0, type.scale - scale))
    return name === 'sum' ? scaled : roundedQuotient(scaled, count)
  }
}

/** Rounded half away from zero. */
function roundedQuotient(dividend: bigint, divisor: bigint): bigint {
  const half = dividend < 0n ? -divisor : divisor
  return (2n * dividend + half) / (2n * divisor)
}
