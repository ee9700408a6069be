import fs from 'node:fs'
import { realHost } from '@millrace/host'
import { Job, planScript, SqlError } from '@millrace/stream'

// One script as a job, in a process of its own, as `millrace up` starts it, until its bounded
// inputs are at their end: `node job-process.js NAME SCRIPT STATE-DIRECTORY BOOTSTRAP`. Prints what it
// took as one line of JSON.
const [name = '', script = '', directory = '', bootstrap = ''] = process.argv.slice(2)
const began = performance.now()
try {
  const plan = planScript(fs.readFileSync(script, 'utf8'), { file: script })
  const options = { host: realHost, name, plan, directory, bootstrap }
  const job = await Job.start({ ...options, registryUrl: 'http://127.0.0.1:9' })
  await job.done
  const { recordsIn, recordsOut, epoch } = job.metrics()
  const { user, system } = process.cpuUsage()
  const took = {
    records: recordsIn,
    out: recordsOut,
    steps: epoch,
    seconds: (performance.now() - began) / 1000,
    cpuSeconds: (user + system) / 1e6,
    residentMegabytesMax: process.resourceUsage().maxRSS / 1024,
  }
  process.stdout.write(`${JSON.stringify(took)}\n`)
} catch (error) {
  if (!(error instanceof SqlError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
