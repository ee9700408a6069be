import type { SourcePosition } from '../state/entry.js'

/** One partition of a source, as the job has read it. Positions move only with the steps. */
export interface PartitionState {
  readonly topic: string
  readonly partition: number
  /** The next record that a step will take. */
  offset: number
  /** Of the first record that is not to be read; undefined where reading goes on for ever. */
  boundOffset: number | undefined
  /** The latest event time that a step has seen. */
  maxTimeMs: number | undefined
  /** The end of the partition as the last fetch knew it. */
  endOffset: number
  /** When the last record came, by the clock's monotonic time. */
  lastRecordMs: number
}

export function positionOf(source: string, partition: PartitionState): SourcePosition {
  const { topic, partition: number, offset, maxTimeMs } = partition
  return {
    source,
    topic,
    partition: number,
    offset,
    ...(maxTimeMs === undefined ? {} : { maxTimeMs }),
  }
}

/** Was all of it taken that there is to read? Never of one that is not bounded. */
export function isFinished({ offset, boundOffset }: PartitionState): boolean {
  return boundOffset !== undefined && offset >= boundOffset
}
