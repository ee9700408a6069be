import path from 'node:path'
import type { Clock } from '@millrace/host'
import { restartNoticeEveryMs } from '../limits.js'
import type { RoleEnd } from './supervised.js'

/**
 * Tells a person who watches that a role has ended by itself: a line each, and of a role that
 * ends again and again, one line a while. That it is given up is always told.
 */
export class RoleNotices {
  readonly #clock: Clock
  readonly #log: string
  readonly #tell: (line: string) => void
  readonly #toldAt = new Map<string, number>()

  constructor(clock: Clock, dataFolder: string, tell: (line: string) => void) {
    this.#clock = clock
    this.#log = path.join(dataFolder, 'millrace.log')
    this.#tell = tell
  }

  /** `role` is its recipe's name: `broker`, `tables`, `job surge`. */
  ended(role: string, { status, reason }: RoleEnd): void {
    const name = role === 'tables' ? 'process of the tables' : role
    const why = reason.replace(/\s+/g, ' ').replace(/\.$/, '')
    if (status === 'failed') {
      this.#tell(
        `The ${name} does not run any more: ${why}. See \`millrace jobs\`; the log is ${this.#log}.`,
      )
      return
    }
    const now = this.#clock.monotonic()
    if (now - (this.#toldAt.get(role) ?? Number.NEGATIVE_INFINITY) < restartNoticeEveryMs) return
    this.#toldAt.set(role, now)
    this.#tell(`The ${name} has ended and starts again: ${why}.`)
  }
}
