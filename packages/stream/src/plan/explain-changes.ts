import { changelogOf } from './changelog.js'
import { inputsOf, type PlanNode, withInputs } from './node.js'
import { type Plan, tellsBefore } from './plan.js'
import { sourceChangelogOf } from './source-changelog.js'

/** Notes on nodes that were made to be shown: nothing else knows them. */
const changes = new WeakMap<PlanNode, string>()

/** What stands behind a node that was noted; nothing behind any other. */
export function changesText(node: PlanNode): string {
  return changes.get(node) ?? ''
}

/** The same plan, each of its nodes noted with the kinds of changes that it gives. */
export function withChanges(plan: Plan): Plan {
  return {
    inserts: plan.inserts.map((insert) => ({
      ...insert,
      input: noted(insert.input, tellsBefore(insert)),
    })),
  }
}

/** `needsBefore`: whether of a row that changes the row before has to be told. */
function noted(node: PlanNode, needsBefore: boolean): PlanNode {
  const passesOn = node.kind === 'project' || node.kind === 'union'
  const below = passesOn ? needsBefore : node.kind !== 'normalize'
  const copy = { ...withInputs(node, (input) => noted(input, below)) }
  changes.set(copy, `, changes [${kindsOf(copy, needsBefore).join(', ')}]`)
  return copy
}

function kindsOf(node: PlanNode, needsBefore: boolean): string[] {
  if (changelogOf(node) === 'append') return ['+I']
  const all = ['+I', '-U', '+U', '-D']
  const withoutBefore = ['+I', '+U', '-D']
  switch (node.kind) {
    case 'scan':
      return sourceChangelogOf(node.table) === 'upsert' ? withoutBefore : all
    case 'groupAggregate':
    case 'rank':
    case 'normalize':
      return needsBefore ? all : withoutBefore
    case 'project':
    case 'union':
      return inputsOf(node).some((input) => changesText(input).includes('-U')) ? all : withoutBefore
    case 'materialize':
      return withoutBefore
    default:
      return all
  }
}
