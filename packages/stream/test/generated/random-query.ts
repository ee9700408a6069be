import type { Chance } from './chance.js'
import { type Expression, isPlain, type Kind } from './expression.js'
import {
  type Aggregate,
  type Column,
  type Grouping,
  type Item,
  NoQuery,
  type Order,
  type Query,
  resultOf,
  type Session,
  type Shape,
  shapeOf,
  type Table,
  type Window,
} from './query.js'
import { columnOf, randomExpression } from './random-expression.js'

const types = ['INNER', 'LEFT', 'RIGHT', 'FULL'] as const

/** A query over the tables, so many operators deep at most. */
export function randomQuery(chance: Chance, tables: readonly Table[], depth: number): Query {
  return new QueryMaker(chance, tables).query(depth)
}

/** Makes queries bottom up: whatever is made has a shape. */
class QueryMaker {
  private readonly chance: Chance
  private readonly tables: readonly Table[]

  constructor(chance: Chance, tables: readonly Table[]) {
    this.chance = chance
    this.tables = tables
  }

  query(depth: number): Query {
    let query = this.chance.oneIn(3) && depth > 1 ? this.query(depth - 1) : this.scan()
    const steps = this.chance.from(1, depth)
    for (let step = 0; step < steps; step++) query = this.onTop(query, depth - 1)
    return query
  }

  /** One operator more; the query itself where none of those tried fits. */
  private onTop(input: Query, depth: number): Query {
    const shape = shapeOf(input)
    for (let tries = 0; tries < 8; tries++) {
      const made = this.attempt(input, shape, depth)
      if (made === undefined) continue
      try {
        shapeOf(made)
        return made
      } catch (error) {
        if (!(error instanceof NoQuery)) throw error
      }
    }
    return input
  }

  private attempt(input: Query, shape: Shape, depth: number): Query | undefined {
    const always = [
      () => this.filter(input, shape),
      () => this.project(input, shape),
      () => this.group(input, shape),
      () => this.group(input, shape),
      () => this.distinct(input, shape),
      () => this.top(input, shape),
      () => this.limit(input, shape),
      () => this.join(input, shape, depth),
      () => this.join(input, shape, depth),
      () => this.membership(input, shape, depth),
      () => this.scalar(input, shape, depth),
      () => this.set(input, shape, depth),
      () => this.unnest(input, shape),
    ]
    const timed = [
      () => this.deduplicate(input, shape),
      () => this.over(input, shape),
      () => this.window(input),
      () => this.windowGroup(input, shape),
      () => this.windowGroup(input, shape),
      () => this.windowJoin(input, depth),
      () => this.intervalJoin(input, shape, depth),
      () => this.temporalJoin(input, shape),
    ]
    const windowed = [() => this.groupWindows(input, shape), () => this.topWindow(input, shape)]
    const isTimed = shape.time !== undefined && shape.isAppend
    if (shape.window !== undefined && !this.chance.oneIn(3)) return this.chance.pick(windowed)()
    return this.chance.pick(isTimed && !this.chance.oneIn(3) ? timed : always)()
  }

  /** A table under new names, so that no two relations have a column in common. */
  private scan(fitting: (table: Table) => boolean = () => true): Query {
    const tables = this.tables.filter(fitting)
    const table = this.chance.pick(tables.length > 0 ? tables : this.tables)
    return this.renamed({ kind: 'scan', table })
  }

  private renamed(input: Query): Query {
    const items = shapeOf(input).columns.map((column) => {
      return { name: this.chance.name(), value: columnOf(column) }
    })
    return { kind: 'project', input, items, sealed: this.chance.oneIn(6) }
  }

  /** Another query, often no more than a table. */
  private other(depth: number): Query {
    const scan = this.scan()
    if (depth < 1 || this.chance.oneIn(2)) return scan
    return this.onTop(scan, depth - 1)
  }

