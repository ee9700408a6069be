import { type FetchedPartition, readBatchHeader } from '@millrace/log'

/** A record batch that waits for its step, and the position after it. */
export interface WaitingBatch {
  readonly bytes: Buffer
  /** Records before this one, in the batch, were taken before. */
  readonly startOffset: number
  readonly nextOffset: number
  readonly recordCount: number
}

/** What was fetched and not yet taken, in order, by partition. */
export class Backlog {
  private readonly queues = new Map<number, WaitingBatch[]>()
  private bytes = 0
  private records = 0

  get recordCount(): number {
    return this.records
  }

  get sizeBytes(): number {
    return this.bytes
  }

  add(place: number, fetched: FetchedPartition): void {
    const queue = this.queueOf(place)
    let startOffset = fetched.startOffset
    fetched.batches.forEach((bytes, index) => {
      const header = readBatchHeader(bytes, 0)
      const isLast = index === fetched.batches.length - 1
      const after = header.nextOffset
      const nextOffset = isLast ? fetched.nextOffset : after
      queue.push({ bytes, startOffset, nextOffset, recordCount: header.recordCount })
      startOffset = after
      this.records += header.recordCount
      this.bytes += bytes.length
    })
    if (fetched.batches.length === 0) {
      const { nextOffset } = fetched
      queue.push({ bytes: Buffer.alloc(0), startOffset, nextOffset, recordCount: 0 })
    }
  }

  /** Whether anything of the partition waits. */
  has(place: number): boolean {
    return this.queueOf(place).length > 0
  }

  /** The first that waits; undefined where nothing does. */
  take(place: number): WaitingBatch | undefined {
    const batch = this.queueOf(place).shift()
    if (batch !== undefined) {
      this.bytes -= batch.bytes.length
      this.records -= batch.recordCount
    }
    return batch
  }

  private queueOf(place: number): WaitingBatch[] {
    let queue = this.queues.get(place)
    if (queue === undefined) {
      queue = []
      this.queues.set(place, queue)
    }
    return queue
  }
}
