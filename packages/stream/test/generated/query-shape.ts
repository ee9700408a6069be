import { columnsIn, type Expression, type Kind } from './expression.js'
import type { Aggregate, Column, Grouping, Item, Query } from './query.js'

/** What is known of a query's rows. */
export interface Shape {
  readonly columns: readonly Column[]
  /** Rows that were given out stay. */
  readonly isAppend: boolean
  /** The column that is event time. */
  readonly time?: string
  /** The order in which rows came is known (from one table, rows as they are). */
  readonly isOrdered: boolean
  /** Columns of the start and the end of the windows that the rows have. */
  readonly window?: readonly [string, string]
}

/** A tree that is not a query: a column that is not there, a time where there is none. */
export class NoQuery extends Error {}

export function shapeOf(query: Query): Shape {
  switch (query.kind) {
    case 'scan': {
      const { columns, changelog, time } = query.table
      const isAppend = changelog === 'append'
      return { columns, isAppend, ...(time && { time: time.column }), isOrdered: isAppend }
    }
    case 'filter': {
      const shape = shapeOf(query.input)
      check(query.condition, shape.columns)
      return shape
    }
    case 'project': {
      const shape = shapeOf(query.input)
      for (const { value } of query.items) check(value, shape.columns)
      const named = (column: string | undefined) =>
        query.items.find(({ value }) => value.kind === 'column' && value.name === column)?.name
      const time = named(shape.time)
      const [start, end] = shape.window?.map(named) ?? []
      if (query.items.length === 0) throw new NoQuery('nothing is selected')
      return {
        columns: query.items.map(({ name, value }) => ({ name, type: value.type })),
        isAppend: shape.isAppend,
        isOrdered: shape.isOrdered,
        ...(time && { time }),
        ...(start !== undefined && end !== undefined && { window: [start, end] as const }),
      }
    }
    case 'distinct': {
      const { columns } = shapeOf(query.input)
      if (columns.some(({ type }) => type === 'array' || type === 'row')) throw new NoQuery('keys')
      return { columns, isAppend: false, isOrdered: false }
    }
    case 'group': {
      const { columns, isAppend, isOrdered, window } = shapeOf(query.input)
      checkGrouping(query.group, columns, { isAppend, isOrdered })
      const given = { columns: groupColumns(query.group), isOrdered: false }
      // By the windows that the rows have it is given out with them.
      const [start, end] = window?.map((column) => keyOf(query.group, column)) ?? []
      if (start === undefined || end === undefined) return { ...given, isAppend: false }
      return { ...given, isAppend: true, window: [start, end] }
    }
    case 'join': {
      const [left, right] = [shapeOf(query.left), shapeOf(query.right)]
      checkJoin(query, left, right)
      const isAppend = query.type === 'INNER' && left.isAppend && right.isAppend
      return { columns: [...left.columns, ...right.columns], isAppend, isOrdered: false }
    }
    case 'membership': {
      const [input, of] = [shapeOf(query.input), shapeOf(query.of)]
      checkJoin(query, input, of)
      if (query.form === 'IN' && query.equal.length === 0) throw new NoQuery('IN of nothing')
      const isAppend = !query.negated && input.isAppend && of.isAppend
      return { columns: input.columns, isAppend, isOrdered: false }
    }
    case 'scalar': {
      const [input, of] = [shapeOf(query.input), shapeOf(query.of)]
      const [left, right] = [typeOf(query.column, input), typeOf(query.ofColumn, of)]
      if (left !== right) throw new NoQuery('types differ')
      return { columns: input.columns, isAppend: false, isOrdered: false }
    }
    case 'set': {
      const [left, right] = [shapeOf(query.left), shapeOf(query.right)]
      const columns = query.columns.map(([ofLeft, ofRight, name]): Column => {
        const type = typeOf(ofLeft, left)
        if (type !== typeOf(ofRight, right)) throw new NoQuery('types differ')
        return { name, type }
      })
      if (columns.length === 0) throw new NoQuery('nothing is selected')
      const isAppend = query.operator === 'UNION ALL' && left.isAppend && right.isAppend
      const time = query.columns.find(([a, b]) => a === left.time && b === right.time)?.[2]
      return { columns, isAppend, isOrdered: false, ...(isAppend && time && { time }) }
    }
    case 'top': {
      const shape = shapeOf(query.input)
      for (const name of [...query.partition, ...query.order.map(({ column }) => column)]) {
        typeOf(name, shape)
      }
      const number: Column[] = query.number ? [{ name: query.number, type: 'bigint' }] : []
      const columns = [...shape.columns, ...number]
      if (query.window === undefined) return { columns, isAppend: false, isOrdered: false }
      if (!shape.isAppend || String(shape.window) !== String(query.window)) {
        throw new NoQuery('no windows')
      }
      return { columns, isAppend: true, isOrdered: false, window: query.window }
    }
    case 'limit': {
      const shape = shapeOf(query.input)
      for (const { column } of query.order) typeOf(column, shape)
      return { columns: shape.columns, isAppend: false, isOrdered: false }
    }
    case 'deduplicate': {
      const shape = shapeOf(query.input)
      for (const name of query.partition) typeOf(name, shape)
      requireTime(shape)
      if (!shape.isOrdered) throw new NoQuery('no order')
      const { columns, time } = shape
      const isAppend = query.keep === 'first'
      return { columns, isAppend, isOrdered: false, ...(isAppend && time && { time }) }
    }
    case 'over': {
      const shape = shapeOf(query.input)
      for (const name of query.partition) typeOf(name, shape)
      requireTime(shape)
      if (query.functions.length === 0) throw new NoQuery('no function')
      for (const each of query.functions) checkAggregate(each, shape.columns, shape)
      if (query.frame.unit === 'ROWS' && !shape.isOrdered) throw new NoQuery('no order')
      const functions = query.functions.map((each) => ({ name: each.name, type: resultOf(each) }))
      return {
        columns: [...shape.columns, ...functions],
        isAppend: true,
        isOrdered: false,
        ...(shape.time && { time: shape.time }),
      }
    }
    case 'window': {
      const shape = shapeOf(query.input)
      requireTime(shape)
      const columns: Column[] = [query.start, query.end, query.time].map((name) => {
        return { name, type: name === query.time ? timeType(shape) : 'timestamp' }
      })
      return {
        columns: [...shape.columns, ...columns],
        isAppend: true,
        time: query.time,
        isOrdered: shape.isOrdered,
        window: [query.start, query.end],
      }
    }
    case 'windowGroup': {
      const shape = shapeOf(query.input)
      requireTime(shape)
      const isTumble = query.window.kind === 'TUMBLE'
      checkGrouping(query.group, shape.columns, {
        isAppend: true,
        isOrdered: shape.isOrdered && isTumble,
      })
      if (query.window.kind === 'SESSION') {
        for (const name of query.window.partition) {
          const isKey = ({ value }: Item) => value.kind === 'column' && value.name === name
          if (!query.group.keys.some(isKey)) throw new NoQuery('no key')
        }
      }
      const columns: Column[] = [query.start, query.end, query.time].map((name) => {
        return { name, type: name === query.time ? timeType(shape) : 'timestamp' }
      })
      return {
        columns: [...groupColumns(query.group), ...columns],
        isAppend: true,
        time: query.time,
        isOrdered: false,
        ...(query.window.kind !== 'SESSION' && { window: [query.start, query.end] as const }),
      }
    }
    case 'windowJoin': {
      const [left, right] = [shapeOf(query.left), shapeOf(query.right)]
      checkJoin(query, left, right)
      const hasWindows =
        String(left.window) === String(query.leftWindow) &&
        String(right.window) === String(query.rightWindow)
      if (!left.isAppend || !right.isAppend || !hasWindows) throw new NoQuery('no windows')
      return { columns: [...left.columns, ...right.columns], isAppend: true, isOrdered: false }
    }
    case 'intervalJoin': {
      const [left, right] = [shapeOf(query.left), shapeOf(query.right)]
      checkJoin(query, left, right)
      requireTime(left)
      requireTime(right)
      if (timeType(left) !== timeType(right)) throw new NoQuery('types differ')
      const time = query.type === 'INNER' || query.type === 'LEFT' ? left.time : undefined
      return {
        columns: [...left.columns, ...right.columns],
        isAppend: true,
        isOrdered: false,
        ...(time && { time }),
      }
    }
    case 'temporalJoin': {
      const [left, right] = [shapeOf(query.left), shapeOf(query.right)]
      requireTime(left)
      const { right: versions } = query
      if (versions.kind !== 'deduplicate' || versions.keep !== 'last') {
        throw new NoQuery('no versions')
      }
      const input = shapeOf(versions.input)
      if (timeType(left) !== timeType(input)) throw new NoQuery('types differ')
      const keys = query.equal.map(([, key]) => key).sort()
      if (String(keys) !== String([...versions.partition].sort()) || keys.length === 0) {
        throw new NoQuery('other keys')
      }
      for (const [a, b] of query.equal) {
        if (typeOf(a, left) !== typeOf(b, right)) throw new NoQuery('types differ')
      }
      return {
        columns: [...left.columns, ...right.columns],
        isAppend: true,
        isOrdered: false,
        ...(left.time && { time: left.time }),
      }
    }
    case 'unnest': {
      const shape = shapeOf(query.input)
      if (typeOf(query.column, shape) !== 'array') throw new NoQuery('no array')
      const columns: Column[] = [...shape.columns, { name: query.element, type: 'int' }]
      return {
        columns,
        isAppend: shape.isAppend,
        isOrdered: false,
        ...(shape.time && { time: shape.time }),
      }
    }
  }
}

