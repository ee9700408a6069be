import type { Clock } from '@millrace/host'

/** Wakes the one that waits; a ring while nobody does is remembered. */
export class Bell {
  private rung = false
  private wake: (() => void) | undefined

  ring(): void {
    this.rung = true
    this.wake?.()
  }

  /** Resolves when it rang since the last wait, or after `waitMs`. */
  async wait(clock: Clock, waitMs: number): Promise<void> {
    if (!this.rung) {
      await new Promise<void>((resolve) => {
        const timer = clock.after(waitMs, resolve)
        this.wake = () => {
          timer.cancel()
          resolve()
        }
      })
    }
    this.wake = undefined
    this.rung = false
  }
}
