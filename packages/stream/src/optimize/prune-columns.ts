import { readsWatermark } from '../plan/current-watermark.js'
import { columnAt, type Expression } from '../plan/expression.js'
import {
  type IntervalJoinNode,
  isOfLeft,
  type JoinNode,
  type LookupJoinNode,
  type TemporalJoinNode,
  type WindowJoinNode,
} from '../plan/join-node.js'
import type { MatchNode } from '../plan/match-node.js'
import type {
  ExpandNode,
  GroupAggregateNode,
  PlanNode,
  ScanNode,
  UnionNode,
  UnnestNode,
} from '../plan/node.js'
import type { OverNode } from '../plan/over-node.js'
import type { FirstRowNode, RankNode, SortNode, WindowRankNode } from '../plan/rank-node.js'
import { columnsOf } from '../plan/rewrite-expression.js'
import type { DataType } from '../plan/type.js'
import type { SessionTableNode, WindowAggregateNode, WindowTableNode } from '../plan/window-node.js'
import {
  columnsIn,
  fieldsAt,
  partsOf,
  placeIn,
  placesOf,
  relocated,
  relocatedCalls,
} from './moved-columns.js'
import { changedFunction, changedMatch } from './rewrite.js'

/** Leaves out every field that nothing above reads, down to the columns that a source decodes. */
export function pruneColumns(root: PlanNode): PlanNode {
  const all = new Set(root.fields.keys())
  return prune(root, all, false).node
}

/** A node with fewer fields, and where each field that was left is now. */
interface Pruned {
  readonly node: PlanNode
  readonly moved: ReadonlyMap<number, number>
}

/** `wanted` are fields of the node; `timed` says that a window above waits for its watermark. */
function prune(node: PlanNode, wanted: ReadonlySet<number>, timed: boolean): Pruned {
  switch (node.kind) {
    case 'scan':
      return pruneScan(node, wanted, timed)
    case 'filter': {
      const read = new Set([...wanted, ...columnsOf(node.condition)])
      const isTimed = timed || readsWatermark(node.condition)
      const { node: input, moved } = prune(node.input, read, isTimed)
      const condition = relocated(node.condition, moved)
      return { node: { ...node, input, condition, fields: input.fields }, moved }
    }
    case 'project': {
      const kept = [...node.expressions.keys()].filter((index) => wanted.has(index))
      if (kept.length === 0) return pruneToRows(node.input, timed)
      const read = new Set(kept.flatMap((index) => [...columnsOf(at(node.expressions, index))]))
      const isTimed = timed || kept.some((index) => readsWatermark(at(node.expressions, index)))
      const { node: input, moved } = prune(node.input, read, isTimed)
      const expressions = kept.map((index) => relocated(at(node.expressions, index), moved))
      const fields = kept.map((index) => at(node.fields, index))
      return { node: { ...node, input, expressions, fields }, moved: placesOf(kept) }
    }
    case 'windowTable':
      return pruneWindowTable(node, wanted, timed)
    case 'sessionTable':
      return pruneSessionTable(node, wanted)
    case 'expand':
      return pruneExpand(node, wanted, timed)
    case 'normalize': {
      const read = new Set([...wanted, ...node.keys])
      const { node: input, moved } = prune(node.input, read, timed)
      const keys = node.keys.map((key) => placeIn(moved, key))
      return { node: { ...node, input, keys, fields: input.fields }, moved }
    }
    case 'materialize': {
      const read = new Set([...wanted, ...node.keys, ...node.rowKey])
      const { node: input, moved } = prune(node.input, read, timed)
      const keys = node.keys.map((key) => placeIn(moved, key))
      const rowKey = node.rowKey.map((key) => placeIn(moved, key))
      return { node: { ...node, input, keys, rowKey, fields: input.fields }, moved }
    }
    case 'unnest':
      return pruneUnnest(node, wanted, timed)
    case 'windowAggregate':
      return pruneWindow(node, wanted)
    case 'groupAggregate':
      return pruneGroup(node, wanted, timed)
    case 'union':
      return pruneUnion(node, wanted, timed)
    case 'join':
    case 'intervalJoin':
    case 'windowJoin':
    case 'temporalJoin':
    case 'lookupJoin':
      return pruneJoin(node, wanted, timed)
    case 'rank':
    case 'windowRank':
      return pruneRank(node, wanted, timed)
    case 'firstRow':
      return pruneFirstRow(node, wanted)
    case 'sort':
      return pruneSort(node, wanted)
    case 'over':
      return pruneOver(node, wanted, timed)
    case 'match':
      return pruneMatch(node, wanted, timed)
  }
}

