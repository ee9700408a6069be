import { allColumns, type Expression } from './expression.js'
import type { KeyPair } from './join-condition.js'
import type { PlanNode } from './node.js'
import { moveColumns } from './rewrite-expression.js'
import type { Field } from './type.js'
import { withNullable } from './type-family.js'
import type { AlignedWindows } from './window-node.js'

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

const markField: Field = { name: '$matched', type: { kind: 'boolean', nullable: false } }

/** The fields of a join: nullable those of a side that may be NULL for want of a match. */
export function fieldsOfJoin(left: PlanNode, right: PlanNode, type: JoinType): readonly Field[] {
  if (type === 'semi' || type === 'anti') return left.fields
  if (type === 'mark') return [...left.fields, markField]
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
export function joinNode(
  type: JoinType,
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
    fields: fieldsOfJoin(ofLeft.node, ofRight.node, type),
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
  const expressions: Expression[] = allColumns(node.fields)
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
