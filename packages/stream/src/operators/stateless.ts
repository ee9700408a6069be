import type { FilterNode, ProjectNode } from '../plan/node.js'
import { expressionSql } from './duckdb/expression.js'
import { aliased } from './duckdb/relation.js'
import type { Flow } from './operator.js'

/**
 * Filters and projections keep no state: they become part of the query of whatever is above. Row
 * order survives, for DuckDB keeps it through both, and each change goes its own way: a row that
 * passes a filter after it changed, and did not before, comes as the row after alone.
 */
export function filterFlow(node: FilterNode, input: Flow): Flow {
  return over(input, `SELECT * FROM (${input.sql}) WHERE ${expressionSql(node.condition)}`)
}

export function projectFlow(node: ProjectNode, input: Flow): Flow {
  const kind = input.changelog === 'append' ? '' : ', k'
  const items = aliased(node.expressions.map(expressionSql))
  return over(input, `SELECT ${items}${kind} FROM (${input.sql})`)
}

/** Another query over the same rows, at the same time. */
function over(input: Flow, sql: string): Flow {
  return {
    changelog: input.changelog,
    sql,
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
