import {
  type ColumnNode,
  type ExistsNode,
  type ExpressionNode,
  type InQueryNode,
  notSupported,
  type Query,
  type Select,
  SqlError,
  type TableExpression,
} from '../sql/index.js'
import { callFunction } from './call-resolution.js'
import { branchOf, type Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import { isGrouped } from './grouping.js'
import { besideOneAnother } from './join.js'
import { splitKeys } from './join-condition.js'
import { joinNode } from './join-node.js'
import type { PlanNode } from './node.js'
import { refuseUntypedNulls } from './projection.js'
import { conjunctionOf, conjuncts, moveColumns } from './rewrite-expression.js'
import type { Relation, ScopeColumn } from './scope.js'
import type { DataType, Field } from './type.js'
import { hasColumn, holdsQuery, isOver, writtenConjuncts } from './where-in-joins.js'
import { joinByKeys } from './window-join.js'

/** A condition that asks of each row whether a query has rows for it: IN and EXISTS, or not. */
export interface MembershipTest {
  readonly node: InQueryNode | ExistsNode
  readonly negated: boolean
}

/** What a test asks: rows, conditions of rows with those outside, and what IN compares with. */
export interface TestedQuery {
  readonly inner: Relation
  /** As written; they may name columns of both, and a name of the inner hides one outside. */
  readonly correlated: readonly ExpressionNode[]
  /** Over the inner; absent for EXISTS. */
  readonly values: readonly Expression[]
}

/** The test that a condition is; undefined for any other condition. */
export function membershipTestOf(condition: ExpressionNode): MembershipTest | undefined {
  switch (condition.kind) {
    case 'exists':
      return { node: condition, negated: false }
    case 'inQuery':
      return { node: condition, negated: condition.negated }
    case 'unary': {
      const test = condition.operator === 'NOT' ? membershipTestOf(condition.operand) : undefined
      return test && { ...test, negated: !test.negated }
    }
    default:
      return undefined
  }
}

/**
 * The rows of a relation that pass a test: a semi join, or an anti join for those that do not. NOT
 * IN is not passed where the comparison with any row is NULL, so there that holds like equality.
 */
export function planMembership(
  outer: Relation,
  { node, negated }: MembershipTest,
  tested: TestedQuery,
): Relation {
  const type = negated ? 'anti' : 'semi'
  const { conditions, compared, offset } = matching(outer, node, tested)
  const all = [...conditions, ...(negated ? compared.map(orUnknown) : compared)]
  const { keys, rest } = splitKeys(all, offset)
  const sides = { left: outer, right: tested.inner }
  const joined = joinByKeys({ type, ...sides, keys, condition: conjunctionOf(rest), at: node.at })
  const columns = outer.columns.map((column) => columnAfter(column, joined.kind))
  return { node: joined, columns }
}

/**
 * The rows of a relation, and the value that a test has for each. IN is NULL where no comparison is
 * TRUE and one is NULL; where NULL counts as FALSE nobody asks for that. `resolver` is of what IN
 * compares; it stands over the relation's own columns where absent.
 */
export function planMembershipValue(
  outer: Relation,
  node: MembershipTest['node'],
  tested: TestedQuery,
  of: { readonly isNullFalse: boolean; readonly resolver?: ExpressionResolver },
): { readonly relation: Relation; readonly value: Expression } {
  const { isNullFalse, resolver } = of
  const { conditions, compared } = matching(outer, node, tested, resolver)
  const found = marked(outer, tested.inner, [...conditions, ...compared])
  const negated = node.kind === 'inQuery' && node.negated
  const isKnown = isNullFalse && !negated
  if (isKnown || !compared.some(({ type }) => type.nullable)) {
    return { relation: found.relation, value: negated ? not(found.mark) : found.mark }
  }
  const again = matching(found.relation, node, tested, resolver)
  const unrefuted = [...again.conditions, ...again.compared.map(orUnknown)]
  const known = marked(found.relation, tested.inner, unrefuted)
  const type = { kind: 'boolean', nullable: true } as const
  const value: Expression = {
    kind: 'case',
    branches: [branchOf(found.mark, truth(!negated)), branchOf(known.mark, nothing(type))],
    otherwise: truth(negated),
    type,
  }
  return { relation: known.relation, value }
}

/** What has to hold between a row and one of the query, and what IN compares, over both. */
function matching(
  outer: Relation,
  node: MembershipTest['node'],
  { inner, correlated, values }: TestedQuery,
  resolver = new ExpressionResolver(outer, 'WHERE'),
) {
  const both = besideOneAnother(outer, inner, 'inner')
  const offset = outer.node.fields.length
  const ofBoth = new CorrelatedResolver(both, outer.columns.length)
  const conditions = correlated.flatMap((each) => conjuncts(ofBoth.resolveCondition(each)))
  const compared = node.kind === 'exists' ? [] : comparisonsOf(node, resolver, values, offset)
  return { conditions, compared, offset }
}

/** Each row, and whether there is one on the right for which all conditions hold. */
function marked(outer: Relation, inner: Relation, conditions: readonly Expression[]) {
  const { keys, rest } = splitKeys(conditions, outer.node.fields.length)
  const node = joinNode('mark', outer.node, inner.node, keys, conjunctionOf(rest))
  const index = node.fields.length - 1
  const { name, type } = node.fields[index] as Field
  const columns = outer.columns.map((column) => columnAfter(column, node.kind))
  const mark: Expression = { kind: 'column', index, name, type }
  return { relation: { node, columns }, mark }
}

function truth(value: boolean): Expression {
  return { kind: 'literal', value, type: { kind: 'boolean', nullable: false } }
}

function nothing(type: DataType): Expression {
  return { kind: 'literal', value: null, type }
}

function not(mark: Expression): Expression {
  return { kind: 'call', function: 'NOT', arguments: [mark], type: mark.type }
}

/** Windows and event times stay what they are only where rows are given out with their window. */
function columnAfter(column: ScopeColumn, kind: PlanNode['kind']): ScopeColumn {
  if (kind === 'windowJoin' || column.value.kind !== 'field') return column
  return { ...column, rowtime: false, value: { kind: 'field', index: column.value.index } }
}

function comparisonsOf(
  node: InQueryNode,
  resolver: ExpressionResolver,
  values: readonly Expression[],
  offset: number,
): Expression[] {
  const { operand } = node
  const isRow = operand.kind === 'constructor' && operand.type === 'ROW'
  const operands = isRow ? operand.items : [operand]
  if (operands.length !== values.length) {
    const [left, right] = [operands.length, values.length]
    throw new SqlError(
      `IN compares ${left} with ${right} columns of its query`,
      node.query.at,
      left === 1 ? 'select one column' : `select ${left} columns`,
    )
  }
  return operands.map((each, index) => {
    const value = moveColumns(values[index] as Expression, (column) => column + offset)
    return callFunction('=', node.at, [resolver.resolve(each), value], [each.at, node.query.at])
  })
}

function orUnknown(equality: Expression): Expression {
  if (!equality.type.nullable) return equality
  const boolean = { kind: 'boolean', nullable: false } as const
  return {
    kind: 'call',
    function: 'OR',
    arguments: [
      equality,
      { kind: 'call', function: 'IS NULL', arguments: [equality], type: boolean },
    ],
    type: { kind: 'boolean', nullable: true },
  }
}

/** Over the columns outside and then those of the inner query, whose names come first. */
export class CorrelatedResolver extends ExpressionResolver {
  readonly #inner: Relation
  readonly #outer: Relation

  constructor(both: Relation, outerCount: number) {
    super(both, 'WHERE')
    this.#outer = { ...both, columns: both.columns.slice(0, outerCount) }
    this.#inner = { ...both, columns: both.columns.slice(outerCount) }
  }

  protected override namesFor(node: ColumnNode): Relation {
    return hasColumn(this.#inner, node) ? this.#inner : this.#outer
  }
}

/** What plans the queries within an expression. */
export interface QueryPlanners {
  /** A whole query. */
  readonly planQuery: (query: Query) => Relation
  /** What stands in FROM, and what of it passes WHERE. */
  readonly planRows: (from: TableExpression, where: readonly ExpressionNode[]) => Relation
}

/**
 * Plans the query of a test. Conditions of its WHERE that name columns outside are not part of it:
 * they are of the join.
 */
export function testedQuery(
  { kind, query, at }: MembershipTest['node'],
  planners: QueryPlanners,
): TestedQuery {
  const correlated = correlatedConditions(query, planners.planRows)
  if (correlated === undefined) {
    const inner = planners.planQuery(query)
    if (kind === 'exists') return { inner, correlated: [], values: [] }
    refuseUntypedNulls(inner)
    return { inner, correlated: [], values: inner.columns.map(columnReference) }
  }
  const { select, from, outside, own } = correlated
  if (isGrouped(select) || select.distinct) {
    throw notSupported(
      'a grouping that reads columns of the query around it',
      at,
      'group in FROM, and compare with the groups in WHERE',
    )
  }
  const inner = planners.planRows(from, own)
  const resolver = new ExpressionResolver(inner, 'SELECT')
  const values =
    kind === 'exists' ? [] : select.items.map(({ expression }) => resolver.resolve(expression))
  return { inner, correlated: outside, values }
}

/** A plain query whose WHERE names columns outside. */
export interface Correlated {
  readonly select: Select
  readonly from: TableExpression
  /** Its FROM, without conditions. */
  readonly all: Relation
  /** The conditions that name columns outside, and the others. */
  readonly outside: readonly ExpressionNode[]
  readonly own: readonly ExpressionNode[]
}

/** The parts of a plain query whose WHERE names columns outside; undefined for any other. */
export function correlatedConditions(
  query: Query,
  planRows: (from: TableExpression, where: readonly ExpressionNode[]) => Relation,
): Correlated | undefined {
  const { body: select } = query
  const isPlain = query.with.length === 0 && query.orderBy.length === 0 && !query.limit
  if (!isPlain || select.kind !== 'select' || select.where === undefined) return undefined
  const { from } = select
  if (from === undefined) return undefined
  const conditions = writtenConjuncts(select.where)
  const all = planRows(from, [])
  const outside = conditions.filter((each) => !holdsQuery(each) && !isOver(each, [all]))
  if (outside.length === 0) return undefined
  const own = conditions.filter((each) => !outside.includes(each))
  return { select, from, all, outside, own }
}

function columnReference({ name, type, value }: ScopeColumn): Expression {
  if (value.kind !== 'field') throw new Error('windows were assigned before')
  return { kind: 'column', index: value.index, name, type }
}
