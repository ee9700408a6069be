import type { Thread, Threads } from '@millrace/host'
import type { ColumnBatch } from '../state/batch.js'
import { batchOver, buffersOf, type ColumnMemory, memoryOf } from '../state/column-memory.js'
import type { Decoded, DecodedTopic } from './decoding.js'
import { JobError, type JobErrorCode } from './errors.js'
import type { TakenBatch } from './source-reader.js'

/** What the thread is asked: the batches lie side by side in `bytes`. */
export interface DecodingTask {
  readonly topic: DecodedTopic
  readonly batches: readonly (Omit<TakenBatch, 'bytes'> & { readonly length: number })[]
  readonly bytes: ArrayBuffer
  /** Of columns that were used, to be filled again; absent where there are none yet. */
  readonly columns?: readonly ColumnMemory[]
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

/** The step's rows, and those of the next. */
const tasksMax = 2

/**
 * Decodes a topic's records beside the step loop, in a thread of its own: while a step computes, the
 * rows of the next are made.
 */
export class DecodingThread {
  private readonly topic: DecodedTopic
  private readonly thread: Thread
  /**
   * What the bytes of tasks lay in that are answered, and the columns of steps that are over, to be
   * used again: new memory must be cleared, and makes the collector look at all of the heap. A task
   * may be asked while the one before is under way, so there are up to two of each.
   */
  private readonly memory: ArrayBuffer[] = []
  private readonly columns: (readonly ColumnMemory[])[] = []

  constructor(threads: Threads, topic: DecodedTopic) {
    // Computed columns are the step's business, and what they call cannot be sent.
    const columns = topic.table.columns.filter(({ expression }) => expression === undefined)
    this.topic = { ...topic, table: { ...topic.table, columns } }
    this.thread = threads.start(new URL('./decoding-worker.js', import.meta.url))
  }

  /** The bytes of what is taken are copied before this returns. */
  async decode(taken: readonly TakenBatch[]): Promise<Decoded> {
    const length = taken.reduce((sum, { bytes }) => sum + bytes.length, 0)
    const all = this.memoryFor(length)
    let at = 0
    const batches = taken.map(({ bytes, ...rest }) => {
      all.set(bytes, at)
      at += bytes.length
      return { ...rest, length: bytes.length }
    })
    const used = this.columns.pop()
    const task: DecodingTask = {
      ...{ topic: this.topic, batches, bytes: all.buffer },
      ...(used && { columns: used }),
    }
    const handedOver = [all.buffer, ...buffersOf(used ?? [])]
    const answer = (await this.thread.ask(task, handedOver)) as DecodingAnswer
    this.memory.push(answer.bytes)
    if ('unreadable' in answer) {
      throw new JobError(answer.unreadable.code, answer.unreadable.detail)
    }
    const { records, skipped, columns } = answer
    const batch = batchOver(this.topic.fields, columns)
    return { batch, records, skipped, release: () => this.takeBack(batch) }
  }

  private takeBack(batch: ColumnBatch): void {
    if (this.columns.length < tasksMax) this.columns.push(memoryOf(batch))
  }

  private memoryFor(length: number): Uint8Array<ArrayBuffer> {
    const memory = this.memory.pop()
    const isEnough = memory !== undefined && memory.byteLength >= length
    return new Uint8Array(isEnough ? memory : new ArrayBuffer(Math.ceil(length * 1.25)))
  }

  async close(): Promise<void> {
    await this.thread.close()
  }
}
