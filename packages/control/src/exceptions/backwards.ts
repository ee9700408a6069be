import { type DecodedRecord, decodeRecords, Fetcher, type LogClient } from '@millrace/log'
import { controlErrors } from '../errors.js'
import { backwardBytes, backwardOffsets, backwardOffsetsMax, storedReadMsMax } from '../limits.js'

/** A record, and where it was found. */
export interface Found {
  readonly topic: string
  readonly partition: number
  readonly record: DecodedRecord
}

/** A part of a partition. */
export interface Span {
  /** Of the cluster that it is on. */
  readonly client: LogClient
  readonly topic: string
  readonly partition: number
  /** Offsets: the first one, and the one after the last. */
  readonly start: number
  readonly end: number
}

/**
 * Records of several partitions, backwards: those of each partition by their offsets, and of
 * several the newest first by their timestamps. A log is read forwards only, so each partition is
 * read in pieces from its end on, whose size follows that of the records.
 */
export async function* backwards(spans: readonly Span[]): AsyncGenerator<Found, void, undefined> {
  const readers = spans.map((span) => new SpanReader(span))
  try {
    for (;;) {
      let newest: SpanReader | undefined
      for (const reader of readers) {
        await reader.fill()
        if (reader.timestamp > (newest?.timestamp ?? Number.NEGATIVE_INFINITY)) newest = reader
      }
      const record = newest?.take()
      if (newest === undefined || record === undefined) return
      yield { topic: newest.span.topic, partition: newest.span.partition, record }
    }
  } finally {
    for (const reader of readers) reader.close()
  }
}

/** One part of a partition, read backwards. */
class SpanReader {
  readonly span: Span
  readonly #fetcher: Fetcher
  /** In the order of the log: the last one is next. */
  #waiting: DecodedRecord[] = []
  /** What is not read yet ends here. */
  #end: number
  #size = backwardOffsets

  constructor(span: Span) {
    this.span = span
    this.#end = span.end
    this.#fetcher = new Fetcher(span.client, {
      isolation: 'read_committed',
      partitionMaxBytes: backwardBytes,
    })
  }

  /** Of the next record; before all times where there is none. */
  get timestamp(): number {
    return this.#waiting.at(-1)?.timestamp ?? Number.NEGATIVE_INFINITY
  }

  take(): DecodedRecord | undefined {
    return this.#waiting.pop()
  }

  /** Reads the next piece where nothing waits; nothing is left where nothing waits after it. */
  async fill(): Promise<void> {
    while (this.#waiting.length === 0 && this.#end > this.span.start) {
      const start = Math.max(this.span.start, this.#end - this.#size)
      const bytes = await this.#read(start)
      this.#end = start
      if (bytes < backwardBytes / 2) this.#size = Math.min(this.#size * 2, backwardOffsetsMax)
      if (bytes > backwardBytes) this.#size = Math.max(1, this.#size >>> 1)
    }
  }

  close(): void {
    this.#fetcher.close()
  }

  /** Reads from an offset to the end, and gives how many bytes that was. */
  async #read(start: number): Promise<number> {
    const { client, topic, partition } = this.span
    const { clock } = client.cluster.host
    const deadline = clock.monotonic() + storedReadMsMax
    let bytes = 0
    this.#fetcher.assign([{ topic, partition, offset: start }])
    while (this.#fetcher.position(topic, partition) < this.#end) {
      if (clock.monotonic() > deadline) throw controlErrors.roleGone('broker')
      for (const { batches } of await this.#fetcher.poll()) {
        for (const record of batches.flatMap(decodeRecords)) {
          if (record.offset < start || record.offset >= this.#end) continue
          bytes += (record.value?.length ?? 0) + (record.key?.length ?? 0)
          this.#waiting.push(record)
        }
      }
    }
    return bytes
  }
}
