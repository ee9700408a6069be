import type { Host } from '@millrace/host'
import { KafkaError, type LogClient, TransactionalProducer } from '@millrace/log'
import { messageBytesMax, restartMs } from '../limits.js'
import type { TransferStep } from '../plan.js'
import { topic } from '../world.js'
import { ClientMachine } from './client-machine.js'

/** After these another producer holds the transactional id, or its transaction timed out. */
const fencedBy: ReadonlySet<string> = new Set([
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
])

/** A client that writes transactions, with the offset of a group in them. */
export class Transfer extends ClientMachine<TransferStep> {
  /** The offset that the next transaction commits: rises over all lives. */
  #offset = 0

  get group(): string {
    return `group-of-${this.name}`
  }

  protected async begin(client: LogClient, sender: string, host: Host) {
    const options = {
      transactionalId: this.name,
      timeoutMs: this.world.plan.settings.transactionTimeoutMs,
    }
    let producer = await TransactionalProducer.open(client, options)
    let begun = 0
    const commit = async (step: Omit<TransferStep, 'waitMs' | 'dies'>): Promise<boolean> => {
      try {
        return await this.#commit(producer, `${sender}/${begun++}`, step)
      } catch (cause) {
        if (!(cause instanceof KafkaError) || !fencedBy.has(cause.codeName)) throw cause
        this.world.ledger.count('producers that were fenced')
        producer = await TransactionalProducer.open(client, options)
        return false
      }
    }
    return {
      step: async (step: TransferStep) => {
        const { dies } = step
        if (dies !== undefined) {
          const downMs = dies.isForGood ? Number.POSITIVE_INFINITY : restartMs
          host.clock.after(dies.afterMs, () => this.kill(downMs))
        }
        await commit(step)
      },
      prove: async () => {
        const step = { writes: [{ partition: 0, records: 1 }], hasOffset: true, isSpoilt: false }
        // The first may fail for what went before.
        if ((await commit(step)) || (await commit(step)) || (await commit(step))) return
        this.world.ledger.fail('clients get through', `${this.name}: no transaction is committed`)
      },
    }
  }

  /** Whether it is committed; throws what fences the producer. */
  async #commit(
    producer: TransactionalProducer,
    name: string,
    { writes, hasOffset, isSpoilt }: Omit<TransferStep, 'waitMs' | 'dies'>,
  ): Promise<boolean> {
    const { ledger, trace } = this.world
    const { cuts, powerCuts } = ledger
    const sends = writes.map(({ partition, records }, write) => {
      const values = Array.from({ length: records }, (_, at) => `${name}/${write}/${at}`)
      return ledger.send(name, partition, values)
    })
    const offset = hasOffset ? ++this.#offset : undefined
    const transaction = ledger.transaction(this.name, sends, this.group, offset)
    const batches = sends.map(({ partition, values }) => ({
      topic,
      partition,
      records: values.map((value) => ({ key: null, value: Buffer.from(value) })),
    }))
    if (isSpoilt) {
      const records = [{ key: null, value: Buffer.alloc(2 * messageBytesMax) }]
      batches.push({ topic, partition: 0, records })
      transaction.outcome = 'aborted'
    }
    const offsets = offset === undefined ? [] : [{ topic, partition: 0, offset, metadata: name }]
    try {
      await producer.commit({ batches, group: this.group, offsets })
      trace.note(`committed: ${name}`)
      ledger.count('transactions committed')
      if (isSpoilt) ledger.fail('a spoilt transaction is not committed', name)
      const isCertain = sends.length > 0 ? ledger.cuts === cuts : ledger.powerCuts === powerCuts
      if (isCertain) transaction.outcome = 'committed'
      return true
    } catch (cause) {
      if (!(cause instanceof KafkaError)) throw cause
      trace.note(`not committed: ${name}: ${cause.codeName}`)
      ledger.count('transactions that failed')
      if (fencedBy.has(cause.codeName)) throw cause
      return false
    }
  }
}
