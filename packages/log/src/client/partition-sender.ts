import { KafkaError } from '../errors.js'
import { mergedBatchBytesMax, queuedBytesMax } from '../limits.js'
import { EncodedRecord } from '../records/encoded-record.js'
import type { BatchRecord } from '../records/record.js'

/** Delivers records as one batch and gives the offset of the first; -1 when it is not known. */
export type Deliver = (records: readonly BatchRecord[]) => Promise<number>

interface Send {
  readonly records: readonly BatchRecord[]
  readonly bytes: number
  resolve(baseOffset: number): void
  reject(error: unknown): void
}

/** About what a record takes beside its key and value. */
const recordOverheadBytes = 16

/**
 * The sends of one partition, in order, one batch under way at a time. Sends that arrive in the
 * meantime go out together as one batch (group commit), so that many small sends cost few
 * requests. Each send stays whole: it is part of one batch, and a batch is written whole.
 *
 * When the broker refuses a batch of several sends for good, they are delivered one by one, so
 * that a bad one fails alone.
 */
export class PartitionSender {
  readonly #where: string
  readonly #deliver: Deliver
  readonly #queue: Send[] = []
  #queuedBytes = 0
  #isRunning = false

  constructor(where: string, deliver: Deliver) {
    this.#where = where
    this.#deliver = deliver
  }

  send(records: readonly BatchRecord[]): Promise<number> {
    const bytes = bytesOf(records)
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > queuedBytesMax) {
      const detail = `${this.#queuedBytes} bytes are waiting to be sent. Send more slowly.`
      return Promise.reject(new KafkaError('THROTTLING_QUOTA_EXCEEDED', this.#where, { detail }))
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ records, bytes, resolve, reject })
      this.#queuedBytes += bytes
      if (!this.#isRunning) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    // Lets sends of the same turn come together.
    await Promise.resolve()
    for (let sends = this.#next(); sends.length > 0; sends = this.#next()) {
      await this.#sendTogether(sends)
    }
    this.#isRunning = false
  }

  /** Takes from the queue what goes into the next batch: at least one send. */
  #next(): Send[] {
    let count = 0
    let bytes = 0
    for (const send of this.#queue) {
      if (count > 0 && bytes + send.bytes > mergedBatchBytesMax) break
      bytes += send.bytes
      count++
    }
    this.#queuedBytes -= bytes
    return this.#queue.splice(0, count)
  }

  async #sendTogether(sends: readonly Send[]): Promise<void> {
    const [only] = sends
    try {
      const records =
        sends.length === 1 && only ? only.records : sends.flatMap((send) => send.records)
      let baseOffset = await this.#deliver(records)
      for (const send of sends) {
        send.resolve(baseOffset)
        if (baseOffset >= 0) baseOffset += send.records.length
      }
    } catch (error) {
      const isRefused = error instanceof KafkaError && !error.retriable
      if (sends.length > 1 && isRefused) {
        for (const send of sends) await this.#sendTogether([send])
      } else {
        for (const send of sends) send.reject(error)
      }
    }
  }
}

function bytesOf(records: readonly BatchRecord[]): number {
  let bytes = records.length * recordOverheadBytes
  for (const record of records) {
    if (record instanceof EncodedRecord) bytes += record.end - record.start
    else bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0)
  }
  return bytes
}
