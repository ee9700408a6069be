import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Window } from './batch-answer.js'
import { root, tripsFile } from './trips-file.js'

/** What the demo prints with --json. */
export interface Report {
  sent: number
  accepted: number
  refused: number
  refusals: { tripId: string; reason: string }[]
  windows: number
  hottest: (Omit<Window, 'average_fare' | 'surge'> & { average_fare: number; surge: number })[]
  seconds: number
}

/** The real trips, as the demo's options name them. */
export const realTrips = ['--trips', tripsFile]

/** The demo in a process of its own, with its data in `folder`. */
export class DemoRun {
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #ended: Promise<unknown[]>
  #output = ''
  #complaints = ''
  #onOutput: () => void = () => {}

  constructor(folder: string, options: readonly string[]) {
    const bin = path.join(root, 'packages', 'control', 'bin', 'millrace.js')
    const args = ['demo', '--data', folder, '--free-ports', '--json']
    // A group of its own, so that a kill can take the whole family, as a lost machine would.
    this.#child = spawn(process.execPath, [bin, ...args, ...options], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#folder = folder
    this.#ended = once(this.#child, 'close')
    this.#child.stdout?.on('data', (bytes) => {
      this.#output += bytes
      this.#onOutput()
    })
    this.#child.stderr?.on('data', (bytes) => {
      this.#complaints += bytes
    })
  }

  /** Resolves with the report when the last window is closed; rejects when the run ends without. */
  async report(): Promise<Report> {
    const whole = new Promise<void>((resolve) => {
      this.#onOutput = () => {
        if (this.#output.endsWith('}\n')) resolve()
      }
      this.#onOutput()
    })
    await Promise.race([whole, this.#ended])
    if (this.#output === '') throw new Error(`the demo ended without a report: ${this.#complaints}`)
    return JSON.parse(this.#output) as Report
  }

  /** The exit code. */
  async exitCode(): Promise<number | null> {
    await this.#ended
    return this.#child.exitCode
  }

  /** Where a part listens; only once the run has started. */
  url(part: 'query' | 'console'): string {
    const { ports } = JSON.parse(readFileSync(path.join(this.#folder, 'run.json'), 'utf8'))
    return `http://127.0.0.1:${ports[part]}`
  }

  /** Resolves when the run's parts can be reached. */
  async started(): Promise<void> {
    while (!existsSync(path.join(this.#folder, 'run.json'))) {
      if (this.#child.exitCode !== null) throw new Error(`it did not start: ${this.#complaints}`)
      await sleep(50)
    }
  }

  /** Asks over HTTP; rows as objects. */
  async ask<Row>(sql: string): Promise<Row[]> {
    const answer = await fetch(`${this.url('query')}/sql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sql }),
    })
    const { columns, rows } = (await answer.json()) as {
      columns: { name: string }[]
      rows: unknown[][]
    }
    const names = columns.map(({ name }) => name)
    return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]])) as Row)
  }

  /** The whole table, in the order of the batch answer. */
  table(): Promise<Window[]> {
    return this.ask(`
      SELECT
        pickup_area,
        strftime(window_start, '%Y-%m-%dT%H:%M:%SZ') AS window_start,
        strftime(window_end, '%Y-%m-%dT%H:%M:%SZ') AS window_end,
        demand,
        average_fare::VARCHAR AS average_fare,
        surge::VARCHAR AS surge
      FROM area_surge
      ORDER BY demand DESC, area_surge.window_start, pickup_area`)
  }

  /** Asks it to stop, as Ctrl-C does, and resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM')
    return this.exitCode()
  }

  /** No word of warning: the whole group of processes, or the supervisor alone. */
  async kill(whom: 'group' | 'supervisor'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.pid === undefined) return
    process.kill(whom === 'group' ? -this.#child.pid : this.#child.pid, 'SIGKILL')
    await this.#ended
  }
}
