import { realHost, SimulatedDisk, seededRandom } from '@millrace/host'
import type { Expression } from '../../src/plan/expression.js'
import { planStatements } from '../../src/plan/script.js'
import { typeName } from '../../src/plan/type-name.js'
import { Job, type JobOptions } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'
import { parseScript } from '../../src/sql/index.js'
import type { Column } from './answer.js'
import type { CaseFile } from './case-file.js'
import { sinkTable } from './questions.js'
import type { Sandbox } from './sandbox.js'
import { located } from './script-text.js'
import type { DescribedQuery, World } from './world.js'

/**
 * How a job takes its records: all there is at once, a few at random in each step, or so and stopped
 * and started again from its journal all the time, with its windows on disk.
 */
export type Pace = 'whole' | { readonly seed: number; readonly restarts: boolean }

/** The engine of this package over the records of a file, a job for each script. */
export class MillraceWorld implements World {
  readonly #file: CaseFile
  readonly #sandbox: Sandbox
  readonly #pace: Pace
  #jobs = 0

  constructor(file: CaseFile, sandbox: Sandbox, pace: Pace = 'whole') {
    this.#file = file
    this.#sandbox = sandbox
    this.#pace = pace
  }

  /** A column is cast where it comes into a sink of the expected type, if its own is another. */
  async describe(queries: readonly DescribedQuery[]): Promise<Column[][]> {
    return queries.map(({ text, key, expected }) => {
      if (expected === undefined) {
        const nowhere =
          "CREATE TABLE nowhere (x INT) WITH ('connector' = 'kafka', 'format' = 'json')"
        this.#plan(`${nowhere}; INSERT INTO nowhere SELECT 1 FROM (${text}) AS refused`)
        return []
      }
      const sink = sinkTable('described', expected, key)
      const [insert] = this.#plan(`${sink}; INSERT INTO described ${text}`).inserts
      const whole = insert?.input
      const input = whole?.kind === 'materialize' ? whole.input : whole
      if (input?.kind !== 'project') throw new Error('an INSERT projects onto its sink')
      return input.expressions.map((expression, place) => ({
        name: expected[place]?.name ?? '',
        type: typeName(uncast(expression).type),
      }))
    })
  }

  async run(script: string): Promise<void> {
    await this.#sandbox.createTopics(script)
    const plan = planScript(this.#located(`${this.#file.prelude}\n${script}`))
    const name = `${this.#file.name}-${this.#jobs++}`
    await this.#runAt({
      host: { ...realHost, disk: new SimulatedDisk() },
      name,
      plan,
      directory: `/state/${name}`,
      bootstrap: this.#sandbox.bootstrap,
      registryUrl: this.#sandbox.registryUrl,
      ...(this.#file.inTurn ? { stepRecordsMax: 1 } : {}),
    })
  }

  async #runAt(options: JobOptions): Promise<void> {
    const pace = this.#pace
    if (pace === 'whole') return (await Job.start(options)).done
    const random = seededRandom(pace.seed + this.#jobs)
    for (;;) {
      const job = await Job.start({
        stepRecordsMax: 1 + random.below(6),
        // What may lie on disk does, from each step to the next.
        ...(pace.restarts && { spillFromBytes: 0 }),
        ...options,
      })
      // Where nothing is left to read the job ends by itself.
      if (!pace.restarts || job.metrics().lag === 0) return job.done
      await aStep(job)
      await job.stop()
    }
  }

  async records(topic: string) {
    return this.#sandbox.records(topic)
  }

  #plan(script: string) {
    return planStatements(parseScript(this.#located(`${this.#file.prelude}\n${script}`)))
  }

  #located(script: string): string {
    return located(script, { 'properties.bootstrap.servers': this.#sandbox.bootstrap })
  }
}

/** Until a step is committed, or the job ends. */
async function aStep(job: Job): Promise<void> {
  const { epoch } = job.metrics()
  let hasEnded = false
  const end = () => {
    hasEnded = true
  }
  job.done.then(end, end)
  while (!hasEnded && job.metrics().epoch === epoch) await realHost.clock.sleep(1)
}

function uncast(expression: Expression): Expression {
  return expression.kind === 'cast' ? expression.input : expression
}
