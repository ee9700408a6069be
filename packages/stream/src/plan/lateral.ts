import {
  type DerivedTable,
  type Join,
  lastOf,
  notSupported,
  type Select,
  SqlError,
} from '../sql/index.js'
import { holdsOver } from './aggregate-calls.js'
import { allColumns, type Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import { filtered } from './filter.js'
import { isGrouped } from './grouping.js'
import { besideOneAnother } from './join.js'
import { splitKeys } from './join-condition.js'
import { joinNode } from './join-node.js'
import { type BesideRows, besideGroups } from './lateral-groups.js'
import type { ProjectNode } from './node.js'
import { expandItems } from './projection.js'
import { conjunctionOf, conjuncts, moveColumns } from './rewrite-expression.js'
import { type Relation, type ScopeColumn, withoutTime } from './scope.js'
import {
  type Correlated,
  CorrelatedResolver,
  correlatedConditions,
  type QueryPlanners,
} from './subquery.js'
import type { Field } from './type.js'
import { withNullable } from './type-family.js'

/**
 * A join with LATERAL (SELECT …), whose WHERE names columns of the left: what it says of both sides
 * is the join's condition, and what is selected is selected above it. Undefined where it names none:
 * then it is a join like any other.
 * @throws SqlError for a query that is more than rows of a FROM, or a join that it cannot stand in.
 */
export function planLateral(
  join: Join,
  right: DerivedTable,
  left: Relation,
  planners: QueryPlanners,
): Relation | undefined {
  const correlated = correlatedConditions(right.query, planners.planRows)
  if (correlated === undefined) return undefined
  const { select } = correlated
  const type = typeOf(join)
  refuseMore(select, right)
  const { joined, items } = isGrouped(select)
    ? besideGroups(type, left, right, correlated, planners)
    : besideRows(type, left, correlated, planners)
  const relation = projected(joined, left, items, right)
  if (join.on === undefined || isTrue(join)) return relation
  return filtered(relation, new ExpressionResolver(relation, 'ON').resolveCondition(join.on))
}

/** Each row of the left beside the rows for which a query's WHERE holds. */
function besideRows(
  type: 'inner' | 'left',
  left: Relation,
  { select, from, outside, own }: Correlated,
  planners: QueryPlanners,
): BesideRows {
  const inner = planners.planRows(from, own)
  const both = besideOneAnother(left, inner, 'inner')
  const resolver = new CorrelatedResolver(both, left.columns.length)
  const conditions = outside.flatMap((each) => conjuncts(resolver.resolveCondition(each)))
  const { keys, rest } = splitKeys(conditions, left.node.fields.length)
  const joined = joinNode(type, left.node, inner.node, keys, conjunctionOf(rest))
  const offset = joined.left.fields.length
  const items = expandItems(select, inner).map(({ node, name }) => {
    const value = new ExpressionResolver(inner, 'SELECT').resolve(node)
    if (type === 'left' && value.kind !== 'column') {
      // Beside a row without a match it would have to be NULL.
      throw notSupported('LEFT JOIN LATERAL that computes', node.at, 'compute above the join')
    }
    const moved = moveColumns(value, (index) => index + offset)
    const nullable = type === 'left' || value.type.nullable
    return { name, value: { ...moved, type: withNullable(value.type, nullable) } }
  })
  return { joined, items }
}

function typeOf(join: Join): 'inner' | 'left' {
  const { type, natural, using } = join
  const isPlain = !natural && using === undefined
  if (isPlain && (type === 'INNER' || type === 'CROSS')) return 'inner'
  if (isPlain && type === 'LEFT' && isTrue(join)) return 'left'
  throw notSupported(
    'this join with LATERAL',
    join.right.at,
    'write CROSS JOIN LATERAL (…), or LEFT JOIN LATERAL (…) ON TRUE',
  )
}

function isTrue({ on }: Join): boolean {
  return on?.kind === 'boolean' && on.value === true
}

function refuseMore(select: Select, { at }: DerivedTable): void {
  if (!select.distinct && !select.items.some(({ expression }) => holdsOver(expression))) return
  throw notSupported(
    'DISTINCT or OVER in LATERAL, beside columns of the query around it,',
    at,
    'rank in FROM, and join by what is equal; or group in LATERAL',
  )
}

function projected(
  joined: ReturnType<typeof joinNode>,
  left: Relation,
  items: readonly { readonly name: string; readonly value: Expression }[],
  { alias }: DerivedTable,
): Relation {
  const names = alias?.columns ?? []
  if (names.length > 0 && names.length !== items.length) {
    throw new SqlError(
      `\`${alias?.name.text}\` names ${names.length} columns, but its query has ${items.length}`,
      lastOf(names).at,
      'name each column once',
    )
  }
  const start = left.node.fields.length
  const carried: Expression[] = allColumns(left.node.fields)
  const added = items.map(({ name, value }, index): Field => {
    return { name: names[index]?.text ?? name, type: value.type }
  })
  const node: ProjectNode = {
    kind: 'project',
    input: joined,
    expressions: [...carried, ...items.map(({ value }) => value)],
    fields: [...left.node.fields, ...added],
  }
  const columns = added.map(
    ({ name, type }, index): ScopeColumn => ({
      name,
      ...(alias && { relation: alias.name.text }),
      type,
      value: { kind: 'field', index: start + index },
      rowtime: false,
    }),
  )
  return { node, columns: [...left.columns.map(withoutTime), ...columns] }
}
