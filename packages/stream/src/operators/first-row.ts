import type { FirstRowNode } from '../plan/rank-node.js'
import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import { KeyedTable } from '../state/keyed-table.js'
import type { OperatorState, StateChange } from '../state/operator-state.js'
import { lastMicros, WaitingTable } from '../state/waiting-table.js'
import { columnName, type Engine, type Relation, type Statement } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { OperatorError } from './errors.js'
import { LateFinder, microsOf } from './late-rows.js'
import type { Flow, Operator, OperatorStep } from './operator.js'
import { StepFlow } from './step-flow.js'

/**
 * Of each partition the row with the least event time, once the watermark has reached it.
 *
 * Delta rule. first(A ∪ B) = first(first(A) ∪ first(B)): DuckDB finds the first rows of a batch,
 * and each takes the place of the one that waits in its partition where its time is less. What the
 * watermark reaches is given out, in the order of time and then of the partition; from then on
 * rows of its partition are passed over.
 *
 * State: of each partition the row that waits, or that it was given out. Bound: the number of
 * partitions. Modes: reads append-only, writes append-only.
 *
 * Late is a row from before `closedThroughMs` as of the step before; it is counted and dropped.
 */
export class FirstRow implements Operator {
  readonly flow: StepFlow
  readonly states: ReadonlyMap<string, OperatorState>
  private readonly parts: Parts

  private constructor(parts: Parts, sql: string) {
    this.parts = parts
    this.states = new Map<string, OperatorState>([
      [parts.name, parts.waiting],
      [parts.doneName, parts.done],
    ])
    this.flow = new StepFlow({
      changelog: 'append',
      sql,
      inputs: [parts.input],
      holdsTime: true,
    })
  }

