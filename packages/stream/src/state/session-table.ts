import type { Field } from '../plan/type.js'
import type { ColumnBatch } from './batch.js'
import { KeyedTable } from './keyed-table.js'
import type { OperatorState, StateChange } from './operator-state.js'

/**
 * The open sessions of one operator, by what they are partitioned by: of each session a row for
 * each of its groups, with the session's start and end.
 *
 * Invariants. Sessions of one partition do not touch. `closedThroughMs` never goes back, and no
 * session whose last instant (`end - 1 ms`) is at or before it is open.
 *
 * Fields of a row: `partitionCount` that it is partitioned by, the session's start, others that tell
 * the groups apart, up to `keyCount`; then the session's end, and what is kept of the group.
 */
export class SessionTable implements OperatorState {
  readonly rows: KeyedTable
  private readonly endField: number
  private closedThrough = Number.NEGATIVE_INFINITY
  private readonly gapMs: number

  constructor(
    fields: readonly Field[],
    of: { keyCount: number; partitionCount: number; gapMs: number },
  ) {
    this.rows = new KeyedTable(fields, of.keyCount, of.partitionCount)
    this.endField = of.keyCount
    this.gapMs = of.gapMs
  }

  get fields(): readonly Field[] {
    return this.rows.fields
  }

  get keyFields(): readonly Field[] {
    return this.rows.keyFields
  }

  get parameters() {
    return { ...this.rows.parameters, gapMs: this.gapMs }
  }

  get rowCount(): number {
    return this.rows.rowCount
  }

  get sizeBytes(): number {
    return this.rows.sizeBytes
  }

  /** Sessions whose last instant is not after this were given out. */
  get closedThroughMs(): number {
    return this.closedThrough
  }

  apply({ rows, removed, closedThroughMs }: Omit<StateChange, 'state'>): void {
    this.rows.apply({ ...(rows && { rows }), ...(removed && { removed }) })
    if (closedThroughMs === undefined || closedThroughMs <= this.closedThrough) return
    const { places } = this.due(closedThroughMs)
    if (places.length > 0) this.rows.remove(this.rows.gather(places))
    this.closedThrough = closedThroughMs
  }

  whole(): Omit<StateChange, 'state'> {
    // -Infinity is no JSON: a table that never closed anything says nothing.
    const closed = Number.isFinite(this.closedThrough)
    return { ...this.rows.whole(), ...(closed && { closedThroughMs: this.closedThrough }) }
  }

  /** The places of the sessions that end by then, and the last instant of each. */
  due(throughMs: number): { places: Int32Array; lastInstantsMs: Float64Array } {
    const most = (throughMs + 1) * 1000
    const { places, values } = this.rows.placesUpTo(this.endField, most)
    return { places, lastInstantsMs: values.map((end) => Math.floor(end / 1000) - 1) }
  }

  /** The places of all open sessions of these partitions, each of which comes once. */
  ofPartitions(partitions: ColumnBatch): Int32Array {
    return this.rows.findGroups(partitions).places
  }
}
