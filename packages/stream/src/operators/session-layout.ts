import { isOrdered } from '../plan/aggregate-functions.js'
import { type DataType, type Field, fieldAt } from '../plan/type.js'
import type { SessionWindows, WindowAggregateNode } from '../plan/window-node.js'
import { type SplitAggregate, splitAggregate } from './aggregate.js'
import { arrivalField } from './arrivals.js'
import { columnName } from './duckdb/engine.js'

/** A grouping by sessions. */
export type SessionAggregateNode = WindowAggregateNode & {
  readonly window: SessionWindows & { readonly timeColumn: number }
}

export function isOfSessions(node: WindowAggregateNode): node is SessionAggregateNode {
  return node.window.kind === 'session'
}

/**
 * Columns of a partial row: what it is partitioned by, the session's start, the other keys, what
 * DISTINCT groups by, the session's end, partials, the last arrival where that is kept.
 */
export interface SessionLayout {
  readonly fields: readonly Field[]
  readonly partitionCount: number
  readonly groupCount: number
  /** The last number with which a row of the group arrived. */
  readonly arrivalPlace: number | undefined
  /** Of the node, in the order of the layout; and where each key of the node is in it. */
  readonly partitionKeys: readonly number[]
  readonly otherKeys: readonly number[]
  readonly placeOfKey: readonly number[]
  readonly aggregates: readonly { split: SplitAggregate; names: readonly string[] }[]
}

const timestamp: DataType = { kind: 'timestamp', precision: 3, nullable: false }
export const recordsField: Field = { name: 'records', type: { kind: 'bigint', nullable: false } }
export const isFirstField: Field = { name: 'is_first', type: { kind: 'boolean', nullable: false } }
/** Stands for what rows are partitioned by where that is nothing. */
const allField: Field = { name: 'all', type: { kind: 'tinyint', nullable: false } }

export function sessionLayoutOf(node: SessionAggregateNode): SessionLayout {
  const partitionKeys = node.window.partitionKeys
  const otherKeys = [...node.keys.keys()].filter((key) => !partitionKeys.includes(key))
  const fieldsOf = (keys: readonly number[]) => keys.map((key) => fieldAt(node.fields, key))
  const partition = partitionKeys.length > 0 ? fieldsOf(partitionKeys) : [allField]
  const splits = node.aggregates.map((call, ordinal) => splitAggregate(call, ordinal, 'arrival'))
  const isOrderKept = node.aggregates.some((call) => isOrdered(call.function))
  const groups = splits.flatMap((split) => split.groupColumns.map(({ field }) => field))
  const partials = splits.flatMap((split) => split.columns.map(({ field }) => field))
  const partitionCount = partition.length
  const groupCount = partitionCount + 1 + otherKeys.length + groups.length
  let group = groupCount - groups.length
  let partial = groupCount + 1
  return {
    fields: [
      ...partition,
      { name: 'session_start', type: timestamp },
      ...fieldsOf(otherKeys),
      ...groups,
      { name: 'session_end', type: timestamp },
      ...partials,
      ...(isOrderKept ? [arrivalField] : []),
    ],
    partitionCount,
    arrivalPlace: isOrderKept ? groupCount + 1 + partials.length : undefined,
    groupCount,
    partitionKeys,
    otherKeys,
    placeOfKey: node.keys.map((_, key) => {
      const place = partitionKeys.indexOf(key)
      return place >= 0 ? place : partitionCount + 1 + otherKeys.indexOf(key)
    }),
    aggregates: splits.map((split) => ({
      split,
      names: [
        ...split.groupColumns.map(() => columnName(group++)),
        ...split.columns.map(() => columnName(partial++)),
      ],
    })),
  }
}
