import { aggregateText } from './aggregate-text.js'
import { type Dialect, type Expression, expressionText } from './expression.js'
import { type Grouping, NoQuery, type Order, type Query, type Shape, shapeOf } from './query.js'
import { duckdbWindowsText, flinkWindowText, secondsText } from './window-text.js'

/**
 * A generated query in Flink's words, and what it means in DuckDB's over all rows so far. What waits
 * for the watermark is, in DuckDB's, what the watermark has passed: `{{t}}` stands for that of the
 * table `t`, and `_seq` of each row for its place in the order in which rows came.
 */
export interface QueryText {
  readonly query: string
  /** Statements before it. */
  readonly views: readonly string[]
}

export function textOf(query: Query, dialect: Dialect): QueryText {
  const writer = new Writer(dialect)
  const relation = writer.relation(query)
  return { query: writer.select(relation), views: writer.views }
}

/** A query that is not closed yet: what is above may become part of it. */
interface Relation {
  readonly shape: Shape
  readonly from: string
  /** `from` is of several tables: what stands beside it may bind closer than they do. */
  readonly isJoined?: true
  readonly where: readonly string[]
  /** What stands for each column. */
  readonly scope: ReadonlyMap<string, string>
  /** In DuckDB's words. */
  readonly watermark: string
  readonly seq?: string
}

class Writer {
  readonly views: string[] = []
  private readonly dialect: Dialect
  private aliases = 0

  constructor(dialect: Dialect) {
    this.dialect = dialect
  }

  select({ shape, scope, from, where, seq }: Relation): string {
    const items = shape.columns.map(({ name }) => `${scopeText(scope, name)} AS ${name}`)
    if (this.dialect === 'duckdb' && shape.isOrdered && seq) items.push(`${seq} AS _seq`)
    return `SELECT ${items.join(', ')} FROM ${from}${whereText(where)}`
  }

