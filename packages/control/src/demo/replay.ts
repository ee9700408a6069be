import type { Host } from '@millrace/host'
import { controlErrors } from '../errors.js'
import { postEvents } from '../events/post.js'
import { pacedPostEveryMs, resendDelayMs, resendForMsMax, tripsPerPostMax } from '../limits.js'
import { planResume } from './resume.js'
import type { TripSource } from './trip.js'

export interface ReplayOptions {
  host: Host
  source: TripSource
  /** The gateway, and the topic there. */
  url: string
  topic: string
  /** Trips a second; undefined: as fast as they are taken. */
  rate?: number
  /** Positions that are stored, as far as `tailRecords` reaches from the ends of partitions. */
  stored(): Promise<number[]>
  /** Is told how many positions are done with. */
  onProgress(sent: number): void
  signal: AbortSignal
}

/**
 * Sends all trips of a source that are not stored yet, in their order, each exactly once.
 * Resolves when they are stored, or when the signal is aborted.
 *
 * When a POST fails, nobody knows what of it is stored: the log is asked, as after a kill.
 */
export async function replay(options: ReplayOptions): Promise<void> {
  const { host, signal } = options
  let failingSince: number | undefined
  while (!signal.aborted) {
    try {
      await sendRest(options, () => {
        failingSince = undefined
      })
      return
    } catch (cause) {
      const now = host.clock.monotonic()
      failingSince ??= now
      if (now - failingSince > resendForMsMax) {
        throw controlErrors.sendRefused(cause instanceof Error ? cause.message : String(cause))
      }
      await host.clock.sleep(resendDelayMs, signal).catch(() => {})
    }
  }
}

async function sendRest(options: ReplayOptions, onStored: () => void): Promise<void> {
  const { host, source, rate, signal } = options
  const { missing, next } = planResume(await options.stored(), tripsPerPostMax)
  if (missing.length > 0) await post(options, missing)
  onStored()
  options.onProgress(next)

  const startedAt = host.clock.monotonic()
  let position = next
  while (position < source.count && !signal.aborted) {
    const due = rate === undefined ? source.count : next + dueBy(host, startedAt, rate)
    const end = Math.min(position + tripsPerPostMax, due, source.count)
    if (end > position) {
      await post(options, range(position, end))
      onStored()
      position = end
      options.onProgress(position)
    }
    if (position >= due && position < source.count) {
      await host.clock.sleep(pacedPostEveryMs, signal).catch(() => {})
    }
  }
}

function dueBy(host: Host, startedAt: number, rate: number): number {
  return Math.ceil(((host.clock.monotonic() - startedAt) * rate) / 1_000)
}

/** Resolves when each of the trips is stored, accepted or refused. */
async function post(
  { source, url, topic }: ReplayOptions,
  positions: readonly number[],
): Promise<void> {
  await postEvents(
    url,
    topic,
    positions.map((position) => JSON.stringify(source.trip(position))),
  )
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
