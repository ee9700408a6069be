import type { GroupPartition } from '@millrace/log'
import { gatewayErrors } from '../../errors.js'
import type { Position } from './backlog.js'

/** A partition that an instance reads, and where it stands. */
export interface Assigned extends GroupPartition {
  /** Of the next record to give out; undefined until it was looked up. */
  position: number | undefined
  /** What may be committed: what the client has shown to have. */
  confirmed: number | undefined
  committed: number | undefined
}

/** The partitions of an instance: given by its group, or assigned by its client. */
export class AssignedPartitions {
  #all = new Map<string, Assigned>()

  /** These take the place of all others; where they stand is not known yet. */
  take(partitions: readonly GroupPartition[]): void {
    this.#all = new Map(
      partitions.map(({ topic, partition }) => [
        keyOf(topic, partition),
        { topic, partition, position: undefined, confirmed: undefined, committed: undefined },
      ]),
    )
  }

  all(): Assigned[] {
    return [...this.#all.values()]
  }

  /** Throws 40903 for a partition that the instance does not read. */
  mine(topic: string, partition: number): Assigned {
    const assigned = this.#all.get(keyOf(topic, partition))
    if (assigned !== undefined) return assigned
    throw gatewayErrors.illegalState(`No current assignment for partition ${topic}-${partition}`)
  }

  /** What stands before this position is given out. */
  pass({ topic, partition, offset }: Position): void {
    const assigned = this.#all.get(keyOf(topic, partition))
    if (assigned !== undefined) assigned.position = offset
  }

  /** The client has shown to have all that was given out. */
  confirm(): void {
    for (const one of this.#all.values()) one.confirmed = one.position
  }

  /** Those of which more is confirmed than committed. */
  uncommitted(): Assigned[] {
    return this.all().filter(
      ({ confirmed, committed }) => confirmed !== undefined && confirmed !== committed,
    )
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
