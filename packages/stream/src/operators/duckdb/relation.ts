import type { PlanNode, ScanNode, WindowAggregateNode } from '../../plan/node.js'
import { columnName } from './engine.js'
import { expressionSql } from './expression.js'

/** A node whose rows come from outside DuckDB: read from a topic, or given out by closed panes. */
export type Leaf = ScanNode | WindowAggregateNode

/**
 * The query that computes `node` from its leaf: the filters and projections above it. `leafSql`
 * gives the query of the leaf's own rows, with columns `c0`, `c1`, … as all of them.
 *
 * Row order survives: DuckDB keeps it through filters and projections.
 */
export function relationSql(node: PlanNode, leafSql: (leaf: Leaf) => string): string {
  switch (node.kind) {
    case 'scan':
    case 'windowAggregate':
      return leafSql(node)
    case 'filter':
      return `SELECT * FROM (${relationSql(node.input, leafSql)}) WHERE ${expressionSql(node.condition)}`
    case 'project':
      return `SELECT ${aliased(node.expressions.map(expressionSql))} FROM (${relationSql(node.input, leafSql)})`
  }
}

/** The node at the bottom of the filters and projections. */
export function leafOf(node: PlanNode): Leaf {
  let at = node
  while (at.kind === 'filter' || at.kind === 'project') at = at.input
  return at
}

/** A select list that names its items `c0`, `c1`, … */
export function aliased(items: readonly string[]): string {
  return items.map((item, index) => `${item} AS ${columnName(index)}`).join(', ')
}
