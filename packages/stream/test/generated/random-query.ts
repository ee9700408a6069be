import type { Chance } from './chance.js'
import { isPlain, isTime, type Kind } from './expression.js'
import type { Aggregate, Item, Order, Query, Table } from './query.js'
import { NoQuery, type Shape, shapeOf } from './query-shape.js'
import { columnOf, randomExpression } from './random-expression.js'
import {
  comparableKinds,
  randomAggregate,
  randomArgument,
  randomGrouping,
} from './random-grouping.js'
import {
  randomIntervalJoin,
  randomJoin,
  randomMembership,
  randomScalar,
  randomTemporalJoin,
  randomWindowJoin,
} from './random-join.js'
import { randomWindow, randomWindowGroup } from './random-window.js'

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
    const { chance } = this
    const withTimed = (make: (other: Query) => Query | undefined) => () => {
      const other = this.otherTimed()
      return other && make(other)
    }
    const always = [
      () => this.filter(input, shape),
      () => this.project(input, shape),
      () => this.group(input, shape),
      () => this.group(input, shape),
      () => this.distinct(input, shape),
      () => this.top(input, shape),
      () => this.limit(input, shape),
      () => randomJoin(chance, input, shape, this.other(depth - 1)),
      () => randomJoin(chance, input, shape, this.other(depth - 1)),
      () => randomMembership(chance, input, shape, this.other(depth - 1)),
      () => randomScalar(chance, input, shape, this.other(depth - 1)),
      () => this.set(input, shape, depth),
      () => this.unnest(input, shape),
    ]
    const timed = [
      () => this.deduplicate(input, shape),
      () => this.over(input, shape),
      () => randomWindow(chance, input),
      () => randomWindowGroup(chance, input, shape),
      () => randomWindowGroup(chance, input, shape),
      withTimed((other) => (depth < 0 ? undefined : randomWindowJoin(chance, input, other))),
      withTimed((other) => randomIntervalJoin(chance, input, shape, other)),
      withTimed((other) => randomTemporalJoin(chance, input, shape, other)),
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
    const group = randomGrouping(this.chance, shape, shape.isAppend && shape.isOrdered)
    return { kind: 'group', input, group }
  }

  private groupWindows(input: Query, shape: Shape): Query | undefined {
    if (shape.window === undefined) return undefined
    const windows = shape.window.map((name): Item => {
      return { name: this.chance.name(), value: { kind: 'column', name, type: 'timestamp' } }
    })
    const { sets: _, ...group } = randomGrouping(this.chance, shape, false, windows)
    return { kind: 'group', input, group }
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
      const argument = randomArgument(chance, shape, comparableKinds)
      const name = chance.name()
      const one: Aggregate =
        argument === undefined || chance.oneIn(2)
          ? { function: 'ROW_NUMBER' }
          : { function: 'LAG', argument }
      const functions = [{ name, ...one }]
      return { kind: 'over', input, partition, frame: { unit: 'ROWS' }, functions }
    }
    const functions = Array.from({ length: chance.from(1, 3) }, () => {
      const { filter: _, distinct, ...aggregate } = randomAggregate(chance, shape, false)
      const isDistinct = distinct && isBounded && frame.unit === 'RANGE'
      return { name: chance.name(), ...aggregate, ...(isDistinct && { distinct }) }
    })
    return { kind: 'over', input, partition, frame, functions }
  }
}
