import { realHost, SimulatedDisk } from '@millrace/host'
import type { Expression } from '../../src/plan/expression.js'
import { planStatements } from '../../src/plan/script.js'
import { typeName } from '../../src/plan/type-name.js'
import { Job } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'
import { parseScript } from '../../src/sql/index.js'
import type { Column } from './answer.js'
import type { CaseFile } from './case-file.js'
import { sinkTable } from './questions.js'
import type { Sandbox } from './sandbox.js'
import { located } from './script-text.js'
import type { DescribedQuery, World } from './world.js'

/** The engine of this package over the records of a file, a job for each script. */
export class MillraceWorld implements World {
  readonly #file: CaseFile
  readonly #sandbox: Sandbox
  #jobs = 0

  constructor(file: CaseFile, sandbox: Sandbox) {
    this.#file = file
    this.#sandbox = sandbox
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
      const input = insert?.input
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
    const job = await Job.start({
      host: { ...realHost, disk: new SimulatedDisk() },
      name,
      plan,
      directory: `/state/${name}`,
      bootstrap: this.#sandbox.bootstrap,
      registryUrl: this.#sandbox.registryUrl,
      ...(this.#file.inTurn ? { stepRecordsMax: 1 } : {}),
    })
    await job.done
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

function uncast(expression: Expression): Expression {
  return expression.kind === 'cast' ? expression.input : expression
}
