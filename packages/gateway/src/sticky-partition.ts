import { cacheEntriesMax, stickyBytes } from './limits.js'

interface Place {
  partition: number
  bytes: number
}

/**
 * Where records without a key go: all to one partition of their topic until it has had its share
 * of bytes, then to the next, so that what comes at the same time meets in one batch, and over
 * time all partitions get as much (KIP-794).
 */
export class StickyPartition {
  readonly #places = new Map<string, Place>()
  /** Where the first topic begins: gateways that start together need not meet. */
  #start: number

  constructor(start: number) {
    this.#start = start
  }

  /** The partition for the records of one request, whose body has so many bytes. */
  of(topic: string, partitions: number, bytes: number): number {
    let place = this.#places.get(topic)
    if (place === undefined) {
      const [oldest] = this.#places.keys()
      if (this.#places.size >= cacheEntriesMax && oldest !== undefined) this.#places.delete(oldest)
      place = { partition: this.#start++ >>> 0, bytes: 0 }
      this.#places.set(topic, place)
    } else if (place.bytes >= stickyBytes) {
      place.partition++
      place.bytes = 0
    }
    place.bytes += bytes
    return place.partition % partitions
  }
}
