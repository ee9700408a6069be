import type { Clock, Timer } from '@millrace/host'
import type { StageStatus } from '../api/types.js'
import { controlErrors } from '../errors.js'
import {
  quickFailureMs,
  quickFailuresMax,
  restartDelayMsMax,
  restartDelayMsMin,
  roleStopMsMax,
} from '../limits.js'
import { type Link, LinkError, type Methods } from '../roles/link.js'
import type { RoleProcess } from './process.js'

/** That a role ended by itself, and what comes of it. */
export interface RoleEnd {
  status: 'restarting' | 'failed'
  reason: string
}

/** How one role is run. */
export interface RoleRecipe<Served extends Methods & { stop: () => Promise<void> }> {
  /** As a person would say it: `broker`, `job surge`. */
  name: string
  spawn(): RoleProcess<Served>
  /** Configures a role that has just been spawned; rejects with why it cannot run. */
  start(link: Link<Served>): Promise<void>
  onLine(text: string): void
  /** Is told each end that was not asked for. */
  onEnd?(end: RoleEnd): void
}

/**
 * Keeps one role running.
 *
 * Invariants: at most one process of the role lives at a time, and the next is spawned only
 * after the last one's end was seen, so that two never write the same folder. After `stop` none
 * is spawned any more. `link` is set exactly while the role is started and alive.
 *
 *   starting → running → restarting → starting …   (it died: again, after a delay)
 *                      ↘ failed                    (it died too often, too quickly)
 *   running → finished                             (its work is done: `finish`)
 */
export class Supervised<Served extends Methods & { stop: () => Promise<void> }> {
  readonly #clock: Clock
  readonly #recipe: RoleRecipe<Served>
  #status: StageStatus = 'starting'
  #reason: string | undefined
  #process: RoleProcess<Served> | undefined
  #link: Link<Served> | undefined
  #restart: Timer | undefined
  #quickFailures = 0
  #stopped = false
  /** Those who wait for the role to run, or to be given up. */
  #waiting: (() => void)[] = []

  constructor(clock: Clock, recipe: RoleRecipe<Served>) {
    this.#clock = clock
    this.#recipe = recipe
  }

  get name(): string {
    return this.#recipe.name
  }

  get status(): StageStatus {
    return this.#status
  }

  /** Why it ended the last time, when it did. */
  get reason(): string | undefined {
    return this.#reason
  }

  get link(): Link<Served> | undefined {
    return this.#link
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Spawns the process, so that it loads while others start; `start` goes on with it. */
  prepare(): void {
    this.#process ??= this.#recipe.spawn()
  }

  /**
   * The first start. Rejects with why it failed; the role is tried again all the same, until
   * `stop`.
   */
  async start(): Promise<void> {
    this.prepare()
    await this.#run()
  }

  /** Calls `ask` on the running role; when it dies meanwhile, again on the next one. */
  async persist<Answer>(ask: (link: Link<Served>) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const link = this.#link
      if (link !== undefined) {
        try {
          return await ask(link)
        } catch (cause) {
          if (!(cause instanceof LinkError && cause.code === 'ENDED')) throw cause
          continue
        }
      }
      if (this.#stopped || this.#status === 'failed') {
        throw controlErrors.roleFailed(this.name, this.#reason ?? 'it was stopped.')
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Stops the role because its work is done. */
  async finish(): Promise<void> {
    await this.stop()
    this.#status = 'finished'
    this.#reason = undefined
  }

  /** Stops the role cleanly; ends it when it takes too long, or does nothing yet. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#restart?.cancel()
    this.#wake()
    const process = this.#process
    if (process === undefined) return
    if (this.#link === undefined) {
      process.kill()
      await process.ended
      return
    }
    const late = this.#clock.after(roleStopMsMax, () => process.kill())
    try {
      await this.#link.call('stop', ...([] as never))
    } catch (cause) {
      this.#recipe.onLine(`could not stop: ${messageOf(cause)}`)
    }
    process.release()
    await process.ended
    late.cancel()
  }

  async #run(): Promise<void> {
    const process = this.#process ?? this.#recipe.spawn()
    this.#process = process
    const startedAt = this.#clock.monotonic()
    let refusal: Error | undefined
    void process.ended.then((reason) => this.#onEnd(refusal?.message ?? reason, startedAt))
    try {
      await this.#recipe.start(process.link)
    } catch (cause) {
      refusal = cause instanceof Error ? cause : new Error(String(cause))
      process.kill()
      await process.ended
      throw refusal
    }
    this.#link = process.link
    this.#status = 'running'
    this.#wake()
  }

  #onEnd(reason: string, startedAt: number): void {
    this.#process = undefined
    this.#link = undefined
    if (this.#stopped) return
    this.#reason = reason
    const quick = this.#clock.monotonic() - startedAt < quickFailureMs
    this.#quickFailures = quick ? this.#quickFailures + 1 : 1
    if (this.#quickFailures >= quickFailuresMax) {
      this.#status = 'failed'
      this.#recipe.onLine(`failed ${this.#quickFailures} times in a row and is given up: ${reason}`)
      this.#recipe.onEnd?.({ status: 'failed', reason })
      this.#wake()
      return
    }
    const delayMs = restartDelayMs(this.#quickFailures)
    this.#status = 'restarting'
    this.#recipe.onLine(`ended (${reason}); starts again in ${delayMs} ms`)
    this.#recipe.onEnd?.({ status: 'restarting', reason })
    this.#restart = this.#clock.after(delayMs, () => {
      // A failure is told by `#onEnd`, which every failed start comes to.
      this.#run().catch(() => {})
    })
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** The delay before the restart that follows so many quick failures in a row. */
export function restartDelayMs(quickFailures: number): number {
  return Math.min(restartDelayMsMin * 2 ** (quickFailures - 1), restartDelayMsMax)
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
