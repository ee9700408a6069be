import { decodeRecords, Fetcher, KafkaError, type LogClient } from '@millrace/log'
import type { ClientPlan, ReaderStep } from '../plan.js'
import { topic, type World } from '../world.js'
import { ClientMachine } from './client-machine.js'

const maxWaitMs = 200

/** A client that reads all partitions, and tells the ledger what it saw. */
export class Reader extends ClientMachine<ReaderStep> {
  readonly #isolation: 'read_committed' | 'read_uncommitted'

  constructor(world: World, plan: ClientPlan & { kind: 'reader' }) {
    super(world, plan)
    this.#isolation = plan.isolation
  }

  protected async begin(client: LogClient) {
    const { ledger, plan } = this.world
    const isolation = this.#isolation
    const fetcher = new Fetcher(client, { isolation, maxWaitMs })
    const partitions = Array.from({ length: plan.settings.partitions }, (_, at) => at)
    const rewind = () =>
      fetcher.assign(partitions.map((partition) => ({ topic, partition, offset: 0 })))
    let cuts = ledger.cuts
    rewind()
    const poll = async () => {
      // After a power cut the log may be shorter, and what is under way is of the longer one.
      if (ledger.cuts !== cuts) rewind()
      cuts = ledger.cuts
      try {
        for (const { partition, startOffset, batches } of await fetcher.poll()) {
          if (ledger.cuts !== cuts) return
          let next = startOffset
          for (const record of batches.flatMap((batch) => decodeRecords(batch))) {
            if (record.offset < startOffset) continue
            if (record.offset < next) {
              ledger.fail('offsets rise', `${this.name}: ${record.offset} where ${next} is next`)
            }
            next = record.offset + 1
            ledger.saw(
              partition,
              record.offset,
              String(record.value),
              isolation === 'read_committed',
            )
          }
        }
      } catch (cause) {
        if (!(cause instanceof KafkaError)) throw cause
        this.world.trace.note(`${this.name} could not read: ${cause.codeName}`)
        if (cause.codeName !== 'OFFSET_OUT_OF_RANGE') return
        if (!ledger.isLossy) ledger.fail('what was read stays so', `${this.name}: ${cause.message}`)
        rewind()
      }
    }
    return {
      step: async (step: ReaderStep) => {
        if (step.isRewound) rewind()
        for (let at = 0; at < step.polls; at++) await poll()
      },
      prove: async () => {
        // To the very end: whatever is open there has to be ended some time.
        const ends = new Map<number, number>()
        for (const partition of partitions) {
          ends.set(partition, await client.listOffsets(topic, partition, 'latest'))
        }
        while (partitions.some((each) => fetcher.position(topic, each) < (ends.get(each) ?? 0))) {
          await poll()
        }
        fetcher.close()
      },
    }
  }
}
