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

export type DecodingAnswer =
  | {
      readonly records: number
      readonly skipped: number
      readonly columns: readonly ColumnMemory[]
    }
  | { readonly unreadable: { readonly code: JobErrorCode; readonly detail: string } }

/**
 * Decodes a topic's records beside the step loop, in a thread of its own: while a step computes, the
 * rows of the next are made.
 */
export class DecodingThread {
  private readonly topic: DecodedTopic
  private readonly thread: Thread

  constructor(threads: Threads, topic: DecodedTopic) {
    // Computed columns are the step's business, and what they call cannot be sent.
    const columns = topic.table.columns.filter(({ expression }) => expression === undefined)
    this.topic = { ...topic, table: { ...topic.table, columns } }
    this.thread = threads.start(new URL('./decoding-worker.js', import.meta.url))
  }

  async decode(taken: readonly TakenBatch[]): Promise<Decoded> {
    const length = taken.reduce((sum, { bytes }) => sum + bytes.length, 0)
    const all = new Uint8Array(length)
    let at = 0
    const batches = taken.map(({ bytes, ...rest }) => {
      all.set(bytes, at)
      at += bytes.length
      return { ...rest, length: bytes.length }
    })
    const task: DecodingTask = { topic: this.topic, batches, bytes: all.buffer }
    const answer = (await this.thread.ask(task, [all.buffer])) as DecodingAnswer
    if ('unreadable' in answer) {
      throw new JobError(answer.unreadable.code, answer.unreadable.detail)
    }
    const { records, skipped, columns } = answer
    return { batch: batchOver(this.topic.fields, columns), records, skipped }
  }

  async close(): Promise<void> {
    await this.thread.close()
  }
}
