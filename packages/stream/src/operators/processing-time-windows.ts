import type { Engine } from './duckdb/engine.js'
import type { Flow, Operator, OperatorStep } from './operator.js'

/** An operator whose windows end with the time of its input. */
interface Windows extends Operator {
  /** Does a window end through this instant that is not given out yet? */
  hasDue(throughMs: number): boolean
  /** Through which instant windows were given out. */
  readonly closedThroughMs: number
}

/**
 * A flow whose time is the clock's: the step's rows have the time of the step, and none before it
 * comes any more.
 */
export function processingTimeFlow(input: Flow, engine: Engine): Flow {
  return byClock(input, () => engine.stepTimeMs - 1)
}

/** The same for who takes the step's rows as all that there are of its time. */
export function stepTimeFlow(input: Flow, engine: Engine): Flow {
  return byClock(input, () => engine.stepTimeMs)
}

function byClock(input: Flow, watermarkMs: () => number): Flow {
  return {
    changelog: input.changelog,
    sql: input.sql,
    get hasRows() {
      return input.hasRows
    },
    get watermarkMs() {
      return watermarkMs()
    },
    get behind() {
      return input.behind
    },
  }
}

/**
 * Windows that end by the clock. What ends in a step is committed with it, so that a replay gives
 * the same; and since the time of a step is never before windows that were given out
 * (`Dataflow.clockAtLeastMs`), no row is late though the clock was set back.
 *
 * The end of the input ends no window, as in Flink: rows of an open one wait in the state for a job
 * that is started again.
 */
export class ProcessingTimeWindows implements Operator {
  private readonly windows: Windows

  constructor(windows: Windows) {
    this.windows = windows
  }

  get flow() {
    return this.windows.flow
  }

  get states() {
    return this.windows.states
  }

  step(): Promise<OperatorStep> {
    return this.windows.step(false)
  }

  settle(): Promise<void> {
    return this.windows.settle()
  }

  isDue(nowMs: number): boolean {
    return this.windows.hasDue(nowMs - 1)
  }

  get clockAtLeastMs(): number {
    return this.windows.closedThroughMs + 1
  }
}
