import type { AggregateCall, Expression } from './expression.js'
import type {
  IntervalJoinNode,
  JoinNode,
  LookupJoinNode,
  TemporalJoinNode,
  WindowJoinNode,
} from './join-node.js'
import type { MatchNode } from './match-node.js'
import type { MaterializeNode } from './materialize-node.js'
import type { OverNode } from './over-node.js'
import type { FirstRowNode, RankNode, SortNode, WindowRankNode } from './rank-node.js'
import type { TableDefinition } from './table.js'
import type { Field } from './type.js'
import type { SessionTableNode, WindowAggregateNode, WindowTableNode } from './window-node.js'

/**
 * A tree of relational nodes, leaves first. Immutable data; `fields` is what the node gives. Which
 * kinds of changes a node gives follows from the tree (`changelog.ts`).
 */
export type PlanNode =
  | ScanNode
  | NormalizeNode
  | FilterNode
  | ProjectNode
  | WindowTableNode
  | SessionTableNode
  | ExpandNode
  | UnnestNode
  | WindowAggregateNode
  | GroupAggregateNode
  | UnionNode
  | JoinNode
  | RankNode
  | FirstRowNode
  | IntervalJoinNode
  | WindowRankNode
  | SortNode
  | WindowJoinNode
  | TemporalJoinNode
  | LookupJoinNode
  | OverNode
  | MatchNode
  | MaterializeNode

/**
 * Rows of a source table. `fields` are the columns that the plan needs, by name and in the table's
 * order, at least one; computed columns may be among them (`TableColumn.expression`). The watermark
 * is there only where a window above waits for it.
 */
export interface ScanNode {
  readonly kind: 'scan'
  readonly table: TableDefinition
  readonly fields: readonly Field[]
  /** Where the table has a watermark: its time column, and the delay behind the latest time. */
  readonly watermark?: { readonly column: number; readonly delayMs: number }
}

/**
 * Of rows and deletions by key the changes that they make: the first of a key an insertion, each
 * other an update of the row before; a deletion takes back the row that is there. A row that is the
 * same as the one before changes nothing.
 *
 * `fields`: those of the input.
 */
export interface NormalizeNode {
  readonly kind: 'normalize'
  readonly input: PlanNode
  /** Column indexes of the input. */
  readonly keys: readonly number[]
  readonly fields: readonly Field[]
}

/** Rows for which `condition` is TRUE (not FALSE, not NULL). */
export interface FilterNode {
  readonly kind: 'filter'
  readonly input: PlanNode
  readonly condition: Expression
  readonly fields: readonly Field[]
}

/** One expression a field. */
export interface ProjectNode {
  readonly kind: 'project'
  readonly input: PlanNode
  readonly expressions: readonly Expression[]
  readonly fields: readonly Field[]
}

/**
 * Each row once for every grouping set, for a grouping by the fields that are added.
 *
 * `fields`: those of the input, then the keys, NULL where the set leaves them out, then the set's
 * place among them, an INT.
 */
export interface ExpandNode {
  readonly kind: 'expand'
  readonly input: PlanNode
  /** Column indexes of the input. */
  readonly keys: readonly number[]
  /** Places in `keys`. */
  readonly sets: readonly (readonly number[])[]
  readonly fields: readonly Field[]
}

/**
 * Each row beside each element of its collection, in the collection's order; `isOuter`: a row whose
 * collection is NULL or has none once, with NULLs.
 *
 * `fields`: those of the input; those of the element (of a row its fields, of a map's entry key and
 * value); where it is wanted the element's place, from 1.
 */
export interface UnnestNode {
  readonly kind: 'unnest'
  readonly input: PlanNode
  /** Over the input: an ARRAY, MAP or MULTISET. */
  readonly collection: Expression
  readonly isOuter: boolean
  readonly withOrdinality: boolean
  readonly fields: readonly Field[]
}

/**
 * Grouping by keys, without a window: of each group the row that counts now, given out anew
 * whenever it changes. Without keys there is one group, from the first row on. A group whose last
 * row was retracted is deleted, but for the one without keys.
 *
 * `fields`: the keys, then the aggregates.
 */
export interface GroupAggregateNode {
  readonly kind: 'groupAggregate'
  readonly input: PlanNode
  /** Column indexes of the input. */
  readonly keys: readonly number[]
  readonly aggregates: readonly AggregateCall[]
  /** How long groups are kept, where a hint says it; 0 is for ever. */
  readonly stateTtlMs?: number
  readonly fields: readonly Field[]
}

/** UNION ALL: the rows of all inputs, which have the same fields but for their names. */
export interface UnionNode {
  readonly kind: 'union'
  readonly inputs: readonly PlanNode[]
  readonly fields: readonly Field[]
}

/** What a node reads, from left to right. */
export function inputsOf(node: PlanNode): readonly PlanNode[] {
  switch (node.kind) {
    case 'scan':
      return []
    case 'union':
      return node.inputs
    case 'join':
    case 'intervalJoin':
    case 'windowJoin':
    case 'temporalJoin':
    case 'lookupJoin':
      return [node.left, node.right]
    default:
      return [node.input]
  }
}

/** The same node over what `change` makes of each of its inputs; they keep their fields. */
export function withInputs(node: PlanNode, change: (input: PlanNode) => PlanNode): PlanNode {
  switch (node.kind) {
    case 'scan':
      return node
    case 'union':
      return { ...node, inputs: node.inputs.map(change) }
    case 'join':
    case 'intervalJoin':
    case 'windowJoin':
    case 'temporalJoin':
    case 'lookupJoin':
      return { ...node, left: change(node.left), right: change(node.right) }
    default:
      return { ...node, input: change(node.input) }
  }
}

/** The tables whose rows come, each as often as it is read: not those that are looked up. */
export function scansOf(node: PlanNode): readonly ScanNode[] {
  if (node.kind === 'scan') return [node]
  return node.kind === 'lookupJoin' ? scansOf(node.left) : inputsOf(node).flatMap(scansOf)
}

/** The tables that are looked up: read whole before any row comes. */
export function lookupsOf(node: PlanNode): readonly ScanNode[] {
  if (node.kind !== 'lookupJoin') return inputsOf(node).flatMap(lookupsOf)
  return [...lookupsOf(node.left), ...scansOf(node.right)]
}
