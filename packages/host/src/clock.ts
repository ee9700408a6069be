/** A timer that was set; `cancel` before it fires means it never fires. */
export interface Timer {
  cancel(): void
}

/**
 * Time, as the platform sees it. Nothing else reads the time of day or waits, so that a
 * simulated clock can run a whole platform as fast as the machine allows.
 */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. May jump when the machine's clock is set. */
  now(): number
  /** Milliseconds, with fractions, from an arbitrary start; never goes back. For durations. */
  monotonic(): number
  /** Calls `action` once, not before `delayMs` have passed. */
  after(delayMs: number, action: () => void): Timer
  /**
   * Resolves not before `delayMs` have passed.
   * With a signal: rejects with the signal's reason as soon as it is aborted.
   */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

/** `sleep` for any clock that can set a timer. */
export function sleepOn(
  clock: Pick<Clock, 'after'>,
  delayMs: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const onAbort = () => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
