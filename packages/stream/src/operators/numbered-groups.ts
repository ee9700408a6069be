import type { Field } from '../plan/type.js'
import { appendTakenColumn, ColumnBatch } from '../state/batch.js'
import type { FixedColumn } from '../state/column.js'
import type { KeyedTable } from '../state/keyed-table.js'
import type { StepRows } from './seen-rows.js'
import type { SeenStep, SeenValues } from './seen-values.js'

/** The number of a group, which no other has had. */
export const numberField: Field = { name: 'number', type: { kind: 'bigint', nullable: false } }

/**
 * Groups by number, and the sets of values that know them by it.
 *
 * Invariant: a group that the state has keeps its number, and no group gets one that another has, or
 * that a set still has values of. A group is forgotten no sooner than any of its values, for it is
 * written whenever one of them is; so one that comes again under another number has lost none.
 */
export class NumberedGroups {
  readonly #groups: KeyedTable
  /** The field of the groups that has the number. */
  readonly #field: number
  readonly #sets: readonly SeenValues[]
  /** Undefined until the first step: the state may be read after this is made. */
  #next: number | undefined

  constructor(groups: KeyedTable, field: number, sets: readonly SeenValues[]) {
    this.#groups = groups
    this.#field = field
    this.#sets = sets
  }

  /**
   * Takes the rows of a step and the groups that they make, once each, of which the keys come first.
   * Gives the number of each group, and what the step does to each set.
   */
  step(rows: StepRows, came: ColumnBatch): { numbers: FixedColumn; sets: SeenStep[] } {
    const numbers = this.#numbersOf(came)
    const placeOf = rows.placesIn(came)
    const numberOf = new ColumnBatch([numberField]).fixed(0)
    appendTakenColumn(numberOf, numbers, placeOf)
    const sets = this.#sets.map((set, index) => set.step(rows.column(index), placeOf, numberOf))
    return { numbers, sets }
  }

  clear(): void {
    for (const set of this.#sets) set.clear()
  }

  #numbersOf(came: ColumnBatch): FixedColumn {
    const known = this.#groups.take(this.#groups.find(came), [this.#field]).fixed(0)
    const numbers = new ColumnBatch([numberField]).fixed(0)
    let next = this.#next ?? this.#firstFree()
    for (let row = 0; row < came.rowCount; row++) {
      numbers.pushSafeInteger(known.validity.isValid(row) ? known.numberAt(row) : next++)
    }
    this.#next = next
    return numbers
  }

  #firstFree(): number {
    const ofValues = this.#sets.map(({ table }) => (table.isForgetful ? table.greatest(0) : -1))
    return Math.max(-1, this.#groups.greatest(this.#field), ...ofValues) + 1
  }
}