  relation(query: Query): Relation {
    const shape = shapeOf(query)
    switch (query.kind) {
      case 'scan': {
        const alias = this.alias()
        return {
          shape,
          from: `${query.table.name} AS ${alias}`,
          where: [],
          scope: new Map(shape.columns.map(({ name }) => [name, `${alias}.${name}`])),
          watermark: `{{${query.table.name}}}`,
          seq: `${alias}._seq`,
        }
      }
      case 'filter': {
        const input = this.relation(query.input)
        const where = [...input.where, this.text(query.condition, input)]
        return { ...input, shape, where }
      }
      case 'project': {
        const input = this.relation(query.input)
        const scope = new Map(query.items.map(({ name, value }) => [name, this.text(value, input)]))
        const relation = { ...input, shape, scope }
        return query.sealed ? this.sealed(relation) : relation
      }
      case 'distinct': {
        const input = this.relation(query.input)
        const items = shape.columns.map(({ name }) => `${scopeText(input.scope, name)} AS ${name}`)
        const text = `SELECT DISTINCT ${items.join(', ')} FROM ${input.from}${whereText(input.where)}`
        return this.closed(text, shape, input.watermark)
      }
      case 'group': {
        const input = this.relation(query.input)
        const due =
          shape.window === undefined
            ? []
            : [this.due(scopeText(input.scope, windowEnd(query.group, input)), input, 1)]
        return this.grouped(query.group, input, shape, [], due)
      }
      case 'windowGroup':
        return this.windowGrouped(query, shape)
      case 'join':
        return this.join(query, shape)
      case 'membership':
        return this.membership(query, shape)
      case 'scalar': {
        const input = this.relation(query.input)
        const of = this.relation(query.of)
        const value = `SELECT ${query.aggregate}(${scopeText(of.scope, query.ofColumn)}) FROM ${of.from}${whereText(of.where)}`
        const condition = `${scopeText(input.scope, query.column)} ${query.operator} (${value})`
        return { ...input, shape, where: [...input.where, condition] }
      }
      case 'set': {
        const [left, right] = [this.relation(query.left), this.relation(query.right)]
        const parts = [left, right].map((side, index) => {
          const items = query.columns.map((column) => {
            return `${scopeText(side.scope, column[index] ?? '')} AS ${column[2]}`
          })
          return `SELECT ${items.join(', ')} FROM ${side.from}${whereText(side.where)}`
        })
        return this.closed(
          parts.join(` ${query.operator} `),
          shape,
          least(left.watermark, right.watermark),
        )
      }
      case 'top':
        return this.top(query, shape)
      case 'limit': {
        const input = this.relation(query.input)
        const offset = query.offset > 0 ? ` OFFSET ${query.offset}` : ''
        const order = this.order(query.order, input)
        const text = `${this.select({ ...input, shape })} ORDER BY ${order} LIMIT ${query.limit}${offset}`
        return this.closed(text, shape, input.watermark)
      }
      case 'deduplicate': {
        const input = this.relation(query.input)
        return this.numbered(input, shape, {
          partition: query.partition,
          order: `${timeOf(input)}${query.keep === 'last' ? ' DESC' : ''}`,
          duckdbOrder: `${timeOf(input)}${query.keep === 'last' ? ' DESC' : ''}, ${input.seq}${query.keep === 'last' ? ' DESC' : ''}`,
          condition: (number) => `${number} = 1`,
          due: query.keep === 'first' ? [this.due(timeOf(input), input, 0)] : [],
        })
      }
      case 'over':
        return this.over(query, shape)
      case 'window': {
        const input = this.relation(query.input)
        const { from, scope, seq } = this.windows(input, query)
        return { shape, from, where: [], scope, watermark: input.watermark, ...(seq && { seq }) }
      }
      case 'windowJoin': {
        const [left, right] = [this.side(query.left), this.side(query.right)]
        const [leftStart, leftEnd] = query.leftWindow
        const [rightStart, rightEnd] = query.rightWindow
        const same = [
          `${scopeText(left.scope, leftStart)} = ${scopeText(right.scope, rightStart)}`,
          `${scopeText(left.scope, leftEnd)} = ${scopeText(right.scope, rightEnd)}`,
        ]
        const joined = this.joined(query, left, right, shape, same)
        if (this.dialect === 'flink') return joined
        const ends = `coalesce(${scopeText(left.scope, leftEnd)}, ${scopeText(right.scope, rightEnd)})`
        return { ...joined, where: [this.due(ends, joined, 1)] }
      }
      case 'intervalJoin':
        return this.intervalJoin(query, shape)
      case 'temporalJoin':
        return this.temporalJoin(query, shape)
      case 'unnest': {
        const input = this.side(query.input)
        const alias = this.alias()
        const array = scopeText(input.scope, query.column)
        const element =
          this.dialect === 'flink'
            ? `UNNEST(${array}) AS ${alias} (${query.element})`
            : `(SELECT unnest(${array}) AS ${query.element}) AS ${alias}`
        const join = query.isOuter
          ? `LEFT JOIN ${this.dialect === 'flink' ? '' : 'LATERAL '}${element} ON TRUE`
          : `CROSS JOIN ${this.dialect === 'flink' ? '' : 'LATERAL '}${element}`
        return {
          shape,
          from: `${input.from} ${join}`,
          isJoined: true,
          where: [],
          scope: new Map([...input.scope, [query.element, `${alias}.${query.element}`]]),
          watermark: input.watermark,
        }
      }
    }
  }

  private alias(): string {
    this.aliases++
    return `q${this.aliases}`
  }

  private text(expression: Expression, ...scopes: readonly Pick<Relation, 'scope'>[]): string {
    return expressionText(expression, this.dialect, (name) => {
      for (const { scope } of scopes) {
        const text = scope.get(name)
        if (text !== undefined) return text
      }
      throw new NoQuery(`no column ${name}`)
    })
  }

  /** What the watermark has passed: a time, or the last instant of a window. */
  private due(time: string, { watermark }: Pick<Relation, 'watermark'>, lessMs: number): string {
    const instant = lessMs === 0 ? time : `${time} - INTERVAL ${lessMs} MILLISECOND`
    return `${instant} <= ${watermark}`
  }

  private sealed(relation: Relation): Relation {
    return this.closed(this.select(relation), relation.shape, relation.watermark, relation.seq)
  }

  private closed(text: string, shape: Shape, watermark: string, seq?: string): Relation {
    const alias = this.alias()
    return {
      shape,
      from: `(${text}) AS ${alias}`,
      where: [],
      scope: new Map(shape.columns.map(({ name }) => [name, `${alias}.${name}`])),
      watermark,
      ...(seq && shape.isOrdered && { seq: `${alias}._seq` }),
    }
  }

  /** A side of a join: one relation without conditions, each column of which has its name. */
  private side(query: Query): Relation {
    const relation = this.relation(query)
    const isOne = relation.isJoined === undefined
    const isPlainScope = [...relation.scope.values()].every((text) => /^q\d+\.\w+$/.test(text))
    return isOne && isPlainScope && relation.where.length === 0 ? relation : this.sealed(relation)
  }

