import type { Thread, Threads } from '@millrace/host'
import { batchOver, type ColumnMemory } from '../state/column-memory.js'
import type { Decoded, DecodedTopic } from './decoding.js'
import { JobError, type JobErrorCode } from './errors.js'
import type { TakenBatch } from './source-reader.js'

/** What the thread is asked: the batches lie side by side in `bytes`. */
export interface DecodingTask {
  readonly topic: DecodedTopic
  readonly batches: readonly (Omit<TakenBatch, 'bytes'> & { readonly length: number })[]
  readonly bytes: ArrayBuffer
}

/** `bytes` are those of the task, to be used for the next one. */
export type DecodingAnswer = { readonly bytes: ArrayBuffer } & (
  | {
      readonly records: number
      readonly skipped: number
      readonly columns: readonly ColumnMemory[]
    }
  | { readonly unreadable: { readonly code: JobErrorCode; readonly detail: string } }
)

/**
 * Decodes a topic's records beside the step loop, in a thread of its own: while a step computes, the
 * rows of the next are made.
 */
export class DecodingThread {
  private readonly topic: DecodedTopic
  private readonly thread: Thread
  /** What a task's bytes lie in, while nobody decodes it. */
  private memory = new ArrayBuffer(0)

  constructor(threads: Threads, topic: DecodedTopic) {
    // Computed columns are the step's business, and what they call cannot be sent.
    const columns = topic.table.columns.filter(({ expression }) => expression === undefined)
    this.topic = { ...topic, table: { ...topic.table, columns } }
    this.thread = threads.start(new URL('./decoding-worker.js', import.meta.url))
  }

  async decode(taken: readonly TakenBatch[]): Promise<Decoded> {
    const length = taken.reduce((sum, { bytes }) => sum + bytes.length, 0)
    const all = this.memoryFor(length)
    let at = 0
    const batches = taken.map(({ bytes, ...rest }) => {
      all.set(bytes, at)
      at += bytes.length
      return { ...rest, length: bytes.length }
    })
    const task: DecodingTask = { topic: this.topic, batches, bytes: all.buffer }
    const answer = (await this.thread.ask(task, [all.buffer])) as DecodingAnswer
    this.memory = answer.bytes
    if ('unreadable' in answer) {
      throw new JobError(answer.unreadable.code, answer.unreadable.detail)
    }
    const { records, skipped, columns } = answer
    return { batch: batchOver(this.topic.fields, columns), records, skipped }
  }

  /** Memory that has gone to and fro costs less than new memory, which must be cleared. */
  private memoryFor(length: number): Uint8Array<ArrayBuffer> {
    const { memory } = this
    this.memory = new ArrayBuffer(0)
    return new Uint8Array(memory.byteLength < length ? new ArrayBuffer(length * 2) : memory)
  }

  async close(): Promise<void> {
    await this.thread.close()
  }
}
