/**
 * A spool in a file: a line for each event that was put in, and one for each that was removed.
 * When the removed ones are many, the file is written anew.
 */
import { spoolLinesSlack } from './limits.js'
import type { Spool, SpooledEvent } from './spool.js'

/**
 * The file, as the caller's system has it. `append` and `replace` may be durable or not: what is
 * lost of the end makes events come twice or not at all.
 */
export interface SpoolFile {
  /** The whole text; '' where there is no file. */
  read(): string
  append(text: string): void
  /** All at once: after a crash the file is the old one or the new one. */
  replace(text: string): void
}

export function fileSpool(file: SpoolFile): Spool {
  return new FileSpool(file)
}

class FileSpool implements Spool {
  readonly #file: SpoolFile
  readonly #events = new Map<string, string>()
  #lines = 0

  constructor(file: SpoolFile) {
    this.#file = file
  }

  async load(): Promise<SpooledEvent[]> {
    const left = new Map<string, SpooledEvent>()
    for (const line of this.#file.read().split('\n')) {
      const entry = readLine(line)
      if (entry === undefined) continue
      if ('removed' in entry) for (const id of entry.removed) left.delete(id)
      else left.set(entry.id, entry)
    }
    for (const event of left.values()) this.#events.set(event.id, JSON.stringify(event))
    this.#rewrite()
    return [...left.values()]
  }

  put(event: SpooledEvent): void {
    const line = JSON.stringify(event)
    this.#file.append(`${line}\n`)
    this.#lines++
    this.#events.set(event.id, line)
  }

  remove(ids: readonly string[]): void {
    const removed = ids.filter((id) => this.#events.delete(id))
    if (removed.length === 0) return
    if (this.#lines > 2 * this.#events.size + spoolLinesSlack) {
      this.#rewrite()
    } else {
      this.#file.append(`${JSON.stringify({ removed })}\n`)
      this.#lines++
    }
  }

  close(): void {
    this.#rewrite()
  }

  #rewrite(): void {
    this.#file.replace([...this.#events.values()].map((line) => `${line}\n`).join(''))
    this.#lines = this.#events.size
  }
}

/** Undefined for a line that a crash cut off. */
function readLine(line: string): SpooledEvent | { removed: string[] } | undefined {
  try {
    const entry = JSON.parse(line) as Partial<SpooledEvent> & { removed?: unknown }
    if (Array.isArray(entry.removed)) return { removed: entry.removed }
    return typeof entry.id === 'string' && typeof entry.text === 'string'
      ? (entry as SpooledEvent)
      : undefined
  } catch {
    return undefined
  }
}
