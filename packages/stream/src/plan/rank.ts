import { notSupported, type Span, SqlError } from '../sql/index.js'
import { changingNode } from './changelog.js'
import { withComputedFields } from './computed-fields.js'
import type { Expression } from './expression.js'
import type { ExpressionResolver } from './expression-resolver.js'
import { inputsOf, type PlanNode, withInputs } from './node.js'
import { numberedForGood } from './over-aggregate.js'
import { checkRankCall, type OverCall } from './over-call.js'
import { isProcessingTime } from './processing-time.js'
import { numberBounds } from './rank-bounds.js'
import { unboundedRankIn } from './rank-changelog.js'
import type { RankNode } from './rank-node.js'
import { conjunctionOf, conjuncts } from './rewrite-expression.js'
import type { Relation } from './scope.js'
import { type SortItem, sortItemOf, sortKeysOf } from './sort-key.js'
import type { DataType } from './type.js'
import type { RowsWindows } from './window-node.js'

const bigint: DataType = { kind: 'bigint', nullable: false }

/**
 * Where each ranking that no condition bounds yet was written, by its order, which stays the same
 * object while the query around it is planned.
 */
const writtenAt = new WeakMap<RankNode['order'], Span>()

/**
 * ROW_NUMBER() OVER (…), as one more field of the relation. It stands for nothing until a
 * condition above says up to which number (`boundRank`): no stream has all of its rows numbered.
 */
export function planRowNumber(
  call: OverCall,
  relation: Relation,
  resolver: ExpressionResolver,
): { node: RankNode; values: readonly Expression[] } {
  checkRankCall(call)
  const { node, window } = call
  const partition = window.partitionBy.map((each) => resolver.resolve(each))
  const sorted = window.orderBy.map((item) => sortItemOf(item, resolver.resolve(item.expression)))
  // Processing time is the order in which rows come.
  const [only, more] = sorted
  const isArrival = only !== undefined && more === undefined && isProcessed(relation, only)
  const items = isArrival ? [] : sorted
  const { node: input, indexes } = withComputedFields(relation.node, [
    ...partition.map((expression) => ({ expression, name: '$partition' })),
    ...items.map(({ expression }) => ({ expression, name: '$order' })),
  ])
  const partitionKeys = [...new Set(indexes.slice(0, partition.length))]
  const order = sortKeysOf(items, indexes.slice(partition.length))
  writtenAt.set(order, node.at)
  const [first] = order
  const byTime = order.length === 1 && first !== undefined && isEventTime(relation, first.column)
  const windows = windowOf(relation, partitionKeys, node.at)
  const index = input.fields.length
  const field = { name: '$row_number', type: bigint }
  return {
    node: {
      kind: 'rank',
      input,
      partitionKeys,
      order,
      latestFirst: isArrival && only.descending,
      byTime,
      ...(windows && { window: windows }),
      numbered: true,
      fields: [...input.fields, field],
    },
    values: [{ kind: 'column', index, ...field }],
  }
}

function isProcessed({ columns }: Relation, { expression }: SortItem): boolean {
  if (isProcessingTime(expression)) return true
  if (expression.kind !== 'column') return false
  return columns.some(({ proctime, value }) => {
    return proctime === true && value.kind === 'field' && value.index === expression.index
  })
}

/** The time by which rows were given their windows counts too, though no window is cut by it again. */
function isEventTime({ node, columns }: Relation, field: number): boolean {
  const isTime = columns.some(({ rowtime, value }) => {
    return rowtime && value.kind === 'field' && value.index === field
  })
  return isTime || isTimeOfWindow(node, field)
}

function isTimeOfWindow(node: PlanNode, field: number): boolean {
  switch (node.kind) {
    case 'windowTable':
      return node.window.timeColumn === field
    case 'filter':
      return isTimeOfWindow(node.input, field)
    case 'project': {
      const expression = node.expressions[field]
      return expression?.kind === 'column' && isTimeOfWindow(node.input, expression.index)
    }
    default:
      return false
  }
}

/** The windows that the rows have, where the keys hold the start and the end of one. */
function windowOf(
  { columns }: Relation,
  keys: readonly number[],
  at: Span,
): RowsWindows | undefined {
  const parts = columns.flatMap(({ value }) => {
    if (value.kind !== 'field' || value.window === undefined) return []
    return keys.includes(value.index) ? [{ field: value.index, ...value.window }] : []
  })
  const end = parts.find(({ part }) => part === 'end')
  const hasStart = parts.some(({ part, windows }) => part === 'start' && windows === end?.windows)
  if (end === undefined || !hasStart) return undefined
  if (end.isProcessingTime) {
    throw notSupported(
      'a ranking of each window of processing time',
      at,
      'group by the window first',
    )
  }
  return { ...end.windows, timeColumn: end.field }
}

