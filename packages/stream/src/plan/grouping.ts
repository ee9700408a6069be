import { notSupported, type Select } from '../sql/index.js'
import { aggregatesOf, holdsAggregate, resolveAggregateParts } from './aggregate-calls.js'
import { hasValueOfNone, isFirstOrLast } from './aggregate-functions.js'
import { changingNode, operatorName } from './changelog.js'
import { isSameExpression } from './equality.js'
import { type AggregateCall, allColumns, type Expression } from './expression.js'
import type { ExpressionResolver } from './expression-resolver.js'
import { GroupResolver } from './group-resolver.js'
import { type GroupKey, placeOfField, resolveGrouping } from './grouping-keys.js'
import type { GroupAggregateNode, PlanNode } from './node.js'
import { type PendingWindow, type Relation, type ScopeColumn, windowPartOf } from './scope.js'
import type { DataType, Field } from './type.js'
import { withNullable } from './type-family.js'
import { windowParts, windowType } from './window-columns.js'
import type { AlignedWindows, SessionWindows, WindowAggregateNode } from './window-node.js'

/** A grouped query, ready for what its SELECT and HAVING say about groups. */
export interface GroupedQuery {
  /** The groups, by the names of their keys and window columns. */
  readonly groups: Relation
  /** Resolves expressions over keys, window columns and aggregates. */
  resolver(clause: string): ExpressionResolver
}

/** Does a query group: by GROUP BY, or by an aggregate in what it selects? */
export function isGrouped(select: Select): boolean {
  if (select.groupBy !== undefined || select.having !== undefined) return true
  return select.items.some(({ expression }) => holdsAggregate(expression))
}

/**
 * Plans FROM, WHERE and GROUP BY of a grouped query: by the window of its rows, or by keys alone.
 * @throws SqlError for a window that is grouped by only in part.
 */
export function planGrouping(select: Select, input: Relation): GroupedQuery {
  const { window, keys, sets } = resolveGrouping(select, input)
  const aggregates = resolveAggregates(select, input)
  refuseFirstOrLast(aggregates, window, select)
  if (window !== undefined) refuseOrderOfChanges(aggregates, input, select)
  const expanded = sets === undefined ? { input, keys } : expand(input, keys, sets)
  const node =
    window === undefined
      ? groupAggregate(expanded.input, expanded.keys, aggregates)
      : windowAggregate(
          expanded.input,
          { ...windowsOver(window.windows, keys), ...timeOf(window) },
          window.timeType,
          expanded.keys,
          aggregates,
        )
  const visible = expanded.keys.slice(0, keys.length)
  const groups: Relation = { node, columns: visibleColumns(input, node, visible, window) }
  const groupKeys = keys.map(({ expression }) => expression)
  return {
    groups,
    resolver: (clause) =>
      new GroupResolver(
        {
          input,
          groups,
          keys: groupKeys,
          aggregates,
          ...(window && { window }),
          ...(sets && { sets }),
        },
        clause,
      ),
  }
}

/** The input once for each grouping set, and its keys: those of the query, and which set it is. */
function expand(
  input: Relation,
  keys: readonly GroupKey[],
  sets: readonly (readonly number[])[],
): { input: Relation; keys: readonly GroupKey[] } {
  const { node, indexes } = withKeyFields(input.node, keys)
  const added = keys.map(({ name, expression: { type } }, place): Field => {
    const everywhere = sets.every((set) => set.includes(place))
    return { name, type: withNullable(type, type.nullable || !everywhere) }
  })
  const set: Field = { name: '$grouping_set', type: { kind: 'int', nullable: false } }
  const fields = [...node.fields, ...added, set]
  const expanded = [...added, set].map(({ name, type }, place): GroupKey => {
    const index = node.fields.length + place
    return { ...keys[place], name, expression: { kind: 'column', index, name, type } }
  })
  return {
    input: { ...input, node: { kind: 'expand', input: node, keys: indexes, sets, fields } },
    keys: expanded,
  }
}

/** As in Flink, whose windows that are made of others cannot bring two first values together. */
function refuseFirstOrLast(
  aggregates: readonly AggregateCall[],
  window: PendingWindow | undefined,
  select: Select,
): void {
  if (window === undefined || window.isEnd || window.windows.kind === 'tumble') return
  const call = aggregates.find((each) => isFirstOrLast(each.function))
  if (call === undefined) return
  throw notSupported(
    `${call.function.toUpperCase()} in a window of the kind ${window.windows.kind.toUpperCase()}`,
    select.groupBy?.[0]?.at ?? select.at,
    'Flink has it neither: use MIN or MAX, an element of ARRAY_AGG, or TUMBLE',
  )
}

function timeOf({ timeField: timeColumn, isEnd, isProcessingTime }: PendingWindow) {
  return { timeColumn, ...(isEnd && { isEnd }), ...(isProcessingTime && { isProcessingTime }) }
}

/** The aggregates of SELECT and HAVING, each once. */
function resolveAggregates(select: Select, input: Relation): AggregateCall[] {
  const aggregates: AggregateCall[] = []
  const nodes = [...select.items.map(({ expression }) => expression)]
  if (select.having !== undefined) nodes.push(select.having)
  for (const { window } of select.windows) {
    nodes.push(...window.partitionBy, ...window.orderBy.map(({ expression }) => expression))
  }
  for (const node of nodes.flatMap(aggregatesOf)) {
    for (const call of resolveAggregateParts(node, input)) {
      if (!aggregates.some((each) => isSameExpression(each, call))) aggregates.push(call)
    }
  }
  return aggregates
}