/** Of rows of which no field is read: they are as many, and have a field that is nothing. */
function pruneToRows(node: PlanNode, timed: boolean): Pruned {
  const { node: input } = prune(node, new Set(), timed)
  const type: DataType = { kind: 'boolean', nullable: false }
  const expressions: Expression[] = [{ kind: 'literal', value: true, type }]
  const fields = [{ name: '$row', type }]
  return { node: { kind: 'project', input, expressions, fields }, moved: new Map() }
}

function pruneScan(node: ScanNode, wanted: ReadonlySet<number>, timed: boolean): Pruned {
  const { watermark, ...scan } = node
  const time = timed ? watermark : undefined
  const read = [...node.fields.keys()].filter(
    (index) => wanted.has(index) || index === time?.column,
  )
  // Rows of no column could not be counted.
  const kept = read.length > 0 ? read : [0]
  const fields = kept.map((index) => at(node.fields, index))
  const moved = placesOf(kept)
  if (time === undefined) return { node: { ...scan, fields }, moved }
  const column = placeIn(moved, time.column)
  return { node: { ...scan, fields, watermark: { ...time, column } }, moved }
}

/** What is read of the input, and its time; the columns of the window stay. */
function pruneWindowTable(
  node: WindowTableNode,
  wanted: ReadonlySet<number>,
  timed: boolean,
): Pruned {
  const start = node.input.fields.length
  const ofInput = [...wanted].filter((index) => index < start)
  const read = new Set([...ofInput, node.window.timeColumn])
  const { node: input, moved } = prune(node.input, read, timed)
  const window = { ...node.window, timeColumn: placeIn(moved, node.window.timeColumn) }
  const places = new Map(moved)
  for (let each = 0; each < 3; each++) places.set(start + each, input.fields.length + each)
  const fields = [...input.fields, ...node.fields.slice(start)]
  return { node: { ...node, input, window, fields }, moved: places }
}

/** What is read of the input, and what makes its sessions; the columns of the window stay. */
function pruneSessionTable(node: SessionTableNode, wanted: ReadonlySet<number>): Pruned {
  const start = node.input.fields.length
  const ofInput = [...wanted].filter((index) => index < start)
  const read = new Set([...ofInput, ...node.partitionKeys, node.timeColumn])
  const { node: input, moved } = prune(node.input, read, true)
  const places = new Map(moved)
  for (let each = 0; each < 3; each++) places.set(start + each, input.fields.length + each)
  const pruned: SessionTableNode = {
    ...node,
    input,
    partitionKeys: node.partitionKeys.map((key) => placeIn(moved, key)),
    timeColumn: placeIn(moved, node.timeColumn),
    fields: [...input.fields, ...node.fields.slice(start)],
  }
  return { node: pruned, moved: places }
}

/** What is read of the input, and the keys; what is added stays. */
function pruneExpand(node: ExpandNode, wanted: ReadonlySet<number>, timed: boolean): Pruned {
  const start = node.input.fields.length
  const read = new Set([...[...wanted].filter((index) => index < start), ...node.keys])
  const { node: input, moved } = prune(node.input, read, timed)
  const keys = node.keys.map((key) => placeIn(moved, key))
  const added = node.fields.slice(start)
  const places = new Map(moved)
  for (const each of added.keys()) places.set(start + each, input.fields.length + each)
  const fields = [...input.fields, ...added]
  return { node: { ...node, input, keys, fields }, moved: places }
}

