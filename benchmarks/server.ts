import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'

/** How long a server may take to start, on a machine that is busy with other things. */
const startTimeoutMs = 120_000

/** How it is started, and where it keeps its data. */
export interface ServerOptions {
  /** How tables and messages name it. */
  name: string
  program: string
  args: readonly string[]
  port: number
  /** Removed with all that is in it by `remove`. */
  folder: string
  environment?: Readonly<Record<string, string>>
  /** Whether it can be used now; where not given, whether a broker answers at the port. */
  isReady?: () => Promise<boolean>
}

/** CPU time and memory of a process. */
export interface Usage {
  /** User and system time since its start. */
  cpuSeconds: number
  residentMegabytes: number
  /** The most that it ever had. */
  residentMegabytesMax: number
}

/**
 * A server in a process of its own, ours or the peer's.
 *
 * Invariant: it does not outlive this process. A shell beside it holds the other end of a pipe,
 * and ends the server when the pipe closes, however this process ended.
 */
export class Server {
  readonly name: string
  readonly bootstrap: string
  readonly folder: string
  /** From the start of the process to the first answer, each time it was started. */
  readonly startSeconds: number[] = []
  readonly #options: ServerOptions
  #process: ChildProcess | undefined
  #guard: ChildProcess | undefined

  constructor(options: ServerOptions) {
    this.name = options.name
    this.bootstrap = `127.0.0.1:${options.port}`
    this.folder = options.folder
    this.#options = options
  }

  /** Starts it; resolves with the seconds until it had answered the first request. */
  async start(): Promise<number> {
    const { program, args, port, folder, environment } = this.#options
    const { isReady = () => answers(port) } = this.#options
    const pollMs = isReady === this.#options.isReady ? 50 : 2
    const file = path.join(folder, `${this.name}.log`)
    const log = fs.openSync(file, 'a')
    const began = performance.now()
    const env = { ...process.env, ...environment }
    const child = spawn(program, args, { stdio: ['ignore', log, log], env })
    fs.closeSync(log)
    let ended = false
    child.on('close', () => {
      ended = true
    })
    this.#process = child
    this.#guard = spawn('sh', ['-c', 'read -r _; kill -9 "$1"', 'guard', String(child.pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    this.#guard.unref()
    while (!(await isReady())) {
      if (ended || performance.now() - began > startTimeoutMs) {
        const said = fs.readFileSync(file, 'utf8').slice(-2000)
        throw new Error(`${this.name} did not start: ${said}`)
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
    const seconds = (performance.now() - began) / 1000
    this.startSeconds.push(seconds)
    return seconds
  }

  /** Stops it as an operator does. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Ends it and removes its data. */
  async remove(): Promise<void> {
    await this.kill()
    fs.rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }

  /** As the system counts it. */
  usage(): Usage {
    const pid = this.#process?.pid
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    // After the name, which stands in brackets and may hold anything: user and system time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8')
    const megabytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
      residentMegabytes: megabytes('VmRSS'),
      residentMegabytesMax: megabytes('VmHWM'),
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    // The guard first: an id that is free again may be somebody else's.
    this.#guard?.kill('SIGKILL')
    const child = this.#process
    this.#guard = undefined
    this.#process = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const closed = new Promise((resolve) => child.once('close', resolve))
    child.kill(signal)
    await closed
  }
}

/** What Linux counts CPU time in, on every machine that Node runs on (USER_HZ). */
const ticksPerSecond = 100

/** ApiVersions, version 0, correlation id 1, no client id: the first thing that any client asks. */
const apiVersionsRequest = Buffer.from('0000000a00120000' + '00000001ffff', 'hex')

/** Whether a broker answers at the port, now. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port, noDelay: true })
    socket.on('connect', () => socket.write(apiVersionsRequest))
    socket.on('data', () => {
      resolve(true)
      socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(false))
  })
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port)
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  return ports
}
