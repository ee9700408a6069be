import type { RankNode } from '../plan/rank-node.js'
import { type Field, fieldAt } from '../plan/type.js'
import type { OrderKey } from '../state/row-order.js'
import { columnName } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { type Flow, rowKind } from './operator.js'

/**
 * Where a ranking has its columns. The input's columns come in one order everywhere, the `data`
 * columns: those of the partition (or a constant, so that there always is one), the others, those
 * of the order.
 *
 *     arrivals  data; over rows that are taken back how much more often each is there
 *     table     over rows that only come: partition, arrival, the other data; of one row of each
 *               partition the data alone
 *               over rows that are taken back: data, arrival, times
 *     given     data, the number where it is given out, the kind of change
 */
export interface RankLayout {
  /** Are rows taken back? */
  readonly retracts: boolean
  /** Is a row known by its partition alone, because there is one of each? */
  readonly isOfFirsts: boolean
  readonly partitionCount: number
  /** For each data column the column of the input; -1 for the constant. */
  readonly data: readonly number[]
  readonly dataFields: readonly Field[]
  readonly arrivalFields: readonly Field[]
  readonly fields: readonly Field[]
  readonly keyCount: number
  readonly givenFields: readonly Field[]
  /** Where in the table the data columns are. */
  readonly dataInTable: readonly number[]
  /** Absent where the order in which rows came tells nothing. */
  readonly arrivalInTable: number | undefined
  /** The order's columns among the data columns. */
  readonly orderInData: readonly number[]
  readonly orderKeys: readonly OrderKey[]
  /** For each field of the node its column in `given`. */
  readonly outputOrder: readonly number[]
}

const oneField: Field = { name: 'one', type: { kind: 'tinyint', nullable: false } }
const arrivalField: Field = { name: 'arrival', type: { kind: 'bigint', nullable: false } }
const timesField: Field = { name: 'times', type: { kind: 'bigint', nullable: false } }
const numberField: Field = { name: 'number', type: { kind: 'bigint', nullable: false } }
const kindField: Field = { name: 'kind', type: { kind: 'tinyint', nullable: false } }

export function rankLayoutOf(node: RankNode, retracts: boolean): RankLayout {
  const { partitionKeys, input, numbered } = node
  // What is the same in all rows of a partition orders nothing.
  const order = node.order.filter(({ column }) => !partitionKeys.includes(column))
  const ordered = order.map(({ column }) => column)
  const partition = partitionKeys.length === 0 ? [-1] : partitionKeys
  const others = [...input.fields.keys()].filter((column) => {
    return !partitionKeys.includes(column) && !ordered.includes(column)
  })
  const data = [...partition, ...others, ...ordered]
  const dataFields = data.map((column) => (column < 0 ? oneField : fieldAt(input.fields, column)))
  const partitionCount = partition.length
  const isOfFirsts = !retracts && node.range?.to === 1 && (numbered || partitionKeys.length > 0)
  const fields = retracts
    ? [...dataFields, arrivalField, timesField]
    : [
        ...dataFields.slice(0, partitionCount),
        ...(isOfFirsts ? [] : [arrivalField]),
        ...dataFields.slice(partitionCount),
      ]
  const isFirstInTable = (place: number) => retracts || isOfFirsts || place < partitionCount
  const arrivalInTable = retracts ? dataFields.length : partitionCount
  const outputs = [...input.fields.keys()].map((column) => data.indexOf(column))
  return {
    retracts,
    isOfFirsts,
    partitionCount,
    data,
    dataFields,
    arrivalFields: retracts ? [...dataFields, timesField] : dataFields,
    fields,
    keyCount: retracts ? dataFields.length : partitionCount + (isOfFirsts ? 0 : 1),
    givenFields: [...dataFields, ...(numbered ? [numberField] : []), kindField],
    dataInTable: data.map((_, place) => (isFirstInTable(place) ? place : place + 1)),
    arrivalInTable: isOfFirsts ? undefined : arrivalInTable,
    orderInData: ordered.map((column) => data.lastIndexOf(column)),
    orderKeys: order,
    outputOrder: numbered ? [...outputs, dataFields.length] : outputs,
  }
}

/**
 * The rows of a step that may count, in the order in which they came: of rows that only come the
 * first of each partition in the batch, of others each that is there more often or less.
 */
export function arrivalsSql(node: RankNode, layout: RankLayout, input: Flow): string {
  const columns = layout.data.map((column) => {
    return column < 0 ? 'CAST(0 AS TINYINT)' : columnName(column)
  })
  const numbered = `SELECT *, row_number() OVER () AS i FROM (${input.sql})`
  if (layout.retracts) {
    const sign = `CASE WHEN k IN (${rowKind.insert}, ${rowKind.updateAfter}) THEN 1 ELSE -1 END`
    const items = aliased([...columns, `CAST(sum(${sign}) AS BIGINT)`])
    const grouping = columns.map((_, index) => index + 1).join(', ')
    return `SELECT ${items} FROM (${numbered}) GROUP BY ${grouping} HAVING sum(${sign}) <> 0 ORDER BY min(i)`
  }
  const { range, order, latestFirst, partitionKeys } = node
  const to = range?.to ?? 0
  if (order.length === 0 && partitionKeys.length === 0 && !latestFirst) {
    return `SELECT ${aliased(columns)} FROM (${input.sql}) LIMIT ${to}`
  }
  const ordered = [...order.map(orderSql), `i ${latestFirst ? 'DESC' : 'ASC'}`].join(', ')
  const partition = partitionKeys.map((key) => columnName(key)).join(', ')
  // Without a partition no number is asked for: DuckDB (1.5) gives a row of NULLs for the first of
  // none, where one key orders them.
  const first =
    partition === ''
      ? `SELECT * FROM (${numbered}) ORDER BY ${ordered} LIMIT ${to}`
      : `SELECT * FROM (${numbered}) QUALIFY row_number() OVER (PARTITION BY ${partition} ORDER BY ${ordered}) <= ${to}`
  return `SELECT ${aliased(columns)} FROM (${first}) ORDER BY i`
}

/** A sort key in DuckDB's words. */
export function orderSql(key: RankNode['order'][number]): string {
  const direction = key.descending ? 'DESC' : 'ASC'
  return `${columnName(key.column)} ${direction} NULLS ${key.nullsFirst ? 'FIRST' : 'LAST'}`
}
