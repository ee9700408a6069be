import type { MatchNode } from '../../plan/match-node.js'
import type { ColumnBatch } from '../../state/batch.js'
import {
  columnName,
  type Engine,
  placeName,
  type Relation,
  type Statement,
} from '../duckdb/engine.js'
import { aliased } from '../duckdb/relation.js'
import { orderSql } from '../rank-layout.js'
import { numberField } from './kept-rows.js'
import type { RowValues } from './row-values.js'

/** Brings rows into the order of a pattern, with what is read of each alone behind their columns. */
export class RowOrder {
  private readonly rows: Relation
  private readonly statement: Statement

  private constructor(rows: Relation, statement: Statement) {
    this.rows = rows
    this.statement = statement
  }

  static async compile(
    engine: Engine,
    name: string,
    node: MatchNode,
    values: RowValues,
  ): Promise<RowOrder> {
    const fields = [...node.input.fields, numberField]
    const rows = engine.relation(name, fields)
    const items = fields.map((_, index) => columnName(index))
    const { columns } = values
    const time = `epoch_us(${columnName(node.timeColumn)})`
    const number = columnName(node.input.fields.length)
    const sql = `SELECT ${aliased([...items, ...columns.map((each) => each.sql)])} FROM ${name}()
      ORDER BY ${[time, ...node.order.map(orderSql), number, placeName].join(', ')}`
    const statement = await engine.statement(sql, [...fields, ...columns.map(({ field }) => field)])
    return new RowOrder(rows, statement)
  }

  /** The rows are of the input, each with its number behind its columns. */
  async of(rows: ColumnBatch): Promise<ColumnBatch> {
    this.rows.load(rows.rowCount === 0 ? [] : [rows])
    const ordered = await this.statement.run()
    this.rows.clear()
    return ordered
  }
}