/** What is read of the input, and the collection; what its elements are stays. */
function pruneUnnest(node: UnnestNode, wanted: ReadonlySet<number>, timed: boolean): Pruned {
  const start = node.input.fields.length
  const ofInput = [...wanted].filter((index) => index < start)
  const read = new Set([...ofInput, ...columnsOf(node.collection)])
  const { node: input, moved } = prune(node.input, read, timed)
  const collection = relocated(node.collection, moved)
  const added = node.fields.slice(start)
  const places = new Map(moved)
  for (const each of added.keys()) places.set(start + each, input.fields.length + each)
  return {
    node: { ...node, input, collection, fields: [...input.fields, ...added] },
    moved: places,
  }
}

/** Keys and window columns stay, for they make the groups; aggregates nobody reads go. */
function pruneWindow(node: WindowAggregateNode, wanted: ReadonlySet<number>): Pruned {
  const firstAggregate = node.keys.length
  const afterAggregates = firstAggregate + node.aggregates.length
  const kept = [...node.fields.keys()].filter(
    (index) => index < firstAggregate || index >= afterAggregates || wanted.has(index),
  )
  const calls = node.aggregates.filter((_, index) => wanted.has(firstAggregate + index))
  const read = new Set([...node.keys, node.window.timeColumn, ...columnsIn(calls)])
  const { node: input, moved } = prune(node.input, read, true)
  const aggregates = relocatedCalls(calls, moved)
  const keys = node.keys.map((key) => placeIn(moved, key))
  const window = { ...node.window, timeColumn: placeIn(moved, node.window.timeColumn) }
  const fields = kept.map((index) => at(node.fields, index))
  return { node: { ...node, input, window, keys, aggregates, fields }, moved: placesOf(kept) }
}

/** Keys stay, for they make the groups; aggregates nobody reads go. */
function pruneGroup(node: GroupAggregateNode, wanted: ReadonlySet<number>, timed: boolean): Pruned {
  const firstAggregate = node.keys.length
  const isWanted = (index: number) => index < firstAggregate || wanted.has(index)
  const chosen = [...node.fields.keys()].filter(isWanted)
  // Without keys, rows of no column could not be counted.
  const kept = chosen.length > 0 ? chosen : [0]
  const calls = node.aggregates.filter((_, index) => kept.includes(firstAggregate + index))
  const read = new Set([...node.keys, ...columnsIn(calls)])
  const { node: input, moved } = prune(node.input, read, timed)
  const keys = node.keys.map((key) => placeIn(moved, key))
  const fields = kept.map((index) => at(node.fields, index))
  const aggregates = relocatedCalls(calls, moved)
  return { node: { ...node, input, keys, aggregates, fields }, moved: placesOf(kept) }
}

/** Every input gives exactly the fields that are wanted, in their order. */
function pruneUnion(node: UnionNode, wanted: ReadonlySet<number>, timed: boolean): Pruned {
  const chosen = [...node.fields.keys()].filter((index) => wanted.has(index))
  // Rows of no column could not be counted.
  const kept = chosen.length > 0 ? chosen : [0]
  const fields = kept.map((index) => at(node.fields, index))
  const inputs = node.inputs.map((input): PlanNode => {
    const { node: pruned, moved } = prune(input, new Set(kept), timed)
    const expressions = kept.map((index) => columnAt(pruned.fields, placeIn(moved, index)))
    return { kind: 'project', input: pruned, expressions, fields }
  })
  return { node: { ...node, inputs, fields }, moved: placesOf(kept) }
}

type AnyJoinNode = JoinNode | IntervalJoinNode | WindowJoinNode | TemporalJoinNode | LookupJoinNode

