import assert from 'node:assert/strict'
import type { Identity } from '../../src/transactions/transaction.js'

/** What a producer meant to do in a transaction, and what it knows of the end. */
export interface Attempt {
  transactionalId: string
  protocol: 1 | 2
  /** Greater than those of all earlier attempts. */
  number: number
  /** Values that were acknowledged, by partition. */
  values: Map<number, string[]>
  hasOffset: boolean
  outcome: 'unknown' | 'committed' | 'aborted'
}

/** From where on nothing may be written with an older epoch. */
interface Fence {
  given: Identity
  endOffsets: readonly number[]
}

/** Everything that producers were told; what cannot be is noticed at once or at the end. */
export class History {
  readonly attempts: Attempt[] = []
  readonly fences: Fence[] = []
  /** Values that no broker may ever take: their sequence numbers leave a gap. */
  readonly forbidden = new Set<string>()
  /** How often something happened. */
  readonly counts = new Map<string, number>()
  /** By identity, what it was given for. */
  readonly #given = new Map<string, string>()
  readonly #offsets = new Map<string, number>()
  #grants = 0

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  /** A producer took a transactional id over. */
  took({ producerId, producerEpoch }: Identity, endOffsets: readonly number[] | undefined): void {
    const given = { producerId, producerEpoch }
    if (endOffsets !== undefined) this.fences.push({ given, endOffsets })
    this.#give(given, `take-over ${this.#grants++}`)
  }

  /** A holder was given its next identity, in place of `former`. */
  followed(given: Identity, former: Identity): void {
    this.#give(given, `after ${nameOf(former)}`)
  }

  /** A batch was acknowledged: the same bytes again must be told the same offset. */
  acknowledged(frame: string, offset: number): void {
    const before = this.#offsets.get(frame)
    if (before !== undefined) {
      this.count('duplicates')
      assert.equal(offset, before, 'a duplicate has its old offset')
    }
    this.#offsets.set(frame, offset)
  }

  #give(given: Identity, what: string): void {
    const name = nameOf(given)
    assert.equal(this.#given.get(name) ?? what, what, `epoch ${name} is given twice`)
    this.#given.set(name, what)
  }
}

export function nameOf({ producerId, producerEpoch }: Identity): string {
  return `${producerId}/${producerEpoch}`
}
