import type { Chance } from './chance.js'
import { type Expression, isPlain, type Kind } from './expression.js'
import type { Aggregate, Column, Grouping, Item } from './query.js'
import { resultOf, type Shape } from './query-shape.js'
import { columnOf, randomExpression } from './random-expression.js'

const numericKinds: readonly Kind[] = ['int', 'bigint', 'decimal', 'double', 'total']
export const comparableKinds: readonly Kind[] = [...numericKinds, 'string', 'timestamp', 'date']

/** A grouping by some columns, and by those of `more`. */
export function randomGrouping(
  chance: Chance,
  shape: Shape,
  isOrdered: boolean,
  more: readonly Item[] = [],
): Grouping {
  let times = more.length
  const columns = chance.some(
    shape.columns.filter(({ name, type }) => {
      return isPlain(type) && type !== 'double' && !shape.window?.includes(name)
    }),
    2,
  )
  const keys: Item[] = [...more]
  for (const column of columns) {
    const isTime = column.type === 'timestamp' || column.type === 'ltz'
    if (isTime && times++ > 0) continue
    const value = chance.oneIn(5)
      ? randomExpression(chance, column.type, [column], 1)
      : columnOf(column)
    if (value === undefined || keys.some((key) => same(key.value, value))) continue
    keys.push({ name: chance.name(), value })
  }
  const aggregates = Array.from({ length: chance.from(1, 3) }, () => ({
    name: chance.name(),
    ...randomAggregate(chance, shape, isOrdered),
  }))
  const hasSets = keys.length - more.length > 1 && chance.oneIn(4)
  const group: Grouping = {
    keys,
    aggregates,
    ...(hasSets && { sets: setsOf(chance, keys.length) }),
  }
  const isNone = keys.length === 0 && !shape.isAppend
  const having = isNone ? hasRows(chance, aggregates) : havingOf(chance, group)
  return having === undefined ? group : { ...group, ...having }
}

/** A grouping without keys has no row for nothing but where rows went: that is left out. */
function hasRows(chance: Chance, aggregates: Grouping['aggregates']): Partial<Grouping> {
  const name = chance.name()
  const count: Expression = { kind: 'column', name, type: 'bigint' }
  const zero: Expression = { kind: 'literal', value: 0, type: 'bigint' }
  const having: Expression = {
    kind: 'call',
    name: 'bigint <>',
    inputs: [count, zero],
    type: 'boolean',
  }
  return { aggregates: [...aggregates, { name, function: 'COUNT' }], having }
}

function havingOf(chance: Chance, { keys, aggregates }: Grouping): Partial<Grouping> | undefined {
  if (!chance.oneIn(4)) return undefined
  const columns: Column[] = [
    ...keys.map(({ name, value }) => ({ name, type: value.type })),
    ...aggregates.map((each) => ({ name: each.name, type: resultOf(each) })),
  ]
  const having = randomExpression(chance, 'boolean', columns, 2)
  return having && { having }
}

function setsOf(chance: Chance, keys: number): number[][] {
  const all = [[0, 1], [0], [1], []].map((set) => (keys > 2 && set.length === 2 ? [0, 1, 2] : set))
  const chosen = chance.some(all, 4)
  // Every key is in one of them at least.
  return chosen.some((set) => set.length >= 2) ? chosen : [all[0] ?? [], ...chosen]
}

/** `isOrdered`: it may go by the order in which rows came. */
export function randomAggregate(chance: Chance, shape: Shape, isOrdered: boolean): Aggregate {
  const filter = chance.oneIn(5) ? randomExpression(chance, 'boolean', shape.columns, 1) : undefined
  const filtered = filter === undefined ? {} : { filter }
  if (chance.oneIn(4)) return { function: 'COUNT', ...filtered }
  const byOrder = ['FIRST_VALUE', 'LAST_VALUE', 'LISTAGG'] as const
  if (isOrdered && chance.oneIn(4)) {
    const name = chance.pick(byOrder)
    const argument = randomArgument(
      chance,
      shape,
      name === 'LISTAGG' ? ['string'] : comparableKinds,
    )
    if (argument !== undefined) return { function: name, argument, ...filtered }
  }
  if (chance.oneIn(6)) {
    const name = chance.pick(['COLLECT', 'PERCENTILE'] as const)
    const kinds = name === 'COLLECT' ? (['int', 'bigint'] as const) : numericKinds
    const argument = randomArgument(chance, shape, kinds)
    if (argument !== undefined) return { function: name, argument, ...filtered }
  }
  const name = chance.pick(['COUNT', 'SUM', 'AVG', 'MIN', 'MAX', 'MIN', 'MAX'] as const)
  const isSum = name === 'SUM' || name === 'AVG'
  const argument = randomArgument(chance, shape, isSum ? numericKinds : comparableKinds)
  if (argument === undefined) return { function: 'COUNT', ...filtered }
  const isDistinct = name !== 'MIN' && name !== 'MAX' && name !== 'AVG' && chance.oneIn(3)
  return { function: name, argument, ...filtered, ...(isDistinct && { distinct: true }) }
}

/** A column of one of these types, or something computed of it. */
export function randomArgument(
  chance: Chance,
  shape: Shape,
  kinds: readonly Kind[],
): Expression | undefined {
  const columns = shape.columns.filter(({ type }) => kinds.includes(type))
  if (columns.length === 0) return undefined
  const column = chance.pick(columns)
  if (!chance.oneIn(4)) return columnOf(column)
  return randomExpression(chance, column.type, shape.columns, 1)
}

function same(left: Expression, right: Expression): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
