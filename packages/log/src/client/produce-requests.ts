import { joinedRequestBytesMax, requestTimeoutMs } from '../limits.js'
import type { ResponseOf } from '../protocol/api.js'
import { produce } from '../protocol/apis.js'
import type { Connection } from './connection.js'

/** What a broker says of one batch. */
export type BatchResult = ResponseOf<
  typeof produce
>['responses'][number]['partitionResponses'][number]

/** A batch that needs no transaction, and whose broker answers. */
export interface JoinableBatch {
  readonly topic: string
  readonly partition: number
  readonly bytes: Buffer
  /** As the protocol has it: -1 for all, 1 for the leader. */
  readonly acks: number
}

interface Waiting {
  readonly batch: JoinableBatch
  resolve(result: BatchResult | undefined): void
  reject(error: unknown): void
}

/** A request that has not left yet. */
interface OpenRequest {
  readonly acks: number
  readonly waiting: Waiting[]
  bytes: number
}

/**
 * The batches of one turn that are for the same broker, in one Produce request: a request costs
 * both sides more than a batch does. The broker takes and refuses each batch by itself. A partition
 * is in a request once, and a request that has enough bytes leaves without waiting for more.
 */
export class ProduceRequests {
  readonly #open = new WeakMap<Connection, OpenRequest>()

  /** Sends a batch, once. Undefined where the answer does not speak of it. Rejects as a request. */
  send(leader: Connection, batch: JoinableBatch): Promise<BatchResult | undefined> {
    return new Promise((resolve, reject) => {
      const waiting = { batch, resolve, reject }
      const open = this.#open.get(leader)
      if (open !== undefined && takes(open, batch)) {
        open.waiting.push(waiting)
        open.bytes += batch.bytes.length
        return
      }
      const next = { acks: batch.acks, waiting: [waiting], bytes: batch.bytes.length }
      this.#open.set(leader, next)
      // At the end of the turn, when all that become due in it are here.
      process.nextTick(() => this.#leave(leader, next))
    })
  }

  async #leave(leader: Connection, request: OpenRequest): Promise<void> {
    if (this.#open.get(leader) === request) this.#open.delete(leader)
    const { acks, waiting } = request
    try {
      const { responses } = await leader.request(produce, {
        transactionalId: null,
        acks,
        timeoutMs: requestTimeoutMs,
        topicData: byTopic(waiting),
      })
      for (const { batch, resolve } of waiting) {
        const topic = responses.find(({ name }) => name === batch.topic)
        resolve(topic?.partitionResponses.find(({ index }) => index === batch.partition))
      }
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    }
  }
}

function takes({ acks, waiting, bytes }: OpenRequest, batch: JoinableBatch): boolean {
  if (acks !== batch.acks || bytes + batch.bytes.length > joinedRequestBytesMax) return false
  const { topic, partition } = batch
  return !waiting.some((each) => each.batch.topic === topic && each.batch.partition === partition)
}

function byTopic(waiting: readonly Waiting[]) {
  const topics: { name: string; partitionData: { index: number; records: Buffer }[] }[] = []
  for (const { batch } of waiting) {
    const { topic, partition, bytes } = batch
    let data = topics.find(({ name }) => name === topic)
    if (data === undefined) {
      data = { name: topic, partitionData: [] }
      topics.push(data)
    }
    data.partitionData.push({ index: partition, records: bytes })
  }
  return topics
}