/** Each side keeps what is wanted of it, what it is joined by, and what the condition reads. */
function pruneJoin(node: AnyJoinNode, wanted: ReadonlySet<number>, timed: boolean): Pruned {
  const offset = node.left.fields.length
  const { condition } = node
  const [leftTime, rightTime] = timesOfJoin(node)
  const isMarked = node.type === 'mark'
  const given = isMarked ? [...wanted].filter((index) => index < offset) : wanted
  const read = [...given, ...(condition === undefined ? [] : columnsOf(condition))]
  const ofLeft = read.filter((index) => index < offset)
  const ofRight = read.filter((index) => index >= offset).map((index) => index - offset)
  const isOfTime = node.kind !== 'join' && node.kind !== 'lookupJoin'
  const needsTime = timed || isOfTime
  const left = prune(node.left, new Set([...ofLeft, ...node.leftKeys, ...leftTime]), needsTime)
  const rightRead = new Set([...ofRight, ...node.rightKeys, ...rightTime])
  // Nobody waits for the time of a table that is looked up.
  const right = prune(node.right, rightRead, needsTime && node.kind !== 'lookupJoin')
  const newOffset = left.node.fields.length
  const moved = new Map(left.moved)
  for (const [from, to] of right.moved) moved.set(from + offset, to + newOffset)
  const pruned = {
    left: left.node,
    right: right.node,
    leftKeys: node.leftKeys.map((key) => placeIn(left.moved, key)),
    rightKeys: node.rightKeys.map((key) => placeIn(right.moved, key)),
    ...(condition !== undefined && { condition: relocated(condition, moved) }),
    fields: isMarked
      ? [...left.node.fields, at(node.fields, offset)]
      : fieldsAt(node.fields, moved),
  }
  const places = [
    ...leftTime.map((index) => placeIn(left.moved, index)),
    ...rightTime.map((index) => placeIn(right.moved, index)),
  ] as const
  const joined = withTimes({ ...node, ...pruned }, places)
  if (isMarked) return { node: joined, moved: new Map([...left.moved, [offset, newOffset]]) }
  return { node: joined, moved: isOfLeft(node.type) ? left.moved : moved }
}

/** The columns of either side by whose time the join goes. */
function timesOfJoin(
  node: AnyJoinNode,
): readonly [left: readonly number[], right: readonly number[]] {
  switch (node.kind) {
    case 'join':
    case 'lookupJoin':
      return [[], []]
    case 'intervalJoin':
    case 'temporalJoin':
      return [[node.leftTime], [node.rightTime]]
    case 'windowJoin':
      return [[node.leftEnd], [node.rightEnd]]
  }
}

function withTimes(node: AnyJoinNode, [left = -1, right = -1]: readonly number[]): PlanNode {
  switch (node.kind) {
    case 'join':
    case 'lookupJoin':
      return node
    case 'intervalJoin':
    case 'temporalJoin':
      return { ...node, leftTime: left, rightTime: right }
    case 'windowJoin':
      return { ...node, leftEnd: left, rightEnd: right }
  }
}

/** What is read of the input, its keys and its order; the number goes where nobody reads it. */
function pruneRank(
  node: RankNode | WindowRankNode,
  wanted: ReadonlySet<number>,
  timed: boolean,
): Pruned {
  const count = node.input.fields.length
  const ofInput = [...wanted].filter((index) => index < count)
  const sorted = node.order.map(({ column }) => column)
  const ofWindow = node.kind === 'windowRank' ? [node.window.timeColumn] : []
  const read = new Set([...ofInput, ...node.partitionKeys, ...sorted, ...ofWindow])
  const { node: input, moved } = prune(node.input, read, timed || node.kind === 'windowRank')
  const partitionKeys = node.partitionKeys.map((key) => placeIn(moved, key))
  const order = node.order.map((key) => ({ ...key, column: placeIn(moved, key.column) }))
  const numbered = node.numbered && wanted.has(count)
  const fields = numbered ? [...input.fields, at(node.fields, count)] : input.fields
  const places = numbered ? new Map([...moved, [count, input.fields.length]]) : moved
  const common = { input, partitionKeys, order, numbered, fields }
  if (node.kind === 'rank') return { node: { ...node, ...common }, moved: places }
  const timeColumn = placeIn(moved, node.window.timeColumn)
  return { node: { ...node, ...common, window: { ...node.window, timeColumn } }, moved: places }
}

function pruneFirstRow(node: FirstRowNode, wanted: ReadonlySet<number>): Pruned {
  const read = new Set([...wanted, ...node.partitionKeys, node.timeColumn])
  const { node: input, moved } = prune(node.input, read, true)
  const partitionKeys = node.partitionKeys.map((key) => placeIn(moved, key))
  const timeColumn = placeIn(moved, node.timeColumn)
  return { node: { ...node, input, partitionKeys, timeColumn, fields: input.fields }, moved }
}

