import type { Source } from '../operators/source.js'
import type { SourcePosition } from '../state/entry.js'
import type { Decoded } from './decoding.js'

/**
 * How a table is read, whatever its connector. The step loop is its only caller: it takes rows,
 * which moves the positions, and commits those positions with what it made of the rows. A reader
 * that is opened with positions goes on there, so that what no step has committed comes again.
 */
export interface Reader {
  readonly source: Source
  /** Begins to read ahead, where it does. */
  start(): void
  /** Is there something for a step (or a failure that `take` will throw)? */
  readonly hasBacklog: boolean
  /** Has the table an end? */
  readonly isBounded: boolean
  /** Was all taken that there will ever be? Never of a table without an end. */
  readonly isFinished: boolean
  /** Rows for a step, about `recordsMax` of them; undefined where there are none now. */
  take(recordsMax: number): Promise<Decoded | undefined>
  /** The latest event time that the step saw of each partition, by its place. */
  observe(times: ReadonlyMap<number, number>): void
  /** Before this no record is expected any more, as far as its records tell. */
  watermarkMs(): number
  /** Whether time alone may bring rows, or move the watermark; never where it is absent. */
  readonly dependsOnTime?: boolean
  /** Where the next step begins. */
  positions(): SourcePosition[]
  /** Records that are there and that no step has taken. */
  lag(): number
  /** How long it read no further because steps had enough to take; absent where it never waits. */
  readonly waitedMs?: number
  /** What is there now is all that is still to be read. */
  endHere(): Promise<void>
  close(): Promise<void>
}
