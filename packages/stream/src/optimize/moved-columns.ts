import type { AggregateCall, Expression } from '../plan/expression.js'
import type { OverFunction } from '../plan/over-node.js'
import { columnsOf, substitute } from '../plan/rewrite-expression.js'
import { type Field, fieldAt } from '../plan/type.js'
import { changedFunction } from './rewrite.js'

/** Columns by their places, among fewer of them: from where each was, to where it is. */

/** What a function over rows computes its arguments from. */
export function partsOf(call: OverFunction): Expression[] {
  const parts: Expression[] = []
  changedFunction(call, (part) => {
    parts.push(part)
    return part
  })
  return parts
}

/** The columns of the input that aggregates read. */
export function columnsIn(calls: readonly AggregateCall[]): number[] {
  const parts = calls.flatMap(({ argument, filter }) => [argument, filter])
  return parts.flatMap((part) => (part === undefined ? [] : [...columnsOf(part)]))
}

export function relocatedCalls(
  calls: readonly AggregateCall[],
  moved: ReadonlyMap<number, number>,
): AggregateCall[] {
  return calls.map((call) => ({
    ...call,
    ...(call.argument && { argument: relocated(call.argument, moved) }),
    ...(call.filter && { filter: relocated(call.filter, moved) }),
  }))
}

/** Where each of the kept fields is among them. */
export function placesOf(kept: readonly number[]): ReadonlyMap<number, number> {
  return new Map(kept.map((index, place) => [index, place]))
}

export function relocated(expression: Expression, moved: ReadonlyMap<number, number>): Expression {
  return substitute(expression, (index, column) => {
    return { ...column, index: placeIn(moved, index) }
  })
}

export function placeIn(moved: ReadonlyMap<number, number>, index: number): number {
  const place = moved.get(index)
  if (place === undefined) throw new Error(`the field ${index} was left out, and is read`)
  return place
}

/** The fields that stay, where they are now; none for what is no field of the node. */
export function fieldsAt(fields: readonly Field[], moved: ReadonlyMap<number, number>): Field[] {
  const kept: Field[] = []
  for (const [from, to] of moved) if (from < fields.length) kept[to] = fieldAt(fields, from)
  return kept
}
