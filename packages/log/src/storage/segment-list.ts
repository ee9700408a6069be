import { loadedIndexesPerLogMax } from '../limits.js'
import type { Segment } from './segment.js'

/**
 * The segments of a log, in the order of their offsets.
 *
 * Invariants: there is always one; each begins at the `nextOffset` of the one before; only the
 * last, the active one, is written to. Of the others those that were read last have their indexes
 * in memory.
 */
export class SegmentList implements Iterable<Segment> {
  #segments: Segment[]
  /** Those that were read, in the order in which they were last. */
  readonly #read = new Set<Segment>()

  constructor(segments: readonly Segment[]) {
    this.#segments = [...segments]
  }

  [Symbol.iterator](): Iterator<Segment> {
    return this.#segments.values()
  }

  get length(): number {
    return this.#segments.length
  }

  get first(): Segment {
    return this.#segments[0] as Segment
  }

  /** The last one. */
  get active(): Segment {
    return this.#segments.at(-1) as Segment
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, each) => sum + each.sizeBytes, 0)
  }

  /** The greatest timestamp, -1 where there is none. */
  get maxTimestamp(): number {
    return this.#segments.reduce((max, each) => Math.max(max, each.maxTimestamp), -1)
  }

  /** Those from the one that holds `offset` on; the first too for what lies before it. */
  *from(offset: number): Generator<Segment> {
    for (let at = this.#indexOf(offset); at < this.#segments.length; at++) {
      yield this.#segments[at] as Segment
    }
  }

  /** All but the active one. */
  get full(): Segment[] {
    return this.#segments.slice(0, -1)
  }

  /** Notes that one was read; another that was not read for long then needs no index. */
  wasRead(segment: Segment): void {
    if (segment === this.active) return
    this.#read.delete(segment)
    this.#read.add(segment)
    if (this.#read.size <= loadedIndexesPerLogMax) return
    const [oldest = segment] = this.#read
    this.#read.delete(oldest)
    oldest.unloadIndex()
  }

  push(segment: Segment): void {
    this.#segments.push(segment)
  }

  /** Takes the first one out. Precondition: there are two. */
  shift(): Segment {
    const first = this.#segments.shift() as Segment
    this.#read.delete(first)
    return first
  }

  /** Puts one in the place of several that follow one another. */
  replace(replaced: readonly Segment[], by: Segment): void {
    const at = this.#segments.indexOf(replaced[0] as Segment)
    this.#segments.splice(at, replaced.length, by)
    for (const each of replaced) this.#read.delete(each)
  }

  /** Whether all of these are in it. */
  holds(segments: readonly Segment[]): boolean {
    return segments.every((each) => this.#segments.includes(each))
  }

  /** The segment that holds `offset`. */
  at(offset: number): Segment {
    return this.#segments[this.#indexOf(offset)] as Segment
  }

  /** The one after a segment. */
  after(segment: Segment): Segment | undefined {
    return this.#segments[this.#indexOf(segment.baseOffset) + 1]
  }

  #indexOf(offset: number): number {
    let low = 0
    let high = this.#segments.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if ((this.#segments[middle] as Segment).baseOffset <= offset) low = middle
      else high = middle
    }
    return low
  }
}
