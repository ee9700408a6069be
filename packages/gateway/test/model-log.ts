import type { Clock, Random } from '@millrace/host'
import { decodeRecords, KafkaError, type ProducerPlace, readBatchHeader } from '@millrace/log'

/** What a producer wrote last: where it began, and where the next one begins. */
interface Written {
  readonly from: number
  readonly to: number
}

/** How many of a producer's batches a broker recognises. */
const recognised = 5

/**
 * What a broker keeps of idempotent producers, and nothing else: each batch once, in sequence. Its
 * answers come late, or are lost; so are requests.
 */
export class ModelLog {
  /** By partition, what its records say. */
  readonly stored = new Map<number, string[]>()
  isFaulty = true
  /** Whether it refuses a record, and with it its batch. */
  readonly #isBad: (text: string) => boolean
  readonly #random: Random
  readonly #written = new Map<string, Written[]>()
  #producers = 0

  constructor(random: Random, isBad: (text: string) => boolean) {
    this.#random = random
    this.#isBad = isBad
  }

  /** The producer of a process with this clock. */
  producer(clock: Pick<Clock, 'sleep'>) {
    return {
      place: async (): Promise<ProducerPlace> => {
        await clock.sleep(this.#random.below(5))
        return { producerId: ++this.#producers, epoch: 0, sequence: 0 }
      },
      send: async (_topic: string, partition: number, batch: Buffer, place: ProducerPlace) => {
        const isLost = this.isFaulty && this.#random.below(6) === 0
        const failure = isLost ? undefined : this.#write(partition, batch, place)
        await clock.sleep(this.#random.below(30))
        if (isLost || (this.isFaulty && this.#random.below(6) === 0)) {
          throw new KafkaError('REQUEST_TIMED_OUT', 'the model')
        }
        if (failure !== undefined) throw failure
        return -1
      },
    }
  }

  #write(partition: number, batch: Buffer, place: ProducerPlace): KafkaError | undefined {
    const { recordCount } = readBatchHeader(batch)
    const key = `${partition} ${place.producerId}`
    const written = this.#written.get(key) ?? []
    const [from, to] = [place.sequence, place.sequence + recordCount]
    if (written.slice(-recognised).some((each) => each.from === from && each.to === to)) {
      return undefined
    }
    if (from !== (written.at(-1)?.to ?? 0)) {
      return new KafkaError('OUT_OF_ORDER_SEQUENCE_NUMBER', 'the model')
    }
    const texts = decodeRecords(batch).map(({ value }) => String(value))
    if (texts.some(this.#isBad)) return new KafkaError('INVALID_RECORD', 'the model')
    this.#written.set(key, [...written, { from, to }])
    this.stored.set(partition, [...(this.stored.get(partition) ?? []), ...texts])
    return undefined
  }
}
