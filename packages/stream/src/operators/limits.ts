/**
 * Threads of a job's DuckDB. One keeps the order of additions, and with it the last digit of a
 * sum of doubles, the same from run to run; a second core is kept busy by decoding the next
 * batch meanwhile.
 */
export const duckdbThreads = 1

/** Memory of a job's DuckDB, which holds one step's intermediate rows only. */
export const duckdbMemoryMegabytesMax = 2048

/**
 * Partial rows of the windows that one step closes; each gives at most one record. It bounds the
 * outbox, and with it a journal entry and a Kafka transaction. A single window with more groups
 * than this closes in one step all the same.
 */
const closedRowsPerStepMax = 200_000

/** The limits that decide how a step is cut; tests make them small. */
export interface OperatorLimits {
  readonly closedRowsPerStepMax: number
  /** A pane is compacted when it holds at least so many partial rows. */
  readonly paneCompactionRowsMin: number
}

export const operatorLimits: OperatorLimits = {
  closedRowsPerStepMax,
  paneCompactionRowsMin: 65_536,
}

/**
 * Rows that wait for the watermark lie in panes of so much event time, which are dropped whole: it
 * bounds the rows that are kept, and looked through, beyond those that still count.
 */
export const eventTimeSliceMs = 1000
