import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { afterwards, isInstalled } from './broker-harness.js'

/** The Apache Kafka that everything here is compared with; the same as in `kafka/pom.xml`. */
export const kafkaVersion = '4.3.1'

/** Where `tools/kafka-jars.mjs` puts its jars. */
export const kafkaJars = path.join(
  process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'),
  'millrace',
  `kafka-${kafkaVersion}`,
)

/** How long Kafka may take to start, on a machine that is busy with other things. */
const startTimeoutMs = 60_000

/** How long a command line tool may take by default. */
const toolTimeoutMs = 60_000

/** Whether a real Kafka can be run here; in CI its absence is a failure. */
export function isKafkaInstalled(t: TestContext): boolean {
  if (!isInstalled(t, 'java')) return false
  if (fs.existsSync(kafkaJars)) return true
  const what = `Apache Kafka ${kafkaVersion} is not there (node tools/kafka-jars.mjs)`
  if (process.env.CI) throw new Error(`${what}.`)
  t.skip(`${what}: LEFT OUT what it would show`)
  return false
}

/**
 * A real Apache Kafka: one node with its controller (KRaft), on free ports of 127.0.0.1, with a
 * data folder of its own. As Kafka comes, but for what a single node needs, and without the wait
 * before a group's first generation.
 *
 * Invariant: it does not outlive this process. A shell beside it holds the other end of a pipe,
 * and ends Kafka when the pipe closes, however this process ended.
 */
export class ApacheKafka {
  readonly bootstrap: string
  readonly #folder: string
  #process: ChildProcess | undefined
  #guard: ChildProcess | undefined

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.bootstrap = `127.0.0.1:${port}`
  }

  /** Formats a folder and starts; `properties` are added to its server.properties. */
  static async start(properties: Record<string, string> = {}): Promise<ApacheKafka> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-kafka-'))
    const [port, controllerPort] = await freePorts()
    const all = { ...singleNode(folder, port, controllerPort), ...properties }
    const lines = Object.entries(all).map(([name, value]) => `${name}=${value}`)
    fs.writeFileSync(path.join(folder, 'server.properties'), `${lines.join('\n')}\n`)
    const clusterId = randomBytes(16).toString('base64url')
    const config = path.join(folder, 'server.properties')
    const formatted = await kafkaTool('kafka.tools.StorageTool', [
      // With '=', because an id may begin with a hyphen.
      ...['format', `--cluster-id=${clusterId}`, '-c', config],
    ])
    if (formatted.exitCode !== 0) throw new Error(`Kafka cannot be formatted: ${formatted.stderr}`)
    const kafka = new ApacheKafka(folder, port)
    await kafka.start()
    return kafka
  }

  /** Starts again what was stopped, on the same port and with the same data. */
  async start(): Promise<void> {
    const args = ['-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info', '-Xmx512m']
    const config = path.join(this.#folder, 'server.properties')
    const child = spawn('java', [...javaArguments(), ...args, 'kafka.Kafka', config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const end = 'read -r _; kill -9 "$1"; rm -rf "$2"'
    const guard = spawn('sh', ['-c', end, 'guard', String(child.pid), this.#folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    guard.unref()
    this.#process = child
    this.#guard = guard
    let log = ''
    await new Promise<void>((resolve, reject) => {
      const failed = (what: string) => reject(new Error(`Apache Kafka ${what}: ${log}`))
      const timer = setTimeout(() => failed('did not start in time'), startTimeoutMs)
      child.on('error', reject)
      child.on('close', (code) => failed(`ended with ${code}`))
      child.stderr.on('data', (chunk: Buffer) => {
        // Read to the end, or it would wait for us; kept only until it has started.
        if (log.length < 100_000) log += chunk
        if (!/Kafka Server started/.test(log)) return
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Stops as an operator does; what was acknowledged is on disk, `start` goes on from there. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  /** Ends it and removes its data. */
  async close(): Promise<void> {
    await this.#end('SIGKILL')
    fs.rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const { pid } = this.#guard ?? {}
    // The guard first: an id that is free again may be somebody else's.
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
    const child = this.#process
    this.#guard = undefined
    this.#process = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const closed = new Promise((resolve) => child.once('close', resolve))
    child.kill(signal)
    await closed
  }
}

/** A real Kafka for one test, ended after it; nothing where it cannot be run. */
export async function apacheKafka(
  t: TestContext,
  properties: Record<string, string> = {},
): Promise<ApacheKafka | undefined> {
  if (!isKafkaInstalled(t)) return undefined
  const kafka = await ApacheKafka.start(properties)
  afterwards(t, () => kafka.close())
  return kafka
}

/**
 * Runs one of Kafka's command line tools by the name of its class to its end:
 * `kafkaTool('org.apache.kafka.tools.TopicCommand', ['--bootstrap-server', …, '--list'])`.
 * A tool that fails is told by its exit code; one that takes longer than `timeoutMs` is ended.
 */
export function kafkaTool(
  className: string,
  args: readonly string[],
  options: { input?: string; timeoutMs?: number } = {},
): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const { input = '', timeoutMs = toolTimeoutMs } = options
  return new Promise((resolve, reject) => {
    const child = spawn('java', [...javaArguments(), '-Xmx256m', className, ...args], {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }))
    // A tool that ends without reading breaks the pipe.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

/**
 * What every Java process here starts with: quick to start rather than quick for hours, with
 * Kafka's jars and the folders of classes that are given.
 */
export function javaArguments(...classes: string[]): string[] {
  return [
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    ...['-cp', [...classes, path.join(kafkaJars, '*')].join(path.delimiter)],
  ]
}

function singleNode(
  folder: string,
  port: number,
  controllerPort: number,
): Record<string, string | number> {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': path.join(folder, 'data'),
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
  }
}

/** Two ports that nobody listens on at this moment. */
async function freePorts(): Promise<[number, number]> {
  const servers = [net.createServer(), net.createServer()] as const
  const port = async (server: net.Server) => {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    return (server.address() as net.AddressInfo).port
  }
  const ports: [number, number] = [await port(servers[0]), await port(servers[1])]
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  return ports
}