/** The name of the key that is a column as it is. */
function keyOf({ keys }: Grouping, column: string): string | undefined {
  return keys.find(({ value }) => value.kind === 'column' && value.name === column)?.name
}

/** What an aggregate gives. */
export function resultOf({ function: name, argument }: Aggregate): Kind {
  const kind = argument?.type ?? 'int'
  switch (name) {
    case 'COUNT':
    case 'ROW_NUMBER':
      return 'bigint'
    case 'LISTAGG':
    case 'COLLECT':
      return 'string'
    case 'PERCENTILE':
      return 'double'
    case 'SUM':
    case 'AVG':
      return kind === 'decimal' ? 'total' : kind
    default:
      return kind
  }
}

function groupColumns({ keys, aggregates }: Grouping): Column[] {
  return [
    ...keys.map(({ name, value }) => ({ name, type: value.type })),
    ...aggregates.map((each) => ({ name: each.name, type: resultOf(each) })),
  ]
}

function checkGrouping(
  group: Grouping,
  columns: readonly Column[],
  order: { isAppend: boolean; isOrdered: boolean },
): void {
  for (const { value } of group.keys) {
    check(value, columns)
    if (value.type === 'array' || value.type === 'row') throw new NoQuery('no key')
  }
  for (const each of group.aggregates) checkAggregate(each, columns, order)
  if (group.keys.length + group.aggregates.length === 0) throw new NoQuery('nothing is selected')
  if (group.having !== undefined) check(group.having, groupColumns(group))
  for (const set of group.sets ?? []) {
    if (set.some((place) => place >= group.keys.length)) throw new NoQuery('no key')
  }
}

