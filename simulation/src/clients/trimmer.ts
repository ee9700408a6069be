import { KafkaError, type LogClient, Producer } from '@millrace/log'
import { deleteRecords } from '@millrace/log/protocol'
import { smallSegmentBytes } from '../limits.js'
import type { TrimmerStep } from '../plan.js'
import { ClientMachine } from './client-machine.js'
import { recordsOf } from './reading.js'

const trimmedTopic = 'trimmed'

/** A client that writes to a topic of its own, and deletes its first records. */
export class Trimmer extends ClientMachine<TrimmerStep> {
  /** What was acknowledged and not deleted, by offset. */
  readonly #kept = new Map<number, string>()
  /** Records below it are deleted for certain; and below the other they may be. */
  #floor = 0
  #maybeFloor = 0
  #cuts = 0
  #sent = 0

  protected async begin(client: LogClient, sender: string) {
    const { isFlushed } = this.world.plan.settings
    const configs: Record<string, string> = { 'internal.segment.bytes': String(smallSegmentBytes) }
    if (isFlushed) configs['flush.messages'] = '1'
    await client.createTopic(trimmedTopic, { partitions: 1, configs })
    const producer = new Producer(client)
    return {
      step: async (step: TrimmerStep) => {
        try {
          await this.#act(client, producer, step, `${sender}/${this.#sent++}`)
        } catch (cause) {
          if (!(cause instanceof KafkaError)) throw cause
          this.world.trace.note(`${step.action} of ${trimmedTopic} failed: ${cause.codeName}`)
        }
      },
      prove: () => this.#read(client),
    }
  }

  async #act(
    client: LogClient,
    producer: Producer,
    { action, share, bytes }: TrimmerStep,
    name: string,
  ): Promise<void> {
    if (action === 'read') return this.#read(client)
    if (action === 'trim') return this.#trim(client, share)
    const { cuts } = this.world.ledger
    const value = `${name}${'.'.repeat(bytes)}`
    const record = { key: null, value: Buffer.from(value) }
    const { baseOffset } = await producer.send(trimmedTopic, 0, [record])
    this.#forgetLost()
    if (this.world.ledger.cuts === cuts && baseOffset >= 0) this.#kept.set(baseOffset, value)
  }

  async #trim(client: LogClient, share: number): Promise<void> {
    this.#forgetLost()
    const { cuts } = this.world.ledger
    const end = await client.listOffsets(trimmedTopic, 0, 'latest')
    const offset = this.#floor + Math.floor(share * (end - this.#floor))
    if (offset <= this.#floor) return
    this.#maybeFloor = Math.max(this.#maybeFloor, offset)
    for (const each of this.#kept.keys()) if (each < offset) this.#kept.delete(each)
    const broker = await client.cluster.anyBroker()
    const answer = await broker.request(deleteRecords, {
      topics: [{ name: trimmedTopic, partitions: [{ partitionIndex: 0, offset }] }],
      timeoutMs: 5_000,
    })
    const result = answer.topics[0]?.partitions[0]
    if (result?.errorCode !== 0) throw new KafkaError(result?.errorCode ?? -1, trimmedTopic)
    this.world.trace.note(`${trimmedTopic} begins at ${offset}`)
    this.world.ledger.count('records deleted', offset - this.#floor)
    if (this.world.ledger.cuts === cuts) this.#floor = Math.max(this.#floor, offset)
  }

  async #read(client: LogClient): Promise<void> {
    this.#forgetLost()
    const { ledger } = this.world
    const { cuts } = ledger
    const isStale = () => ledger.cuts !== cuts
    const start = await client.listOffsets(trimmedTopic, 0, 'earliest')
    const records = new Map<number, string | null>()
    for (const { offset, value } of await recordsOf(client, trimmedTopic, start, isStale)) {
      records.set(offset, value)
    }
    if (isStale()) return
    if (start < this.#floor || start > this.#maybeFloor) {
      const detail = `it begins at ${start}, was to begin at ${this.#floor} to ${this.#maybeFloor}`
      ledger.fail('what is deleted stays deleted, and no more', detail)
    }
    for (const [offset, value] of this.#kept) {
      if (records.get(offset) === value) continue
      const detail = `${value} of ${trimmedTopic} was at ${offset}, there is ${records.get(offset)}`
      ledger.fail('what is acknowledged is there', detail)
    }
  }

  /** A power cut without syncs takes records, and lets the log begin anywhere. */
  #forgetLost(): void {
    const { cuts } = this.world.ledger
    if (cuts === this.#cuts) return
    this.#cuts = cuts
    this.#kept.clear()
    this.#floor = 0
  }
}
