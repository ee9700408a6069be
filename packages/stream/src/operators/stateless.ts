import type { ExpandNode, FilterNode, ProjectNode } from '../plan/node.js'
import type { Field } from '../plan/type.js'
import { columnName, placeName } from './duckdb/engine.js'
import { expressionSql } from './duckdb/expression.js'
import { aliased } from './duckdb/relation.js'
import { type Flow, rowKind } from './operator.js'

/**
 * Filters, projections and unions keep no state: they become part of the query of whatever is above. Row
 * order survives, for DuckDB keeps it through them, and each change goes its own way: a row that
 * passes a filter after it changed, and did not before, comes as the row after alone.
 */
export function filterFlow(node: FilterNode, input: Flow): Flow {
  const { passed } = input
  return over(
    input,
    `SELECT * FROM (${input.sql}) WHERE ${expressionSql(node.condition)}`,
    passed && { ...passed, isWhole: false },
  )
}

export function projectFlow(node: ProjectNode, input: Flow): Flow {
  const kind = input.changelog === 'append' ? '' : ', k'
  const { passed } = input
  const place = placeOf(input)
  const items = aliased(node.expressions.map(expressionSql))
  const columns = node.expressions.map((each) => {
    return each.kind === 'column' ? passed?.columns[each.index] : undefined
  })
  return over(
    input,
    `SELECT ${items}${kind}${place} FROM (${input.sql})`,
    passed && { ...passed, columns },
  )
}

/** Something over the rows of a flow, as SQL. */
export interface Item {
  readonly sql: string
  readonly field: Field
  /** Which column of the flow it is, where it is one. */
  readonly column?: number
}

/** Other columns, over rows that only come. */
export function computedFlow(input: Flow, items: readonly Item[]): Flow {
  const { passed } = input
  const columns = items.map(({ column }) => {
    return column === undefined ? undefined : passed?.columns[column]
  })
  return over(
    input,
    `SELECT ${aliased(items.map(({ sql }) => sql))}${placeOf(input)} FROM (${input.sql})`,
    passed && { ...passed, columns },
  )
}

/** The first columns alone. */
export function withColumns(input: Flow, count: number): Flow {
  const names = Array.from({ length: count }, (_, index) => columnName(index))
  const kind = input.changelog === 'append' ? [] : ['k']
  const { passed } = input
  return over(
    input,
    `SELECT ${[...names, ...kind].join(', ')}${placeOf(input)} FROM (${input.sql})`,
    passed && { ...passed, columns: passed.columns.slice(0, count) },
  )
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
  return over(input, `SELECT ${items}${kind}${latePlaceOf(input)} FROM (${copies})`)
}

/** The rows of each input, in its order; time goes on as fast as in the slowest of them. */
export function unionFlow(inputs: readonly Flow[]): Flow {
  const changes = inputs.some(({ changelog }) => changelog !== 'append')
  const kind = `CAST(${rowKind.insert} AS TINYINT) AS k`
  const parts = inputs.map((input) => {
    const { changelog, sql } = input
    const columns = placeOf(input) === '' ? '*' : `* EXCLUDE (${placeName})`
    return changes && changelog === 'append'
      ? `SELECT ${columns}, ${kind} FROM (${sql})`
      : `SELECT ${columns} FROM (${sql})`
  })
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

/** The changes without the rows before them, for who keeps the latest row of each key. */
export function withoutBefore(input: Flow): Flow {
  const { changelog, sql, passed } = input
  if (changelog === 'append') return input
  const rows = `SELECT * FROM (${sql}) WHERE k <> ${rowKind.updateBefore}`
  return over(input, rows, passed && { ...passed, isWhole: false })
}

/** Another query over the same rows, at the same time. */
export function over(input: Flow, sql: string, passed?: Flow['passed']): Flow {
  return {
    changelog: input.changelog,
    sql,
    ...(passed && { passed }),
    ...(input.tellsLate && { tellsLate: true }),
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

/** The place of each row, as a further item of a SELECT; empty where the input gives none. */
function placeOf({ passed, tellsLate }: Flow): string {
  return passed === undefined && tellsLate !== true ? '' : `, ${placeName}`
}

/** The same for who gives rows several times, which nobody takes by their places then. */
export function latePlaceOf({ tellsLate }: Flow): string {
  return tellsLate === true ? `, ${placeName}` : ''
}
