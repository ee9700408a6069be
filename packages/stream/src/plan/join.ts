import { type Join, notSupported, SqlError } from '../sql/index.js'
import { castTo, commonType } from './coercion.js'
import { isSameExpression } from './equality.js'
import type { Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import type { JoinNode, PlanNode } from './node.js'
import { columnsOf, moveColumns } from './rewrite-expression.js'
import { pendingWindowOf, type Relation, type ScopeColumn } from './scope.js'
import type { Field } from './type.js'
import { withNullable } from './type-family.js'

/**
 * A join of two relations. Of its condition, comparisons of one side with the other become keys;
 * what is left is a condition of its own.
 * @throws SqlError where nothing has to be equal, or a side is a window that is not grouped.
 */
export function planJoin(join: Join, left: Relation, right: Relation): Relation {
  for (const side of [left, right]) {
    if (pendingWindowOf(side) === undefined) continue
    throw notSupported('a join of windows', join.right.at, 'group by window_start and window_end')
  }
  if (join.type === 'CROSS') {
    throw notSupported('a join without a condition', join.right.at, 'write JOIN … ON a.x = b.x')
  }
  const type = joinTypes[join.type]
  if (type === 'full' && (join.natural || join.using !== undefined)) {
    throw notSupported('FULL JOIN with USING', join.right.at, 'write ON a.x = b.x')
  }
  const both = besideOneAnother(left, right, type)
  const shared = join.natural ? sharedNames(left, right) : join.using?.map(({ text }) => text)
  const condition =
    shared === undefined
      ? join.on && new ExpressionResolver(both, 'ON').resolveCondition(join.on)
      : undefined
  const equal = shared?.map((name) => equalColumns(name, join, left, right)) ?? []
  const { keys, rest } = splitCondition(condition, left.node.fields.length)
  const pairs = [...equal, ...keys]
  if (pairs.length === 0) {
    throw notSupported(
      'a join in which no column of one side has to be equal to one of the other',
      join.on?.at ?? join.right.at,
      'add a condition such as a.x = b.x',
    )
  }
  const node = joinNode(type, left.node, right.node, pairs, rest)
  return { node, columns: columnsOfJoin(both, node, left, shared, type) }
}

const joinTypes = { INNER: 'inner', LEFT: 'left', RIGHT: 'right', FULL: 'full' } as const

type JoinType = JoinNode['type']

/** The columns of both, over the fields of the one and then of the other. */
function besideOneAnother(left: Relation, right: Relation, type: JoinType): Relation {
  const offset = left.node.fields.length
  const moved = right.columns.map((column): ScopeColumn => {
    const { value } = column
    if (value.kind !== 'field') return column
    return { ...column, value: { kind: 'field', index: value.index + offset } }
  })
  const fields = fieldsOfBoth(left.node, right.node, type)
  const columns = [...left.columns, ...moved].map((column): ScopeColumn => {
    const { value } = column
    return value.kind === 'field'
      ? { ...column, type: fields[value.index]?.type ?? column.type }
      : column
  })
  return { node: { ...left.node, fields }, columns }
}

function fieldsOfBoth(left: PlanNode, right: PlanNode, type: JoinType): Field[] {
  const padded = (fields: readonly Field[], isPadded: boolean) =>
    fields.map((field) => (isPadded ? { ...field, type: withNullable(field.type, true) } : field))
  return [
    ...padded(left.fields, type === 'right' || type === 'full'),
    ...padded(right.fields, type === 'left' || type === 'full'),
  ]
}

/** A pair of expressions that have to be equal: over the left's fields, and over the right's. */
interface Pair {
  readonly left: Expression
  readonly right: Expression
}

function splitCondition(
  condition: Expression | undefined,
  offset: number,
): { keys: Pair[]; rest: Expression | undefined } {
  const keys: Pair[] = []
  const rest: Expression[] = []
  for (const each of condition === undefined ? [] : conjuncts(condition)) {
    const pair = pairOf(each, offset)
    // A column is a key once; what else it has to be equal to is a condition like any other.
    const isNew =
      pair !== undefined &&
      !keys.some(
        (key) => isSameExpression(key.left, pair.left) || isSameExpression(key.right, pair.right),
      )
    if (isNew) keys.push(pair)
    else rest.push(each)
  }
  const [first, ...others] = rest
  return {
    keys,
    rest: others.reduce<Expression | undefined>(
      (left, right) =>
        left && {
          kind: 'call',
          function: 'AND',
          arguments: [left, right],
          type: { kind: 'boolean', nullable: left.type.nullable || right.type.nullable },
        },
      first,
    ),
  }
}

function conjuncts(condition: Expression): readonly Expression[] {
  if (condition.kind !== 'call' || condition.function !== 'AND') return [condition]
  return condition.arguments.flatMap(conjuncts)
}

function pairOf(condition: Expression, offset: number): Pair | undefined {
  if (condition.kind !== 'call' || condition.function !== '=') return undefined
  const [one, other] = condition.arguments
  if (one === undefined || other === undefined) return undefined
  const sides = [sideOf(one, offset), sideOf(other, offset)]
  const lowered = (expression: Expression) => moveColumns(expression, (index) => index - offset)
  if (sides[0] === 'left' && sides[1] === 'right') return { left: one, right: lowered(other) }
  if (sides[0] === 'right' && sides[1] === 'left') return { left: other, right: lowered(one) }
  return undefined
}

/** Of which side an expression reads columns; undefined for both or none. */
function sideOf(expression: Expression, offset: number): 'left' | 'right' | undefined {
  const sides = new Set<'left' | 'right'>()
  for (const index of columnsOf(expression)) sides.add(index < offset ? 'left' : 'right')
  const [side, another] = sides
  return another === undefined ? side : undefined
}

/** Keys that are computed are projected below the join, beside all other fields. */
function joinNode(
  type: JoinType,
  left: PlanNode,
  right: PlanNode,
  pairs: readonly Pair[],
  condition: Expression | undefined,
): JoinNode {
  const ofLeft = withKeys(
    left,
    pairs.map((pair) => pair.left),
  )
  const ofRight = withKeys(
    right,
    pairs.map((pair) => pair.right),
  )
  const added = ofLeft.node.fields.length - left.fields.length
  return {
    kind: 'join',
    type,
    left: ofLeft.node,
    right: ofRight.node,
    leftKeys: ofLeft.keys,
    rightKeys: ofRight.keys,
    ...(condition !== undefined && {
      condition: moveColumns(condition, (index) =>
        index < left.fields.length ? index : index + added,
      ),
    }),
    fields: fieldsOfBoth(ofLeft.node, ofRight.node, type),
  }
}

function withKeys(
  node: PlanNode,
  keys: readonly Expression[],
): { node: PlanNode; keys: readonly number[] } {
  const expressions = node.fields.map(
    ({ name, type }, index): Expression => ({ kind: 'column', index, name, type }),
  )
  const fields = [...node.fields]
  const places = keys.map((key) => {
    if (key.kind === 'column') return key.index
    expressions.push(key)
    fields.push({ name: '$key', type: key.type })
    return fields.length - 1
  })
  if (fields.length === node.fields.length) return { node, keys: places }
  return { node: { kind: 'project', input: node, expressions, fields }, keys: places }
}

function sharedNames(left: Relation, right: Relation): string[] {
  const names = new Set(right.columns.map(({ name }) => name))
  return left.columns.map(({ name }) => name).filter((name) => names.has(name))
}

/** USING (name): the column of that name on either side. */
function equalColumns(name: string, join: Join, left: Relation, right: Relation): Pair {
  const at = join.using?.find(({ text }) => text === name)?.at ?? join.right.at
  const [one, other] = [left, right].map((side) => {
    const [column, another] = side.columns.filter((each) => each.name === name)
    if (column?.value.kind !== 'field' || another !== undefined) {
      const many = another === undefined ? 'no' : 'more than one'
      throw new SqlError(
        `a side of the join has ${many} column \`${name}\``,
        at,
        'write ON instead',
      )
    }
    const { index } = column.value
    return { kind: 'column', index, name, type: column.type } as const
  })
  if (one === undefined || other === undefined) throw new Error('a join has two sides')
  const type = commonType([one, other])
  if (type === undefined) {
    throw new SqlError(
      `the columns \`${name}\` of the two sides cannot be compared`,
      at,
      'CAST one of them in ON',
    )
  }
  return { left: castTo(one, type), right: castTo(other, type) }
}

/**
 * What can be named of the join. Event time stays so where no row is ever taken back or padded
 * later than its time. With USING a shared column is one column, of the side that is always there.
 */
function columnsOfJoin(
  both: Relation,
  node: JoinNode,
  left: Relation,
  shared: readonly string[] | undefined,
  type: JoinType,
): ScopeColumn[] {
  const before = left.node.fields.length
  const added = node.left.fields.length - before
  const leftCount = left.columns.length
  const columns = both.columns.map((column): ScopeColumn => {
    const { value } = column
    if (value.kind !== 'field') return column
    const index = value.index < before ? value.index : value.index + added
    return { ...column, rowtime: false, value: { kind: 'field', index } }
  })
  if (shared === undefined) return columns
  const dropped = type === 'right' ? 'left' : 'right'
  return columns.filter((column, index) => {
    const side = index < leftCount ? 'left' : 'right'
    return side !== dropped || !shared.includes(column.name)
  })
}
