import { decodeRecords, type FetchedPartition } from '@millrace/log'
import type { RawRecord } from './record-reader.js'

/** Where to read on in a partition. */
export interface Position {
  topic: string
  partition: number
  offset: number
}

/**
 * What was fetched and not yet given out, in the order in which it came. Batches are taken apart
 * one by one, so that at most one is in memory as records.
 */
export class Backlog {
  #fetched: { topic: string; partition: number; from: number; next: number; batches: Buffer[] }[] =
    []
  #records: RawRecord[] = []
  #at = 0
  /** Raised by `clear`: who waited for a fetch or a schema meanwhile has something outdated. */
  epoch = 0

  add(fetched: readonly FetchedPartition[]): void {
    for (const { topic, partition, startOffset, nextOffset, batches } of fetched) {
      const entry = { topic, partition, from: startOffset, next: nextOffset, batches: [...batches] }
      this.#fetched.push(entry)
    }
  }

  /** The next record, which stays; `passed` is told where partitions stand that have no more. */
  peek(passed: (position: Position) => void): RawRecord | undefined {
    while (this.#at >= this.#records.length) {
      const [first] = this.#fetched
      if (first === undefined) return undefined
      const batch = first.batches.shift()
      if (batch === undefined) {
        this.#fetched.shift()
        passed({ topic: first.topic, partition: first.partition, offset: first.next })
        continue
      }
      const { topic, partition, from } = first
      this.#at = 0
      this.#records = decodeRecords(batch)
        .filter(({ offset }) => offset >= from)
        .map((record) => ({ ...record, topic, partition }))
    }
    return this.#records[this.#at]
  }

  /** The record that `peek` gave is given out. */
  shift(): void {
    this.#at++
  }

  clear(): void {
    this.epoch++
    this.#fetched = []
    this.#records = []
    this.#at = 0
  }
}
