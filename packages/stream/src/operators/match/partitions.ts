import { Matcher } from './matcher.js'
import type { Pattern } from './pattern.js'
import { keyText, type Value } from './value.js'

/** A partition with something open, and how many of its rows, the first, are in the state. */
export interface Partition {
  readonly text: string
  readonly matcher: Matcher
  stored: number
}

/** The partitions in which something is open; one that was never seen is as one with nothing open. */
export class Partitions {
  private readonly pattern: Pattern
  private readonly known = new Map<string, Partition>()
  /** Those with whole matches that wait. */
  private readonly waiting = new Set<Partition>()

  constructor(pattern: Pattern) {
    this.pattern = pattern
  }

  of(key: readonly Value[]): Partition {
    const text = keyText(key)
    const known = this.known.get(text)
    if (known !== undefined) return known
    const partition = { text, matcher: new Matcher(this.pattern, key), stored: 0 }
    this.known.set(text, partition)
    return partition
  }

  /** Those in which a match has taken too long by then. */
  *overdue(nowMs: number): Generator<Partition> {
    if (this.pattern.node.withinMs === undefined) return
    for (const partition of this.known.values()) {
      if (partition.matcher.deadlineMs <= nowMs) yield partition
    }
  }

  /** Does a whole match wait for one that has taken too long by then? */
  isDue(nowMs: number): boolean {
    for (const { matcher } of this.waiting) if (matcher.deadlineMs <= nowMs) return true
    return false
  }

  /** The least time of the last rows of the whole matches that wait; Infinity for none. */
  get waitingSinceMs(): number {
    let least = Number.POSITIVE_INFINITY
    for (const { matcher } of this.waiting) least = Math.min(least, matcher.waitingSinceMs)
    return least
  }

  /**
   * After the rows of a step: what was open in a partition may have changed. Answers the numbers of
   * its rows that are to be kept from now on, and of those in the state that are not any more.
   */
  settle(partition: Partition): { added: number[]; removed: number[] } {
    const { matcher, stored, text } = partition
    const before = matcher.keptRows
    const dropped = matcher.forget()
    const numbers = (from: number, to?: number) =>
      before.slice(from, to).map(({ number }) => number)
    const removed = numbers(0, Math.min(dropped, stored))
    const added = numbers(Math.max(dropped, stored))
    partition.stored = matcher.keptRows.length
    if (partition.stored === 0) this.known.delete(text)
    if (matcher.waitingSinceMs < Number.POSITIVE_INFINITY) this.waiting.add(partition)
    else this.waiting.delete(partition)
    return { added, removed }
  }
}
