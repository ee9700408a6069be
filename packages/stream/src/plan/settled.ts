import type { Span } from '../sql/index.js'
import { settleRanks } from './rank.js'
import type { Relation } from './scope.js'
import { withAssignedWindows } from './window-function.js'

/** The relation, which must not hold a ranking that nothing bounds: no condition comes any more. */
export function settled(relation: Relation, at: Span): Relation {
  return { ...relation, node: settleRanks(relation.node, at) }
}

/** A relation whose windows are columns like any other. */
export function assigned(relation: Relation, at: Span): Relation {
  return settled(withAssignedWindows(relation, at), at)
}
