import { spawn } from 'node:child_process'

/** How a program ended, and what it printed. */
export interface Ended {
  /** Null where a signal ended it. */
  code: number | null
  out: string
  error: string
}

/** Runs a program to its end; rejects where it cannot be started. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { timeoutMs?: number } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
    })
    let out = ''
    let error = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      error += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, error }))
  })
}