/**
 * The input of a filter, with the rankings below it bounded by what the condition says about their
 * numbers; and what is left of the condition.
 */
export function boundRank(
  input: PlanNode,
  condition: Expression,
  at: Span,
): { input: PlanNode; condition: Expression | undefined } {
  const column = numberColumnOf(input)
  if (column === undefined) return { input, condition }
  const { bounds, rest } = numberBounds(conjuncts(condition), column)
  if (bounds.to === undefined) return { input, condition }
  const { to } = bounds
  const from = Math.max(1, bounds.from ?? 1)
  if (from > to) {
    throw new SqlError(
      to < 1 ? 'no row has a number below 1' : `no row has a number from ${from} to ${to}`,
      at,
      'write a condition like rn <= 10',
    )
  }
  return {
    input: replaceRank(input, (rank) => bounded(rank, { from, to })),
    condition: conjunctionOf(rest),
  }
}

/** Which field of the node is the number of a ranking below that nothing bounds yet. */
function numberColumnOf(node: PlanNode): number | undefined {
  switch (node.kind) {
    case 'rank':
      return node.range === undefined ? node.fields.length - 1 : undefined
    case 'filter':
      return numberColumnOf(node.input)
    case 'project': {
      const below = numberColumnOf(node.input)
      if (below === undefined) return undefined
      const place = node.expressions.findIndex((expression) => {
        return expression.kind === 'column' && expression.index === below
      })
      return place < 0 ? undefined : place
    }
    default:
      return undefined
  }
}

/** The same chain of filters and projections over another node in place of its ranking. */
function replaceRank(node: PlanNode, change: (rank: RankNode) => PlanNode): PlanNode {
  if (node.kind === 'rank') return change(node)
  if (node.kind !== 'filter' && node.kind !== 'project') {
    throw new Error('only filters and projections stand above')
  }
  return { ...node, input: replaceRank(node.input, change) }
}

/**
 * A ranking within a range, or of each window where the partition tells the windows apart. Of one number alone the number is a constant. The first row by event
 * time is given out when the watermark reaches it, where its input only adds rows; of the last
 * the one that came last counts among those of the same time.
 */
function bounded(rank: RankNode, range: { from: number; to: number }): PlanNode {
  const { input, byTime } = rank
  const isOneRow = range.from === range.to
  const isOfRowsThatStay = changingNode(input) === undefined
  const isDeduplication = isOneRow && range.to === 1 && byTime && isOfRowsThatStay
  const [first] = rank.order
  const latestFirst = rank.latestFirst || (isDeduplication && first?.descending === true)
  const { window, partitionKeys, order } = rank
  const numbered = !isOneRow
  const fields = numbered ? rank.fields : input.fields
  const common = { input, partitionKeys, order, range, latestFirst, numbered, fields }
  if (window !== undefined && isOfRowsThatStay) {
    return withConstantNumber(rank, { kind: 'windowRank', window, ...common }, range.to)
  }
  if (!isDeduplication || first === undefined || first.descending) {
    return withConstantNumber(rank, { kind: 'rank', byTime, ...common }, range.to)
  }
  const timeColumn = first.column
  const firstRow = { kind: 'firstRow', input, partitionKeys, timeColumn, fields } as const
  return withConstantNumber(rank, firstRow, range.to)
}

/** The fields of a ranking over a node that may have no number, for all its rows have the same. */
function withConstantNumber(rank: RankNode, node: PlanNode, number: number): PlanNode {
  if (node.fields.length === rank.fields.length) return node
  const expressions = rank.fields.map(
    ({ name, type }, index): Expression =>
      index < node.fields.length
        ? { kind: 'column', index, name, type }
        : { kind: 'literal', value: BigInt(number), type: bigint },
  )
  return { kind: 'project', input: node, expressions, fields: rank.fields }
}

/**
 * The node, whose rankings no condition bounds any more: by event time, and in the order in which rows come,
 * they number rows for good.
 * @throws SqlError for those in another order.
 */
export function settleRanks(node: PlanNode, at: Span): PlanNode {
  if (unboundedRankIn(node, inputsOf) === undefined) return node
  const settled = withInputs(node, (input) => settleRanks(input, at))
  if (settled.kind !== 'rank' || settled.range !== undefined) return settled
  const numbered = numberedForGood(settled)
  if (numbered !== undefined) return numbered
  throw notSupported(
    'ROW_NUMBER() without a condition that says up to which number',
    writtenAt.get(settled.order) ?? at,
    'select it as rn in a query below, and write WHERE rn <= 10 right above it',
  )
}
