import type { OperatorMetrics } from '../operators/metrics.js'

export type { OperatorMetrics }

/** How a job is doing. Totals are over its whole life, restarts included. */
export interface JobMetrics {
  /** Records read. Each was kept, filtered, late or skipped. */
  recordsIn: number
  /** Records that its inserts gave. */
  recordsOut: number
  /** Came for a window that was given out already; counted once for each insert it missed. */
  late: number
  /** Had no value, or could not be read where the table says to ignore that. */
  skipped: number
  /** Event time that all inputs have passed, ms since 1970; absent before it is known. */
  watermark?: number
  /** Records in the log that no step has taken yet. */
  lag: number
  /** Steps taken. */
  epoch: number
  /** What all operators keep in memory, and how much they may. */
  stateBytes: number
  stateBytesMax: number
  /** What they keep on disk alone. */
  stateSpilledBytes: number
  /** Since its process began, in milliseconds: in steps, waiting for the log to take results, idle. */
  accumulateBusyTimeMs: number
  accumulateBackPressuredTimeMs: number
  accumulateIdleTimeMs: number
  /** Sources, then operators from below, then sinks. */
  operators: readonly OperatorMetrics[]
}