  private grouped(
    group: Grouping,
    input: Relation,
    shape: Shape,
    more: readonly (readonly [name: string, text: string])[],
    due: readonly string[],
  ): Relation {
    const isFlink = this.dialect === 'flink'
    const keys = group.keys.map(({ name, value }) => [name, this.text(value, input)] as const)
    const aggregates = group.aggregates.map(
      (each) => [each.name, this.aggregate(each, input)] as const,
    )
    const items = [...keys, ...aggregates, ...more].map(([name, text]) => `${text} AS ${name}`)
    const names = keys.map(([, text]) => text)
    const moreNames = more.map(([, text]) => text)
    const sets = group.sets?.map((set) => `(${set.map((place) => names[place]).join(', ')})`)
    const by =
      sets === undefined
        ? [...names, ...moreNames]
        : [...moreNames, `GROUPING SETS (${sets.join(', ')})`]
    const groups = by.length === 0 ? '' : ` GROUP BY ${by.join(', ')}`
    const scope = new Map([...keys, ...aggregates])
    const having = group.having === undefined ? [] : [this.text(group.having, { scope })]
    // A grouping of no rows at all has no row in a stream.
    const conditions = isFlink ? having : [...having, 'count(*) > 0', ...due]
    const havingText = conditions.length === 0 ? '' : ` HAVING ${conditions.join(' AND ')}`
    const text = `SELECT ${items.join(', ')} FROM ${input.from}${whereText(input.where)}${groups}${havingText}`
    return this.closed(text, shape, input.watermark)
  }

  private windowGrouped(query: Extract<Query, { kind: 'windowGroup' }>, shape: Shape): Relation {
    const input = this.relation(query.input)
    const windowed = { ...input, ...this.windows(input, query), where: [] }
    const more = [query.start, query.end, query.time].map((name) => {
      return [name, scopeText(windowed.scope, name)] as const
    })
    const due = [this.due(scopeText(windowed.scope, query.end), input, 1)]
    return this.grouped(query.group, windowed, shape, more, due)
  }

  /** The rows of a relation with their windows. */
  private windows(
    input: Relation,
    query: Extract<Query, { kind: 'window' | 'windowGroup' }>,
  ): Pick<Relation, 'from' | 'scope' | 'seq'> {
    const alias = this.alias()
    const time = input.shape.time ?? ''
    const columns = input.shape.columns.map(({ name }) => [name, `${alias}.${name}`] as const)
    if (this.dialect === 'flink') {
      const view = this.view(input)
      const names = ['window_start', 'window_end', 'window_time']
      const added = [query.start, query.end, query.time].map(
        (name, index) => [name, `${alias}.${names[index]}`] as const,
      )
      return {
        from: `${flinkWindowText(query.window, view, time)} AS ${alias}`,
        scope: new Map([...columns, ...added]),
      }
    }
    const from = duckdbWindowsText(query, this.select(input), time)
    const added = [query.start, query.end, query.time].map(
      (name) => [name, `${alias}.${name}`] as const,
    )
    const seq = input.shape.isOrdered ? { seq: `${alias}._seq` } : {}
    return { from: `(${from}) AS ${alias}`, scope: new Map([...columns, ...added]), ...seq }
  }

  private view(relation: Relation): string {
    const name = `v${this.views.length + 1}`
    this.views.push(`CREATE VIEW ${name} AS ${this.select(relation)};`)
    return name
  }

  private aggregate(
    each: Parameters<typeof aggregateText>[0],
    input: Relation,
    over?: string,
  ): string {
    return aggregateText(each, this.dialect, {
      text: (expression) => this.text(expression, input),
      seq: input.seq ?? 'NULL',
      ...(over !== undefined && { over }),
    })
  }

  private join(query: Extract<Query, { kind: 'join' }>, shape: Shape): Relation {
    const [left, right] = [this.side(query.left), this.side(query.right)]
    if (!query.comma || query.type !== 'INNER') {
      return this.joined(query, left, right, shape, [])
    }
    return {
      shape,
      from: `${left.from}, ${right.from}`,
      isJoined: true,
      where: this.conditions(query, left, right),
      scope: new Map([...left.scope, ...right.scope]),
      watermark: least(left.watermark, right.watermark),
    }
  }

