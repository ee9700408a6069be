/** What the client needs of the outside: the clock, chance, and HTTP. */
export interface Outside {
  /** Milliseconds since 1970. */
  now(): number
  /** Runs `run` after so many milliseconds; the returned function calls it off. */
  after(milliseconds: number, run: () => void): () => void
  /** From 0 up to 1. */
  random(): number
  uuid(): string
  fetch: typeof globalThis.fetch
}

/** The outside of a browser, of Node, or of whatever has the web's globals. */
export const webOutside: Outside = {
  now: () => Date.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
  uuid,
  fetch: (...request) => globalThis.fetch(...request),
}

/** A version 4 UUID. `crypto.randomUUID` is not there on pages without TLS. */
function uuid(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16))
  const hex = Array.from(bytes, (byte, at) => {
    const fixed = at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte
    return fixed.toString(16).padStart(2, '0')
  }).join('')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}

/** Waits, or until `signal` is aborted. */
export function sleep(outside: Outside, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = outside.after(milliseconds, done)
    signal?.addEventListener('abort', done)
  })
}
