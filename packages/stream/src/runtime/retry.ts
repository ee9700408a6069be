import type { Clock } from '@millrace/host'
import { KafkaError } from '@millrace/log'
import { RegistryClientError } from '@millrace/schema/client'
import { retryMsMax, retryMsMin } from './limits.js'

/** Whether the same may work a little later. */
export function isPassing(error: unknown): boolean {
  return (error instanceof KafkaError || error instanceof RegistryClientError) && error.retriable
}

/** Waits longer and longer between attempts; `reset` when one has worked. */
export class Backoff {
  private readonly clock: Clock
  private nextMs = retryMsMin

  constructor(clock: Clock) {
    this.clock = clock
  }

  async wait(signal?: AbortSignal): Promise<void> {
    const waitMs = this.nextMs
    this.nextMs = Math.min(waitMs * 2, retryMsMax)
    await this.clock.sleep(waitMs, signal)
  }

  reset(): void {
    this.nextMs = retryMsMin
  }
}
