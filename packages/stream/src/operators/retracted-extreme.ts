import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import type { KeyedTable } from '../state/keyed-table.js'
import { isSameValue } from '../state/same-value.js'
import type { Engine, Relation } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { enteredColumns, type ValueSet } from './value-set.js'

/**
 * MIN or MAX of groups whose extreme may be taken back. Only where the value that went out of the
 * set is the extreme that the group has are all of its values asked; so a step costs in proportion
 * to what it changes, and to the size of the groups that lose their extreme.
 */
export class RetractedExtreme {
  readonly set: ValueSet
  private readonly name: 'min' | 'max'
  private readonly keyCount: number
  /** Groups that lost their extreme, and all of their values as of the step before. */
  private readonly losers: Relation
  private readonly stored: Relation

  constructor(of: {
    engine: Engine
    relation: string
    name: 'min' | 'max'
    set: ValueSet
    keyFields: readonly Field[]
    valueField: Field
  }) {
    const { engine, relation, name, set, keyFields, valueField } = of
    this.set = set
    this.name = name
    this.keyCount = keyFields.length
    // A relation has at least one column, though a grouping may have no key.
    this.losers = engine.relation(`${relation}_losers`, [...keyFields, valueField])
    this.stored = engine.relation(`${relation}_stored`, [...keyFields, valueField])
  }

  /** A query of keys and the new extreme, of the groups that lost theirs. */
  get sql(): string {
    const { keys, value, sign } = enteredColumns(this.keyCount)
    const entered = this.set.entered.name
    const isOf = (left: string, right: string) =>
      keys.map((key) => `${left}.${key} IS NOT DISTINCT FROM ${right}.${key}`)
    const stayed = `SELECT ${[...keys, value].join(', ')} FROM ${this.stored.name}() s WHERE NOT EXISTS (SELECT 1 FROM ${entered}() e WHERE ${[`e.${sign} < 0`, `e.${value} = s.${value}`, ...isOf('e', 's')].join(' AND ')})`
    const came = `SELECT ${[...keys, value].join(', ')} FROM ${entered}() WHERE ${sign} > 0`
    const on = ['TRUE', ...isOf('l', 'v')].join(' AND ')
    const lKeys = keys.map((key) => `l.${key}`)
    const grouping = lKeys.length > 0 ? `GROUP BY ${lKeys.join(', ')}` : 'HAVING count(*) > 0'
    const columns = [...lKeys, `${this.name}(v.${value})`]
    return `SELECT ${aliased(columns)}, TRUE AS whole FROM ${this.losers.name}() l LEFT JOIN (${stayed} UNION ALL ${came}) v ON ${on} ${grouping}`
  }

  /**
   * After the set's step: finds the groups that lost their extreme. `groups` has the group's
   * extreme in field `column`.
   */
  step(groups: KeyedTable, column: number): void {
    const entered = this.set.enteredRows
    const valueIndex = this.keyCount
    const places = groups.find(entered)
    const extremes = groups.gather(places, column).column(0)
    const sign = entered.fixed(valueIndex + 1)
    const losers = new ColumnBatch(entered.fields.slice(0, valueIndex + 1))
    const value = entered.column(valueIndex)
    for (let row = 0; row < entered.rowCount; row++) {
      if (sign.int8[row] === 1 || !isSameValue(value, row, extremes, row)) continue
      losers.appendRows(entered.columns.slice(0, valueIndex + 1), row, row + 1)
    }
    this.losers.load([losers])
    this.stored.load([
      losers.rowCount === 0
        ? losers
        : this.set.valuesOf(
            new ColumnBatch(
              losers.fields.slice(0, valueIndex),
              losers.columns.slice(0, valueIndex),
            ),
            losers.rowCount,
          ),
    ])
  }

  clear(): void {
    this.losers.clear()
    this.stored.clear()
  }
}