  private conditions(
    query: {
      readonly equal: readonly (readonly [Expression, Expression])[]
      readonly condition?: Expression
    },
    left: Relation,
    right: Relation,
  ): string[] {
    const equal = query.equal.map(([a, b]) => `${this.text(a, left)} = ${this.text(b, right)}`)
    return query.condition === undefined
      ? equal
      : [...equal, this.text(query.condition, left, right)]
  }

  private joined(
    query: Parameters<Writer['conditions']>[0] & { readonly type: string },
    left: Relation,
    right: Relation,
    shape: Shape,
    more: readonly string[],
  ): Relation {
    const on = [...this.conditions(query, left, right), ...more]
    return {
      shape,
      from: `${left.from} ${query.type} JOIN ${right.from} ON ${on.length === 0 ? 'TRUE' : on.join(' AND ')}`,
      isJoined: true,
      where: [],
      scope: new Map([...left.scope, ...right.scope]),
      watermark: least(left.watermark, right.watermark),
    }
  }

  private membership(query: Extract<Query, { kind: 'membership' }>, shape: Shape): Relation {
    const input = this.relation(query.input)
    const of = this.relation(query.of)
    const not = query.negated ? 'NOT ' : ''
    const listed = (side: 0 | 1) => {
      const texts = query.equal.map((pair) => this.text(pair[side], side === 0 ? input : of))
      return side === 0 && texts.length > 1 ? `(${texts.join(', ')})` : texts.join(', ')
    }
    const condition =
      query.form === 'IN'
        ? `${listed(0)} ${not}IN (SELECT ${listed(1)} FROM ${of.from}${whereText(of.where)})`
        : `${not}EXISTS (SELECT * FROM ${of.from}${whereText([
            ...of.where,
            ...this.conditions(query, input, of),
          ])})`
    return { ...input, shape, where: [...input.where, condition] }
  }

  private top(query: Extract<Query, { kind: 'top' }>, shape: Shape): Relation {
    const input = this.relation(query.input)
    const { from, to, number, window } = query
    const due = window === undefined ? [] : [this.due(scopeText(input.scope, window[1]), input, 1)]
    return this.numbered(input, shape, {
      partition: query.partition,
      order: this.order(query.order, input),
      ...(number !== undefined && { number }),
      condition: (name) => (from === 1 ? `${name} <= ${to}` : `${name} BETWEEN ${from} AND ${to}`),
      due,
    })
  }

  /** Rows with their numbers, up to a condition on the number. */
  private numbered(
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
    const isFlink = this.dialect === 'flink'
    const number = of.number ?? 'rn'
    const by = of.partition.map((name) => scopeText(input.scope, name)).join(', ')
    const order = isFlink ? of.order : (of.duckdbOrder ?? of.order)
    // DuckDB (1.5) numbers a row of NULLs where it numbers none by one key without a partition.
    const all = isFlink ? '' : 'PARTITION BY 1 '
    const over = `ROW_NUMBER() OVER (${by === '' ? all : `PARTITION BY ${by} `}ORDER BY ${order}) AS ${number}`
    const items = input.shape.columns.map(
      ({ name }) => `${scopeText(input.scope, name)} AS ${name}`,
    )
    const where = isFlink ? input.where : [...input.where, ...of.due]
    const inner = `SELECT ${items.join(', ')}, ${over} FROM ${input.from}${whereText(where)}`
    const names = shape.columns.map(({ name }) => name).join(', ')
    const text = `SELECT ${names} FROM (${inner}) AS ${this.alias()} WHERE ${of.condition(number)}`
    return this.closed(text, shape, input.watermark)
  }

  private order(order: readonly Order[], input: Relation): string {
    return order
      .map(({ column, descending, nulls }) => {
        const direction = descending ? ' DESC' : ''
        const isFlink = this.dialect === 'flink'
        const place = nulls ?? (isFlink ? undefined : descending ? 'LAST' : 'FIRST')
        return `${scopeText(input.scope, column)}${direction}${place ? ` NULLS ${place}` : ''}`
      })
      .join(', ')
  }

