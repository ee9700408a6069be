import { realHost } from '@millrace/host'
import { Job } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'
import type { FromProcess, ProcessJob } from './killable-job.js'

// One job in a process of its own, on a real disk, until it is killed or told to drain. Tells how
// many records it has read, and how it ended.

/** How often it tells. */
const tellMs = 2

const { name, script, directory, bootstrap, guarantee } = JSON.parse(
  process.argv[2] ?? '',
) as ProcessJob

const tell = (message: FromProcess) => process.send?.(message)
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))

try {
  const job = await Job.start({
    ...{ host: realHost, name, directory, bootstrap, guarantee },
    plan: planScript(script),
    registryUrl: 'http://127.0.0.1:1',
    // One batch of each partition a step, so that there are many steps to be killed in.
    stepRecordsMax: 1,
  })
  let told = -1
  const tellRecords = () => {
    const { recordsIn } = job.metrics()
    if (recordsIn !== told) tell({ kind: 'records', recordsIn })
    told = recordsIn
  }
  tellRecords()
  const timer = setInterval(tellRecords, tellMs)
  process.on('message', () => void job.drain().catch(() => {}))
  await job.done
  clearInterval(timer)
  tellRecords()
  tell({ kind: 'ended' })
} catch (error) {
  tell({ kind: 'failed', reason: error instanceof Error ? (error.stack ?? '') : String(error) })
}
process.disconnect()
