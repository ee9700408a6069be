/**
 * The port: a declared table that follows its topic, whoever keeps the rows.
 *
 * Duties of an implementation: rows and the offsets they came from become visible together, or not
 * at all; under `upsert` the row of a key is the record with the highest offset in its partition;
 * after `close` nothing is written any more.
 */
export interface Table {
  readonly name: string
  /** An SQL FROM item that the engine that keeps the rows understands. */
  readonly source: string
  /** In the table's order; empty until the first schema is known. */
  columns(): Promise<{ name: string; type: string }[]>
  metrics(): TableMetrics
  /** Resolves when what is committed in the topic now can be queried. Rejects when closed first. */
  caughtUp(): Promise<void>
  close(): Promise<void>
}

export interface TableMetrics {
  /** Rows that a query sees now. */
  rows: number
  /** Records read since the start, bad ones included. */
  recordsIn: number
  /** Of those: undecodable, or without a key; each was skipped. */
  recordsBad: number
  /** Offsets between what was read and the topic's last stable offsets, as last heard. */
  lag: number
}
