import type { MatchNode } from '../../plan/match-node.js'
import type { ColumnBatch } from '../../state/batch.js'
import { groupByKey } from '../../state/key-groups.js'
import type { OperatorState } from '../../state/operator-state.js'
import type { Engine } from '../duckdb/engine.js'
import { EventTimeBuffer } from '../event-time-buffer.js'
import type { Flow, Operator, OperatorStep } from '../operator.js'
import { stepTimeFlow } from '../processing-time-windows.js'
import { StepFlow } from '../step-flow.js'
import { KeptRows, withoutNumbers } from './kept-rows.js'
import { MatchRows } from './match-rows.js'
import type { Match, Matcher } from './matcher.js'
import type { OpenMatch } from './open-match.js'
import { type Partition, Partitions } from './partitions.js'
import { type CompiledPattern, compilePattern } from './pattern.js'
import { RowOrder } from './row-order.js'
import { valueAt } from './value.js'

/**
 * The runs of rows that a pattern matches, in each partition in the order of event time or in that
 * in which rows come.
 *
 * Delta rule. Rows wait until the watermark reaches them; no row comes before those any more, so
 * what is due in a step goes through the matchers (`matcher.ts`) behind all that went before. In the
 * order in which rows come all are due when they come, and have the time of the step.
 *
 * State: the rows that wait, and of each partition those that open matches may need. What is open is
 * known in memory alone: it follows from these rows, which an operator that begins with a state
 * takes once again before its first step. So a row is looked at once for each match that is open
 * when it comes, however long matches are. Modes: reads append-only, writes append-only.
 *
 * With WITHIN its time stays behind that of a whole match that waits for an earlier one: its rows are
 * never late above. Without, a match may wait for ever, and nothing above waits for it.
 */
export class PatternMatching implements Operator {
  readonly flow: StepFlow
  readonly states: ReadonlyMap<string, OperatorState>
  private readonly parts: Parts
  private readonly partitions: Partitions
  private isRestored = false
  private nextNumber = 0

  private constructor(parts: Parts) {
    this.parts = parts
    const { name, input, buffer, kept, results, node } = parts
    this.partitions = new Partitions(parts.pattern)
    this.states = new Map<string, OperatorState>([
      [name, buffer.state],
      [`${name}, kept`, kept.table],
    ])
    this.flow = new StepFlow({
      changelog: 'append',
      sql: results.sql,
      inputs: [input],
      holdsTime: !node.isArrival,
    })
  }

