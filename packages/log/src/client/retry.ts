import type { Host } from '@millrace/host'
import { KafkaError } from '../errors.js'
import { retryDelayMsMax, retryDelayMsMin } from '../limits.js'

/**
 * How long to wait before the next attempt: doubled each time up to a limit, and spread by up
 * to a fifth so that those who failed together do not come back together.
 */
export function retryDelayMs(random: Host['random'], failures: number): number {
  const delay = Math.min(retryDelayMsMax, retryDelayMsMin * 2 ** Math.min(failures - 1, 20))
  return delay * (0.8 + 0.4 * random.float())
}

/**
 * Runs `attempt` until it succeeds, fails with an error that is not retriable, or `timeoutMs`
 * have passed; then the last error is thrown.
 * An attempt must be safe to repeat.
 */
export async function retrying<T>(
  host: Host,
  timeoutMs: number,
  attempt: () => Promise<T>,
): Promise<T> {
  const deadline = host.clock.monotonic() + timeoutMs
  for (let failures = 1; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      const delayMs = retryDelayMs(host.random, failures)
      const isRetriable = error instanceof KafkaError && error.retriable
      if (!isRetriable || host.clock.monotonic() + delayMs > deadline) throw error
      await host.clock.sleep(delayMs)
    }
  }
}
