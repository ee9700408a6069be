import type { Dialect } from './expression.js'
import { groupText, windowGroupText, windowsText } from './group-text.js'
import {
  intervalJoinText,
  joinText,
  membershipText,
  scalarText,
  temporalJoinText,
  unnestText,
  windowJoinText,
} from './join-text.js'
import { deduplicateText, limitText, overText, topText } from './order-text.js'
import type { Query } from './query.js'
import { shapeOf } from './query-shape.js'
import { least, type Relation, RelationWriter, scopeText, whereText } from './relation-text.js'

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
  const writer = new RelationWriter(dialect)
  const relation = relationIn(writer, query)
  return { query: writer.select(relation), views: writer.views }
}

function relationIn(writer: RelationWriter, query: Query): Relation {
  const shape = shapeOf(query)
  const relationOf = (input: Query) => relationIn(writer, input)
  const sideOf = (input: Query) => writer.side(relationOf(input))
  switch (query.kind) {
    case 'scan': {
      const alias = writer.alias()
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
      const input = relationOf(query.input)
      const where = [...input.where, writer.text(query.condition, input)]
      return { ...input, shape, where }
    }
    case 'project': {
      const input = relationOf(query.input)
      const scope = new Map(query.items.map(({ name, value }) => [name, writer.text(value, input)]))
      const relation = { ...input, shape, scope }
      return query.sealed ? writer.sealed(relation) : relation
    }
    case 'distinct': {
      const input = relationOf(query.input)
      const items = shape.columns.map(({ name }) => `${scopeText(input.scope, name)} AS ${name}`)
      const text = `SELECT DISTINCT ${items.join(', ')} FROM ${input.from}${whereText(input.where)}`
      return writer.closed(text, shape, input.watermark)
    }
    case 'group':
      return groupText(writer, query, relationOf(query.input), shape)
    case 'windowGroup':
      return windowGroupText(writer, query, relationOf(query.input), shape)
    case 'join':
      return joinText(writer, query, [sideOf(query.left), sideOf(query.right)], shape)
    case 'membership':
      return membershipText(writer, query, [relationOf(query.input), relationOf(query.of)], shape)
    case 'scalar':
      return scalarText(query, [relationOf(query.input), relationOf(query.of)], shape)
    case 'set': {
      const [left, right] = [relationOf(query.left), relationOf(query.right)]
      const parts = [left, right].map((side, index) => {
        const items = query.columns.map((column) => {
          return `${scopeText(side.scope, column[index] ?? '')} AS ${column[2]}`
        })
        return `SELECT ${items.join(', ')} FROM ${side.from}${whereText(side.where)}`
      })
      return writer.closed(
        parts.join(` ${query.operator} `),
        shape,
        least(left.watermark, right.watermark),
      )
    }
    case 'top':
      return topText(writer, query, relationOf(query.input), shape)
    case 'limit':
      return limitText(writer, query, relationOf(query.input), shape)
    case 'deduplicate':
      return deduplicateText(writer, query, relationOf(query.input), shape)
    case 'over':
      return overText(writer, query, relationOf(query.input), shape)
    case 'window': {
      const input = relationOf(query.input)
      const { from, scope, seq } = windowsText(writer, input, query)
      return { shape, from, where: [], scope, watermark: input.watermark, ...(seq && { seq }) }
    }
    case 'windowJoin':
      return windowJoinText(writer, query, [sideOf(query.left), sideOf(query.right)], shape)
    case 'intervalJoin':
      return intervalJoinText(writer, query, [sideOf(query.left), sideOf(query.right)], shape)
    case 'temporalJoin':
      return temporalJoinText(
        writer,
        query,
        writer.sealed(relationOf(query.left)),
        relationOf,
        shape,
      )
    case 'unnest':
      return unnestText(writer, query, sideOf(query.input), shape)
  }
}
