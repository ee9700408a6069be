import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../bin/millrace.js', import.meta.url))
export const ridesFolder = fileURLToPath(new URL('../../../../examples/rides', import.meta.url))

/** The programs' own temporary folder, with what they keep for later ones; it goes with this process. */
export const programsFolder = mkdtempSync(path.join(tmpdir(), 'millrace-control-'))
process.once('exit', () => rmSync(programsFolder, { recursive: true, force: true }))

export interface Ended {
  code: number | null
  out: string
  err: string
}

/** Runs the program to its end. */
export async function millrace(args: readonly string[], input = ''): Promise<Ended> {
  const child = start(args)
  child.stdin?.end(input)
  const [out, err] = [textOf(child.stdout), textOf(child.stderr)]
  await once(child, 'close')
  return { code: child.exitCode, out: out(), err: err() }
}

/** The program, running `up` or another command that goes on until it is told to stop. */
export class RunningMillrace {
  readonly #child: ChildProcess
  readonly #out: () => string
  readonly #err: () => string
  readonly #closed: Promise<unknown>

  constructor(t: TestContext, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.#child = start(args, environment)
    this.#out = textOf(this.#child.stdout)
    this.#err = textOf(this.#child.stderr)
    this.#closed = once(this.#child, 'close')
    t.after(() => this.#child.kill('SIGKILL'))
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves with the first JSON document on standard output. */
  async json<Document>(): Promise<Document> {
    while (!this.#out().trimEnd().endsWith('}')) {
      if (this.#child.exitCode !== null) throw new Error(`it ended: ${this.#err()}`)
      await Promise.race([once(this.#child.stdout as never, 'data'), this.#closed])
    }
    return JSON.parse(this.#out()) as Document
  }

  /** Resolves when what it has written to standard error is enough. */
  async says(enough: (err: string) => boolean): Promise<void> {
    while (!enough(this.#err())) {
      if (this.#child.exitCode !== null) throw new Error(`it ended: ${this.#err()}`)
      await Promise.race([once(this.#child.stderr as never, 'data'), this.#closed])
    }
  }

  /** Resolves with how it ended by itself. */
  async ended(): Promise<Ended> {
    await this.#closed
    return { code: this.#child.exitCode, out: this.#out(), err: this.#err() }
  }

  /** Ends it with a signal, and resolves with how it ended. */
  async end(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<Ended> {
    this.#child.kill(signal)
    return this.ended()
  }
}

/** Asks until there is an answer, or it is true; fails after 20 seconds. */
export async function eventually<Result>(
  what: string,
  ask: () => Promise<Result | undefined | false>,
): Promise<Result> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const result = await ask()
    if (result !== undefined && result !== false) return result
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${what} did not happen`)
}

function start(args: readonly string[], further: NodeJS.ProcessEnv = {}): ChildProcess {
  const { npm_lifecycle_event: _, MILLRACE_DEBUG: __, ...environment } = process.env
  return spawn(process.execPath, [bin, ...args], {
    cwd: path.parse(bin).root,
    env: { ...environment, TMPDIR: programsFolder, ...further },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

function textOf(stream: NodeJS.ReadableStream | null): () => string {
  let text = ''
  stream?.setEncoding('utf8').on('data', (more) => {
    text += more
  })
  return () => text
}
