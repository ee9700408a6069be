import type { Field } from '../plan/type.js'
import type { ColumnBatch } from './batch.js'
import type { OperatorState } from './operator-state.js'
import { WaitingTable } from './waiting-table.js'

/**
 * The open sessions of one operator, by what they are partitioned by: of each session a row for
 * each of its groups, with the session's start and end. They wait until the watermark reaches their
 * last instant, `end - 1 ms`.
 *
 * Invariant. Sessions of one partition do not touch.
 *
 * Fields of a row: `partitionCount` that it is partitioned by, the session's start, others that tell
 * the groups apart, up to `keyCount`; then the session's end, and what is kept of the group.
 */
export class SessionTable extends WaitingTable {
  private readonly gapMs: number

  constructor(
    fields: readonly Field[],
    of: { keyCount: number; partitionCount: number; gapMs: number },
  ) {
    const { keyCount, partitionCount } = of
    super(fields, { keyCount, groupCount: partitionCount, timeField: keyCount })
    this.gapMs = of.gapMs
  }

  override get parameters(): OperatorState['parameters'] {
    return { ...this.rows.parameters, gapMs: this.gapMs }
  }

  /** The places of the sessions that end by then, and the last instant of each. */
  ending(throughMs: number): { places: Int32Array; lastInstantsMs: Float64Array } {
    const { places, values } = this.rows.placesUpTo(this.timeField, this.lastMicrosOf(throughMs))
    return { places, lastInstantsMs: values.map((end) => Math.floor(end / 1000) - 1) }
  }

  /** The places of all open sessions of these partitions, each of which comes once. */
  ofPartitions(partitions: ColumnBatch): Int32Array {
    return this.rows.findGroups(partitions).places
  }

  protected override lastMicrosOf(throughMs: number): number {
    return (throughMs + 1) * 1000
  }
}
