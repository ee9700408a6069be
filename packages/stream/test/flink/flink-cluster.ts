import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { FlinkGateway } from './flink-gateway.js'
import {
  flinkEntries,
  flinkEnvironment,
  flinkJars,
  flinkJavaArguments,
  flinkVersion,
  writeFlinkConfiguration,
} from './flink-installation.js'

/** How long the cluster may take to start, on a machine that is busy with other things. */
const startTimeoutMs = 120_000

/** Jobs that run at the same time, each with a parallelism of one. */
const taskSlots = 8

/** Whether a real Flink can be run here; in CI its absence is a failure. */
export function isFlinkInstalled(t: TestContext): boolean {
  const hasJava = (process.env.PATH ?? '')
    .split(path.delimiter)
    .some((folder) => fs.existsSync(path.join(folder, 'java')))
  if (hasJava && fs.existsSync(flinkJars)) return true
  const what = hasJava
    ? `Apache Flink ${flinkVersion} is not there (node tools/flink-jars.mjs)`
    : 'java is not installed'
  if (process.env.CI) throw new Error(`${what}.`)
  t.skip(`${what}: LEFT OUT what it would show`)
  return false
}

/**
 * A real Apache Flink: JobManager, TaskManager and SQL gateway, three processes of Java on free
 * ports of 127.0.0.1, small and quick to start. Its data lies in a folder of its own.
 *
 * Invariant: it does not outlive this process. A shell beside it holds the other end of a pipe,
 * and ends the three when the pipe closes, however this process ended.
 */
export class FlinkCluster {
  readonly gateway: FlinkGateway
  readonly #folder: string
  readonly #processes: readonly ChildProcess[]
  readonly #guard: ChildProcess

  private constructor(folder: string, gatewayPort: number) {
    this.#folder = folder
    this.gateway = new FlinkGateway(`http://127.0.0.1:${gatewayPort}`)
    const entries = flinkEntries(folder)
    this.#processes = [
      startJava(folder, 'jobmanager', 384, entries.jobmanager),
      startJava(folder, 'taskmanager', heapMb.framework + heapMb.task, entries.taskmanager),
      startJava(folder, 'gateway', 512, entries.gateway),
    ]
    const end = 'folder=$1; shift; read -r _; kill -9 "$@"; rm -rf "$folder"'
    const pids = this.#processes.map(({ pid }) => String(pid))
    this.#guard = spawn('sh', ['-c', end, 'guard', folder, ...pids], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    this.#guard.unref()
  }

  /** Resolves when jobs can be given to it. */
  static async start(): Promise<FlinkCluster> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-flink-'))
    const [rest = 0, rpc = 0, gateway = 0] = await freePorts(3)
    writeFlinkConfiguration(folder, { rest, rpc, gateway }, heapMb, {
      'taskmanager.numberOfTaskSlots': taskSlots,
      'taskmanager.memory.managed.size': '64m',
      'parallelism.default': 1,
    })
    const cluster = new FlinkCluster(folder, gateway)
    try {
      await cluster.#untilReady(`http://127.0.0.1:${rest}/taskmanagers`, (answer) =>
        /"slotsNumber":[1-9]/.test(answer),
      )
      await cluster.#untilReady(`${cluster.gateway.url}/v3/info`, () => true)
      return cluster
    } catch (error) {
      await cluster.close()
      throw error
    }
  }

  /** Ends it and removes its data. */
  async close(): Promise<void> {
    // The guard first: an id that is free again may be somebody else's.
    if (this.#guard.pid !== undefined) process.kill(this.#guard.pid, 'SIGKILL')
    for (const child of this.#processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const closed = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGKILL')
      await closed
    }
    fs.rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }

  async #untilReady(url: string, isReady: (answer: string) => boolean): Promise<void> {
    const deadline = Date.now() + startTimeoutMs
    for (;;) {
      try {
        const answer = await fetch(url)
        if (answer.ok && isReady(await answer.text())) return
      } catch {
        // Nobody listens there yet.
      }
      const ended = this.#processes.find(({ exitCode }) => exitCode !== null)
      if (ended !== undefined || Date.now() > deadline) {
        throw new Error(`Apache Flink did not start: ${this.#logs()}`)
      }
      await pause(50)
    }
  }

  #logs(): string {
    return fs
      .readdirSync(this.#folder)
      .filter((name) => name.endsWith('.log'))
      .map((name) => `${name}: ${fs.readFileSync(path.join(this.#folder, name), 'utf8')}`)
      .join('\n')
      .slice(0, 20_000)
  }
}

/** The TaskManager's heap; its JVM gets the sum. */
const heapMb = { framework: 128, task: 768 }

/** Quick to start rather than quick for hours. */
function startJava(
  folder: string,
  name: string,
  memoryMb: number,
  entry: readonly string[],
): ChildProcess {
  const log = fs.openSync(path.join(folder, `${name}.log`), 'a')
  const child = spawn(
    'java',
    [
      `-Xmx${memoryMb}m`,
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      `-Djava.io.tmpdir=${folder}`,
      ...flinkJavaArguments(folder),
      ...entry,
    ],
    { stdio: ['ignore', log, log], env: { ...process.env, ...flinkEnvironment(folder) } },
  )
  fs.closeSync(log)
  return child
}

/** Ports that nobody listens on at this moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer())
  const ports = await Promise.all(
    servers.map(async (server) => {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(0, '127.0.0.1', resolve)
      })
      return (server.address() as net.AddressInfo).port
    }),
  )
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  return ports
}
