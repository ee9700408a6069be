import type { Clock, Timer } from '@millrace/host'

/**
 * What a member owes: to be heard (`session`), to give partitions back (`revoking`), and of a
 * member of the classic protocol to join again and to ask for its part.
 */
export type Debt = 'session' | 'revoking' | 'joining' | 'syncing'

/** The timers of members; what one finds when it fires it has to look up anew. */
export class MemberTimers {
  readonly #clock: Clock
  readonly #timers = new Map<string, Map<Debt, Timer>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  set(group: string, memberId: string, debt: Debt, afterMs: number, action: () => void): void {
    const timers = this.#of(group, memberId)
    timers.get(debt)?.cancel()
    const timer = this.#clock.after(afterMs, () => {
      this.cancel(group, memberId, debt)
      action()
    })
    timers.set(debt, timer)
  }

  has(group: string, memberId: string, debt: Debt): boolean {
    return this.#timers.get(keyOf(group, memberId))?.has(debt) ?? false
  }

  cancel(group: string, memberId: string, debt: Debt): void {
    const key = keyOf(group, memberId)
    const timers = this.#timers.get(key)
    timers?.get(debt)?.cancel()
    timers?.delete(debt)
    if (timers?.size === 0) this.#timers.delete(key)
  }

  /** All that a member owes is forgiven. */
  cancelAll(group: string, memberId: string): void {
    const key = keyOf(group, memberId)
    for (const timer of this.#timers.get(key)?.values() ?? []) timer.cancel()
    this.#timers.delete(key)
  }

  close(): void {
    for (const timers of this.#timers.values()) for (const each of timers.values()) each.cancel()
    this.#timers.clear()
  }

  #of(group: string, memberId: string): Map<Debt, Timer> {
    const key = keyOf(group, memberId)
    const timers = this.#timers.get(key) ?? new Map<Debt, Timer>()
    this.#timers.set(key, timers)
    return timers
  }
}

function keyOf(group: string, memberId: string): string {
  return JSON.stringify([group, memberId])
}
