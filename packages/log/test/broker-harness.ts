import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { type Host, realHost } from '@millrace/host'
import { Broker, type BrokerOptions } from '../src/broker/broker.js'
import { LogClient } from '../src/client/log-client.js'

const cleaning = new WeakMap<TestContext, (() => unknown)[]>()

/** Calls `action` after the test; what came last goes first. */
export function afterwards(t: TestContext, action: () => unknown): void {
  const present = cleaning.get(t)
  if (present !== undefined) {
    present.push(action)
    return
  }
  const actions = [action]
  cleaning.set(t, actions)
  t.after(async () => {
    for (const each of actions.reverse()) await each()
  })
}

/** A folder that is removed after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-broker-'))
  afterwards(t, () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

export interface Started {
  broker: Broker
  directory: string
  bootstrap: string
  /** What it logged. */
  lines: string[]
  client: LogClient
}

/** A broker on a free port and a client of it; closed after the test. */
export async function startBroker(
  t: TestContext,
  options: Partial<BrokerOptions> & { host?: Host } = {},
): Promise<Started> {
  const directory = options.directory ?? temporaryFolder(t)
  const lines: string[] = []
  const broker = await Broker.start({
    host: realHost,
    directory,
    address: { host: '127.0.0.1', port: 0 },
    log: (line) => lines.push(line),
    ...options,
  })
  const bootstrap = `${broker.address.host}:${broker.address.port}`
  const client = await LogClient.connect({ host: realHost, bootstrap })
  afterwards(t, async () => {
    await client.close()
    await broker.close()
  })
  return { broker, directory, bootstrap, lines, client }
}

/** Runs a program to its end. Rejects when it fails or takes more than `timeoutMs`. */
export function run(
  program: string,
  args: readonly string[],
  input = '',
  timeoutMs = 20_000,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { timeout: timeoutMs })
    let out = ''
    let error = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      error += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(out)
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${error}`))
    })
    child.stdin.end(input)
  })
}

/** Whether a program is installed; in CI its absence is a failure. */
export function isInstalled(t: TestContext, program: string): boolean {
  const there = (process.env.PATH ?? '')
    .split(path.delimiter)
    .some((folder) => fs.existsSync(path.join(folder, program)))
  if (there) return true
  if (process.env.CI) throw new Error(`${program} is not installed.`)
  t.skip(`${program} is not installed: LEFT OUT what it would show`)
  return false
}

/** Resolves when `condition` gives something; asked again and again for `timeoutMs`. */
export async function eventually<Value>(
  condition: () => Value | undefined | Promise<Value | undefined>,
  timeoutMs = 15_000,
): Promise<Value> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const value = await condition()
    if (value !== undefined && value !== false) return value
    if (Date.now() > end) throw new Error(`Not so within ${timeoutMs} ms: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
