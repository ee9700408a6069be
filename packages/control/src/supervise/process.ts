import { fork } from 'node:child_process'
import { Worker } from 'node:worker_threads'
import { programOf } from '../installation.js'
import { Link, type Methods } from '../roles/link.js'

/** A role that runs beside the supervisor: its link, and its end. */
export interface RoleProcess<Served extends Methods> {
  readonly link: Link<Served>
  /** Absent for a thread, which ends with its process in any case. */
  readonly pid?: number
  /** Resolves with why it ended; never rejects. */
  readonly ended: Promise<string>
  /** Lets a role that has stopped go. */
  release(): void
  /** Ends it at once. */
  kill(): void
}

const stderrKeptMax = 4_000

/**
 * Node's own limit is 16: then what a step makes outlives its young days and is collected with all
 * the rest. A process that makes little never grows to it.
 */
const youngMegabytesMax = 64

/** Starts the entry `roles/NAME.ts` in a process of its own, with a limit on its memory. */
export function forkRole<Served extends Methods>(
  role: string,
  options: { heapMegabytesMax: number; onLine: (text: string) => void },
): RoleProcess<Served> {
  const child = fork(programOf(role), {
    execArgv: [
      `--max-old-space-size=${options.heapMegabytesMax}`,
      `--max-semi-space-size=${youngMegabytesMax}`,
      // Its heap is small, and its data beside it makes the collector run often.
      '--no-incremental-marking',
    ],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-stderrKeptMax)
  })
  child.stdout?.setEncoding('utf8').on('data', (text: string) => options.onLine(text.trimEnd()))
  const link = new Link<Served>(
    {
      send: (message) => {
        if (child.connected) child.send(message as object, () => {})
      },
      onMessage: (receive) => child.on('message', receive),
    },
    options.onLine,
  )
  const ended = new Promise<string>((resolve) => {
    const end = (reason: string) => {
      link.end(reason)
      resolve(reason)
    }
    child.once('error', (cause) => end(cause.message))
    // Not 'close': it never comes after `disconnect` on this side. What a child has said last is
    // read when its stderr closes.
    child.once('exit', (code, signal) => {
      const tell = () => end(link.reason ?? endOf(said, code, signal, options.heapMegabytesMax))
      if (child.stderr === null || child.stderr.closed) tell()
      else child.stderr.once('close', tell)
    })
  })
  return {
    link,
    ended,
    ...(child.pid === undefined ? {} : { pid: child.pid }),
    release: () => {
      if (child.connected) child.disconnect()
    },
    kill: () => child.kill('SIGKILL'),
  }
}

/** Starts the entry `roles/NAME.ts` in a thread of this process. */
export function threadRole<Served extends Methods>(
  role: string,
  options: { onLine: (text: string) => void },
): RoleProcess<Served> {
  const worker = new Worker(programOf(role))
  const link = new Link<Served>(
    {
      send: (message) => worker.postMessage(message),
      onMessage: (receive) => worker.on('message', receive),
    },
    options.onLine,
  )
  const ended = new Promise<string>((resolve) => {
    let failure: string | undefined
    worker.once('error', (cause: Error) => {
      failure = cause.message
    })
    worker.once('exit', (code) => {
      const reason = failure ?? `its thread ended with code ${code}`
      link.end(reason)
      resolve(reason)
    })
  })
  const kill = () => void worker.terminate()
  return { link, ended, release: kill, kill }
}

/** Why a child ended, from what it left. */
function endOf(
  said: string,
  code: number | null,
  signal: string | null,
  heapMegabytesMax: number,
): string {
  if (said.includes('heap out of memory')) {
    return `it ran out of memory (the limit is ${heapMegabytesMax} MB)`
  }
  const thrown = /^(?:\w*Error[^:\n]*): (.+)$/m.exec(said)?.[1]
  if (thrown !== undefined) return thrown
  return signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`
}