function checkAggregate(
  aggregate: Aggregate,
  columns: readonly Column[],
  { isAppend, isOrdered }: { isAppend: boolean; isOrdered: boolean },
): void {
  if (aggregate.argument !== undefined) check(aggregate.argument, columns)
  if (aggregate.filter !== undefined) check(aggregate.filter, columns)
  const byOrder = ['FIRST_VALUE', 'LAST_VALUE', 'LISTAGG', 'ROW_NUMBER', 'LAG']
  if (byOrder.includes(aggregate.function) && !(isAppend && isOrdered))
    throw new NoQuery('no order')
}

function checkJoin(
  join: {
    readonly equal: readonly (readonly [Expression, Expression])[]
    readonly condition?: Expression
  },
  left: Shape,
  right: Shape,
): void {
  for (const [a, b] of join.equal) {
    check(a, left.columns)
    check(b, right.columns)
    if (a.type !== b.type) throw new NoQuery('types differ')
  }
  if (join.condition !== undefined) check(join.condition, [...left.columns, ...right.columns])
}

function check(expression: Expression, columns: readonly Column[]): void {
  for (const name of columnsIn(expression)) {
    if (!columns.some((column) => column.name === name)) throw new NoQuery(`no column ${name}`)
  }
}

function typeOf(name: string, { columns }: Shape): Kind {
  const column = columns.find((each) => each.name === name)
  if (column === undefined) throw new NoQuery(`no column ${name}`)
  return column.type
}

function requireTime(shape: Shape): void {
  if (shape.time === undefined || !shape.isAppend) throw new NoQuery('no event time')
}

function timeType(shape: Shape): Kind {
  return shape.time === undefined ? 'timestamp' : typeOf(shape.time, shape)
}