  private over(query: Extract<Query, { kind: 'over' }>, shape: Shape): Relation {
    const input = this.relation(query.input)
    const isFlink = this.dialect === 'flink'
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
      return `${this.aggregate(each, input, `(${order}${range})`)} AS ${each.name}`
    })
    const items = input.shape.columns.map(
      ({ name }) => `${scopeText(input.scope, name)} AS ${name}`,
    )
    const where = isFlink ? input.where : [...input.where, this.due(timeOf(input), input, 0)]
    const text = `SELECT ${[...items, ...functions].join(', ')} FROM ${input.from}${whereText(where)}`
    return this.closed(text, shape, input.watermark)
  }

  private intervalJoin(query: Extract<Query, { kind: 'intervalJoin' }>, shape: Shape): Relation {
    const [left, right] = [this.side(query.left), this.side(query.right)]
    const [leftTime, rightTime] = [timeOf(left), timeOf(right)]
    const { lowerMs, upperMs } = query
    const bounds = [
      `${leftTime} BETWEEN ${shifted(rightTime, lowerMs)} AND ${shifted(rightTime, upperMs)}`,
    ]
    const joined = this.joined(query, left, right, shape, bounds)
    const watermark = `(${joined.watermark} - INTERVAL ${Math.max(0, -lowerMs, upperMs)} MILLISECOND)`
    if (this.dialect === 'flink') return { ...joined, watermark }
    // A row without a partner comes when none can come any more.
    const due = [
      `(${leftTime} IS NOT NULL AND ${rightTime} IS NOT NULL)`,
      `(${rightTime} IS NULL AND ${shifted(leftTime, -lowerMs)} <= ${joined.watermark})`,
      `(${leftTime} IS NULL AND ${shifted(rightTime, upperMs)} <= ${joined.watermark})`,
    ]
    return { ...joined, where: [`(${due.join(' OR ')})`], watermark }
  }

  private temporalJoin(query: Extract<Query, { kind: 'temporalJoin' }>, shape: Shape): Relation {
    const left = this.sealed(this.relation(query.left))
    const { right: versions } = query
    if (versions.kind !== 'deduplicate') throw new NoQuery('no versions')
    if (this.dialect === 'flink') {
      const right = this.relation(versions)
      const view = this.view(right)
      const alias = this.alias()
      const scope = new Map(right.shape.columns.map(({ name }) => [name, `${alias}.${name}`]))
      const on = query.equal.map(([a, b]) => `${left.scope.get(a)} = ${scope.get(b)}`)
      return {
        shape,
        from: `${left.from} ${query.type} JOIN ${view} FOR SYSTEM_TIME AS OF ${timeOf(left)} AS ${alias} ON ${on.join(' AND ')}`,
        isJoined: true,
        where: [],
        scope: new Map([...left.scope, ...scope]),
        watermark: '',
      }
    }
    const input = this.relation(versions.input)
    const keys = versions.partition.map((name) => scopeText(input.scope, name))
    const rows = `${this.select(input)} QUALIFY ROW_NUMBER() OVER (PARTITION BY ${[...keys, timeOf(input)].join(', ')} ORDER BY ${input.seq} DESC) = 1`
    const right = this.closed(rows, input.shape, input.watermark)
    const on = query.equal.map(([a, b]) => `${left.scope.get(a)} = ${right.scope.get(b)}`)
    const watermark = least(left.watermark, right.watermark)
    return {
      shape,
      from: `${left.from} ASOF ${query.type === 'LEFT' ? 'LEFT ' : ''}JOIN ${right.from} ON ${on.join(' AND ')} AND ${timeOf(left)} >= ${timeOf(right)}`,
      isJoined: true,
      where: [this.due(timeOf(left), { watermark }, 0)],
      scope: new Map([...left.scope, ...right.scope]),
      watermark,
    }
  }
}

/** The column of the input that is the window's end among the keys. */
function windowEnd(group: Grouping, input: Relation): string {
  const end = input.shape.window?.[1]
  const key = group.keys.find(({ value }) => value.kind === 'column' && value.name === end)
  if (end === undefined || key === undefined) throw new NoQuery('no window')
  return end
}

function whereText(where: readonly string[]): string {
  return where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`
}

function scopeText(scope: ReadonlyMap<string, string>, name: string): string {
  const text = scope.get(name)
  if (text === undefined) throw new NoQuery(`no column ${name}`)
  return text
}

function timeOf({ scope, shape }: Relation): string {
  return scopeText(scope, shape.time ?? '')
}

function least(left: string, right: string): string {
  return left === right ? left : `least(${left}, ${right})`
}

/** A time so much later, or earlier. */
function shifted(time: string, byMs: number): string {
  if (byMs === 0) return time
  return `${time} ${byMs < 0 ? '-' : '+'} INTERVAL '${secondsText(Math.abs(byMs))}' SECOND`
}
