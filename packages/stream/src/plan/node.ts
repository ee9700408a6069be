import type { AggregateCall, Expression } from './expression.js'
import type { MatchNode } from './match-node.js'
import type { MaterializeNode } from './materialize-node.js'
import type { TableDefinition } from './table.js'
import type { DataType, Field } from './type.js'

/** A planned script: one entry for each INSERT, in the order of the script. */
export interface Plan {
  readonly inserts: readonly InsertNode[]
  /** What the script sets about the state it begins from. */
  readonly recovery?: Recovery
  /** `state.memory.max`: how many bytes all operators together may keep in memory. */
  readonly stateBytesMax?: number
}

export interface Recovery {
  /** `execution.state-recovery.path`: a savepoint. */
  readonly savepoint?: string
  /** `execution.state-recovery.ignore-unclaimed-state` */
  readonly mayLose?: boolean
}

/** Rows of `input`, in the order of the sink's columns and cast to their types, into `table`. */
export interface InsertNode {
  readonly kind: 'insert'
  readonly table: TableDefinition
  readonly input: PlanNode
  /** What the sink takes: never less than what `input` gives (`changelog.ts`). */
  readonly mode: SinkMode
  /** Of a row that changes the row before is told to a sink by key, too: as a deletion. */
  readonly tellsBefore?: true
  /** `table.exec.state.ttl`: what is kept for ever otherwise is forgotten so long after it was written. */
  readonly stateTtlMs?: number
  /** Of its statement in the script, counted from 1. */
  readonly line?: number
}

/**
 * `append`: new rows only. `upsert`: of each key of the table the row that counts now, and its
 * deletion. `retract`: every change, with the row as it was before.
 */
export type SinkMode = 'append' | 'upsert' | 'retract'

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
 * Windows that begin at the same times for all rows. Of each kind all starts are `offsetMs` and
 * whole multiples of something away from the epoch:
 *
 * - tumble: `[start, start + sizeMs)`, a multiple of `sizeMs`: each row is in one.
 * - hop: `[start, start + sizeMs)`, a multiple of `slideMs`, which divides `sizeMs`.
 * - cumulate: `[start, start + n * stepMs)` for each `n` up to `sizeMs / stepMs`, a whole number;
 *   a multiple of `sizeMs`.
 */
export type AlignedWindows =
  | { readonly kind: 'tumble'; readonly sizeMs: number; readonly offsetMs: number }
  | {
      readonly kind: 'hop'
      readonly sizeMs: number
      readonly slideMs: number
      readonly offsetMs: number
    }
  | {
      readonly kind: 'cumulate'
      readonly sizeMs: number
      readonly stepMs: number
      readonly offsetMs: number
    }

/**
 * Each row once for every window that it is in, in the order of their ends. Rows whose time is NULL
 * are left out, as in Flink.
 *
 * `fields`: those of the input, then `window_start`, `window_end`, `window_time`.
 */
export interface WindowTableNode {
  readonly kind: 'windowTable'
  readonly input: PlanNode
  readonly window: AlignedWindows & { readonly timeColumn: number }
  readonly fields: readonly Field[]
}

/**
 * Each row with the window of its session, when that ends: rows of a partition that are no further
 * apart than the gap are of one, which ends the gap after its last row. They come in the order of
 * the ends, those of a session as they came. Rows of sessions that were given out are late: they are
 * dropped and counted. Rows whose time is NULL are left out, as in Flink.
 *
 * `fields`: those of the input, then `window_start`, `window_end`, `window_time`.
 */
