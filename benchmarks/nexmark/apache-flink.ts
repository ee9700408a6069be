import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type FlinkPorts,
  flinkEntries,
  flinkEnvironment,
  flinkJars,
  flinkJavaArguments,
  flinkVersion,
  writeFlinkConfiguration,
} from '@millrace/stream/test/flink'
import { freePorts, Server } from '../server.js'

/** Where state lies: on the heap, or in RocksDB with its memory managed by Flink. */
export type StateBackend = 'heap' | 'rocksdb'

/** What a job of Flink took. */
export interface FlinkTook {
  /** From when the job was created to when it had finished, as its JobManager says. */
  seconds: number
  /** Of the TaskManager. */
  cpuSeconds: number
  /** The most that the TaskManager had until then. */
  residentMegabytesMax: number
}

/** Throws where it is missing, with what to do. Java is there where Kafka was found. */
export function checkFlink(): void {
  if (!fs.existsSync(flinkJars)) {
    throw new Error(`Apache Flink ${flinkVersion} is not there: run \`node tools/flink-jars.mjs\`.`)
  }
}

/**
 * Apache Flink, tuned for throughput: a parallelism of 2, objects used again, mini-batches, a heap
 * of 8 GB, 2 GB for RocksDB. A checkpoint every 10 seconds, exactly once. It stays warm from
 * query to query.
 */
export class ApacheFlink {
  readonly #folder: string
  readonly #servers: readonly Server[]
  readonly #taskManager: Server
  readonly #rest: string
  readonly #gateway: string

  private constructor(folder: string, ports: FlinkPorts) {
    this.#folder = folder
    this.#rest = `http://127.0.0.1:${ports.rest}`
    this.#gateway = `http://127.0.0.1:${ports.gateway}`
    const server = (
      name: 'jobmanager' | 'taskmanager' | 'gateway',
      port: number,
      memory: readonly string[],
      isReady: () => Promise<boolean>,
    ) => {
      const args = [...memory, ...flinkJavaArguments(folder), ...flinkEntries(folder)[name]]
      const environment = flinkEnvironment(folder)
      return new Server({ name, port, folder, program: 'java', args, environment, isReady })
    }
    const jobManager = server('jobmanager', ports.rest, ['-Xmx448m'], () =>
      says(`${this.#rest}/overview`, /"taskmanagers"/),
    )
    const heap = heapMegabytes.framework + heapMegabytes.task
    const memory = [`-Xmx${heap}m`, '-XX:MaxDirectMemorySize=384m', '-XX:MaxMetaspaceSize=512m']
    this.#taskManager = server('taskmanager', 0, memory, () =>
      says(`${this.#rest}/taskmanagers`, /"slotsNumber":[1-9]/),
    )
    const gateway = server('gateway', ports.gateway, ['-Xmx512m'], () =>
      says(`${this.#gateway}/v3/info`, /version/),
    )
    this.#servers = [jobManager, this.#taskManager, gateway]
  }

  static async start(backend: StateBackend): Promise<ApacheFlink> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-flink-'))
    const [rest = 0, rpc = 0, gateway = 0] = await freePorts(3)
    const ports = { rest, rpc, gateway }
    writeFlinkConfiguration(folder, ports, heapMegabytes, settingsFor(folder, backend))
    const flink = new ApacheFlink(folder, ports)
    try {
      for (const server of flink.#servers) await server.start()
      return flink
    } catch (error) {
      await flink.remove()
      throw error
    }
  }

  /** Runs a script whose last statement is an INSERT over what ends. Throws with Flink's reason. */
  async run(statements: readonly string[]): Promise<FlinkTook> {
    const opened = await ask('POST', `${this.#gateway}/v3/sessions`, { properties: {} })
    const session = `${this.#gateway}/v3/sessions/${opened.sessionHandle}`
    const before = this.#taskManager.usage()
    try {
      let job = ''
      for (const statement of statements) job = await this.#execute(session, statement)
      const seconds = await this.#finished(job)
      const { cpuSeconds, residentMegabytesMax } = this.#taskManager.usage()
      return { seconds, cpuSeconds: cpuSeconds - before.cpuSeconds, residentMegabytesMax }
    } finally {
      await ask('DELETE', session)
    }
  }

  async remove(): Promise<void> {
    for (const server of this.#servers) await server.kill()
    fs.rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }

  /** Answers the id of the job where it began one. */
  async #execute(session: string, statement: string): Promise<string> {
    const begun = await ask('POST', `${session}/statements`, { statement })
    const operation = `${session}/operations/${begun.operationHandle}`
    for (;;) {
      const result = await ask('GET', `${operation}/result/0?rowFormat=JSON`)
      if (result.resultType !== 'NOT_READY') {
        return typeof result.jobID === 'string' ? result.jobID : ''
      }
      await pause(20)
    }
  }

  async #finished(job: string): Promise<number> {
    for (;;) {
      const { state, duration } = await ask('GET', `${this.#rest}/jobs/${job}`)
      if (state === 'FINISHED') return Number(duration) / 1000
      if (state === 'FAILED' || state === 'CANCELED') {
        const why = await ask('GET', `${this.#rest}/jobs/${job}/exceptions`)
        throw new Error(`Flink's job ended as ${state}: ${JSON.stringify(why).slice(0, 2000)}`)
      }
      await pause(50)
    }
  }
}

const heapMegabytes = { framework: 128, task: 8000 }

function settingsFor(folder: string, backend: StateBackend) {
  return {
    'taskmanager.numberOfTaskSlots': 2,
    'taskmanager.memory.managed.size': '2048m',
    'parallelism.default': 2,
    'pipeline.object-reuse': true,
    'table.exec.mini-batch.enabled': true,
    'table.exec.mini-batch.allow-latency': '2 s',
    'table.exec.mini-batch.size': 50_000,
    'table.local-time-zone': 'UTC',
    'state.backend.type': backend === 'heap' ? 'hashmap' : 'rocksdb',
    'execution.checkpointing.interval': '10 s',
    'execution.checkpointing.dir': `file:${path.join(folder, 'checkpoints')}`,
  }
}

async function says(url: string, pattern: RegExp): Promise<boolean> {
  try {
    const answer = await fetch(url)
    return answer.ok && pattern.test(await answer.text())
  } catch {
    // Nobody listens there yet.
    return false
  }
}

async function ask(method: string, url: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(causeOf(text))
  return JSON.parse(text)
}

/** The innermost cause in what Flink says. */
function causeOf(text: string): string {
  const causes = [...text.matchAll(/Caused by: ((?:[^\\]|\\(?!n))+)/g)].map(([, cause]) => cause)
  return `Flink says: ${causes.at(-1) ?? text.slice(0, 500)}`
}
