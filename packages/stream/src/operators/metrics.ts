import type { OperatorState } from '../state/operator-state.js'
import type { Operator, OperatorStep } from './operator.js'
import type { Source } from './source.js'

/**
 * How one source, operator or sink of a job is doing, by Flink's names. Counts and times are since
 * the job's process began; times are in milliseconds, event time in milliseconds since 1970.
 */
export interface OperatorMetrics {
  /** As errors name it: `insert 1 into demand, window 1`; of a source its table. */
  readonly name: string
  readonly kind: 'source' | 'operator' | 'sink'
  /**
   * Of a source the records read. Of an operator or a sink the rows that reach it, after the
   * filters between; of changes that a step brings together before they meet what is kept (changes
   * of one row that cancel, rows that cannot be among the first), what is left.
   */
  readonly numRecordsIn: number
  /**
   * Of a source its rows; of an operator what reaches those above it, absent where a UNION mixes
   * it with others, and of a sink.
   */
  readonly numRecordsOut?: number
  /** Records of a source that were passed over: no value, or unreadable and to be ignored. */
  readonly numRecordsSkipped?: number
  readonly numLateRecordsDropped?: number
  /** Absent before it is known. */
  readonly currentInputWatermark?: number
  readonly currentOutputWatermark?: number
  /** Records that are there and that no step has taken. */
  readonly pendingRecords?: number
  /** What is kept: absent where nothing ever is. */
  readonly stateRows?: number
  readonly stateBytes?: number
  /** Of its rows, what lies on disk and not in memory. */
  readonly stateSpilledBytes?: number
  /** Computing, or decoding or encoding. */
  readonly accumulateBusyTimeMs: number
  /** Of a source: it read no further because the job had enough. Of a sink: it waited for the log. */
  readonly accumulateBackPressuredTimeMs?: number
}

/** Whose rows are read. */
export type Producer = Source | OperatorMeter

/** The rows of each input are of these; of several where a UNION mixes them. */
export type Inputs = readonly (readonly Producer[])[]

/** Counts what an operator does, once a step. */
export class OperatorMeter {
  readonly operator: Operator
  readonly name: string
  private readonly inputs: Inputs
  private readonly states: readonly OperatorState[]
  private recordsIn = 0
  /** Undefined once others were read with its rows. */
  private recordsOut: number | undefined = 0
  private late = 0
  private busyMs = 0

  constructor(of: {
    name: string
    operator: Operator
    inputs: Inputs
    states: readonly OperatorState[]
  }) {
    this.name = of.name
    this.operator = of.operator
    this.inputs = of.inputs
    this.states = of.states
  }

  count({ recordsIn = [], late }: OperatorStep, busyMs: number): void {
    this.recordsIn += recordsIn.reduce((sum, rows) => sum + rows, 0)
    this.late += late
    this.busyMs += busyMs
    countRead(this.inputs, recordsIn)
  }

  /** Those above have read so many of its rows; nobody knows how many where they were mixed. */
  countOut(rows: number | undefined): void {
    if (rows === undefined) this.recordsOut = undefined
    else if (this.recordsOut !== undefined) this.recordsOut += rows
  }

  /** The source whose rows an input is; undefined where it is of operators, or of several. */
  sourceOf(input: number): Source | undefined {
    const [only, ...others] = this.inputs[input] ?? []
    return only instanceof OperatorMeter || others.length > 0 ? undefined : only
  }

  get watermarkMs(): number {
    return this.operator.flow.watermarkMs
  }

  metrics(): OperatorMetrics {
    const { name, inputs, states, recordsOut } = this
    const input = Math.min(...inputs.flat().map(({ watermarkMs }) => watermarkMs))
    const output = this.watermarkMs
    return {
      name,
      kind: 'operator',
      numRecordsIn: this.recordsIn,
      ...(recordsOut !== undefined && { numRecordsOut: recordsOut }),
      numLateRecordsDropped: this.late,
      ...(Number.isFinite(input) && { currentInputWatermark: input }),
      ...(Number.isFinite(output) && { currentOutputWatermark: output }),
      ...(states.length > 0 && {
        stateRows: states.reduce((sum, { rowCount }) => sum + rowCount, 0),
        stateBytes: states.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        stateSpilledBytes: states.reduce((sum, { spilledBytes = 0 }) => sum + spilledBytes, 0),
      }),
      accumulateBusyTimeMs: this.busyMs,
    }
  }
}

/** Tells those whose rows they are how many were read of each input. */
export function countRead(inputs: Inputs, rows: readonly number[]): void {
  inputs.forEach((producers, index) => {
    const read = producers.length === 1 ? rows[index] : undefined
    for (const each of producers) {
      if (each instanceof OperatorMeter && rows.length > 0) each.countOut(read)
    }
  })
}