function pruneSort(node: SortNode, wanted: ReadonlySet<number>): Pruned {
  const read = new Set([...wanted, ...node.order.map(({ column }) => column)])
  const { node: input, moved } = prune(node.input, read, true)
  const order = node.order.map((key) => ({ ...key, column: placeIn(moved, key.column) }))
  return { node: { ...node, input, order, fields: input.fields }, moved }
}

/** Functions that nobody reads go. */
function pruneOver(node: OverNode, wanted: ReadonlySet<number>, timed: boolean): Pruned {
  const count = node.input.fields.length
  const kept = [...node.functions.keys()].filter((place) => wanted.has(count + place))
  const functions = kept.map((place) => at(node.functions, place))
  const ofInput = [...wanted].filter((index) => index < count)
  const ofCalls = functions.flatMap(partsOf).flatMap((part) => [...columnsOf(part)])
  const { timeColumn } = node
  const ofTime = timeColumn === undefined ? [] : [timeColumn]
  const read = new Set([...ofInput, ...ofCalls, ...node.partitionKeys, ...ofTime])
  const { node: input, moved } = prune(node.input, read, timed || !node.isArrival)
  const places = new Map(moved)
  kept.forEach((place, index) => {
    places.set(count + place, input.fields.length + index)
  })
  const pruned: OverNode = {
    ...node,
    input,
    partitionKeys: node.partitionKeys.map((key) => placeIn(moved, key)),
    ...(timeColumn !== undefined && { timeColumn: placeIn(moved, timeColumn) }),
    functions: functions.map((each) => changedFunction(each, (part) => relocated(part, moved))),
    fields: [...input.fields, ...kept.map((place) => at(node.fields, count + place))],
  }
  return { node: pruned, moved: places }
}

/** Measures that nobody reads go, and what only they read of the rows of a match. */
function pruneMatch(node: MatchNode, wanted: ReadonlySet<number>, timed: boolean): Pruned {
  const { order, partitionKeys, references } = node
  const count = partitionKeys.length
  const isRead = (place: number) => wanted.has(count + place)
  // Rows of no column could not be counted.
  const first = count === 0 && ![...node.measures.keys()].some(isRead) ? 0 : -1
  const kept = [...node.measures.keys()].filter((place) => isRead(place) || place === first)
  const measures = kept.map((place) => at(node.measures, place))
  const conditions = node.pattern.flatMap(({ condition }) => condition ?? [])
  const used = new Set([...measures, ...conditions].flatMap((each) => [...columnsOf(each)]))
  const keptReferences = [...references.keys()].filter((place) => used.has(place))
  const keptRows = keptReferences.map((place) => at(references, place))
  const ofRows = keptRows.flatMap((each) => {
    return each.kind === 'row' ? [each.column] : columnsIn([each.call])
  })
  const sorted = order.map(({ column }) => column)
  const read = new Set([...ofRows, ...partitionKeys, node.timeColumn, ...sorted])
  const { node: input, moved } = prune(node.input, read, timed || !node.isArrival)
  const places = placesOf(keptReferences)
  const pruned = changedMatch(
    { ...node, measures, references: keptRows },
    (part) => relocated(part, places),
    (part) => relocated(part, moved),
  )
  const fields = [
    ...partitionKeys.map((_, place) => at(node.fields, place)),
    ...kept.map((place) => at(node.fields, count + place)),
  ]
  const all = [...partitionKeys.keys(), ...kept.map((place) => count + place)]
  return {
    node: {
      ...pruned,
      input,
      partitionKeys: partitionKeys.map((key) => placeIn(moved, key)),
      timeColumn: placeIn(moved, node.timeColumn),
      order: order.map((key) => ({ ...key, column: placeIn(moved, key.column) })),
      references: pruned.references.map((each) => {
        return each.kind === 'row' ? { ...each, column: placeIn(moved, each.column) } : each
      }),
      fields,
    },
    moved: placesOf(all),
  }
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index]
  if (item === undefined) throw new Error(`there is no item ${index}`)
  return item
}
