import type { PlanNode } from '../plan/node.js'
import type { Plan } from '../plan/plan.js'
import { foldConstants } from './fold-constants.js'
import { mergeFilters } from './merge-filters.js'
import { mergeProjections } from './merge-projections.js'
import { pruneColumns } from './prune-columns.js'
import { pushFilters } from './push-filters.js'
import { pushJoinConditions } from './push-join-conditions.js'

/** The rewrites, in the order in which each helps the next. */
const rewrites: readonly ((node: PlanNode) => PlanNode)[] = [
  foldConstants,
  mergeProjections,
  pushJoinConditions,
  pushFilters,
  mergeFilters,
  pruneColumns,
  // Fields that were left out may have been all that two projections shared.
  mergeProjections,
  foldConstants,
]

/** The same plan, with less to do. */
export function optimize(plan: Plan): Plan {
  return {
    ...plan,
    inserts: plan.inserts.map((insert) => ({
      ...insert,
      input: rewrites.reduce((node, rewrite) => rewrite(node), insert.input),
    })),
  }
}
