import type { MatchNode } from '../../plan/match-node.js'
import type { Field } from '../../plan/type.js'
import { ColumnBatch } from '../../state/batch.js'
import type { Column } from '../../state/column.js'
import { KeyedTable } from '../../state/keyed-table.js'
import type { StateChange } from '../../state/operator-state.js'
import { oneField } from '../over-layout.js'
import { pushValue, type Value } from './value.js'

/** The number of a row among all of the operator; -1 for one that has none yet. */
export const numberField: Field = { name: 'number', type: { kind: 'bigint', nullable: false } }

/**
 * The rows that open matches may need, by partition and number. Bound: of each partition the rows
 * from the first of the first open match on.
 */
export class KeptRows {
  readonly table: KeyedTable
  private readonly node: MatchNode
  /** Of the input, in the order of the table behind partition and number. */
  private readonly others: readonly number[]
  private readonly keyCount: number

  constructor(node: MatchNode) {
    this.node = node
    const { fields } = node.input
    const { partitionKeys } = node
    this.others = [...fields.keys()].filter((column) => !partitionKeys.includes(column))
    const keys = partitionKeys.map((key) => fields[key] as Field)
    this.keyCount = Math.max(1, keys.length)
    const partition = keys.length === 0 ? [oneField] : keys
    const data = this.others.map((column) => fields[column] as Field)
    this.table = new KeyedTable([...partition, numberField, ...data], this.keyCount + 1)
  }

  /** The columns by which rows of the input are told apart, at least one. */
  partitionOf(rows: ColumnBatch): Column[] {
    const { partitionKeys } = this.node
    if (partitionKeys.length > 0) return partitionKeys.map((key) => rows.column(key))
    const one = new ColumnBatch([oneField]).fixed(0)
    one.extend(rows.rowCount)
    return [one]
  }

  /** All of them, in the columns of the input, and their numbers behind these. */
  all(): ColumnBatch {
    const { fields } = this.node.input
    const { columns } = this.table.dump()
    const columnOf = (field: number) => {
      const key = this.node.partitionKeys.indexOf(field)
      return columns[key >= 0 ? key : this.keyCount + 1 + this.others.indexOf(field)] as Column
    }
    const ordered = [...fields.keys()].map(columnOf)
    return new ColumnBatch([...fields, numberField], [...ordered, columns[this.keyCount] as Column])
  }

  /** What comes, of a batch of rows whose first has a number, and what goes. */
  change(
    state: string,
    of: {
      rows: ColumnBatch
      firstNumber: number
      /** Numbers of rows of the batch. */
      added: readonly number[]
      removed: readonly { readonly key: readonly Value[]; readonly number: number }[]
    },
  ): StateChange[] {
    const added = new ColumnBatch(this.table.fields)
    if (of.added.length > 0) {
      const numbers = new ColumnBatch([numberField]).fixed(0)
      for (let row = 0; row < of.rows.rowCount; row++) numbers.pushSafeInteger(of.firstNumber + row)
      const data = this.others.map((column) => of.rows.column(column))
      const places = of.added.map((number) => number - of.firstNumber)
      added.appendTaken([...this.partitionOf(of.rows), numbers, ...data], places)
    }
    const removed = new ColumnBatch(this.table.keyFields)
    for (const { key, number } of of.removed) {
      key.forEach((value, place) => {
        pushValue(removed.column(place), value)
      })
      removed.fixed(this.keyCount).pushSafeInteger(number)
    }
    if (added.rowCount === 0 && removed.rowCount === 0) return []
    return [
      {
        state,
        ...(removed.rowCount > 0 && { removed }),
        ...(added.rowCount > 0 && { rows: added }),
      },
    ]
  }
}

/** Rows that have no number yet. */
export function withoutNumbers(rows: ColumnBatch): ColumnBatch {
  const numbers = new ColumnBatch([numberField]).fixed(0)
  for (let row = 0; row < rows.rowCount; row++) numbers.pushSafeInteger(-1)
  return new ColumnBatch([...rows.fields, numberField], [...rows.columns, numbers])
}
