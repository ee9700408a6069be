import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { type ProcessUsage, processesOf } from './processes.js'

export const millrace = path.join(
  import.meta.dirname,
  ...['..', '..', '..', 'packages', 'control', 'bin', 'millrace.js'],
)

interface Announced {
  endpoints: { name: string; url: string }[]
}

/** `millrace up`, in a process of its own, on free ports. */
export class RunningPlatform {
  /** From the start of the command to its word that everything runs. */
  readonly startSeconds: number
  readonly #child: ChildProcess
  readonly #announced: Announced

  private constructor(child: ChildProcess, announced: Announced, startSeconds: number) {
    this.#child = child
    this.#announced = announced
    this.startSeconds = startSeconds
  }

  static async start(project: string, dataFolder: string): Promise<RunningPlatform> {
    const args = [millrace, 'up', project, '--data', dataFolder, '--free-ports', '--json']
    const began = performance.now()
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const kill = () => child.kill('SIGKILL')
    process.once('exit', kill)
    child.once('exit', () => process.off('exit', kill))
    let out = ''
    const announced = new Promise<Announced>((resolve, reject) => {
      child.stdout.on('data', (chunk) => {
        out += chunk
        if (out.trimEnd().endsWith('}')) resolve(JSON.parse(out) as Announced)
      })
      child.once('exit', () => reject(new Error('The platform did not start.')))
    })
    const places = await announced
    return new RunningPlatform(child, places, (performance.now() - began) / 1000)
  }

  url(name: string): string {
    const found = this.#announced.endpoints.find((each) => each.name === name)
    if (found === undefined) throw new Error(`The platform has no ${name}.`)
    return found.url
  }

  processes(): ProcessUsage[] {
    return processesOf(this.#child.pid as number)
  }

  /** Seconds from the signal to its end. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
    const began = performance.now()
    const ended = once(this.#child, 'exit')
    this.#child.kill(signal)
    await ended
    return (performance.now() - began) / 1000
  }
}
