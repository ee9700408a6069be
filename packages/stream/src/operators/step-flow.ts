import type { Changelog } from '../plan/changelog.js'
import type { Flow } from './operator.js'

/**
 * The flow of an operator, which says in each step what it gives. Its time is that of its inputs,
 * the slowest of them, unless it holds back rows until their time has come.
 */
export class StepFlow implements Flow {
  readonly changelog: Changelog
  readonly sql: string
  readonly passed?: NonNullable<Flow['passed']>
  private readonly inputs: readonly Flow[]
  private readonly delayMs: number
  private heldAtMs: number | undefined
  private given: { hasRows: boolean; behind?: boolean } = { hasRows: false }

  constructor(of: {
    changelog: Changelog
    sql: string
    inputs: readonly Flow[]
    passed?: NonNullable<Flow['passed']>
    /** It tells its time by `give`, and has come nowhere before that. */
    holdsTime?: boolean
    /** By how much what it gives may lie behind its inputs. */
    delayMs?: number
  }) {
    this.changelog = of.changelog
    this.sql = of.sql
    this.inputs = of.inputs
    this.delayMs = of.delayMs ?? 0
    if (of.passed !== undefined) this.passed = of.passed
    if (of.holdsTime) this.heldAtMs = Number.NEGATIVE_INFINITY
  }

  /** What the present step gives; `behind` for what of its own the operator puts off. */
  give(step: { hasRows: boolean; watermarkMs?: number; behind?: boolean }): void {
    this.given = step
    if (step.watermarkMs !== undefined) this.heldAtMs = step.watermarkMs
  }

  get hasRows(): boolean {
    return this.given.hasRows
  }

  get watermarkMs(): number {
    if (this.heldAtMs !== undefined) return this.heldAtMs
    return Math.min(...this.inputs.map((input) => input.watermarkMs)) - this.delayMs
  }

  get behind(): boolean {
    return this.given.behind === true || this.inputs.some((input) => input.behind)
  }
}
