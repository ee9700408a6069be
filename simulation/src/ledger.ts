import { failuresMax } from './limits.js'

/** A law that was broken, and how it was seen. */
export interface Failure {
  law: string
  detail: string
}

/** Records that a client sent to one partition in one call. */
export interface Send {
  /** Which client, in which of its lives. */
  readonly sender: string
  /** Counts the sends of this sender to all partitions. */
  readonly order: number
  readonly partition: number
  readonly values: readonly string[]
  outcome: 'unknown' | 'acknowledged' | 'refused'
  /** Of the first record, where it was acknowledged with one. */
  baseOffset: number
}

/** What a client wanted to become visible together. */
export interface SentTransaction {
  readonly sender: string
  readonly order: number
  readonly sends: readonly Send[]
  readonly group: string
  /** The group's offset that goes with it. */
  readonly offset: number | undefined
  outcome: 'unknown' | 'committed' | 'aborted'
  /** A power cut without syncs has been since then: what is there of it may be a part. */
  isTorn: boolean
}

/**
 * What clients were told and what they saw: all that the laws are about. Whatever is not known to
 * have happened (no answer, a killed client) may have happened or not, but as a whole.
 */
export class Ledger {
  readonly sends: Send[] = []
  readonly transactions: SentTransaction[] = []
  readonly failures: Failure[] = []
  readonly counts = new Map<string, number>()
  /** What readers saw at an offset, by partition. */
  readonly #seen = new Map<number, Map<number, string>>()
  /** Who has a partition in a generation of the group. */
  readonly #holders = new Map<string, string>()
  /** The offset that the group has committed, by partition. */
  readonly #committed = new Map<number, number>()
  /** What read_committed readers saw. */
  readonly committedSeen = new Set<string>()
  /** Power was lost while not all was synced: what was acknowledged may be gone. */
  isLossy = false
  /** Power cuts that took certainty; whoever was told something across one knows nothing. */
  cuts = 0
  /** All power cuts. */
  powerCuts = 0

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by)
  }

  fail(law: string, detail: string): void {
    if (this.failures.length < failuresMax) this.failures.push({ law, detail })
  }

  send(sender: string, partition: number, values: readonly string[]): Send {
    const order = this.sends.length
    const send: Send = { sender, order, partition, values, outcome: 'unknown', baseOffset: -1 }
    this.sends.push(send)
    return send
  }

  transaction(
    sender: string,
    sends: readonly Send[],
    group: string,
    offset: number | undefined,
  ): SentTransaction {
    const order = this.transactions.length
    const made = { sender, order, sends, group, offset, outcome: 'unknown' as const, isTorn: false }
    this.transactions.push(made)
    return made
  }

  /** A reader got this record. */
  saw(partition: number, offset: number, value: string, isCommitted: boolean): void {
    this.count('records read')
    const seen = this.#seen.get(partition) ?? new Map<number, string>()
    this.#seen.set(partition, seen)
    const before = seen.get(offset)
    if (before !== undefined && before !== value) {
      this.fail(
        'what was read stays so',
        `partition ${partition}, offset ${offset}: first ${before}, later ${value}`,
      )
    }
    seen.set(offset, value)
    if (isCommitted) this.committedSeen.add(value)
  }

  /** A member of the group was assigned these partitions. */
  assigned(generation: number, memberId: string, partitions: readonly number[]): void {
    for (const partition of partitions) {
      const key = `${generation}/${partition}`
      const holder = this.#holders.get(key) ?? memberId
      this.#holders.set(key, holder)
      if (holder === memberId) continue
      const detail = `partition ${partition} in generation ${generation}: ${holder}, ${memberId}`
      this.fail('a partition has one reader in a generation', detail)
    }
  }

  /** The group's offset was committed. */
  offsetKept(partition: number, offset: number): void {
    this.#committed.set(partition, Math.max(offset, this.#committed.get(partition) ?? 0))
  }

  /** A member reads on at the group's offset. */
  resumed(partition: number, offset: number): void {
    const committed = this.#committed.get(partition) ?? 0
    if (offset >= committed) return
    const detail = `partition ${partition}: ${offset}, ${committed} was committed`
    this.fail('the offset of a group does not go back', detail)
  }

  /** What was seen of a partition, by offset. */
  seen(partition: number): ReadonlyMap<number, string> {
    return this.#seen.get(partition) ?? new Map()
  }

  /**
   * Power was lost, and records are synced: of what was acknowledged only the offsets may be gone
   * that were committed without records, for their log is not synced.
   */
  loseOffsetsAlone(): void {
    this.powerCuts++
    this.#holders.clear()
    this.#committed.clear()
    for (const transaction of this.transactions) {
      if (transaction.outcome !== 'committed' || transaction.sends.length > 0) continue
      transaction.outcome = 'unknown'
    }
  }

  /** Power was lost and not all was synced: nothing that was known before is certain any more. */
  loseCertainty(): void {
    this.loseOffsetsAlone()
    this.isLossy = true
    this.cuts++
    for (const send of this.sends) {
      if (send.outcome === 'acknowledged') send.outcome = 'unknown'
      send.baseOffset = -1
    }
    for (const transaction of this.transactions) {
      transaction.outcome = 'unknown'
      transaction.isTorn = true
    }
    this.#seen.clear()
    this.committedSeen.clear()
  }
}
