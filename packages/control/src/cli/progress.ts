import type { Clock } from '@millrace/host'
import { progressPlainMs, progressTerminalMs } from '../limits.js'

/**
 * One line that tells how far something is: rewritten in place on a terminal, a new line now and
 * then elsewhere. On standard error, so that it does not mix with what was asked for.
 */
export class Progress {
  readonly #clock: Clock
  readonly #everyMs: number
  #toldAt = Number.NEGATIVE_INFINITY
  #told = ''
  #text = ''

  constructor(clock: Clock) {
    this.#clock = clock
    this.#everyMs = process.stderr.isTTY ? progressTerminalMs : progressPlainMs
  }

  show(text: string): void {
    this.#text = text
    // The same once more tells nothing.
    if (text === this.#told) return
    const now = this.#clock.monotonic()
    if (now - this.#toldAt < this.#everyMs) return
    this.#toldAt = now
    this.#tell()
  }

  /** Tells the last state, whatever was told before. */
  end(): void {
    if (this.#text !== this.#told) this.#tell()
    if (process.stderr.isTTY && this.#told !== '') process.stderr.write('\n')
    this.#told = ''
    this.#text = ''
  }

  #tell(): void {
    this.#told = this.#text
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[2K${this.#text}` : `${this.#text}\n`)
  }
}
