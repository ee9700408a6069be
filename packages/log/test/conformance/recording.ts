import fs from 'node:fs'
import path from 'node:path'
import type { Step } from './scenario.js'

/** Beside the sources, not beside what is compiled. */
const folder = path.join(import.meta.dirname, '../../../test/conformance/recorded')

/**
 * What Apache Kafka answered in the scenarios of one area: a text file, one block a step. The
 * embedded broker is compared with it where there is no Java, and Kafka itself is compared with
 * it where there is, so it cannot drift. `MILLRACE_REWRITE=1` records anew.
 */
export class Recording {
  readonly #file: string
  readonly #scenarios = new Map<string, Step[]>()

  constructor(area: string) {
    this.#file = path.join(folder, `${area}.txt`)
    if (!fs.existsSync(this.#file)) return
    const [, ...scenarios] = `\n${fs.readFileSync(this.#file, 'utf8')}`.split(/\n=== /)
    for (const text of scenarios) {
      const [name = '', ...steps] = text.split(/\n--- /)
      this.#scenarios.set(
        name.trim(),
        steps.map((step) => {
          const end = step.indexOf('\n')
          return { name: step.slice(0, end), seen: step.slice(end + 1).trimEnd() }
        }),
      )
    }
  }

  get names(): string[] {
    return [...this.#scenarios.keys()]
  }

  /** Undefined for a scenario that was never recorded. */
  steps(scenario: string): Step[] | undefined {
    return this.#scenarios.get(scenario)
  }

  set(scenario: string, steps: Step[]): void {
    this.#scenarios.set(scenario, steps)
  }

  /** Writes the scenarios with these names, in their order. */
  save(names: readonly string[]): void {
    const blocks = names.map((name) => {
      const steps = (this.steps(name) ?? []).map((step) => `--- ${step.name}\n${step.seen}\n`)
      return `=== ${name}\n\n${steps.join('\n')}`
    })
    fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(this.#file, blocks.join('\n'))
  }
}
