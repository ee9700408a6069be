import { KafkaError, kafkaErrors, type LogClient, Producer } from '@millrace/log'
import { createPartitions } from '@millrace/log/protocol'
import type { AdminStep } from '../plan.js'
import { ClientMachine } from './client-machine.js'
import { recordsOf } from './reading.js'

/** What is known of a topic that this client alone makes, fills and deletes. */
interface Known {
  presence: 'present' | 'absent' | 'unknown'
  partitions: number
  /** What may be in its first partition: all that was sent since it was certainly absent. */
  readonly sent: Set<string>
  /** What must be there. */
  readonly kept: Set<string>
}

/** A client that makes topics, fills them, gives them partitions, and deletes them. */
export class Admin extends ClientMachine<AdminStep> {
  readonly #topics = new Map<string, Known>()
  #sent = 0
  #cuts = 0

  protected async begin(client: LogClient, sender: string) {
    const producer = new Producer(client)
    for (const known of this.#topics.values()) doubt(known)
    return {
      step: async ({ topic, action }: AdminStep) => {
        const known = this.#known(topic)
        try {
          const value = `${sender}/${this.#sent++}`
          await this.#act(client, producer, topic, action, value)
          this.world.trace.note(`${action} of ${topic} is done: ${value}, ${known.presence}`)
        } catch (cause) {
          if (!(cause instanceof KafkaError)) throw cause
          this.world.trace.note(`${action} of ${topic} failed: ${cause.codeName}`)
          if (action !== 'read') doubt(known)
        }
      },
      prove: async () => {
        for (const [topic, known] of this.#topics) {
          const present = (await client.topics([topic])).length > 0
          if (known.presence !== 'unknown' && present !== (known.presence === 'present')) {
            const detail = `${topic} is ${present ? 'there' : 'not there'}, was ${known.presence}`
            this.world.ledger.fail('topics are as they were left', detail)
          }
          if (present) await this.#read(client, topic, known)
        }
      },
    }
  }

  async #act(
    client: LogClient,
    producer: Producer,
    topic: string,
    action: AdminStep['action'],
    value: string,
  ): Promise<void> {
    const { plan, ledger } = this.world
    const known = this.#known(topic)
    switch (action) {
      case 'create': {
        const configs: Record<string, string> = {}
        if (plan.settings.isFlushed) configs['flush.messages'] = '1'
        await client.createTopic(topic, { partitions: 1, configs })
        if (known.presence === 'absent') known.partitions = 1
        known.presence = 'present'
        ledger.count('topics made')
        return
      }
      case 'delete':
        known.kept.clear()
        await client.deleteTopic(topic)
        known.presence = 'absent'
        known.sent.clear()
        ledger.count('topics deleted')
        return
      case 'grow':
        if (known.presence !== 'present') return
        await this.#grow(client, topic, known)
        return
      case 'fill': {
        if (known.presence !== 'present') return
        const { cuts } = ledger
        known.sent.add(value)
        await producer.send(topic, 0, [{ key: null, value: Buffer.from(value) }])
        if (ledger.cuts === cuts) known.kept.add(value)
        return
      }
      case 'read':
        if (known.presence === 'present') await this.#read(client, topic, known)
    }
  }

  async #grow(client: LogClient, topic: string, known: Known): Promise<void> {
    const count = known.partitions + 1
    const broker = await client.cluster.anyBroker()
    const answer = await broker.request(createPartitions, {
      topics: [{ name: topic, count, assignments: null }],
      timeoutMs: 5_000,
    })
    const errorCode = answer.results[0]?.errorCode ?? kafkaErrors.UNKNOWN_SERVER_ERROR
    // An earlier attempt may have made them.
    if (errorCode !== 0 && errorCode !== kafkaErrors.INVALID_PARTITIONS) {
      throw new KafkaError(errorCode, `topic ${topic}`)
    }
    known.partitions = count
    this.world.ledger.count('partitions added')
  }

  async #read(client: LogClient, topic: string, known: Known): Promise<void> {
    const { ledger } = this.world
    this.#forgetLost()
    const { cuts } = ledger
    const [described] = await client.topics([topic])
    if (described !== undefined && described.partitions < known.partitions) {
      const detail = `${topic} has ${described.partitions}, had ${known.partitions}`
      ledger.fail('topics are as they were left', detail)
    }
    const isStale = () => ledger.cuts !== cuts
    const records = await recordsOf(client, topic, 0, isStale)
    if (isStale()) return
    const found = new Set(records.map(({ value }) => String(value)))
    for (const value of found) {
      if (known.sent.has(value)) continue
      ledger.fail('a topic has its own records alone', `${topic} has ${value}`)
    }
    for (const value of known.kept) {
      if (found.has(value)) continue
      ledger.fail('what is acknowledged is there', `${value} of ${topic} is gone`)
    }
  }

  #known(topic: string): Known {
    const known = this.#topics.get(topic) ?? {
      presence: 'absent',
      partitions: 1,
      sent: new Set(),
      kept: new Set(),
    }
    this.#topics.set(topic, known)
    return known
  }

  /** A power cut without syncs takes records, though no topics. */
  #forgetLost(): void {
    if (this.world.ledger.cuts === this.#cuts) return
    this.#cuts = this.world.ledger.cuts
    for (const { kept } of this.#topics.values()) kept.clear()
  }
}

/** Something of unknown outcome was done to it. */
function doubt(known: Known): void {
  known.presence = 'unknown'
  known.partitions = 1
  known.kept.clear()
}
