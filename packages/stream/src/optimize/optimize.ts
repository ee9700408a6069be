import type { Plan, PlanNode } from '../plan/node.js'

/** The rewrites, in the order in which each helps the next. */
const rewrites: readonly ((node: PlanNode) => PlanNode)[] = []

/** The same plan, with less to do. */
export function optimize(plan: Plan): Plan {
  return {
    inserts: plan.inserts.map((insert) => ({
      ...insert,
      input: rewrites.reduce((node, rewrite) => rewrite(node), insert.input),
    })),
  }
}
