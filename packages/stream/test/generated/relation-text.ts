import { type Dialect, type Expression, expressionText } from './expression.js'
import { NoQuery, type Shape } from './query-shape.js'

/** A query that is not closed yet: what is above may become part of it. */
export interface Relation {
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

/** Writes parts of queries in one dialect, and what names they need. */
export class RelationWriter {
  readonly views: string[] = []
  readonly dialect: Dialect
  private aliases = 0

  constructor(dialect: Dialect) {
    this.dialect = dialect
  }

  select({ shape, scope, from, where, seq }: Relation): string {
    const items = shape.columns.map(({ name }) => `${scopeText(scope, name)} AS ${name}`)
    if (this.dialect === 'duckdb' && shape.isOrdered && seq) items.push(`${seq} AS _seq`)
    return `SELECT ${items.join(', ')} FROM ${from}${whereText(where)}`
  }

  alias(): string {
    this.aliases++
    return `q${this.aliases}`
  }

  text(expression: Expression, ...scopes: readonly Pick<Relation, 'scope'>[]): string {
    return expressionText(expression, this.dialect, (name) => {
      for (const { scope } of scopes) {
        const text = scope.get(name)
        if (text !== undefined) return text
      }
      throw new NoQuery(`no column ${name}`)
    })
  }

  /** What the watermark has passed: a time, or the last instant of a window. */
  due(time: string, { watermark }: Pick<Relation, 'watermark'>, lessMs: number): string {
    const instant = lessMs === 0 ? time : `${time} - INTERVAL ${lessMs} MILLISECOND`
    return `${instant} <= ${watermark}`
  }

  sealed(relation: Relation): Relation {
    return this.closed(this.select(relation), relation.shape, relation.watermark, relation.seq)
  }

  closed(text: string, shape: Shape, watermark: string, seq?: string): Relation {
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

  /** A view of its own: what Flink takes a table for. */
  view(relation: Relation): string {
    const name = `v${this.views.length + 1}`
    this.views.push(`CREATE VIEW ${name} AS ${this.select(relation)};`)
    return name
  }

  /** A side of a join: one relation without conditions, each column of which has its name. */
  side(relation: Relation): Relation {
    const isOne = relation.isJoined === undefined
    const isPlainScope = [...relation.scope.values()].every((text) => /^q\d+\.\w+$/.test(text))
    return isOne && isPlainScope && relation.where.length === 0 ? relation : this.sealed(relation)
  }
}

export function whereText(where: readonly string[]): string {
  return where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`
}

export function scopeText(scope: ReadonlyMap<string, string>, name: string): string {
  const text = scope.get(name)
  if (text === undefined) throw new NoQuery(`no column ${name}`)
  return text
}

export function timeOf({ scope, shape }: Relation): string {
  return scopeText(scope, shape.time ?? '')
}

export function least(left: string, right: string): string {
  return left === right ? left : `least(${left}, ${right})`
}
