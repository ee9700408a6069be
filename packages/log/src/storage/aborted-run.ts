import path from 'node:path'
import type { Disk } from '@millrace/host'
import { KafkaError } from '../errors.js'
import { readInt64, writeInt64 } from '../records/batch-header.js'
import { crc32c } from '../records/crc32c.js'

/** A transaction that was aborted: its records are on disk, and nobody may see them. */
export interface AbortedTransaction {
  producerId: number
  firstOffset: number
  /** Offset of the marker that ended it. */
  lastOffset: number
}

/** What is kept of an aborted transaction. */
export interface AbortedEntry extends AbortedTransaction {
  /** Below it all transactions had ended, once this one had: later ones begin at or after it. */
  lastStableOffset: number
}

/** What a snapshot tells of a run: enough to know its file again. */
export interface RunDescription {
  /** Offsets of the first marker and of the last. */
  first: number
  last: number
  count: number
  crc: number
}

const entryBytes = 34

/**
 * Aborted transactions that ended one after another, in a file that is written once
 * (`FIRST.txnindex`) or, until then, in memory. The entries are those of Kafka's transaction
 * index: int16 version 0, then int64 producer id, first offset, last offset, last stable offset.
 */
export class AbortedRun {
  readonly first: number
  readonly last: number
  readonly count: number
  readonly crc: number
  readonly path: string
  readonly #disk: Disk
  /** Undefined once the file is there. */
  #bytes: Buffer | undefined
  #isRemoved = false

  private constructor(
    disk: Disk,
    directory: string,
    { first, last, count, crc }: RunDescription,
    bytes: Buffer | undefined,
  ) {
    this.first = first
    this.last = last
    this.count = count
    this.crc = crc
    this.path = path.join(directory, `${String(first).padStart(20, '0')}.txnindex`)
    this.#disk = disk
    this.#bytes = bytes
  }

  /** Of at least one entry. */
  static of(disk: Disk, directory: string, entries: readonly AbortedEntry[]): AbortedRun {
    const bytes = Buffer.alloc(entries.length * entryBytes)
    for (const [index, entry] of entries.entries()) {
      const at = index * entryBytes
      writeInt64(bytes, entry.producerId, at + 2)
      writeInt64(bytes, entry.firstOffset, at + 10)
      writeInt64(bytes, entry.lastOffset, at + 18)
      writeInt64(bytes, entry.lastStableOffset, at + 26)
    }
    const first = entries[0]?.lastOffset ?? -1
    const last = entries.at(-1)?.lastOffset ?? -1
    const description = { first, last, count: entries.length, crc: crc32c(bytes) }
    return new AbortedRun(disk, directory, description, bytes)
  }

  /** One that was saved; undefined where its file is not there, or has another size. */
  static open(disk: Disk, directory: string, description: RunDescription): AbortedRun | undefined {
    const run = new AbortedRun(disk, directory, description, undefined)
    if (!disk.exists(run.path)) return undefined
    const file = disk.open(run.path)
    const isWhole = file.size() === run.count * entryBytes
    file.close()
    return isWhole ? run : undefined
  }

  get description(): RunDescription {
    const { first, last, count, crc } = this
    return { first, last, count, crc }
  }

  /** Writes the file, where that was not done; rejects with a `DiskError`, and it stays in memory. */
  async save(): Promise<void> {
    if (this.#bytes === undefined || this.#isRemoved) return
    await this.#disk.replaceFileInBackground(this.path, this.#bytes)
    this.#bytes = undefined
    if (this.#isRemoved) this.#disk.remove(this.path)
  }

  /** Removes the file. */
  remove(): void {
    this.#isRemoved = true
    if (this.#bytes === undefined) this.#disk.remove(this.path)
  }

  /** Throws KAFKA_STORAGE_ERROR where the file is damaged. */
  entries(): AbortedEntries {
    return new AbortedEntries(this.#bytes ?? this.#read())
  }

  #read(): Buffer {
    const bytes = this.#disk.readFile(this.path)
    if (bytes.length === this.count * entryBytes && crc32c(bytes) === this.crc) return bytes
    const detail =
      'It is damaged. Remove the .snapshot file beside it: then the next start makes it again.'
    throw new KafkaError('KAFKA_STORAGE_ERROR', this.path, { detail })
  }
}

/** The entries of a run, in the order of their markers. */
export class AbortedEntries {
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get count(): number {
    return this.#bytes.length / entryBytes
  }

  at(index: number): AbortedEntry {
    const at = index * entryBytes
    return {
      producerId: readInt64(this.#bytes, at + 2),
      firstOffset: readInt64(this.#bytes, at + 10),
      lastOffset: readInt64(this.#bytes, at + 18),
      lastStableOffset: readInt64(this.#bytes, at + 26),
    }
  }

  /** Index of the first entry whose marker is at or after `offset`. */
  indexOf(offset: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (readInt64(this.#bytes, middle * entryBytes + 18) < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  *[Symbol.iterator](): Generator<AbortedEntry> {
    for (let index = 0; index < this.count; index++) yield this.at(index)
  }
}
