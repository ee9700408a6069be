import { KafkaError, type LogClient, Producer } from '@millrace/log'
import type { Send } from '../ledger.js'
import type { WriterStep } from '../plan.js'
import { topic } from '../world.js'
import { ClientMachine } from './client-machine.js'

/** A client with an idempotent producer. */
export class Writer extends ClientMachine<WriterStep> {
  protected async begin(client: LogClient, sender: string) {
    const producer = new Producer(client)
    const underWay = new Set<Promise<boolean>>()
    let sent = 0
    const send = async ({ partition, records, bytes }: Omit<WriterStep, 'waitMs'>) => {
      const number = sent++
      const padding = '.'.repeat(bytes)
      const values = Array.from(
        { length: records },
        (_, at) => `${sender}/${number}/${at}${padding}`,
      )
      return this.#send(producer, this.world.ledger.send(sender, partition, values))
    }
    return {
      step: async (step: WriterStep) => {
        const sending = send(step).finally(() => underWay.delete(sending))
        underWay.add(sending)
        if (!step.isPipelined) await sending
      },
      prove: async () => {
        await Promise.all(underWay)
        const { partitions } = this.world.plan.settings
        for (let partition = 0; partition < partitions; partition++) {
          const probe = { partition, records: 1, bytes: 0, isPipelined: false }
          // Where a power cut took what was acknowledged, the first one meets a gap.
          if ((await send(probe)) || (this.world.ledger.isLossy && (await send(probe)))) continue
          this.world.ledger.fail('clients get through', `${this.name}: partition ${partition}`)
        }
      },
    }
  }

  /** Whether it was acknowledged. */
  async #send(producer: Producer, send: Send): Promise<boolean> {
    const { ledger, trace } = this.world
    const { cuts } = ledger
    const records = send.values.map((value) => ({ key: null, value: Buffer.from(value) }))
    const named = `${send.values[0]?.slice(0, 30)} to ${send.partition}`
    try {
      const { baseOffset } = await producer.send(topic, send.partition, records)
      trace.note(`acknowledged at ${baseOffset}: ${named}`)
      ledger.count('sends acknowledged')
      if (ledger.cuts === cuts) {
        send.outcome = 'acknowledged'
        send.baseOffset = baseOffset
      }
      return true
    } catch (cause) {
      if (!(cause instanceof KafkaError)) throw cause
      ledger.count('sends that failed')
      trace.note(`failed: ${named}: ${cause.codeName}`)
      return false
    }
  }
}