export interface SessionTableNode {
  readonly kind: 'sessionTable'
  readonly input: PlanNode
  readonly gapMs: number
  /** Column indexes of the input; none for one partition. */
  readonly partitionKeys: readonly number[]
  readonly timeColumn: number
  /** Of processing time: sessions end by the clock, and the end of the input ends none. */
  readonly isProcessingTime?: true
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
 * Sessions of the rows that are equal in some of the grouping's keys (by their places in `keys`):
 * rows no further apart than the gap are of one, which ends the gap after its last row.
 */
export interface SessionWindows {
  readonly kind: 'session'
  readonly gapMs: number
  readonly partitionKeys: readonly number[]
}

/**
 * Grouping by a window and keys. A window is given out once, when the watermark passes
 * `end - 1 ms`, if any row is in it. Rows of which every window was given out are late: they are
 * dropped and counted. A row whose time is NULL is a failure, as in Flink.
 *
 * `fields`: the keys, the aggregates, then `window_start`, `window_end`, `window_time`.
 */
export interface WindowAggregateNode {
  readonly kind: 'windowAggregate'
  readonly input: PlanNode
  readonly window: (AlignedWindows | SessionWindows) & {
    readonly timeColumn: number
    /**
     * Present where the rows have windows of this kind already: then `timeColumn` is the end of
     * theirs, and each row is in that one window only.
     */
    readonly isEnd?: true
    /** Of processing time: windows end by the clock, and the end of the input ends none. */
    readonly isProcessingTime?: true
  }
  /** Column indexes of the input. */
  readonly keys: readonly number[]
  readonly aggregates: readonly AggregateCall[]
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

/** Which rows of a join come beside NULLs where they have no match. */
export type PairingJoinType = 'inner' | 'left' | 'right' | 'full'

/**
 * Also: the left's rows that have a match, each once; those that have none; and all of them, each
 * with a BOOLEAN that says whether it has one.
 */
export type JoinType = PairingJoinType | 'semi' | 'anti' | 'mark'

/** Does a join give rows of its left alone, and never one of its right? */
export function isOfLeft(type: JoinType): type is 'semi' | 'anti' | 'mark' {
  return type === 'semi' || type === 'anti' || type === 'mark'
}

/**
 * What joins of two inputs have in common: pairs of rows that are equal in their keys, where what
 * NULL is equal to nothing, and for which `condition` is TRUE. Of outer joins a row without a match
 * comes with NULLs for the other side's fields.
 *
 * `fields`: those of the left, then those of the right, nullable where the join makes them so; of a
 * semi or anti join those of the left alone, of a mark join with the mark behind them.
 */
interface Joining {
  readonly type: JoinType
  readonly left: PlanNode
  readonly right: PlanNode
  /** Columns of the left and of the right that must be equal, pairwise; at least one pair. */
  readonly leftKeys: readonly number[]
  readonly rightKeys: readonly number[]
  /** What else must hold, over the fields of both. */
  readonly condition?: Expression
  readonly fields: readonly Field[]
}

/** By which column rows are ordered, and where NULL stands among its values. */
export interface SortKey {
  readonly column: number
  readonly descending: boolean
  readonly nullsFirst: boolean
}

/**
 * The rows of each partition whose number in the order is within a range: the first is 1. Of rows
 * that are equal in the order the one that came first is before the others, or behind them where
 * `latestFirst` says so.
 *
 * `fields`: those of the input, and, where `numbered`, the row's number, a BIGINT.
 */
export interface RankNode {
  readonly kind: 'rank'
  readonly input: PlanNode
  /** Column indexes of the input; none for one partition. */
  readonly partitionKeys: readonly number[]
  /** None for the order in which rows came. */
  readonly order: readonly SortKey[]
  readonly latestFirst: boolean
  /** The order is that of event time alone. */
  readonly byTime: boolean
  /** Both included. Absent only while a query is planned, until a condition on the number is met. */
  readonly range?: { readonly from: number; readonly to: number }
  /** Only while a query is planned: the windows that the rows have, which the partition tells apart. */
  readonly window?: RowsWindows
  readonly numbered: boolean
  readonly fields: readonly Field[]
}

/** Windows that rows have already; `timeColumn` is the end of theirs. */
export type RowsWindows = AlignedWindows & { readonly timeColumn: number }

/**
 * A ranking of the rows of each window: the partition has the window's start and end among its
 * keys. It is given out once, when the watermark passes the window's last instant. Rows of windows
 * that were given out are late: they are dropped and counted.
 *
 * `fields`: as of `RankNode`.
 */
export interface WindowRankNode {
  readonly kind: 'windowRank'
  readonly input: PlanNode
  readonly window: RowsWindows
  /** Column indexes of the input. */
  readonly partitionKeys: readonly number[]
  readonly order: readonly SortKey[]
  readonly latestFirst: boolean
  readonly range: { readonly from: number; readonly to: number }
  readonly numbered: boolean
  readonly fields: readonly Field[]
}

/**
 * Of each partition the row with the least event time, given out once, when the watermark reaches
 * it; of rows at the same time the one that came first. Rows from before the watermark are late:
 * they are dropped and counted.
 *
 * `fields`: those of the input.
 */
export interface FirstRowNode {
  readonly kind: 'firstRow'
  readonly input: PlanNode
  /** Column indexes of the input; none for one partition. */
  readonly partitionKeys: readonly number[]
  readonly timeColumn: number
  readonly fields: readonly Field[]
}

/** A join of two inputs that may both change, each row of which counts for ever. */
export interface JoinNode extends Joining {
  readonly kind: 'join'
  /** How long the rows of each side are kept, where a hint says it; 0 is for ever. */
  readonly stateTtlMs?: { readonly left?: number | undefined; readonly right?: number | undefined }
}

/**
 * A join of two inputs that only gain rows, in which the times of two rows must be close: the
 * left's less the right's is from `lowerMs` to `upperMs`. A row without a match is given out when
 * the watermark says that none can come.
 */
export interface IntervalJoinNode extends Joining {
  readonly kind: 'intervalJoin'
  readonly type: PairingJoinType
  /** Event times: a column of the left, and one of the right. */
  readonly leftTime: number
  readonly rightTime: number
  readonly lowerMs: number
  readonly upperMs: number
}

/**
 * Each row with functions of the rows of its partition before it: those from `preceding` on, in
 * milliseconds (and of the same time) or in rows, or all where that is absent. In the order of event
 * time a row is given out when the watermark reaches it; rows from before that are late: they are
 * dropped and counted. In the order in which rows come each is given out when it comes.
 *
 * `fields`: those of the input, then one a function.
 */
export interface OverNode {
  readonly kind: 'over'
  readonly input: PlanNode
  /** Column indexes of the input; none for one partition. */
  readonly partitionKeys: readonly number[]
  /**
   * Event time; or, where the order is that in which rows come and the frame is a range, the time of
   * the step. Absent for that order and a frame of rows.
   */
  readonly timeColumn?: number
  /** In the order in which rows come. */
  readonly isArrival?: true
  readonly frame: OverFrame
  readonly functions: readonly OverFunction[]
  readonly fields: readonly Field[]
}

export interface OverFrame {
  readonly unit: 'rows' | 'range'
  readonly preceding?: number
}

/** An aggregate, or one that only rows in an order have. */
export type OverFunction =
  | AggregateCall
  | { readonly function: 'row_number'; readonly type: DataType }
  | {
      readonly function: 'first_value' | 'last_value'
      readonly argument: Expression
      readonly filter?: Expression
      readonly type: DataType
    }
  | {
      readonly function: 'lag'
      readonly argument: Expression
      readonly offset: number
      /** Where there is no such row; NULL where absent. */
      readonly otherwise?: Expression
      readonly type: DataType
    }

/**
 * The rows in an order whose first key is event time, ascending: each is given out when the
 * watermark reaches it. Rows from before the watermark are late: they are dropped and counted. Of
 * rows that are equal in the order the one that came first is before the others.
 *
 * `fields`: those of the input.
 */
export interface SortNode {
  readonly kind: 'sort'
  readonly input: PlanNode
  readonly order: readonly SortKey[]
  readonly fields: readonly Field[]
}

/**
 * A join of two inputs that only gain rows, each of which has its window: of rows of the same
 * window, given out when it ends. Rows of a window that was given out are late: they are dropped and
 * counted.
 */
export interface WindowJoinNode extends Joining {
  readonly kind: 'windowJoin'
  readonly type: Exclude<JoinType, 'mark'>
  readonly windows: AlignedWindows
  /** Columns of the left and of the right: the end of a row's window, which is never NULL. */
  readonly leftEnd: number
  readonly rightEnd: number
}

/**
 * A join of each row of the left with one of the right: of those of its key the latest whose time is
 * not after its own. The left only gains rows; those of the right are versions, and their keys are
 * what `rightKeys` are. The right may give changes: then a deletion ends a version, and there is none
 * from its time on. Rows are given out when the watermark reaches the left's time, in its order.
 */
export interface TemporalJoinNode extends Joining {
  readonly kind: 'temporalJoin'
  readonly type: 'inner' | 'left'
  /** Event times: a column of the left, and one of the right. */
  readonly leftTime: number
  readonly rightTime: number
}

/**
 * A join of each row of the left, as it comes, with rows of a table that is read whole when the job
 * starts, and stays as it was then or is read again now and then. The left only gains rows; the right is that table, filtered and
 * projected.
 */
export interface LookupJoinNode extends Joining {
  readonly kind: 'lookupJoin'
  readonly type: 'inner' | 'left'
}

/** Has a sink to be told of a row that changes what it was before? */
export function tellsBefore({ mode, tellsBefore }: InsertNode): boolean {
  return mode === 'retract' || tellsBefore === true
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
