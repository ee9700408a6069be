import type { RowValue } from './row-values.js'

/** A row of a partition. */
export interface MatchRow {
  readonly timeMs: number
  /** Its number among all rows of the operator, in their order. */
  readonly number: number
  readonly values: readonly RowValue[]
}

/** The rows of a partition that are kept, by their places: counted from the first that ever came. */
export class PartitionRows {
  private rows: MatchRow[] = []
  private base = 0

  get all(): readonly MatchRow[] {
    return this.rows
  }

  /** The place of the row that came last. */
  get last(): number {
    return this.base + this.rows.length - 1
  }

  push(row: MatchRow): void {
    this.rows.push(row)
  }

  at(place: number): MatchRow {
    const row = this.rows[place - this.base]
    if (row === undefined) throw new RangeError(`the row ${place} is not kept`)
    return row
  }

  /** Drops the rows before a place; answers how many they are. */
  dropBefore(place: number): number {
    const count = place - this.base
    if (count > 0) this.rows = this.rows.slice(count)
    this.base = place
    return count
  }
}
