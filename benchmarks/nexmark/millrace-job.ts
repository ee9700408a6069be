import fs from 'node:fs'
import path from 'node:path'
import { runProgram } from '../program.js'
import type { Took } from './measured.js'
import type { QueryScript } from './query-script.js'

/** Jobs that were run, so that each has a name of its own. */
let jobs = 0

/** More options of Node for the job's process, such as `--cpu-prof --cpu-prof-dir=/tmp/profiles`. */
const moreOptions = (process.env.MILLRACE_JOB_NODE_OPTIONS ?? '').split(' ').filter(Boolean)

/** Runs a script as a job in a process of its own, its state on disk. Throws with why it ended. */
export async function runAsJob(
  script: QueryScript,
  bootstrap: string,
  folder: string,
): Promise<Took> {
  const name = `${script.name}-${jobs++}`
  const file = path.join(folder, `${name}.sql`)
  fs.writeFileSync(file, script.text)
  const entry = path.join(import.meta.dirname, '..', 'bundle', 'job-process.js')
  const state = path.join(folder, `${name}-state`)
  const { code, out, error } = await runProgram(process.execPath, [
    // As a platform starts its processes.
    ...['--max-semi-space-size=64', '--no-incremental-marking', ...moreOptions],
    ...[entry, name, file, state, bootstrap],
  ])
  fs.rmSync(state, { recursive: true, force: true })
  if (code === 0) return JSON.parse(out) as Took
  throw new Error(error.trim() === '' ? `ended with ${code}` : error)
}