  /** `relation` begins the names of its relations; `interprets` as of `compileConditions`. */
  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    node: MatchNode
    input: Flow
    interprets?: boolean
  }): Promise<PatternMatching> {
    const { engine, name, relation, node, input, interprets = true } = of
    const timed = node.isArrival ? stepTimeFlow(input, engine) : input
    const { timeColumn } = node
    const { fields } = node.input
    const waiting = { name, input: timed, fields, timeColumn, keptMs: 0 }
    const pattern = await compilePattern({ engine, relation, node, interprets })
    return new PatternMatching({
      name,
      node,
      input,
      buffer: await EventTimeBuffer.compile(engine, waiting),
      pattern,
      order: await RowOrder.compile(engine, `${relation}_rows`, node, pattern.values),
      kept: new KeptRows(node),
      results: new MatchRows(engine, `${relation}_results`, node),
    })
  }

  async step(drain: boolean): Promise<OperatorStep> {
    const { buffer, input, name, kept, node, order, results } = this.parts
    const { partitions } = this
    const removed = await this.restore()
    const firstNumber = this.nextNumber
    // By the clock nothing ends with the input.
    const isLast = drain && !node.isArrival
    const { due, throughMs, counted, change } = await buffer.step(isLast)
    const rows = await order.of(withoutNumbers(due))
    const { given, touched } = await this.advance(rows, (row) => firstNumber + row)
    this.nextNumber += rows.rowCount
    const nowMs = isLast && !input.behind ? Number.POSITIVE_INFINITY : throughMs
    for (const partition of partitions.overdue(nowMs)) {
      for (const match of partition.matcher.expire(nowMs)) given.push(match)
      touched.add(partition)
    }
    const added: number[] = []
    for (const partition of touched) {
      const settled = partitions.settle(partition)
      for (const number of settled.added) added.push(number)
      for (const row of rowsOf(partition, settled.removed)) removed.push(row)
    }
    results.load(given)
    const hasRows = given.length > 0
    const isBounded = node.withinMs !== undefined
    const heldAtMs = isBounded ? partitions.waitingSinceMs - 1 : Number.POSITIVE_INFINITY
    const watermarkMs = Math.min(throughMs, heldAtMs)
    this.flow.give(node.isArrival ? { hasRows } : { hasRows, watermarkMs })
    const ofKept = kept.change(`${name}, kept`, { rows, firstNumber, added, removed })
    return { ...counted, changes: [change, ...ofKept] }
  }

  async settle(): Promise<void> {
    this.parts.results.clear()
  }

  /** By the clock: does a whole match wait for one that has taken too long by then? */
  isDue(nowMs: number): boolean {
    return this.parts.node.isArrival === true && this.partitions.isDue(nowMs)
  }

  /** By the clock no step may have a time whose rows were taken. */
  get clockAtLeastMs(): number {
    const { node, buffer } = this.parts
    return node.isArrival ? buffer.givenThroughMs + 1 : Number.NEGATIVE_INFINITY
  }

  /**
   * Takes the rows of the state once again; the matches that they make were given out before. Answers
   * those that no match needs: where a function of the script's own is another one now.
   */
  private async restore(): Promise<KeptRow[]> {
    if (this.isRestored) return []
    this.isRestored = true
    const { buffer, kept, order, node } = this.parts
    if (kept.table.rowCount === 0) return []
    const rows = await order.of(kept.all())
    const numbers = rows.fixed(node.input.fields.length)
    const { touched } = await this.advance(rows, (row) => numbers.numberAt(row))
    const removed: KeptRow[] = []
    for (const partition of touched) {
      partition.matcher.expire(buffer.givenThroughMs)
      partition.stored = partition.matcher.keptRows.length
      const settled = this.partitions.settle(partition)
      for (const row of rowsOf(partition, settled.removed)) removed.push(row)
    }
    for (let row = 0; row < rows.rowCount; row++) {
      this.nextNumber = Math.max(this.nextNumber, numbers.numberAt(row) + 1)
    }
    return removed
  }

  /** Takes rows through their matchers: of each partition one at a time, of all at the same time. */
  private async advance(
    rows: ColumnBatch,
    numberOf: (row: number) => number,
  ): Promise<{ given: Match[]; touched: Set<Partition> }> {
    const { pattern, node } = this.parts
    const given: Match[] = []
    const turns = this.turnsOf(rows)
    const touched = new Set(turns.map(({ partition }) => partition))
    const times = rows.fixed(node.timeColumn)
    const valuesFrom = node.input.fields.length + 1
    let active = turns
    for (let turn = 0; active.length > 0; turn++) {
      const asking = active.map(({ partition: { matcher }, rows: own }) => {
        const row = own[turn] as number
        const timeMs = Math.floor(times.numberAt(row) / 1000)
        for (const match of matcher.expire(timeMs)) given.push(match)
        const values = pattern.values.of(rows, row, valuesFrom)
        return { matcher, candidates: matcher.arrive({ timeMs, number: numberOf(row), values }) }
      })
      if (pattern.asked.length > 0) await this.ask(asking)
      for (const { matcher, candidates } of asking) {
        for (const match of matcher.take(candidates)) given.push(match)
      }
      active = active.filter((each) => each.rows.length > turn + 1)
    }
    return { given, touched }
  }

  /** The partitions that rows are of, each with its rows in their order. */
  private turnsOf(rows: ColumnBatch): { partition: Partition; rows: number[] }[] {
    const keys = this.parts.kept.partitionOf(rows)
    const { heads, groupOf } = groupByKey(keys, keys.length, rows.rowCount)
    const turns = [...heads].map((head) => ({
      partition: this.partitions.of(keys.map((column) => valueAt(column, head))),
      rows: [] as number[],
    }))
    for (let row = 0; row < rows.rowCount; row++) turns[groupOf[row] as number]?.rows.push(row)
    return turns
  }

  /** Has DuckDB compute the conditions that are not computed here. */
  private async ask(
    asking: readonly { matcher: Matcher; candidates: readonly OpenMatch[] }[],
  ): Promise<void> {
    const { asked, askedIn } = this.parts.pattern
    for (const { matcher, candidates } of asking) {
      for (const candidate of candidates) {
        for (const { term, condition } of askedIn(candidate.state)) {
          condition.ask(
            (place) => matcher.values.ofCondition(candidate, term, place),
            (isTrue) => {
              candidate.answers[term] = isTrue
            },
          )
        }
      }
    }
    for (const condition of asked) await condition.answer()
  }
}

/** A row of the state. */
interface KeptRow {
  readonly key: Matcher['key']
  readonly number: number
}

function rowsOf({ matcher: { key } }: Partition, numbers: readonly number[]): KeptRow[] {
  return numbers.map((number) => ({ key, number }))
}

interface Parts {
  readonly name: string
  readonly node: MatchNode
  readonly input: Flow
  readonly buffer: EventTimeBuffer
  readonly pattern: CompiledPattern
  readonly order: RowOrder
  readonly kept: KeptRows
  readonly results: MatchRows
}
