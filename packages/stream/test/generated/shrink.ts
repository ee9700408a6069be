import { tablesOf } from './query.js'
import { shapeOf } from './query-shape.js'
import type { Case } from './random-case.js'
import { fewerColumns, smallerQueries } from './smaller-query.js'
import { cheaperSteps, fewerChanges, fewerSteps, plainerRows } from './smaller-steps.js'

/** How a case fails: after which of its steps; without one, behind them all. */
export interface Failure {
  readonly step?: number | undefined
}

export interface ShrinkLimits {
  /** How many smaller cases are tried at most. */
  readonly triesMax?: number
  readonly durationMsMax?: number
}

/** What makes cases smaller, in the order in which it is tried: first what makes each try cheaper. */
const passes: readonly ((least: Case) => Iterable<Case>)[] = [
  cheaperSteps,
  fewerChanges,
  smallerQueries,
  fewerSteps,
  fewerColumns,
  plainerRows,
]

/** The least case that still fails, as far as leaving out one thing after another leads. */
export function shrinkCase(
  whole: Case,
  stillFails: (smaller: Case) => Promise<Failure | undefined>,
  limits: ShrinkLimits = {},
): Promise<Case> {
  return new Shrinking(whole, stillFails, limits).least()
}

class Shrinking {
  private found: Case
  private tries = 0
  private readonly stillFails: (smaller: Case) => Promise<Failure | undefined>
  private readonly triesMax: number
  private readonly endMs: number
  /** Those that were tried, as text. */
  private readonly seen = new Set<string>()

  constructor(
    whole: Case,
    stillFails: (smaller: Case) => Promise<Failure | undefined>,
    { triesMax = 2000, durationMsMax = 60_000 }: ShrinkLimits,
  ) {
    this.found = whole
    this.stillFails = stillFails
    this.triesMax = triesMax
    this.endMs = performance.now() + durationMsMax
  }

  /** Pass after pass, until a whole round of them finds nothing smaller. */
  async least(): Promise<Case> {
    await this.attempt(this.found)
    for (let before: Case | undefined; before !== this.found; ) {
      before = this.found
      for (const reductionsOf of passes) await this.pass(reductionsOf)
    }
    return this.found
  }

  /** Where one still fails it goes on at the same place in what makes that one smaller. */
  private async pass(reductionsOf: (least: Case) => Iterable<Case>): Promise<void> {
    let place = 0
    for (let isSmaller = true; isSmaller; ) {
      isSmaller = false
      let index = 0
      for (const smaller of reductionsOf(this.found)) {
        if (this.tries >= this.triesMax || performance.now() >= this.endMs) return
        if (index++ < place) continue
        place = index - 1
        isSmaller = await this.attempt(smaller)
        if (isSmaller) break
      }
    }
  }

  private async attempt(smaller: Case): Promise<boolean> {
    const text = JSON.stringify(smaller)
    if (this.seen.has(text) || !isCase(smaller)) return false
    this.seen.add(text)
    this.tries++
    const failure = await this.stillFails(smaller)
    if (failure === undefined) return false
    // What comes after it showed has nothing to do with it.
    const { query, steps } = smaller
    this.found =
      failure.step === undefined ? smaller : { query, steps: steps.slice(0, failure.step + 1) }
    return true
  }
}

/** Are the columns there, and is only taken back what came? */
function isCase({ query, steps }: Case): boolean {
  try {
    shapeOf(query)
  } catch {
    // A part that it cannot do without was left out.
    return false
  }
  const changing = new Set(
    tablesOf(query).flatMap(({ name, changelog }) => (changelog === 'changes' ? [name] : [])),
  )
  const standing = new Map<string, number>()
  for (const { table, kind, row } of steps.flatMap(({ changes }) => changes)) {
    if (!changing.has(table)) continue
    const text = `${table} ${JSON.stringify(row)}`
    const count = (standing.get(text) ?? 0) + (kind === '-U' || kind === '-D' ? -1 : 1)
    if (count < 0) return false
    standing.set(text, count)
  }
  return true
}
