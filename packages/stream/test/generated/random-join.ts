import type { Chance } from './chance.js'
import { type Expression, isTime, type Kind } from './expression.js'
import type { Column, Query } from './query.js'
import { type Shape, shapeOf } from './query-shape.js'
import { columnOf, randomExpression } from './random-expression.js'
import { alignedWindow, randomWindow } from './random-window.js'

/** Joins of a query with another one, and what asks of its rows whether the other has some. */

const types = ['INNER', 'LEFT', 'RIGHT', 'FULL'] as const
const joinable: readonly Kind[] = ['int', 'bigint', 'string', 'decimal', 'boolean', 'date']

/** Columns of both sides that may be equal. */
function equalColumns(
  chance: Chance,
  left: Shape,
  right: Shape,
  most: number,
): [Expression, Expression][] {
  const pairs = left.columns.flatMap((a): [Column, Column][] =>
    right.columns.flatMap((b): [Column, Column][] =>
      a.type === b.type && joinable.includes(a.type) ? [[a, b]] : [],
    ),
  )
  return chance.some(chance.shuffled(pairs), most).map(([a, b]) => {
    const ofLeft = chance.oneIn(6) ? randomExpression(chance, a.type, [a], 1) : columnOf(a)
    return [ofLeft ?? columnOf(a), columnOf(b)]
  })
}

function joinCondition(chance: Chance, left: Shape, right: Shape): { condition?: Expression } {
  if (!chance.oneIn(3)) return {}
  // Times of both sides would make it a join within an interval.
  const columns = [...left.columns, ...right.columns].filter(({ type }) => !isTime(type))
  const condition = randomExpression(chance, 'boolean', columns, 2)
  return condition === undefined ? {} : { condition }
}

export function randomJoin(
  chance: Chance,
  input: Query,
  shape: Shape,
  other: Query,
): Query | undefined {
  const of = shapeOf(other)
  const equal = equalColumns(chance, shape, of, 2)
  const type = chance.pick(types)
  const comma = type === 'INNER' && chance.oneIn(3)
  if (equal.length === 0 && !chance.oneIn(4)) return undefined
  const condition = joinCondition(chance, shape, of)
  return { kind: 'join', type, left: input, right: other, equal, ...condition, comma }
}

export function randomMembership(
  chance: Chance,
  input: Query,
  shape: Shape,
  other: Query,
): Query | undefined {
  const of = shapeOf(other)
  const negated = chance.oneIn(2)
  const form = chance.pick(['IN', 'EXISTS'] as const)
  const equal = equalColumns(chance, shape, of, negated && form === 'IN' ? 1 : 2)
  if (equal.length === 0) return undefined
  const condition = form === 'EXISTS' ? joinCondition(chance, shape, of) : {}
  return { kind: 'membership', negated, form, input, of: other, equal, ...condition }
}

export function randomScalar(
  chance: Chance,
  input: Query,
  shape: Shape,
  other: Query,
): Query | undefined {
  const kinds: readonly Kind[] = ['int', 'bigint', 'decimal', 'string']
  const pairs = shape.columns.flatMap((a) =>
    shapeOf(other).columns.flatMap((b) =>
      a.type === b.type && kinds.includes(a.type) ? [[a.name, b.name] as const] : [],
    ),
  )
  if (pairs.length === 0) return undefined
  const [column, ofColumn] = chance.pick(pairs)
  const operator = chance.pick(['<', '>=', '='] as const)
  const aggregate = chance.pick(['MIN', 'MAX'] as const)
  return { kind: 'scalar', input, column, operator, of: other, aggregate, ofColumn }
}

export function randomWindowJoin(chance: Chance, input: Query, other: Query): Query | undefined {
  const window = alignedWindow(chance)
  const [left, right] = [randomWindow(chance, input, window), randomWindow(chance, other, window)]
  const [ofLeft, ofRight] = [shapeOf(left), shapeOf(right)]
  if (ofLeft.window === undefined || ofRight.window === undefined) return undefined
  return {
    kind: 'windowJoin',
    type: chance.pick(types),
    left,
    right,
    leftWindow: ofLeft.window,
    rightWindow: ofRight.window,
    equal: equalColumns(chance, ofLeft, ofRight, 2),
    ...joinCondition(chance, ofLeft, ofRight),
  }
}

export function randomIntervalJoin(
  chance: Chance,
  input: Query,
  shape: Shape,
  other: Query,
): Query {
  const of = shapeOf(other)
  const lowerMs = 1000 * chance.from(-5, 2)
  return {
    kind: 'intervalJoin',
    type: chance.pick(types),
    left: input,
    right: other,
    equal: equalColumns(chance, shape, of, 2),
    lowerMs,
    upperMs: lowerMs + 1000 * chance.from(0, 6),
    ...joinCondition(chance, shape, of),
  }
}

export function randomTemporalJoin(
  chance: Chance,
  input: Query,
  shape: Shape,
  of: Query,
): Query | undefined {
  const equal = equalColumns(chance, shape, shapeOf(of), 2).flatMap(([a, b]) => {
    return a.kind === 'column' && b.kind === 'column' ? [[a.name, b.name] as const] : []
  })
  const partition = [...new Set(equal.map(([, key]) => key))]
  if (partition.length !== equal.length || equal.length === 0) return undefined
  const right: Query = { kind: 'deduplicate', input: of, partition, keep: 'last' }
  const type = chance.pick(['INNER', 'LEFT'] as const)
  return { kind: 'temporalJoin', type, left: input, right, equal }
}
