import fs from 'node:fs'
import { realHost } from '@millrace/host'
import { Job, planScript } from '@millrace/stream'

// One script as a job that tells how far it is: `node growing-job.js SCRIPT STATE-DIRECTORY`. Prints
// a line of JSON when it has started, and then ten times a second.
const [file = '', directory = ''] = process.argv.slice(2)
const plan = planScript(fs.readFileSync(file, 'utf8'), { file })
const began = performance.now()
const job = await Job.start({
  host: realHost,
  name: 'growing',
  plan,
  directory,
  bootstrap: '127.0.0.1:9',
  registryUrl: 'http://127.0.0.1:9',
})
const opened = job.metrics()
const tell = () => {
  const { recordsIn, epoch } = job.metrics()
  const { user, system } = process.cpuUsage()
  const report: Report = {
    recordsIn,
    isNew: epoch > opened.epoch,
    startedMs: performance.now() - began,
    cpuSeconds: (user + system) / 1e6,
    residentMegabytes: process.memoryUsage.rss() / 2 ** 20,
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
}
tell()
const timer = setInterval(tell, 100)
await job.done
tell()
clearInterval(timer)

/** Where the job is. */
export interface Report {
  recordsIn: number
  /** Whether a step of this process is committed. */
  isNew: boolean
  /** Since it was told to start. */
  startedMs: number
  cpuSeconds: number
  residentMegabytes: number
}
