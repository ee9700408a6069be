import { type ExpressionNode, type Join, notSupported, SqlError } from '../sql/index.js'
import { changingNode, operatorName } from './changelog.js'
import { castTo, commonType } from './coercion.js'
import type { Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import { type IntervalBounds, intervalBounds } from './interval-bounds.js'
import { conjunction, conjuncts, type KeyPair, splitKeys } from './join-condition.js'
import type { IntervalJoinNode, JoinNode, PairingJoinType, PlanNode } from './node.js'
import { moveColumns } from './rewrite-expression.js'
import { pendingWindowOf, type Relation, type ScopeColumn } from './scope.js'
import type { Field } from './type.js'
import { withNullable } from './type-family.js'

/**
 * A join of two relations. Of its condition, comparisons of one side with the other become keys;
 * what is left is a condition of its own. Where it holds the times of both together, it is a join
 * within an interval. `where` must hold too: it is what WHERE says of the rows of both.
 * @throws SqlError where a side is a window that is not grouped.
 */
export function planJoin(
  join: Join,
  left: Relation,
  right: Relation,
  where: readonly ExpressionNode[] = [],
): Relation {
  for (const side of [left, right]) {
    if (pendingWindowOf(side) === undefined) continue
    throw notSupported('a join of windows', join.right.at, 'group by window_start and window_end')
  }
  const type = joinTypes[join.type]
  if (type === 'full' && (join.natural || join.using !== undefined)) {
    throw notSupported('FULL JOIN with USING', join.right.at, 'write ON a.x = b.x')
  }
  const both = besideOneAnother(left, right, type)
  const shared = join.natural ? sharedNames(left, right) : join.using?.map(({ text }) => text)
  const written = [
    ...(join.on === undefined ? [] : [{ clause: 'ON', condition: join.on }]),
    ...where.map((condition) => ({ clause: 'WHERE', condition })),
  ]
  const conditions = written.flatMap(({ clause, condition }) =>
    conjuncts(new ExpressionResolver(both, clause).resolveCondition(condition)),
  )
  const equal = shared?.map((name) => equalColumns(name, join, left, right)) ?? []
  const node = joinOf({ join, type, left, right, both, conditions, equal })
  return { node, columns: columnsOfJoin(both, node, left, shared, type) }
}

const joinTypes = {
  INNER: 'inner',
  CROSS: 'inner',
  LEFT: 'left',
  RIGHT: 'right',
  FULL: 'full',
} as const

/** Which kind of join the conditions make. */
function joinOf(of: {
  join: Join
  type: PairingJoinType
  left: Relation
  right: Relation
  both: Relation
  conditions: readonly Expression[]
  equal: readonly KeyPair[]
}): JoinNode | IntervalJoinNode {
  const { join, type, left, right, both, conditions, equal } = of
  const offset = left.node.fields.length
  const times = new Set(
    both.columns.flatMap(({ rowtime, value }) =>
      rowtime && value.kind === 'field' ? [value.index] : [],
    ),
  )
  const near = intervalBounds(
    conditions,
    (column) => column < offset,
    (column) => times.has(column),
  )
  const { keys, rest } = splitKeys(near?.rest ?? conditions, offset)
  const joined = joinNode(type, left.node, right.node, [...equal, ...keys], conjunction(rest))
  if (near === undefined) return joined
  refuseChanges(join, [left.node, right.node])
  return withinInterval(joined, near.bounds, offset)
}

function refuseChanges(join: Join, sides: readonly PlanNode[]): void {
  for (const side of sides) {
    const changing = changingNode(side)
    if (changing === undefined) continue
    throw new SqlError(
      `a join within an interval takes new rows only, but ${operatorName(changing)} changes rows that it gave before`,
      join.on?.at ?? join.right.at,
      'join what comes before that, or compare with a column that is no event time',
    )
  }
}

function withinInterval(
  node: JoinNode,
  { leftTime, rightTime, lowerMs, upperMs }: IntervalBounds,
  offset: number,
): IntervalJoinNode {
  const times = { leftTime, rightTime: rightTime - offset, lowerMs, upperMs }
  return { ...node, kind: 'intervalJoin', ...times }
}

/** The columns of both, over the fields of the one and then of the other. */
function besideOneAnother(left: Relation, right: Relation, type: PairingJoinType): Relation {
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

function fieldsOfBoth(left: PlanNode, right: PlanNode, type: PairingJoinType): Field[] {
  const padded = (fields: readonly Field[], isPadded: boolean) =>
    fields.map((field) => (isPadded ? { ...field, type: withNullable(field.type, true) } : field))
  return [
    ...padded(left.fields, type === 'right' || type === 'full'),
    ...padded(right.fields, type === 'left' || type === 'full'),
  ]
}

/**
 * Keys that are computed are projected below the join, beside all other fields. Where nothing has
 * to be equal, a constant is: every row of one side meets every row of the other.
 */
function joinNode(
  type: PairingJoinType,
  left: PlanNode,
  right: PlanNode,
  pairs: readonly KeyPair[],
  condition: Expression | undefined,
): JoinNode {
  if (pairs.length === 0) {
    return joinNode(type, left, right, [{ left: constant, right: constant }], condition)
  }
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

const constant: Expression = {
  kind: 'literal',
  value: 0,
  type: { kind: 'tinyint', nullable: false },
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
function equalColumns(name: string, join: Join, left: Relation, right: Relation): KeyPair {
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
 * What can be named of the join. Event times stay so in a join within an interval, for how late its
 * rows come is known. With USING a shared column is one column, of the side that is always there.
 */
function columnsOfJoin(
  both: Relation,
  node: JoinNode | IntervalJoinNode,
  left: Relation,
  shared: readonly string[] | undefined,
  type: PairingJoinType,
): ScopeColumn[] {
  const before = left.node.fields.length
  const added = node.left.fields.length - before
  const leftCount = left.columns.length
  const columns = both.columns.map((column): ScopeColumn => {
    const { value } = column
    if (value.kind !== 'field') return column
    const index = value.index < before ? value.index : value.index + added
    const rowtime = node.kind === 'intervalJoin' && column.rowtime
    return { ...column, rowtime, value: { kind: 'field', index } }
  })
  if (shared === undefined) return columns
  const dropped = type === 'right' ? 'left' : 'right'
  return columns.flatMap((column, index) => {
    const place = shared.indexOf(column.name)
    if (place === -1) {
      const inner = column.shared === undefined ? {} : { shared: shared.length + column.shared }
      return [{ ...column, ...inner }]
    }
    const side = index < leftCount ? 'left' : 'right'
    return side === dropped ? [] : [{ ...column, shared: place }]
  })
}
