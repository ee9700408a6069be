import { isOfLeft, type JoinNode } from '../plan/join-node.js'
import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import type { Column } from '../state/column.js'
import { ChosenColumns } from '../state/deferred-rows.js'
import type { Rows } from '../state/rows.js'
import { columnName, type Engine, placeName, type Relation } from './duckdb/engine.js'
import { expressionSql } from './duckdb/expression.js'
import { aliased } from './duckdb/relation.js'
import type { Passed } from './input-rows.js'
import {
  besideNulls,
  inFieldOrder,
  type PairedRows,
  placeField,
  placesColumn,
} from './joined-rows.js'
import { type Flow, rowKind } from './operator.js'

/** How often a row is there, or how much more often it comes. */
export const timesField: Field = { name: 'times', type: { kind: 'bigint', nullable: false } }

const markField: Field = { name: 'mark', type: { kind: 'boolean', nullable: false } }

/**
 * The pairs of rows with equal keys that a step of a join makes: the fields of both, the place of
 * each, and how often each was there before the step and is after it. A pair counts where the join's
 * condition holds; it comes as often as the product of the latter is more than that of the former,
 * and is taken back where it is less. Each pair of rows is there once, so that nothing comes that is
 * taken back by another pair of the same rows.
 */
export class JoinPairs {
  private readonly node: JoinNode
  private readonly pairs: Relation
  private readonly paddedRows: Relation
  /** How many fields both sides have together. */
  private readonly bothCount: number
  private readonly pairFields: readonly Field[]
  private readonly condition: string
  private batches: Rows[] = []

  constructor(engine: Engine, relation: string, node: JoinNode) {
    this.node = node
    const both = [...node.left.fields, ...node.right.fields]
    this.bothCount = both.length
    this.pairFields = [
      ...both,
      { ...placeField, name: 'left place' },
      { ...placeField, name: 'right place' },
      { ...timesField, name: 'left before' },
      { ...timesField, name: 'left after' },
      { ...timesField, name: 'right before' },
      { ...timesField, name: 'right after' },
    ]
    this.pairs = engine.relation(`${relation}_pairs`, this.pairFields)
    this.paddedRows = engine.relation(`${relation}_padded`, [...node.fields, timesField])
    this.condition = node.condition === undefined ? 'TRUE' : expressionSql(node.condition)
  }

  /** Of an inner join whose rows only come, the pairs for which the condition holds. */
  get passed(): Passed {
    return {
      batch: () => this.pairs.rows,
      columns: [...this.node.fields.keys()],
      isWhole: this.node.condition === undefined,
    }
  }

  get isEmpty(): boolean {
    return this.batches.length === 0
  }

  /** Of two rows that both change there must be one pair. */
  add(left: CountedRows, right: CountedRows): void {
    const countOf = ({ counts }: CountedRows, index: number) => ({ rows: counts, index })
    const columns = [
      ...inFieldOrder(left),
      ...inFieldOrder(right),
      () => placesColumn(left.places),
      () => placesColumn(right.places),
      countOf(left, 0),
      countOf(left, 1),
      countOf(right, 0),
      countOf(right, 1),
    ]
    this.batches.push(new ChosenColumns(this.pairFields, left.places.length, columns))
  }

  /** To be called when all pairs were added; statements read them from then on. */
  load(): void {
    this.pairs.load(this.batches)
  }

  /**
   * Rows of one side beside NULLs for the other, or beside their mark, each with how much more often
   * it comes.
   */
  padded(
    which: 'left' | 'right',
    order: readonly number[],
    rows: ColumnBatch,
    times: readonly number[],
    marks: readonly boolean[],
  ): ColumnBatch {
    const { fields, left, type } = this.node
    const offset = which === 'left' ? 0 : left.fields.length
    const padded = new ColumnBatch([timesField])
    for (const each of times) padded.fixed(0).pushSafeInteger(each)
    const columns = besideNulls(fields, offset, order, rows)
    if (type === 'mark') columns[fields.length - 1] = marksColumn(marks)
    return new ColumnBatch([...fields, timesField], [...columns, padded.column(0)])
  }

  loadPadded(batches: readonly ColumnBatch[]): void {
    this.paddedRows.load(batches)
  }

  clear(): void {
    this.batches = []
    this.pairs.clear()
    this.paddedRows.clear()
  }

  /**
   * For each place of a side: how many matches it has in what the other side had, and how many
   * more the step brings.
   */
  matchesSql(which: 'left' | 'right'): string {
    const first = this.bothCount
    const [place, others] = which === 'left' ? [first, first + 4] : [first + 1, first + 2]
    const [before, after] = [columnName(others), columnName(others + 1)]
    const sum = (of: string) => `CAST(sum(${of}) AS BIGINT)`
    const items = aliased([columnName(place), sum(before), sum(`${after} - ${before}`)])
    return `SELECT ${items} FROM ${this.pairs.name}() WHERE ${this.condition} GROUP BY ${columnName(place)}`
  }

  /** Each pair and each padded row, as often as it comes or is taken back. */
  outputSql(changelog: Flow['changelog']): string {
    const { node, bothCount } = this
    const count = node.fields.length
    const columns = node.fields.map((_, index) => columnName(index))
    const [leftBefore, leftAfter, rightBefore, rightAfter] = [2, 3, 4, 5].map((each) =>
      columnName(bothCount + each),
    )
    const times = `${leftAfter} * ${rightAfter} - ${leftBefore} * ${rightBefore}`
    const matched = `SELECT ${columns.join(', ')}, ${times} AS times FROM ${this.pairs.name}() WHERE ${this.condition}`
    const alone = `SELECT ${columns.join(', ')}, ${columnName(count)} AS times FROM ${this.paddedRows.name}()`
    // Where rows only come, each is there once.
    if (changelog === 'append' && node.type === 'inner') {
      return `SELECT ${columns.join(', ')}, ${placeName} FROM ${this.pairs.name}() WHERE ${this.condition}`
    }
    const all = `SELECT * FROM (${rowsOf(node, matched, alone)}) WHERE times <> 0`
    if (changelog === 'append') return `SELECT ${aliased(columns)} FROM (${all})`
    const repeated = `SELECT *, unnest(range(abs(times))) FROM (${all})`
    const kind = `CASE WHEN times > 0 THEN ${rowKind.insert} ELSE ${rowKind.delete} END`
    // What is taken back comes first: by one key, the row that replaces it comes after.
    return `SELECT ${aliased(columns)}, CAST(${kind} AS TINYINT) AS k FROM (${repeated}) ORDER BY times > 0`
  }
}

function marksColumn(marks: readonly boolean[]): Column {
  const column = new ColumnBatch([markField]).fixed(0)
  for (const mark of marks) column.pushSmallInteger(mark ? 1 : 0)
  return column
}

function rowsOf({ type }: JoinNode, matched: string, alone: string): string {
  if (type === 'inner') return matched
  return isOfLeft(type) ? alone : `${matched} UNION ALL ${alone}`
}

/** Rows of a side in pairs, each with how often it was there before the step and is after it. */
export interface CountedRows extends PairedRows {
  readonly counts: Rows
}
