import type { OverNode } from '../plan/over-node.js'
import { type Field, fieldAt } from '../plan/type.js'
import { columnName } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { duckdbTypeName } from './duckdb/types.js'
import { type WindowedFunction, type WindowTexts, windowedFunction } from './over-function.js'

/**
 * The columns of functions over windows of rows:
 *
 *     rows      those of the input; where the row is among the last of its partition, counted from
 *               the end, 0 for rows that are due
 *     before    the partition's keys, the merged parts
 *     results   the fields of the node, the merged parts, where the row is counted from the end of
 *               its partition, whether it is due
 */
export interface OverLayout {
  readonly functions: readonly WindowedFunction[]
  readonly partFields: readonly Field[]
  /** Of the partition, or a constant, so that there always is one. */
  readonly partitionFields: readonly Field[]
  readonly rowFields: readonly Field[]
  readonly beforeFields: readonly Field[]
  readonly resultFields: readonly Field[]
}

export const oneField: Field = { name: 'one', type: { kind: 'tinyint', nullable: false } }
export const fromEndField: Field = { name: 'from_end', type: { kind: 'bigint', nullable: false } }
const isDueField: Field = { name: 'is_due', type: { kind: 'boolean', nullable: false } }

export function overLayoutOf(node: OverNode): OverLayout {
  const functions = node.functions.map(windowedFunction)
  const partFields = functions.flatMap(({ parts }) => parts.map(({ field }) => field))
  const keys = node.partitionKeys.map((key) => fieldAt(node.input.fields, key))
  const partitionFields = keys.length === 0 ? [oneField] : keys
  return {
    functions,
    partFields,
    partitionFields,
    rowFields: [...node.input.fields, fromEndField],
    beforeFields: [...partitionFields, ...partFields],
    resultFields: [...node.fields, ...partFields, fromEndField, isDueField],
  }
}

/**
 * Over the rows of `rows`, each with what its partition has in `before`, where there is such a
 * relation: the results, in order of time, where the node has one, then as the rows came.
 */
export function overSql(
  node: OverNode,
  layout: OverLayout,
  rows: string,
  before: string | undefined,
): string {
  const count = node.input.fields.length
  const columns = Array.from({ length: count }, (_, index) => columnName(index))
  const keys = node.partitionKeys.map((key) => columnName(key))
  const fromEnd = columnName(count)
  const windows = windowsOf(node, keys)
  const parts = layout.functions.flatMap((each) => each.parts)
  const { timeColumn } = node
  const time = timeColumn === undefined ? [] : [`epoch_us(${columnName(timeColumn)}) AS micros`]
  const order = [...time.map(() => 'micros'), `${fromEnd} DESC`, 'i'].join(', ')
  const numbered = ['*', 'row_number() OVER () AS i', ...time].join(', ')
  const placed = `SELECT *, row_number() OVER (ORDER BY ${order}) AS place
    FROM (SELECT ${numbered} FROM ${rows}())`
  const partition = keys.length === 0 ? '' : `PARTITION BY ${keys.join(', ')} `
  const computed = [
    ...columns,
    'place',
    `${fromEnd} = 0 AS is_due`,
    `row_number() OVER (${partition}ORDER BY place DESC) AS from_end`,
    ...parts.map(({ sql }, index) => `${sql(windows)} AS p${index}`),
  ]
  const ofRows = `SELECT ${computed.join(', ')} FROM (${placed})`
  const merged = parts.map(({ merge }, index) => {
    const name =
      before === undefined ? undefined : `b.${columnName(layout.partitionFields.length + index)}`
    return `${name === undefined ? `p${index}` : merge(name, `p${index}`)} AS m${index}`
  })
  const on = keys.length === 0 ? 'TRUE' : sameKeys(keys)
  const join = before === undefined ? '' : `LEFT JOIN ${before}() b ON ${on}`
  const withBefore = `SELECT r.*, ${merged.join(', ')} FROM (${ofRows}) r ${join}`
  let next = 0
  const finals = layout.functions.map(({ parts: own, final }, index) => {
    const type = fieldAt(node.fields, count + index).type
    return `CAST(${final(own.map(() => `m${next++}`))} AS ${duckdbTypeName(type)})`
  })
  const items = aliased([
    ...columns,
    ...finals,
    ...parts.map((_, index) => `m${index}`),
    'from_end',
    'is_due',
  ])
  return `SELECT ${items} FROM (${withBefore}) ORDER BY place`
}

function sameKeys(keys: readonly string[]): string {
  return keys
    .map((key, index) => `r.${key} IS NOT DISTINCT FROM b.${columnName(index)}`)
    .join(' AND ')
}

function windowsOf({ frame }: OverNode, keys: readonly string[]): WindowTexts {
  const partition = keys.length === 0 ? '' : `PARTITION BY ${keys.join(', ')} `
  const { unit, preceding } = frame
  const from =
    preceding === undefined
      ? 'UNBOUNDED PRECEDING'
      : `${unit === 'rows' ? preceding : BigInt(preceding) * 1000n} PRECEDING`
  const order = unit === 'rows' ? 'place' : 'micros'
  return {
    frame: `(${partition}ORDER BY ${order} ${unit.toUpperCase()} BETWEEN ${from} AND CURRENT ROW)`,
    rowByRow: `(${partition}ORDER BY place)`,
    place: 'place',
  }
}
