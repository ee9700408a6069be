/**
 * Places by time, in buckets of `widthMs`: what the passing of time takes away is found without
 * looking at what it leaves, but for one bucket.
 *
 * Invariant: a place is in the bucket of its time, once, from `add` to `takeUpTo`.
 */
export class TimeIndex {
  readonly #widthMs: number
  readonly #timeMsOf: (place: number) => number
  readonly #buckets = new Map<number, number[]>()

  /** `timeMsOf` is the time under which a place was added, for as long as it is here. */
  constructor(widthMs: number, timeMsOf: (place: number) => number) {
    this.#widthMs = Math.max(1, widthMs)
    this.#timeMsOf = timeMsOf
  }

  add(place: number): void {
    const bucket = this.#bucketOf(this.#timeMsOf(place))
    const places = this.#buckets.get(bucket)
    if (places === undefined) this.#buckets.set(bucket, [place])
    else places.push(place)
  }

  /** The places whose time is at most this, bucket by bucket. */
  upTo(throughMs: number): number[] {
    const last = this.#bucketOf(throughMs)
    const found: number[] = []
    for (const bucket of this.#bucketsUpTo(last)) {
      for (const place of this.#buckets.get(bucket) ?? []) {
        if (bucket < last || this.#timeMsOf(place) <= throughMs) found.push(place)
      }
    }
    return found
  }

  /** The same, and forgets them. */
  takeUpTo(throughMs: number): number[] {
    const taken = this.upTo(throughMs)
    const last = this.#bucketOf(throughMs)
    for (const bucket of this.#bucketsUpTo(last)) {
      const rest =
        bucket < last
          ? []
          : this.#buckets.get(bucket)?.filter((place) => this.#timeMsOf(place) > throughMs)
      if (rest === undefined || rest.length === 0) this.#buckets.delete(bucket)
      else this.#buckets.set(bucket, rest)
    }
    return taken
  }

  /** The latest time there is; -Infinity for none. */
  get latestMs(): number {
    let last = Number.NEGATIVE_INFINITY
    for (const bucket of this.#buckets.keys()) last = Math.max(last, bucket)
    const times = this.#buckets.get(last)?.map(this.#timeMsOf) ?? []
    return times.reduce((latest, time) => Math.max(latest, time), Number.NEGATIVE_INFINITY)
  }

  get sizeBytes(): number {
    let places = 0
    for (const bucket of this.#buckets.values()) places += bucket.length
    return places * 4
  }

  #bucketOf(timeMs: number): number {
    return Math.floor(timeMs / this.#widthMs)
  }

  #bucketsUpTo(last: number): number[] {
    return [...this.#buckets.keys()]
      .filter((bucket) => bucket <= last)
      .sort((left, right) => left - right)
  }
}
