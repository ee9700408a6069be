import { producerIdsPerBlock } from '../limits.js'

/** Where it is kept which producer ids were given out. */
export interface ProducerIdLedger {
  /** Ids from this one on were given to nobody. */
  readonly nextProducerId: number
  /** Marks those below `nextProducerId` as given; resolves when that survives a power cut. */
  giveUpTo(nextProducerId: number): Promise<void>
}

/**
 * Gives out producer ids, none of them twice: ids are taken from the ledger in blocks before they
 * are used, and what is left of a block is lost with the process.
 */
export class ProducerIds {
  readonly #ledger: ProducerIdLedger
  #next: number
  #end: number
  #taking: Promise<void> | undefined

  constructor(ledger: ProducerIdLedger) {
    this.#ledger = ledger
    this.#next = ledger.nextProducerId
    this.#end = this.#next
  }

  async next(): Promise<number> {
    while (this.#next >= this.#end) {
      this.#taking ??= this.#takeBlock().finally(() => {
        this.#taking = undefined
      })
      await this.#taking
    }
    return this.#next++
  }

  async #takeBlock(): Promise<void> {
    const end = this.#end + producerIdsPerBlock
    await this.#ledger.giveUpTo(end)
    this.#end = end
  }
}
