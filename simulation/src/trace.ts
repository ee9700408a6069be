/**
 * What happened, as lines with the simulated time, and one number for all of it: two runs of a
 * seed that differ anywhere differ in the number.
 */
export class Trace {
  readonly #now: () => number
  readonly #print: ((line: string) => void) | undefined
  #hash = 0x811c9dc5
  #lines = 0

  /** With `print`, every line is handed out. */
  constructor(now: () => number, print?: (line: string) => void) {
    this.#now = now
    this.#print = print
  }

  /** FNV-1a over all lines, as eight hexadecimal digits. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  get lines(): number {
    return this.#lines
  }

  note(what: string): void {
    const line = `${this.#now().toFixed(3).padStart(12)} ${what}`
    this.#lines++
    for (let at = 0; at < line.length; at++) {
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(at), 0x01000193)
    }
    this.#print?.(line)
  }
}
