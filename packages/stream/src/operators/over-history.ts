import type { OverNode } from '../plan/over-node.js'
import { ColumnBatch } from '../state/batch.js'
import { groupByKey } from '../state/key-groups.js'
import { KeyedTable } from '../state/keyed-table.js'
import type { StateChange } from '../state/operator-state.js'
import { fromEndField, type OverLayout } from './over-layout.js'

/**
 * What rows that are given out leave behind for those after them, by partition: where functions are
 * of all rows before, their merged parts; where they are of a number of rows, so many of the last
 * rows, each by where it is counted from the end. Bound: the partitions, times the rows of a frame.
 */
export class OverHistory {
  readonly name: string
  readonly table: KeyedTable
  private readonly node: OverNode
  private readonly layout: OverLayout
  /** How many rows a frame reaches back; undefined for all of them. */
  private readonly reach: number | undefined

  constructor(name: string, node: OverNode, layout: OverLayout) {
    this.name = name
    this.node = node
    this.layout = layout
    this.reach = node.frame.preceding
    const { partitionFields, beforeFields } = layout
    const count = partitionFields.length
    this.table =
      this.reach === undefined
        ? new KeyedTable(beforeFields, count)
        : new KeyedTable([...partitionFields, fromEndField, ...node.input.fields], count + 1, count)
  }

  /** Of the partitions of some rows that are known: their merged parts, in the columns of `before`. */
  partsBefore(due: ColumnBatch): ColumnBatch {
    const known = this.table.find(this.partitionsOf(due)).filter((place) => place >= 0)
    return this.table.gather(known)
  }

  /** Of the partitions of some rows: their last rows, in the columns of `rows`. */
  rowsBefore(due: ColumnBatch): ColumnBatch {
    const { places } = this.table.findGroups(this.partitionsOf(due))
    const count = this.layout.partitionFields.length
    const columns = this.node.input.fields.map((_, index) => count + 1 + index)
    return this.table.take(places, [...columns, count])
  }

  /** What the results of a step leave behind. */
  change(results: ColumnBatch): StateChange {
    const { node, layout, reach } = this
    const fromEnd = results.fixed(node.fields.length + layout.partFields.length)
    const rows: number[] = []
    const last = reach ?? 1
    for (let row = 0; row < results.rowCount; row++) {
      if (fromEnd.numberAt(row) <= last) rows.push(row)
    }
    const fields = this.table.fields
    const taken = new ColumnBatch(fields)
    const columns = this.partitionColumns(results)
    const rest =
      reach === undefined
        ? results.columns.slice(node.fields.length, node.fields.length + layout.partFields.length)
        : [fromEnd, ...results.columns.slice(0, node.input.fields.length)]
    taken.appendTaken([...columns, ...rest], rows)
    return { state: this.name, ...(taken.rowCount > 0 && { rows: taken }) }
  }

  /** Each partition of some rows, once. */
  private partitionsOf(rows: ColumnBatch): ColumnBatch {
    const { partitionFields } = this.layout
    const columns = this.partitionColumns(rows)
    const { heads } = groupByKey(columns, columns.length, rows.rowCount)
    const partitions = new ColumnBatch(partitionFields)
    partitions.appendTaken(columns, heads)
    return partitions
  }

  private partitionColumns(rows: ColumnBatch): ColumnBatch['columns'] {
    const { partitionKeys } = this.node
    if (partitionKeys.length > 0) return partitionKeys.map((key) => rows.column(key))
    const one = new ColumnBatch(this.layout.partitionFields).fixed(0)
    one.extend(rows.rowCount)
    return [one]
  }
}
