import { aggregateIn } from './group-text.js'
import type { Order, Query } from './query.js'
import type { Shape } from './query-shape.js'
import {
  type Relation,
  type RelationWriter,
  scopeText,
  timeOf,
  whereText,
} from './relation-text.js'
import { secondsText } from './window-text.js'

/** Rows with their numbers in an order, and with functions of the rows before them. */

export function topText(
  writer: RelationWriter,
  query: Extract<Query, { kind: 'top' }>,
  input: Relation,
  shape: Shape,
): Relation {
  const { from, to, number, window } = query
  const due = window === undefined ? [] : [writer.due(scopeText(input.scope, window[1]), input, 1)]
  return numbered(writer, input, shape, {
    partition: query.partition,
    order: orderOf(writer, query.order, input),
    ...(number !== undefined && { number }),
    condition: (name) => (from === 1 ? `${name} <= ${to}` : `${name} BETWEEN ${from} AND ${to}`),
    due,
  })
}

export function limitText(
  writer: RelationWriter,
  query: Extract<Query, { kind: 'limit' }>,
  input: Relation,
  shape: Shape,
): Relation {
  const offset = query.offset > 0 ? ` OFFSET ${query.offset}` : ''
  const order = orderOf(writer, query.order, input)
  const text = `${writer.select({ ...input, shape })} ORDER BY ${order} LIMIT ${query.limit}${offset}`
  return writer.closed(text, shape, input.watermark)
}

export function deduplicateText(
  writer: RelationWriter,
  query: Extract<Query, { kind: 'deduplicate' }>,
  input: Relation,
  shape: Shape,
): Relation {
  return numbered(writer, input, shape, {
    partition: query.partition,
    order: `${timeOf(input)}${query.keep === 'last' ? ' DESC' : ''}`,
    duckdbOrder: `${timeOf(input)}${query.keep === 'last' ? ' DESC' : ''}, ${input.seq}${query.keep === 'last' ? ' DESC' : ''}`,
    condition: (number) => `${number} = 1`,
    due: query.keep === 'first' ? [writer.due(timeOf(input), input, 0)] : [],
  })
}

export function overText(
  writer: RelationWriter,
  query: Extract<Query, { kind: 'over' }>,
  input: Relation,
  shape: Shape,
): Relation {
  const isFlink = writer.dialect === 'flink'
  const { frame } = query
  const by = query.partition.map((name) => scopeText(input.scope, name)).join(', ')
  const seq = !isFlink && frame.unit === 'ROWS' ? `, ${input.seq}` : ''
  const preceding =
    frame.unit === 'ROWS'
      ? (frame.preceding ?? 'UNBOUNDED')
      : frame.precedingMs === undefined
        ? 'UNBOUNDED'
        : `INTERVAL '${secondsText(frame.precedingMs)}' SECOND`
  const order = `${by === '' ? '' : `PARTITION BY ${by} `}ORDER BY ${timeOf(input)}${seq}`
  const hasNoFrame = query.functions.some(({ function: name }) => {
    return name === 'ROW_NUMBER' || name === 'LAG'
  })
  const range = hasNoFrame ? '' : ` ${frame.unit} BETWEEN ${preceding} PRECEDING AND CURRENT ROW`
  const functions = query.functions.map((each) => {
    return `${aggregateIn(writer, each, input, `(${order}${range})`)} AS ${each.name}`
  })
  const items = input.shape.columns.map(({ name }) => `${scopeText(input.scope, name)} AS ${name}`)
  const where = isFlink ? input.where : [...input.where, writer.due(timeOf(input), input, 0)]
  const text = `SELECT ${[...items, ...functions].join(', ')} FROM ${input.from}${whereText(where)}`
  return writer.closed(text, shape, input.watermark)
}

/** Rows with their numbers, up to a condition on the number. */
function numbered(
  writer: RelationWriter,
  input: Relation,
  shape: Shape,
  of: {
    partition: readonly string[]
    order: string
    duckdbOrder?: string
    number?: string
    condition: (number: string) => string
    due: readonly string[]
  },
): Relation {
  const isFlink = writer.dialect === 'flink'
  const number = of.number ?? 'rn'
  const by = of.partition.map((name) => scopeText(input.scope, name)).join(', ')
  const order = isFlink ? of.order : (of.duckdbOrder ?? of.order)
  // DuckDB (1.5) numbers a row of NULLs where it numbers none by one key without a partition.
  const all = isFlink ? '' : 'PARTITION BY 1 '
  const over = `ROW_NUMBER() OVER (${by === '' ? all : `PARTITION BY ${by} `}ORDER BY ${order}) AS ${number}`
  const items = input.shape.columns.map(({ name }) => `${scopeText(input.scope, name)} AS ${name}`)
  const where = isFlink ? input.where : [...input.where, ...of.due]
  const inner = `SELECT ${items.join(', ')}, ${over} FROM ${input.from}${whereText(where)}`
  const names = shape.columns.map(({ name }) => name).join(', ')
  const text = `SELECT ${names} FROM (${inner}) AS ${writer.alias()} WHERE ${of.condition(number)}`
  return writer.closed(text, shape, input.watermark)
}

function orderOf(writer: RelationWriter, order: readonly Order[], input: Relation): string {
  return order
    .map(({ column, descending, nulls }) => {
      const direction = descending ? ' DESC' : ''
      const isFlink = writer.dialect === 'flink'
      const place = nulls ?? (isFlink ? undefined : descending ? 'LAST' : 'FIRST')
      return `${scopeText(input.scope, column)}${direction}${place ? ` NULLS ${place}` : ''}`
    })
    .join(', ')
}
