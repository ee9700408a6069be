import type { Expression } from '../../plan/expression.js'
import type { MatchReference } from '../../plan/match-node.js'
import { columnsOf, substitute } from '../../plan/rewrite-expression.js'
import type { Field } from '../../plan/type.js'
import { ColumnBatch } from '../../state/batch.js'
import type { Engine, Relation, Statement } from '../duckdb/engine.js'
import { expressionSql } from '../duckdb/expression.js'
import { pushValue, type Value } from './value.js'

/** A condition over rows of a match that DuckDB computes, for many matches at once. */
export class AskedCondition {
  /** The references that it reads. */
  private readonly reads: readonly number[]
  private readonly fields: readonly Field[]
  private readonly relation: Relation
  private readonly statement: Statement
  private asked: ColumnBatch
  private answered: ((isTrue: boolean) => void)[] = []

  private constructor(
    reads: readonly number[],
    fields: readonly Field[],
    relation: Relation,
    statement: Statement,
  ) {
    this.reads = reads
    this.fields = fields
    this.relation = relation
    this.statement = statement
    this.asked = new ColumnBatch(fields)
  }

  static async compile(
    engine: Engine,
    name: string,
    condition: Expression,
    references: readonly MatchReference[],
  ): Promise<AskedCondition> {
    const reads = [...columnsOf(condition)]
    const fields = [
      ...reads.map((index): Field => {
        const type = references[index]?.type
        if (type === undefined) throw new RangeError(`no reference ${index}`)
        return { name: `r${index}`, type: { ...type, nullable: true } }
      }),
      oneField,
    ]
    const relation = engine.relation(name, fields)
    const moved = substitute(condition, (index, column) => {
      return { ...column, index: reads.indexOf(index) }
    })
    const sql = `SELECT coalesce(${expressionSql(moved)}, FALSE) AS c0 FROM ${name}() ORDER BY place_of_row`
    return new AskedCondition(reads, fields, relation, await engine.statement(sql, [answerField]))
  }

  /** Asks it of one match; the answer comes with `answer`. */
  ask(column: (index: number) => Value, answered: (isTrue: boolean) => void): void {
    this.reads.forEach((index, place) => {
      pushValue(this.asked.column(place), column(index))
    })
    this.asked.fixed(this.reads.length).pushInt8(0)
    this.answered.push(answered)
  }

  /** Answers all that was asked. */
  async answer(): Promise<void> {
    const { answered } = this
    if (answered.length === 0) return
    this.relation.load([this.asked])
    const answers = (await this.statement.run()).fixed(0)
    this.relation.clear()
    answered.forEach((each, row) => {
      each(answers.int8[row] === 1)
    })
    this.asked = new ColumnBatch(this.fields)
    this.answered = []
  }
}

/** So that there always is a column. */
const oneField: Field = { name: 'one', type: { kind: 'tinyint', nullable: false } }
const answerField: Field = { name: 'answer', type: { kind: 'boolean', nullable: false } }
