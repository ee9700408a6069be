import type { MatchNode } from '../../plan/match-node.js'
import { substitute } from '../../plan/rewrite-expression.js'
import type { Field } from '../../plan/type.js'
import { ColumnBatch } from '../../state/batch.js'
import { columnName, type Engine, placeName, type Relation } from '../duckdb/engine.js'
import { expressionSql } from '../duckdb/expression.js'
import { aliased } from '../duckdb/relation.js'
import type { Match } from './matcher.js'
import { pushValue } from './value.js'

/** The matches that a step gives out, as rows: the keys of the partition, and what measures read. */
export class MatchRows {
  /** The node's fields, of the matches that are loaded. */
  readonly sql: string
  private readonly fields: readonly Field[]
  private readonly keyCount: number
  private readonly relation: Relation

  constructor(engine: Engine, name: string, node: MatchNode) {
    const { partitionKeys, references, measures } = node
    const keys = partitionKeys.map((key) => node.input.fields[key] as Field)
    const read = references.map(({ type }, place): Field => {
      return { name: `r${place}`, type: { ...type, nullable: true } }
    })
    this.keyCount = keys.length
    this.fields = [...keys, ...read, oneField]
    this.relation = engine.relation(name, this.fields)
    const computed = measures.map((measure) => {
      const behindKeys = substitute(measure, (index, column) => {
        return { ...column, index: index + keys.length }
      })
      return expressionSql(behindKeys)
    })
    const columns = [...keys.map((_, place) => columnName(place)), ...computed]
    this.sql = `SELECT ${aliased(columns)} FROM ${name}() ORDER BY ${placeName}`
  }

  /** In the order in which they became certain, which no cut into batches changes. */
  load(matches: readonly Match[]): void {
    const ordered = [...matches].sort((one, other) => {
      return (
        one.certainAtMs - other.certainAtMs ||
        Number(one.isAtRow) - Number(other.isAtRow) ||
        one.number - other.number
      )
    })
    const rows = new ColumnBatch(this.fields)
    for (const { key, values } of ordered) {
      for (let place = 0; place < this.keyCount; place++) {
        pushValue(rows.column(place), key[place] ?? null)
      }
      values.forEach((value, place) => {
        pushValue(rows.column(this.keyCount + place), value)
      })
      rows.fixed(this.fields.length - 1).pushInt8(0)
    }
    this.relation.load([rows])
  }

  clear(): void {
    this.relation.clear()
  }
}

/** So that there always is a column. */
const oneField: Field = { name: 'one', type: { kind: 'tinyint', nullable: false } }
