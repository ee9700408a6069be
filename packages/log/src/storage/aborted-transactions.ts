import path from 'node:path'
import type { Disk } from '@millrace/host'
import { abortedRunEntriesMax } from '../limits.js'
import {
  type AbortedEntries,
  type AbortedEntry,
  AbortedRun,
  type AbortedTransaction,
  type RunDescription,
} from './aborted-run.js'

/**
 * The aborted transactions of a partition, however many.
 *
 * Invariants:
 * - Entries are in the order of their markers, in runs of a bounded length; the newest ones are in
 *   memory, the others in a file for each run.
 * - A snapshot of the producers names the runs there were at its offset. What came later is found
 *   again by reading the log, and a file that no snapshot names is of no use.
 */
export class AbortedTransactions {
  readonly #disk: Disk
  readonly #directory: string
  #runs: AbortedRun[] = []
  #newest: AbortedEntry[] = []
  #saving: Promise<void> = Promise.resolve()
  /** The run that was read last: readers go through a log in its order. */
  #cached: { run: AbortedRun; entries: AbortedEntries } | undefined

  constructor(disk: Disk, directory: string) {
    this.#disk = disk
    this.#directory = directory
  }

  /**
   * Those that a snapshot names, without runs that end before `startOffset`. Undefined where a
   * file is not there.
   */
  static open(
    disk: Disk,
    directory: string,
    runs: readonly RunDescription[],
    startOffset: number,
  ): AbortedTransactions | undefined {
    const aborted = new AbortedTransactions(disk, directory)
    for (const description of runs) {
      if (description.last < startOffset) continue
      const run = AbortedRun.open(disk, directory, description)
      if (run === undefined) return undefined
      aborted.#runs.push(run)
    }
    return aborted
  }

  /** Adds the transaction that was aborted last. */
  add(entry: AbortedEntry): void {
    this.#newest.push(entry)
    if (this.#newest.length < abortedRunEntriesMax) return
    this.#close()
    // Tried again when a segment is sealed; until then it stays in memory.
    this.save().catch(() => {})
  }

  /** Those that have records from `from` (included) to `to` (excluded). */
  between(from: number, to: number): AbortedTransaction[] {
    const found: AbortedTransaction[] = []
    /** Takes an entry; false where none after it can be wanted. */
    const take = ({ lastStableOffset, ...transaction }: AbortedEntry): boolean => {
      if (transaction.firstOffset < to) found.push(transaction)
      return lastStableOffset < to
    }
    for (let at = this.#runIndexOf(from); at < this.#runs.length; at++) {
      const entries = this.#entriesOf(this.#runs[at] as AbortedRun)
      for (let index = entries.indexOf(from); index < entries.count; index++) {
        if (!take(entries.at(index))) return found
      }
    }
    for (const entry of this.#newest) {
      if (entry.lastOffset >= from && !take(entry)) break
    }
    return found
  }

  /** Forgets those that have no records at or after `offset`. */
  forgetBefore(offset: number): void {
    const kept = this.#runIndexOf(offset)
    for (const run of this.#runs.splice(0, kept)) run.remove()
    if (this.#runs.length > 0) return
    this.#newest = this.#newest.filter((each) => each.lastOffset >= offset)
  }

  /** Forgets those whose markers are at these offsets; for good, once it is saved. */
  forget(lastOffsets: ReadonlySet<number>): void {
    const isKept = (entry: AbortedEntry) => !lastOffsets.has(entry.lastOffset)
    const sorted = Float64Array.from(lastOffsets).sort()
    const [first = Infinity] = sorted
    const last = sorted.at(-1) ?? -1
    this.#newest = this.#newest.filter(isKept)
    this.#cached = undefined
    this.#runs = this.#runs.flatMap((run) => {
      if (run.last < first || run.first > last) return [run]
      const kept = [...run.entries()].filter(isKept)
      if (kept.length === run.count) return [run]
      const shorter = kept.length === 0 ? [] : [AbortedRun.of(this.#disk, this.#directory, kept)]
      if (shorter[0]?.path !== run.path) run.remove()
      return shorter
    })
  }

  /** What a snapshot tells of them; nothing is added to these runs any more. */
  close(): RunDescription[] {
    this.#close()
    return this.#runs.map((run) => run.description)
  }

  /** Of the runs that a snapshot named, what is left; as `close` tells it. */
  remaining(runs: readonly RunDescription[]): RunDescription[] {
    const last = runs.at(-1)?.last ?? -1
    return this.#runs.filter((run) => run.last <= last).map((run) => run.description)
  }

  /** Writes the runs that are in memory to their files. Rejects with a `DiskError`. */
  save(): Promise<void> {
    const turn = this.#saving.then(async () => {
      for (const run of [...this.#runs]) await run.save()
    })
    this.#saving = turn.catch(() => {})
    return turn
  }

  /** Removes files of runs that there are not. */
  removeStrays(): void {
    const own = new Set(this.#runs.map((run) => run.path))
    for (const name of this.#disk.list(this.#directory)) {
      const file = path.join(this.#directory, name)
      if (name.endsWith('.txnindex') && !own.has(file)) this.#disk.remove(file)
    }
  }

  #close(): void {
    if (this.#newest.length === 0) return
    this.#runs.push(AbortedRun.of(this.#disk, this.#directory, this.#newest))
    this.#newest = []
  }

  /** Index of the first run that has a marker at or after `offset`. */
  #runIndexOf(offset: number): number {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#runs[middle] as AbortedRun).last < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  #entriesOf(run: AbortedRun): AbortedEntries {
    if (this.#cached?.run !== run) this.#cached = { run, entries: run.entries() }
    return this.#cached.entries
  }
}
