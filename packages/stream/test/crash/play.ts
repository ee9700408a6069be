import { rmSync } from 'node:fs'
import path from 'node:path'
import { realHost } from '@millrace/host'
import { type Guarantee, Job } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'
import type { Platform } from '../runtime/platform.js'
import { KillableJob } from './killable-job.js'
import { differences } from './published.js'
import { type FedRow, partitions } from './scenario.js'
import type { Story } from './story.js'

/** How a story ended. */
export interface Ending {
  /** Kills that met a job which had begun to read and had not ended. */
  readonly hits: number
  /** Kills that met a process before that. */
  readonly early: number
  /** How what was published differs from what an undisturbed run publishes; none where it is right. */
  readonly problems: readonly string[]
}

/** Records are produced up to so many ahead of what the job has read. */
const aheadMax = 300
const chunkRows = 6

/**
 * Plays a story: records are produced while the job reads them and is killed, started again, killed.
 * At the end it reads what is left, and what it published is compared.
 */
export async function play(
  story: Story,
  platform: Platform,
  guarantee: Guarantee,
): Promise<Ending> {
  const { scenario, seed, rows, kills } = story
  const name = `crash-${guarantee}-${seed}`
  const directory = path.join(platform.directory, name)
  const topicOf = (table: string) => `${name}-${table}`
  for (const table of [...scenario.tables, 'results']) {
    await platform.client.createTopic(topicOf(table), { partitions })
  }
  const feed = new Feed(platform, rows, topicOf)
  const { bootstrap } = platform
  const job = { name, script: scenario.script(topicOf), directory, bootstrap, guarantee }
  const start = () => new KillableJob(job, (recordsIn) => feed.read(recordsIn))
  const feeding = feed.run()
  // It is told of where it is awaited.
  feeding.catch(() => {})
  let hits = 0
  let early = 0
  for (const { afterRecords, waitMs } of kills) {
    const process = start()
    if (afterRecords !== undefined) await process.hasRead(afterRecords)
    await realHost.clock.sleep(waitMs)
    if (await process.kill()) hits++
    else early++
  }
  const last = start()
  await last.hasRead(rows.length)
  await feeding
  await last.drain()

  const calm = (table: string) => (table === 'results' ? `${name}-calm` : topicOf(table))
  await platform.client.createTopic(calm('results'), { partitions })
  await runCalmly(scenario.script(calm), `${name}-calm`, `${directory}-calm`, bootstrap)
  const problems = differences(
    scenario.output,
    await platform.consume(topicOf('results')),
    await platform.consume(calm('results')),
  )
  rmSync(directory, { recursive: true })
  rmSync(`${directory}-calm`, { recursive: true })
  return { hits, early, problems }
}

/** The same job over the same topics in one go. */
async function runCalmly(
  script: string,
  name: string,
  directory: string,
  bootstrap: string,
): Promise<void> {
  const job = await Job.start({
    ...{ host: realHost, name, directory, bootstrap },
    plan: planScript(script),
    registryUrl: 'http://127.0.0.1:1',
  })
  await job.drain()
}

/** Produces rows while a job reads them, never far ahead of it. */
class Feed {
  private readonly platform: Platform
  private readonly rows: readonly FedRow[]
  private readonly topicOf: (table: string) => string
  private hasRead = 0
  private wake: (() => void) | undefined

  constructor(platform: Platform, rows: readonly FedRow[], topicOf: (table: string) => string) {
    this.platform = platform
    this.rows = rows
    this.topicOf = topicOf
  }

  /** The job has read so many records. */
  read(recordsIn: number): void {
    this.hasRead = recordsIn
    this.wake?.()
  }

  async run(): Promise<void> {
    for (let from = 0; from < this.rows.length; from += chunkRows) {
      while (from >= this.hasRead + aheadMax) {
        await new Promise<void>((resolve) => {
          this.wake = resolve
        })
      }
      const chunk = new Map<string, FedRow[]>()
      for (const row of this.rows.slice(from, from + chunkRows)) {
        const place = `${this.topicOf(row.table)} ${row.partition}`
        chunk.set(place, [...(chunk.get(place) ?? []), row])
      }
      for (const [place, part] of chunk) {
        const [topic = '', partition] = place.split(' ')
        const values = part.map(({ row }) => row)
        await this.platform.produce(topic, Number(partition), values)
      }
    }
  }
}