/** Rows that may be taken back are known by what is in them, and not by when they came. */
function refuseOrderOfChanges(
  aggregates: readonly AggregateCall[],
  input: Relation,
  select: Select,
): void {
  const changing = changingNode(input.node)
  const call = aggregates.find((each) => ordered.has(each.function))
  if (changing === undefined || call === undefined) return
  throw notSupported(
    `${call.function.toUpperCase()} in a window over ${operatorName(changing)}, which changes rows that it gave before,`,
    select.groupBy?.[0]?.at ?? select.at,
    'use MIN or MAX, or group without a window',
  )
}

const ordered: ReadonlySet<AggregateCall['function']> = new Set([
  ...(['first_value', 'last_value', 'listagg', 'array_agg'] as const),
  ...(['json_arrayagg', 'json_objectagg'] as const),
])

/** The node. Keys that are computed are projected below it, beside all other fields. */
function windowAggregate(
  input: Relation,
  window: WindowAggregateNode['window'],
  timeType: DataType,
  keys: readonly GroupKey[],
  aggregates: readonly AggregateCall[],
): WindowAggregateNode {
  const { node, indexes } = withKeyFields(input.node, keys)
  return {
    kind: 'windowAggregate',
    input: node,
    window,
    keys: indexes,
    aggregates,
    fields: [
      ...keys.map(({ name, expression }): Field => ({ name, type: expression.type })),
      ...aggregates.map(({ function: name, type }, index) => ({ name: `$${name}${index}`, type })),
      ...windowParts.map((part) => ({ name: `window_${part}`, type: windowType(part, timeType) })),
    ],
  }
}

function windowsOver(
  windows: PendingWindow['windows'],
  keys: readonly GroupKey[],
): AlignedWindows | SessionWindows {
  if (windows.kind !== 'session') return windows
  const { kind, gapMs, partition } = windows
  return { kind, gapMs, partitionKeys: partition.map(({ field }) => placeOfField(keys, field)) }
}

/** The same without a window. */
function groupAggregate(
  input: Relation,
  keys: readonly GroupKey[],
  aggregates: readonly AggregateCall[],
): GroupAggregateNode {
  const { node, indexes } = withKeyFields(input.node, keys)
  // Without keys there is a group though it has no row, and then few have a value.
  const typeOf = ({ function: name, type }: AggregateCall) =>
    keys.length === 0 && !hasValueOfNone(name) ? withNullable(type, true) : type
  return {
    kind: 'groupAggregate',
    input: node,
    keys: indexes,
    aggregates,
    fields: [
      ...keys.map(({ name, expression }): Field => ({ name, type: expression.type })),
      ...aggregates.map((call, index) => ({
        name: `$${call.function}${index}`,
        type: typeOf(call),
      })),
    ],
  }
}

/** SELECT DISTINCT: a grouping by all columns, of which nothing is aggregated. */
export function distinctRows(relation: Relation): Relation {
  const { node } = relation
  const keys = node.fields.map((_, index) => index)
  const grouped: GroupAggregateNode = {
    kind: 'groupAggregate',
    input: node,
    keys,
    aggregates: [],
    fields: node.fields,
  }
  const columns = relation.columns.map((column) => ({ ...column, rowtime: false }))
  return { node: grouped, columns }
}

function withKeyFields(
  node: PlanNode,
  keys: readonly GroupKey[],
): { node: PlanNode; indexes: readonly number[] } {
  const expressions: Expression[] = allColumns(node.fields)
  const fields = [...node.fields]
  const indexes = keys.map(({ name, expression }) => {
    if (expression.kind === 'column') return expression.index
    expressions.push(expression)
    fields.push({ name, type: expression.type })
    return fields.length - 1
  })
  if (fields.length === node.fields.length) return { node, indexes }
  return { node: { kind: 'project', input: node, expressions, fields }, indexes }
}

function visibleColumns(
  input: Relation,
  node: WindowAggregateNode | GroupAggregateNode,
  keys: readonly GroupKey[],
  window: PendingWindow | undefined,
): ScopeColumn[] {
  const keyColumns = keys.map(
    ({ expression, name, relation }, index): ScopeColumn => ({
      name,
      ...(relation !== undefined && { relation }),
      type: expression.type,
      value: { kind: 'field', index },
      rowtime: false,
    }),
  )
  const firstWindowField = node.fields.length - windowParts.length
  const windowColumns = input.columns.flatMap((column): ScopeColumn[] => {
    const part = windowPartOf(column, window)
    if (part === undefined || window === undefined) return []
    const { windows, timeType, isProcessingTime } = window
    const rowtime = part === 'time' && isProcessingTime !== true
    const index = firstWindowField + windowParts.indexOf(part)
    // Sessions have no bounds that a grouping above could close by.
    const assigned = windows.kind === 'session' ? {} : { window: { part, windows, timeType } }
    return [{ ...column, value: { kind: 'field', index, ...assigned }, rowtime }]
  })
  return [...keyColumns, ...windowColumns]
}