  private otherTimed(): Query | undefined {
    const scan = this.scan((table) => table.time !== undefined)
    const { time } = shapeOf(scan)
    if (time === undefined) return undefined
    return this.chance.oneIn(3) ? (this.filter(scan, shapeOf(scan)) ?? scan) : scan
  }

  private filter(input: Query, shape: Shape): Query | undefined {
    const condition = randomExpression(this.chance, 'boolean', shape.columns, 3)
    return condition && { kind: 'filter', input, condition }
  }

  private project(input: Query, shape: Shape): Query | undefined {
    const kept = shape.columns.filter(({ name }) => {
      const isNeeded = name === shape.time || shape.window?.includes(name)
      return (isNeeded && !this.chance.oneIn(8)) || !this.chance.oneIn(3)
    })
    const items: Item[] = kept.map((column) => {
      return { name: this.chance.name(), value: columnOf(column) }
    })
    const kinds: Kind[] = [
      'int',
      'bigint',
      'decimal',
      'double',
      'string',
      'boolean',
      'date',
      'timestamp',
    ]
    for (let count = this.chance.from(0, 2); count > 0; count--) {
      const value = randomExpression(this.chance, this.chance.pick(kinds), shape.columns, 2)
      if (value !== undefined) items.push({ name: this.chance.name(), value })
    }
    if (items.length === 0) return undefined
    return { kind: 'project', input, items, sealed: this.chance.oneIn(3) }
  }

  /** The plain columns of a query alone, at most one of them a time. */
  private plain(input: Query, keep: readonly string[] = []): Query {
    const { columns } = shapeOf(input)
    let times = 0
    const kept = columns.filter(({ name, type }) => {
      if (keep.includes(name)) return true
      if (type === 'timestamp' || type === 'ltz') return times++ === 0 && keep.length === 0
      return isPlain(type)
    })
    if (kept.length === columns.length || kept.length === 0) return input
    const items = kept.map((column) => ({ name: column.name, value: columnOf(column) }))
    return { kind: 'project', input, items, sealed: false }
  }

  private distinct(input: Query, shape: Shape): Query | undefined {
    const few = this.chance.some(
      shape.columns.filter(({ type }) => isPlain(type)),
      3,
    )
    if (few.length === 0) return undefined
    const items = few.map((column) => ({ name: this.chance.name(), value: columnOf(column) }))
    return { kind: 'distinct', input: this.plain({ kind: 'project', input, items, sealed: false }) }
  }

  private group(input: Query, shape: Shape): Query | undefined {
    const group = this.grouping(shape, shape.isAppend && shape.isOrdered, [])
    return { kind: 'group', input, group }
  }

  private groupWindows(input: Query, shape: Shape): Query | undefined {
    if (shape.window === undefined) return undefined
    const windows = shape.window.map((name): Item => {
      return { name: this.chance.name(), value: { kind: 'column', name, type: 'timestamp' } }
    })
    const { sets: _, ...group } = this.grouping(shape, false, windows)
    return { kind: 'group', input, group }
  }

