/** The entry of a job's process: one pipeline. */
import { realHost } from '@millrace/host'
import { type ExternalCatalog, Job, type JobMetrics, modulesIn, planScript } from '@millrace/stream'
import { serveChild } from './child.js'

export interface JobConfig {
  name: string
  file: string
  /** Where the modules of its functions are. */
  folder: string
  text: string
  catalogs: readonly ExternalCatalog[]
  directory: string
  bootstrap: string
  registryUrl: string
}

/** What the supervisor may ask of a job. */
export type JobMethods = {
  start: (config: JobConfig) => Promise<void>
  metrics: () => JobMetrics | undefined
  /** Reads the inputs to their present ends, closes all windows, commits. */
  drain: () => Promise<JobMetrics | undefined>
  stop: () => Promise<void>
}

let job: Job | undefined
let stopping = false

const tell = serveChild({
  async start({
    name,
    file,
    folder,
    text,
    catalogs,
    directory,
    bootstrap,
    registryUrl,
  }: JobConfig) {
    const plan = planScript(text, {
      file,
      catalogs,
      modules: modulesIn(folder),
      defaults: {
        'properties.bootstrap.servers': bootstrap,
        'avro-confluent.url': registryUrl,
        'scan.startup.mode': 'earliest-offset',
      },
    })
    const log = (line: string) => tell.line(line)
    job = await Job.start({ host: realHost, name, plan, directory, bootstrap, registryUrl, log })
    job.done.catch((cause: unknown) => {
      if (stopping) return
      tell.fail(cause instanceof Error ? cause.message : String(cause))
    })
  },
  metrics: () => job?.metrics(),
  async drain() {
    await job?.drain()
    return job?.metrics()
  },
  async stop() {
    stopping = true
    await job?.stop()
  },
} satisfies JobMethods)
