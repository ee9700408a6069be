import { shrinkRunsMax } from './limits.js'
import type { ClientPlan, Plan } from './plan.js'

type Step = ClientPlan['steps'][number]

/** Whether a plan still fails in the way that is looked for. */
export type StillFails = (plan: Plan) => Promise<boolean>

/**
 * Makes a plan that fails smaller, as long as it fails: fewer faults, clients, steps. What is left
 * is what the failure needs. Parts are left out in halves, then quarters, down to single ones.
 */
export async function shrink(plan: Plan, stillFails: StillFails): Promise<Plan> {
  let best = plan
  let runs = 0
  const attempt = async (smaller: Plan): Promise<boolean> => {
    if (runs++ >= shrinkRunsMax || !(await stillFails(smaller))) return false
    best = smaller
    return true
  }
  for (let before = ''; before !== JSON.stringify(best); ) {
    before = JSON.stringify(best)
    await fewer(
      () => best.faults,
      (faults) => attempt({ ...best, faults }),
    )
    await fewer(
      () => best.clients,
      (clients) => attempt({ ...best, clients }),
    )
    for (const { name } of best.clients) {
      const steps = (): readonly Step[] =>
        best.clients.find((each) => each.name === name)?.steps ?? []
      await fewer(steps, (left) =>
        attempt({ ...best, clients: withSteps(best.clients, name, left) }),
      )
    }
  }
  return best
}

/** Tries to do without parts of a list; `attempt` says whether that one is the list now. */
async function fewer<Part>(
  present: () => readonly Part[],
  attempt: (left: readonly Part[]) => Promise<boolean>,
): Promise<void> {
  for (let size = present().length; size >= 1; size = size >> 1) {
    for (let at = 0; at < present().length; ) {
      const left = present().filter((_, index) => index < at || index >= at + size)
      if (!(await attempt(left))) at += size
    }
  }
}

function withSteps(
  clients: readonly ClientPlan[],
  name: string,
  steps: readonly Step[],
): ClientPlan[] {
  // The steps are a part of those that the client has, so they are of its kind.
  return clients.map((each) => (each.name === name ? ({ ...each, steps } as ClientPlan) : each))
}