  private grouping(shape: Shape, isOrdered: boolean, more: readonly Item[]): Grouping {
    const { chance } = this
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
      ...this.aggregate(shape, isOrdered),
    }))
    const hasSets = keys.length - more.length > 1 && chance.oneIn(4)
    const group: Grouping = { keys, aggregates, ...(hasSets && { sets: this.sets(keys.length) }) }
    const isNone = keys.length === 0 && !shape.isAppend
    const having = isNone ? this.hasRows(aggregates) : this.having(group)
    return having === undefined ? group : { ...group, ...having }
  }

  /** A grouping without keys has no row for nothing but where rows went: that is left out. */
  private hasRows(aggregates: Grouping['aggregates']): Partial<Grouping> {
    const name = this.chance.name()
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

  private having({ keys, aggregates }: Grouping): Partial<Grouping> | undefined {
    if (!this.chance.oneIn(4)) return undefined
    const columns: Column[] = [
      ...keys.map(({ name, value }) => ({ name, type: value.type })),
      ...aggregates.map((each) => ({ name: each.name, type: resultOf(each) })),
    ]
    const having = randomExpression(this.chance, 'boolean', columns, 2)
    return having && { having }
  }

  private sets(keys: number): number[][] {
    const all = [[0, 1], [0], [1], []].map((set) =>
      keys > 2 && set.length === 2 ? [0, 1, 2] : set,
    )
    const chosen = this.chance.some(all, 4)
    // Every key is in one of them at least.
    return chosen.some((set) => set.length >= 2) ? chosen : [all[0] ?? [], ...chosen]
  }

  private aggregate(shape: Shape, isOrdered: boolean): Aggregate {
    const { chance } = this
    const filter = chance.oneIn(5)
      ? randomExpression(chance, 'boolean', shape.columns, 1)
      : undefined
    const filtered = filter === undefined ? {} : { filter }
    if (chance.oneIn(4)) return { function: 'COUNT', ...filtered }
    const byOrder = ['FIRST_VALUE', 'LAST_VALUE', 'LISTAGG'] as const
    if (isOrdered && chance.oneIn(4)) {
      const name = chance.pick(byOrder)
      const argument = this.argument(shape, name === 'LISTAGG' ? ['string'] : comparable)
      if (argument !== undefined) return { function: name, argument, ...filtered }
    }
    if (chance.oneIn(6)) {
      const name = chance.pick(['COLLECT', 'PERCENTILE'] as const)
      const kinds = name === 'COLLECT' ? (['int', 'bigint'] as const) : numeric
      const argument = this.argument(shape, kinds)
      if (argument !== undefined) return { function: name, argument, ...filtered }
    }
    const name = chance.pick(['COUNT', 'SUM', 'AVG', 'MIN', 'MAX', 'MIN', 'MAX'] as const)
    const isSum = name === 'SUM' || name === 'AVG'
    const argument = this.argument(shape, isSum ? numeric : comparable)
    if (argument === undefined) return { function: 'COUNT', ...filtered }
    const isDistinct = name !== 'MIN' && name !== 'MAX' && name !== 'AVG' && chance.oneIn(3)
    return { function: name, argument, ...filtered, ...(isDistinct && { distinct: true }) }
  }

  private argument(shape: Shape, kinds: readonly Kind[]): Expression | undefined {
    const columns = shape.columns.filter(({ type }) => kinds.includes(type))
    if (columns.length === 0) return undefined
    const column = this.chance.pick(columns)
    if (!this.chance.oneIn(4)) return columnOf(column)
    return randomExpression(this.chance, column.type, shape.columns, 1)
  }

  /** Every plain column, so that no two different rows are equal in the order. */
  private order(shape: Shape, first: readonly string[] = []): Order[] {
    const names = shape.columns.map(({ name }) => name)
    const rest = this.chance.shuffled(names.filter((name) => !first.includes(name)))
    return [...first, ...rest].map((column) => {
      const nulls = this.chance.oneIn(5) ? this.chance.pick(['FIRST', 'LAST'] as const) : undefined
      return { column, descending: this.chance.oneIn(2), ...(nulls && { nulls }) }
    })
  }

  private top(input: Query, _: Shape): Query | undefined {
    const of = this.plain(input)
    const shape = shapeOf(of)
    if (shape.columns.some(({ type }) => !isPlain(type))) return undefined
    const names = shape.columns.filter(({ type }) => type !== 'timestamp' && type !== 'ltz')
    const partition = this.chance.some(names, 2).map(({ name }) => name)
    const order = this.order(shape).filter(({ column }) => !partition.includes(column))
    // The order of event time alone would be a deduplication.
    if (order.length === 0 || (order.length === 1 && order[0]?.column === shape.time))
      return undefined
    const from = this.chance.oneIn(4) ? 2 : 1
    const to = from + this.chance.from(0, 3)
    const number = this.chance.oneIn(2) ? { number: this.chance.name('n') } : {}
    return { kind: 'top', input: of, partition, order, from, to, ...number }
  }

  private topWindow(input: Query, { window }: Shape): Query | undefined {
    if (window === undefined) return undefined
    const of = this.plain(input, window)
    const shape = shapeOf(of)
    const keys = shape.columns.filter(({ name, type }) => {
      return !window.includes(name) && type !== 'timestamp' && type !== 'ltz'
    })
    const partition = [...window, ...this.chance.some(keys, 1).map(({ name }) => name)]
    const order = this.order(shape).filter(({ column }) => !partition.includes(column))
    if (order.length === 0 || shape.columns.some(({ type }) => !isPlain(type))) return undefined
    const number = this.chance.oneIn(2) ? { number: this.chance.name('n') } : {}
    const to = this.chance.from(1, 3)
    return { kind: 'top', input: of, partition, order, from: 1, to, ...number, window }
  }

  private limit(input: Query, _: Shape): Query | undefined {
    const of = this.plain(input)
    const shape = shapeOf(of)
    if (shape.columns.some(({ type }) => !isPlain(type))) return undefined
    const order = this.order(shape)
    const first = order[0]?.column
    if (first === shape.time) return undefined
    const [limit, offset] = [this.chance.from(1, 6), this.chance.oneIn(3) ? 1 : 0]
    return { kind: 'limit', input: of, order, limit, offset }
  }

  /** Columns of both sides that may be equal. */
  private equal(left: Shape, right: Shape, most: number): [Expression, Expression][] {
    const pairs = left.columns.flatMap((a): [Column, Column][] =>
      right.columns.flatMap((b): [Column, Column][] =>
        a.type === b.type && joinable.includes(a.type) ? [[a, b]] : [],
      ),
    )
    return this.chance.some(this.chance.shuffled(pairs), most).map(([a, b]) => {
      const { chance } = this
      const ofLeft = chance.oneIn(6) ? randomExpression(chance, a.type, [a], 1) : columnOf(a)
      return [ofLeft ?? columnOf(a), columnOf(b)]
    })
  }

  private condition(left: Shape, right: Shape): { condition?: Expression } {
    if (!this.chance.oneIn(3)) return {}
    // Times of both sides would make it a join within an interval.
    const columns = [...left.columns, ...right.columns].filter(({ type }) => !isTime(type))
    const condition = randomExpression(this.chance, 'boolean', columns, 2)
    return condition === undefined ? {} : { condition }
  }

  private join(input: Query, shape: Shape, depth: number): Query | undefined {
    const other = this.other(depth - 1)
    const of = shapeOf(other)
    const equal = this.equal(shape, of, 2)
    const type = this.chance.pick(types)
    const comma = type === 'INNER' && this.chance.oneIn(3)
    if (equal.length === 0 && !this.chance.oneIn(4)) return undefined
    const condition = this.condition(shape, of)
    return { kind: 'join', type, left: input, right: other, equal, ...condition, comma }
  }

  private membership(input: Query, shape: Shape, depth: number): Query | undefined {
    const other = this.other(depth - 1)
    const of = shapeOf(other)
    const negated = this.chance.oneIn(2)
    const form = this.chance.pick(['IN', 'EXISTS'] as const)
    const equal = this.equal(shape, of, negated && form === 'IN' ? 1 : 2)
    if (equal.length === 0) return undefined
    const condition = form === 'EXISTS' ? this.condition(shape, of) : {}
    return { kind: 'membership', negated, form, input, of: other, equal, ...condition }
  }

  private scalar(input: Query, shape: Shape, depth: number): Query | undefined {
    const other = this.other(depth - 1)
    const kinds: readonly Kind[] = ['int', 'bigint', 'decimal', 'string']
    const pairs = shape.columns.flatMap((a) =>
      shapeOf(other).columns.flatMap((b) =>
        a.type === b.type && kinds.includes(a.type) ? [[a.name, b.name] as const] : [],
      ),
    )
    if (pairs.length === 0) return undefined
    const [column, ofColumn] = this.chance.pick(pairs)
    const operator = this.chance.pick(['<', '>=', '='] as const)
    const aggregate = this.chance.pick(['MIN', 'MAX'] as const)
    return { kind: 'scalar', input, column, operator, of: other, aggregate, ofColumn }
  }

  private set(input: Query, shape: Shape, depth: number): Query | undefined {
    const other = this.other(depth - 1)
    const operator = this.chance.pick([
      'UNION ALL',
      'UNION ALL',
      'UNION',
      'INTERSECT',
      'INTERSECT ALL',
      'EXCEPT',
      'EXCEPT ALL',
    ] as const)
    const left = [...shape.columns]
    let times = 0
    const columns = shapeOf(other).columns.flatMap(({ name, type }) => {
      if (!isPlain(type) || type === 'total') return []
      if (isTime(type) && times++ > 0) return []
      const index = left.findIndex((column) => column.type === type)
      const [taken] = index < 0 ? [] : left.splice(index, 1)
      if (taken === undefined) return []
      return [[taken.name, name, this.chance.name()] as const]
    })
    if (columns.length === 0) return undefined
    return { kind: 'set', operator, left: input, right: other, columns: columns.slice(0, 4) }
  }

  private unnest(input: Query, shape: Shape): Query | undefined {
    const arrays = shape.columns.filter(({ type }) => type === 'array')
    if (arrays.length === 0) return undefined
    const { name: column } = this.chance.pick(arrays)
    const [isOuter, element] = [this.chance.oneIn(2), this.chance.name()]
    return { kind: 'unnest', input, column, isOuter, element }
  }

  private deduplicate(input: Query, shape: Shape): Query | undefined {
    const keys = shape.columns.filter(({ type }) => isPlain(type) && !isTime(type))
    const partition = this.chance.some(keys, 2).map(({ name }) => name)
    if (partition.length === 0) return undefined
    return { kind: 'deduplicate', input, partition, keep: this.chance.pick(['first', 'last']) }
  }

  private over(input: Query, shape: Shape): Query | undefined {
    const { chance } = this
    const keys = shape.columns.filter(({ type }) => isPlain(type) && !isTime(type))
    const partition = chance.some(keys, 1).map(({ name }) => name)
    const isRows = shape.isOrdered && chance.oneIn(2)
    const isBounded = chance.oneIn(2)
    const frame = isRows
      ? ({ unit: 'ROWS', ...(isBounded && { preceding: chance.from(1, 4) }) } as const)
      : ({ unit: 'RANGE', ...(isBounded && { precedingMs: 1000 * chance.from(1, 9) }) } as const)
    if (isRows && chance.oneIn(3)) {
      const argument = this.argument(shape, comparable)
      const name = chance.name()
      const one: Aggregate =
        argument === undefined || chance.oneIn(2)
          ? { function: 'ROW_NUMBER' }
          : { function: 'LAG', argument }
      const functions = [{ name, ...one }]
      return { kind: 'over', input, partition, frame: { unit: 'ROWS' }, functions }
    }
    const functions = Array.from({ length: chance.from(1, 3) }, () => {
      const { filter: _, distinct, ...aggregate } = this.aggregate(shape, false)
      const isDistinct = distinct && isBounded && frame.unit === 'RANGE'
      return { name: chance.name(), ...aggregate, ...(isDistinct && { distinct }) }
    })
    return { kind: 'over', input, partition, frame, functions }
  }

  private aligned(): Window {
    const { chance } = this
    const stepMs = 1000 * chance.from(2, 6)
    const sizeMs = stepMs * chance.from(1, 3)
    switch (chance.pick(['TUMBLE', 'HOP', 'CUMULATE'] as const)) {
      case 'TUMBLE':
        return { kind: 'TUMBLE', sizeMs, offsetMs: chance.oneIn(3) ? 1000 : 0 }
      case 'HOP':
        return { kind: 'HOP', slideMs: stepMs, sizeMs }
      case 'CUMULATE':
        return { kind: 'CUMULATE', stepMs, sizeMs }
    }
  }

  private window(input: Query, window = this.aligned()): Query | undefined {
    const [start, end, time] = ['s', 'e', 't'].map((letter) => this.chance.name(letter))
    if (start === undefined || end === undefined || time === undefined) return undefined
    return { kind: 'window', input, window, start, end, time }
  }

  private windowGroup(input: Query, shape: Shape): Query | undefined {
    const { chance } = this
    const isSession = chance.oneIn(3)
    const names = ['s', 'e', 't'].map((letter) => chance.name(letter))
    const [start = '', end = '', time = ''] = names
    const aligned = this.aligned()
    const isOrdered = shape.isOrdered && !isSession && aligned.kind === 'TUMBLE'
    const group = this.grouping({ ...shape, isAppend: true }, isOrdered, [])
    if (!isSession) {
      return { kind: 'windowGroup', input, window: aligned, start, end, time, group }
    }
    const partition = group.keys.flatMap(({ value }) => {
      return value.kind === 'column' && !chance.oneIn(3) ? [value.name] : []
    })
    const session: Session = { kind: 'SESSION', gapMs: 1000 * chance.from(1, 4), partition }
    const { sets: _, ...plain } = group
    return { kind: 'windowGroup', input, window: session, start, end, time, group: plain }
  }

  private windowJoin(input: Query, depth: number): Query | undefined {
    const other = this.otherTimed()
    if (other === undefined || depth < 0) return undefined
    const window = this.aligned()
    const [left, right] = [this.window(input, window), this.window(other, window)]
    if (left === undefined || right === undefined) return undefined
    const [ofLeft, ofRight] = [shapeOf(left), shapeOf(right)]
    if (ofLeft.window === undefined || ofRight.window === undefined) return undefined
    return {
      kind: 'windowJoin',
      type: this.chance.pick(types),
      left,
      right,
      leftWindow: ofLeft.window,
      rightWindow: ofRight.window,
      equal: this.equal(ofLeft, ofRight, 2),
      ...this.condition(ofLeft, ofRight),
    }
  }

  private intervalJoin(input: Query, shape: Shape, _: number): Query | undefined {
    const other = this.otherTimed()
    if (other === undefined) return undefined
    const of = shapeOf(other)
    const lowerMs = 1000 * this.chance.from(-5, 2)
    return {
      kind: 'intervalJoin',
      type: this.chance.pick(types),
      left: input,
      right: other,
      equal: this.equal(shape, of, 2),
      lowerMs,
      upperMs: lowerMs + 1000 * this.chance.from(0, 6),
      ...this.condition(shape, of),
    }
  }

  private temporalJoin(input: Query, shape: Shape): Query | undefined {
    const of = this.otherTimed()
    if (of === undefined) return undefined
    const equal = this.equal(shape, shapeOf(of), 2).flatMap(([a, b]) => {
      return a.kind === 'column' && b.kind === 'column' ? [[a.name, b.name] as const] : []
    })
    const partition = [...new Set(equal.map(([, key]) => key))]
    if (partition.length !== equal.length || equal.length === 0) return undefined
    const right: Query = { kind: 'deduplicate', input: of, partition, keep: 'last' }
    const type = this.chance.pick(['INNER', 'LEFT'] as const)
    return { kind: 'temporalJoin', type, left: input, right, equal }
  }
}

const numeric: readonly Kind[] = ['int', 'bigint', 'decimal', 'double', 'total']
const comparable: readonly Kind[] = [...numeric, 'string', 'timestamp', 'date']
const joinable: readonly Kind[] = ['int', 'bigint', 'string', 'decimal', 'boolean', 'date']

function isTime(kind: Kind): boolean {
  return kind === 'timestamp' || kind === 'ltz'
}

function same(left: Expression, right: Expression): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
