import { terminal } from './terminal.js'

/**
 * An abort signal that Ctrl-C (or SIGTERM) aborts; a second one ends the process at once, with
 * the exit code that shells give it.
 */
export function interruptSignal(): AbortSignal {
  const interrupted = new AbortController()
  const onSignal = (signal: 'SIGINT' | 'SIGTERM') => {
    if (interrupted.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143)
    terminal.err(
      process.stderr.isTTY ? '\nStopping … (Ctrl-C again ends it at once)' : 'Stopping …',
    )
    interrupted.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return interrupted.signal
}

/** Resolves when the signal is aborted. */
export function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
