import type { ExpandNode, FilterNode, ProjectNode } from '../plan/node.js'
import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import { columnName } from './duckdb/engine.js'
import { expressionSql } from './duckdb/expression.js'
import { aliased } from './duckdb/relation.js'
import { type Flow, rowKind } from './operator.js'

/**
 * Filters, projections and unions keep no state: they become part of the query of whatever is above. Row
 * order survives, for DuckDB keeps it through them, and each change goes its own way: a row that
 * passes a filter after it changed, and did not before, comes as the row after alone.
 */
export function filterFlow(node: FilterNode, input: Flow): Flow {
  return over(input, `SELECT * FROM (${input.sql}) WHERE ${expressionSql(node.condition)}`)
}

export function projectFlow(node: ProjectNode, input: Flow): Flow {
  const kind = input.changelog === 'append' ? '' : ', k'
  const items = aliased(node.expressions.map(expressionSql))
  const sql = `SELECT ${items}${kind} FROM (${input.sql})`
  const { inMemory } = input
  const columns = node.expressions.flatMap((each) => (each.kind === 'column' ? [each.index] : []))
  if (inMemory === undefined || columns.length < node.expressions.length) return over(input, sql)
  // The kinds come last, after the fields of the input.
  const kinds = input.changelog === 'append' ? [] : [node.input.fields.length]
  return over(input, sql, () => chosen(inMemory(), node.fields, columns, kinds))
}

/** Some columns of a batch under the names of `fields`, and its kinds. */
function chosen(
  batch: ColumnBatch,
  fields: readonly Field[],
  columns: readonly number[],
  kinds: readonly number[],
): ColumnBatch {
  const kindFields = kinds.flatMap((index) => batch.fields[index] ?? [])
  const taken = [...columns, ...kinds].map((index) => batch.column(index))
  return new ColumnBatch([...fields, ...kindFields], taken)
}

/** Each row of the input once for every grouping set, one after another. */
export function expandFlow(node: ExpandNode, input: Flow): Flow {
  const columns = node.input.fields.map((_, index) => columnName(index))
  const keys = node.keys.map((key, place) => {
    const having = [...node.sets.keys()].filter((set) => node.sets[set]?.includes(place))
    return having.length === 0
      ? `CASE WHEN FALSE THEN ${columnName(key)} END`
      : `CASE WHEN grouping_set IN (${having.join(', ')}) THEN ${columnName(key)} END`
  })
  const sets = `CAST([${[...node.sets.keys()].join(', ')}] AS INTEGER[])`
  const kind = input.changelog === 'append' ? '' : ', k'
  const items = aliased([...columns, ...keys, 'grouping_set'])
  const copies = `SELECT *, unnest(${sets}) AS grouping_set FROM (${input.sql})`
  return over(input, `SELECT ${items}${kind} FROM (${copies})`)
}

/** The rows of each input, in its order; time goes on as fast as in the slowest of them. */
export function unionFlow(inputs: readonly Flow[]): Flow {
  const changes = inputs.some(({ changelog }) => changelog !== 'append')
  const kind = `CAST(${rowKind.insert} AS TINYINT) AS k`
  const parts = inputs.map(({ changelog, sql }) =>
    changes && changelog === 'append'
      ? `SELECT *, ${kind} FROM (${sql})`
      : `SELECT * FROM (${sql})`,
  )
  return {
    changelog: changes ? 'retract' : 'append',
    sql: parts.join(' UNION ALL '),
    get hasRows() {
      return inputs.some((input) => input.hasRows)
    },
    get watermarkMs() {
      return Math.min(...inputs.map((input) => input.watermarkMs))
    },
    get behind() {
      return inputs.some((input) => input.behind)
    },
  }
}

/** Another query over the same rows, at the same time. */
export function over(input: Flow, sql: string, inMemory?: Flow['inMemory']): Flow {
  return {
    changelog: input.changelog,
    sql,
    ...(inMemory && { inMemory }),
    get hasRows() {
      return input.hasRows
    },
    get watermarkMs() {
      return input.watermarkMs
    },
    get behind() {
      return input.behind
    },
  }
}
