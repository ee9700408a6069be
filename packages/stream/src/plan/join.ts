import { type ExpressionNode, type Join, type Span, SqlError } from '../sql/index.js'
import { changingNode, operatorName } from './changelog.js'
import { castTo, commonType } from './coercion.js'
import type { Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import { withCoalescedColumns } from './full-using.js'
import { type IntervalBounds, intervalBounds } from './interval-bounds.js'
import { type KeyPair, splitKeys } from './join-condition.js'
import {
  fieldsOfJoin,
  type IntervalJoinNode,
  type JoinNode,
  joinNode,
  type LookupJoinNode,
  type PairingJoinType,
  type TemporalJoinNode,
  type WindowJoinNode,
} from './join-node.js'
import type { PlanNode } from './node.js'
import { conjunctionOf, conjuncts } from './rewrite-expression.js'
import type { Relation, ScopeColumn } from './scope.js'
import { withAssignedWindows } from './window-function.js'
import { joinByKeys } from './window-join.js'

/**
 * A join of two relations. Of its condition, comparisons of one side with the other become keys;
 * what is left is a condition of its own. Where it holds the times of both together, it is a join
 * within an interval; where the rows have windows and it makes them equal, a join of windows.
 * `where` must hold too: it is what WHERE says of the rows of both.
 */
export function planJoin(
  join: Join,
  leftSide: Relation,
  rightSide: Relation,
  where: readonly ExpressionNode[] = [],
): Relation {
  const left = withAssignedWindows(leftSide, join.left.at)
  const right = withAssignedWindows(rightSide, join.right.at)
  refuseSameName(left, right, join.right.at)
  const type = joinTypes[join.type]
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
  if (type === 'full' && shared !== undefined) {
    const columns = columnsOfJoin(both, node, left, undefined, type)
    return withCoalescedColumns(node, columns, left.columns.length, shared, join.right.at)
  }
  return { node, columns: columnsOfJoin(both, node, left, shared, type) }
}

/** @throws SqlError where two tables of a FROM have one name: nothing could say which is meant. */
export function refuseSameName(left: Relation, right: Relation, at: Span): void {
  const names = new Set(left.columns.map(({ relation }) => relation))
  const same = right.columns.find(({ relation }) => relation !== undefined && names.has(relation))
  if (same === undefined) return
  const hint = 'give one of them another name with AS'
  throw new SqlError(`two tables of this FROM are called \`${same.relation}\``, at, hint)
}

type AnyJoinNode = JoinNode | IntervalJoinNode | WindowJoinNode

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
}): AnyJoinNode {
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
  const pairs = [...equal, ...keys]
  const condition = conjunctionOf(rest)
  if (near === undefined) {
    const at = join.on?.at ?? join.right.at
    return joinByKeys({ type, left, right, keys: pairs, condition, at })
  }
  const joined = joinNode(type, left.node, right.node, pairs, condition)
  refuseChanges(join, [left.node, right.node])
  return withinInterval(joined, type, near.bounds, offset)
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
  type: PairingJoinType,
  { leftTime, rightTime, lowerMs, upperMs }: IntervalBounds,
  offset: number,
): IntervalJoinNode {
  const times = { leftTime, rightTime: rightTime - offset, lowerMs, upperMs }
  return { ...node, kind: 'intervalJoin', type, ...times }
}

/** The columns of both, over the fields of the one and then of the other. */
export function besideOneAnother(left: Relation, right: Relation, type: PairingJoinType): Relation {
  const offset = left.node.fields.length
  const moved = right.columns.map((column): ScopeColumn => {
    const { value } = column
    if (value.kind !== 'field') return column
    return { ...column, value: { ...value, index: value.index + offset } }
  })
  const fields = fieldsOfJoin(left.node, right.node, type)
  const columns = [...left.columns, ...moved].map((column): ScopeColumn => {
    const { value } = column
    return value.kind === 'field'
      ? { ...column, type: fields[value.index]?.type ?? column.type }
      : column
  })
  return { node: { ...left.node, fields }, columns }
}

function sharedNames(left: Relation, right: Relation): string[] {
  const [ofLeft, ofRight] = [left, right].map(({ columns }) =>
    columns.flatMap(({ hidden, name }) => (hidden ? [] : [name])),
  )
  return ofLeft?.filter((name) => ofRight?.includes(name)) ?? []
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
 * What can be named of the join. Event times stay so in a join within an interval and in one of
 * windows, for how late their rows come is known; of a join with versions, or with a table that is
 * looked up, that of the left, by which its rows come. With USING a shared column is one column, of the side that is always there.
 */
export function columnsOfJoin(
  both: Relation,
  node: AnyJoinNode | TemporalJoinNode | LookupJoinNode,
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
    const isLeft = value.index < before
    const index = isLeft ? value.index : value.index + added
    const isOfLeft = node.kind === 'temporalJoin' || node.kind === 'lookupJoin'
    const keepsTime = isOfLeft ? isLeft : node.kind !== 'join'
    const rowtime = keepsTime && column.rowtime
    // A row that is padded has no window on the other side.
    const isPadded = type === 'full' || type === (isLeft ? 'right' : 'left')
    const keepsWindow = node.kind === 'windowJoin' && !isPadded
    return {
      ...column,
      rowtime,
      value: keepsWindow ? { ...value, index } : { kind: 'field', index },
    }
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
