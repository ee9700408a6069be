import { realHost } from '@millrace/host'
import { LogClient, type LogRecord, Producer } from '@millrace/log'
import { NexmarkGenerator } from './generator.js'
import { type RecordFormat, recordValue } from './record-value.js'

export const topicNames = { person: 'persons', auction: 'auctions', bid: 'bids' } as const
const partitionCount = 4
/**
 * Records of a batch. Partitions get one in turn, so that event time in one of them is never far
 * from that in the others.
 */
const recordsPerBatch = 500
const batchesUnderWay = 16

/** What lies in the topics. */
export interface Filled {
  records: number
  bytes: number
}

/** Writes events into three topics, until there are so many bids. */
export async function fillTopics(
  bootstrap: string,
  { bids, seed, format }: { bids: number; seed: number; format: RecordFormat },
): Promise<Filled> {
  const client = await LogClient.connect({ host: realHost, bootstrap })
  try {
    const writers = new Map<string, TopicWriter>()
    const producer = new Producer(client)
    for (const [kind, topic] of Object.entries(topicNames)) {
      await client.createTopic(topic, { partitions: partitionCount })
      writers.set(kind, new TopicWriter(producer, topic))
    }
    const generator = new NexmarkGenerator(seed)
    const filled = { records: 0, bytes: 0 }
    for (let written = 0; written < bids; filled.records++) {
      const { kind, row } = generator.next()
      const value = recordValue(row, format)
      filled.bytes += value.length
      if (kind === 'bid') written++
      await writers.get(kind)?.add({ key: null, value })
    }
    for (const writer of writers.values()) await writer.flush()
    return filled
  } finally {
    await client.close()
  }
}

class TopicWriter {
  readonly #producer: Producer
  readonly #topic: string
  #waiting: LogRecord[] = []
  #partition = 0
  #underWay: Promise<unknown>[] = []

  constructor(producer: Producer, topic: string) {
    this.#producer = producer
    this.#topic = topic
  }

  async add(record: LogRecord): Promise<void> {
    this.#waiting.push(record)
    if (this.#waiting.length < recordsPerBatch) return
    this.#send()
    if (this.#underWay.length >= batchesUnderWay) await this.#settle()
  }

  async flush(): Promise<void> {
    this.#send()
    await this.#settle()
  }

  #send(): void {
    const records = this.#waiting
    this.#waiting = []
    if (records.length === 0) return
    this.#underWay.push(this.#producer.send(this.#topic, this.#partition, records))
    this.#partition = (this.#partition + 1) % partitionCount
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#underWay.splice(0))
  }
}