  /** `relation` begins the names of its relations. */
  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    node: FirstRowNode
    input: Flow
  }): Promise<FirstRow> {
    const { engine, name, relation, node, input } = of
    const { timeColumn, partitionKeys, fields } = node
    const others = [...fields.keys()].filter((column) => !partitionKeys.includes(column))
    const partition = partitionKeys.length === 0 ? [-1] : partitionKeys
    const data = [...partition, ...others]
    const dataFields = data.map((column) => fields[column] ?? oneField)
    const keyCount = partition.length
    const timeField = data.indexOf(timeColumn)
    const openFrom = engine.relation(`${relation}_open`, [microsField])
    const firsts = engine.relation(`${relation}_firsts`, dataFields)
    const columns = data.map((column) => (column < 0 ? 'CAST(0 AS TINYINT)' : columnName(column)))
    const time = `epoch_us(${columnName(timeColumn)})`
    const isLate = `${time} < (SELECT c0 FROM ${openFrom.name}())`
    const grouping =
      partitionKeys.length === 0 ? '' : `PARTITION BY ${columns.slice(0, keyCount).join(', ')}`
    const numbered = `SELECT *, row_number() OVER () AS i FROM (${input.sql})`
    const parts: Parts = {
      name,
      doneName: `${name}, given out`,
      input,
      keyCount,
      timeField,
      waiting: new WaitingTable(dataFields, { keyCount, timeField }),
      done: new KeyedTable(dataFields.slice(0, keyCount), keyCount),
      openFrom,
      firsts,
      lateRows: await LateFinder.compile(engine, input, { micros: microsOf(timeColumn) }),
      check: await engine.statement(
        `SELECT count(*) FILTER (${columnName(timeColumn)} IS NULL) AS c0, count(*) FILTER (${isLate}) AS c1 FROM (${input.sql})`,
        [countField, countField],
      ),
      arrivals: await engine.statement(
        `SELECT ${aliased(columns)} FROM (${numbered}) WHERE NOT (${isLate}) QUALIFY row_number() OVER (${grouping} ORDER BY ${columnName(timeColumn)}, i) = 1`,
        dataFields,
      ),
    }
    const outputs = [...fields.keys()].map((column) => columnName(data.indexOf(column)))
    const order = [timeField, ...partition.keys()].map((at) => `f.${columnName(at)} NULLS FIRST`)
    const sql = `SELECT ${aliased(outputs.map((each) => `f.${each}`))} FROM ${firsts.name}() f ORDER BY ${order.join(', ')}`
    return new FirstRow(parts, sql)
  }

  async step(drain: boolean): Promise<OperatorStep> {
    const { input, name, doneName, waiting, done, firsts, keyCount, timeField } = this.parts
    const { arrived, late } = await this.admit()
    const lateRows = late > 0 ? await this.findLate() : {}
    const fresh = this.improvements(arrived)
    // Above a window that stopped early, draining must not give out what is still to come.
    const through = drain && !input.behind ? Number.POSITIVE_INFINITY : input.watermarkMs
    const times = arrived.fixed(timeField)
    const isDue = (row: number) => times.numberAt(row) <= lastMicros(through)
    const dueRows = fresh.filter(isDue)
    const replaced = new Set(waiting.rows.find(taken(arrived, fresh)))
    const duePlaces = waiting.due(through).filter((place) => !replaced.has(place))
    const given = waiting.rows.gather(duePlaces)
    given.appendTaken(arrived.columns, dueRows)
    firsts.load([given])
    const closedThroughMs = this.closedThroughMs(given, through)
    this.flow.give({ hasRows: given.rowCount > 0, watermarkMs: closedThroughMs })
    const rows = taken(
      arrived,
      fresh.filter((row) => !isDue(row)),
    )
    const removed = new ColumnBatch(waiting.keyFields)
    removed.appendTaken(arrived.columns, dueRows)
    const changes: StateChange[] = [
      {
        state: name,
        ...(removed.rowCount > 0 && { removed }),
        ...(rows.rowCount > 0 && { rows }),
        ...(Number.isFinite(closedThroughMs) && { closedThroughMs }),
      },
    ]
    if (given.rowCount > 0) {
      const keys = new ColumnBatch(done.fields, given.columns.slice(0, keyCount))
      changes.push({ state: doneName, rows: keys })
    }
    return { late, ...lateRows, recordsIn: [arrived.rowCount + late], changes }
  }

  async settle(): Promise<void> {
    this.parts.firsts.clear()
  }

  private async findLate(): Promise<Pick<OperatorStep, 'lateRows'>> {
    const { closedThroughMs } = this.parts.waiting
    // What is at the watermark itself comes in time here.
    const isLate = (timeMs: number) => timeMs < closedThroughMs
    const found = await this.parts.lateRows?.find(isLate, closedThroughMs)
    return found === undefined ? {} : { lateRows: [found] }
  }

  /** The first row of each partition in the batch, without what is late. */
  private async admit(): Promise<{ arrived: ColumnBatch; late: number }> {
    const { input, name, waiting, openFrom, check, arrivals } = this.parts
    if (!input.hasRows) return { arrived: new ColumnBatch(waiting.fields), late: 0 }
    const open = new ColumnBatch([microsField])
    const { closedThroughMs } = waiting
    if (Number.isFinite(closedThroughMs)) open.fixed(0).pushSafeInteger(closedThroughMs * 1000)
    else open.fixed(0).pushInt64(-(2n ** 63n))
    openFrom.load([open])
    const checked = await check.run()
    if (checked.fixed(0).numberAt(0) > 0) {
      throw new OperatorError('TIME_IS_NULL', `${name}: a row has NULL as its event time`)
    }
    return { arrived: await arrivals.run(), late: checked.fixed(1).numberAt(0) }
  }

  /** Rows before the one that waits in their partition, if that was not given out yet. */
  private improvements(arrived: ColumnBatch): number[] {
    const { waiting, done, timeField } = this.parts
    const donePlaces = done.find(arrived)
    const stored = waiting.rows.take(waiting.rows.find(arrived), [timeField]).fixed(0)
    const times = arrived.fixed(timeField)
    const rows: number[] = []
    for (let row = 0; row < arrived.rowCount; row++) {
      if ((donePlaces[row] as number) >= 0) continue
      if (stored.validity.isValid(row) && stored.numberAt(row) <= times.numberAt(row)) continue
      rows.push(row)
    }
    return rows
  }

  /** Draining gives out through the last row there is, so that later ones are still accepted. */
  private closedThroughMs(given: ColumnBatch, through: number): number {
    const { waiting, timeField } = this.parts
    if (through !== Number.POSITIVE_INFINITY) return Math.max(through, waiting.closedThroughMs)
    let last = Math.max(this.parts.input.watermarkMs, waiting.closedThroughMs)
    const times = given.fixed(timeField)
    for (let row = 0; row < given.rowCount; row++) {
      last = Math.max(last, Math.floor(times.numberAt(row) / 1000))
    }
    return last
  }
}

const oneField: Field = { name: 'one', type: { kind: 'tinyint', nullable: false } }
const microsField: Field = { name: 'micros', type: { kind: 'bigint', nullable: false } }
const countField: Field = { name: 'rows', type: { kind: 'bigint', nullable: false } }

interface Parts {
  readonly name: string
  readonly doneName: string
  readonly input: Flow
  readonly keyCount: number
  readonly timeField: number
  readonly waiting: WaitingTable
  /** The partitions whose first row was given out. */
  readonly done: KeyedTable
  /** From which time on rows are not late. */
  readonly openFrom: Relation
  readonly firsts: Relation
  readonly lateRows: LateFinder | undefined
  readonly check: Statement
  readonly arrivals: Statement
}

function taken(batch: ColumnBatch, rows: readonly number[]): ColumnBatch {
  const some = new ColumnBatch(batch.fields)
  some.appendTaken(batch.columns, rows)
  return some
}
