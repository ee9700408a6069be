import { KafkaError, type LogClient, Producer, TransactionalProducer } from '@millrace/log'
import { messageBytesMax, smallSegmentBytes } from '../limits.js'
import type { KeeperStep } from '../plan.js'
import { ClientMachine } from './client-machine.js'
import { type ReadRecord, recordsOf } from './reading.js'

const compactedTopic = 'facts'

/** What a key may be; null for one that was removed, or never set. */
type Possible = Set<string | null>

/** A client that keeps facts by key in a compacted topic, some of them in transactions. */
export class Keeper extends ClientMachine<KeeperStep> {
  readonly #facts = new Map<string, Possible>()
  /** All that a key ever was: what it may be again after a power cut without syncs. */
  readonly #ever = new Map<string, Possible>()
  /** What a reader was given at an offset. */
  readonly #seen = new Map<number, string>()
  #cuts = 0
  #written = 0

  protected async begin(client: LogClient, sender: string) {
    const { isFlushed, transactionTimeoutMs } = this.world.plan.settings
    const configs: Record<string, string> = {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': '0',
      'delete.retention.ms': '500',
      'internal.segment.bytes': String(smallSegmentBytes),
      'max.message.bytes': String(messageBytesMax),
    }
    if (isFlushed) configs['flush.messages'] = '1'
    await client.createTopic(compactedTopic, { partitions: 1, configs })
    const options = { transactionalId: this.name, timeoutMs: transactionTimeoutMs }
    const producer = new Producer(client)
    let transactions = await TransactionalProducer.open(client, options)
    return {
      step: async (step: KeeperStep) => {
        if (step.isRead) return this.#read(client)
        try {
          await this.#write(producer, transactions, step, sender)
        } catch (cause) {
          if (!(cause instanceof KafkaError)) throw cause
          this.world.trace.note(`facts are not kept: ${cause.codeName}`)
          if (/^(PRODUCER_FENCED|INVALID_PRODUCER|INVALID_TXN)/.test(cause.codeName)) {
            transactions = await TransactionalProducer.open(client, options)
          }
        }
      },
      prove: async () => {
        // What a transaction of an earlier life left open is aborted now.
        await TransactionalProducer.open(client, options)
        await this.#read(client)
      },
    }
  }

  async #write(
    producer: Producer,
    transactions: TransactionalProducer,
    { keys, isRemoval, mode }: KeeperStep,
    sender: string,
  ): Promise<void> {
    this.#forgetLost()
    const { ledger } = this.world
    const { cuts } = ledger
    const facts = keys.map((key): [string, string | null] => [
      `key-${key}`,
      isRemoval ? null : `${sender}/${this.#written++}`,
    ])
    const isAborted = mode === 'aborted'
    for (const [key, value] of facts) {
      this.#everOf(key).add(value)
      if (!isAborted) this.#mayBe(key, value)
    }
    const records = facts.map(([key, value]) => ({
      key: Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
    }))
    if (mode === 'plain') {
      await producer.send(compactedTopic, 0, records)
    } else {
      const batches = [{ topic: compactedTopic, partition: 0, records }]
      if (isAborted) {
        const value = Buffer.alloc(2 * messageBytesMax)
        batches.push({ ...batches[0], records: [{ key: Buffer.from('key-0'), value }] } as never)
      }
      await transactions.commit({ batches })
    }
    this.#forgetLost()
    if (ledger.cuts !== cuts || isAborted) return
    for (const [key, value] of facts) this.#facts.set(key, new Set([value]))
    ledger.count('facts kept', facts.length)
  }

  async #read(client: LogClient): Promise<void> {
    const { ledger } = this.world
    const { cuts } = ledger
    const isStale = () => ledger.cuts !== cuts
    try {
      const end = await client.listOffsets(compactedTopic, 0, 'latest')
      const stable = await client.listOffsets(compactedTopic, 0, 'latest', 'read_committed')
      const records = await recordsOf(client, compactedTopic, 0, isStale, 'read_committed')
      if (isStale()) return
      this.#forgetLost()
      // What is open hides what was written since, until the next transaction aborts it.
      this.#check(records, stable === end)
    } catch (cause) {
      if (!(cause instanceof KafkaError)) throw cause
      this.world.trace.note(`facts cannot be read: ${cause.codeName}`)
      if (this.world.isHealed) ledger.fail('everything can be read', cause.message)
    }
  }

  #check(records: readonly ReadRecord[], isWhole: boolean): void {
    const { ledger } = this.world
    const found = new Map<string, string | null>()
    let last = -1
    for (const { offset, key, value } of records) {
      const fact = `${key} ${value}`
      const before = this.#seen.get(offset) ?? fact
      this.#seen.set(offset, before)
      if (before !== fact) {
        const detail = `${compactedTopic}, offset ${offset}: first ${before}, later ${fact}`
        ledger.fail('what was read stays so', detail)
      }
      if (offset <= last) ledger.fail('offsets rise', `${compactedTopic}: ${offset} after ${last}`)
      if (last >= 0 && offset > last + 1) ledger.count('gaps left by compaction')
      last = offset
      found.set(key, value)
    }
    if (!isWhole) return
    for (const [key, possible] of this.#facts) {
      const value = found.get(key) ?? null
      if (possible.has(value)) continue
      const detail = `${key} is ${value}, was to be ${[...possible].join(' or ')}`
      ledger.fail('the last fact of a key is kept', detail)
    }
  }

  /**
   * All that a key was ever set to, aborted or not: a power cut without syncs may take the marker
   * and leave the records, which then end with the next transaction of their producer.
   */
  #everOf(key: string): Set<string | null> {
    const ever = this.#ever.get(key) ?? new Set([null])
    this.#ever.set(key, ever)
    return ever
  }

  /** From now on, until it is known. */
  #mayBe(key: string, value: string | null): void {
    const possible = this.#facts.get(key) ?? new Set([null])
    this.#facts.set(key, possible.add(value))
  }

  /** A power cut without syncs takes what was written last, however much. */
  #forgetLost(): void {
    const { cuts } = this.world.ledger
    if (cuts === this.#cuts) return
    this.#cuts = cuts
    this.#seen.clear()
    for (const [key, ever] of this.#ever) this.#facts.set(key, new Set(ever))
  }
}
