import {
  aggregateMeaning,
  inputMeaningsOf,
  meaningsOf,
  overFunctionMeaning,
} from '../plan/meaning.js'
import type { PlanNode } from '../plan/node.js'
import { inputSignature, operatorMeaning } from '../plan/operator-meaning.js'
import type { InsertNode } from '../plan/plan.js'
import {
  describedState,
  type OperatorDescription,
  type SourceDescription,
} from '../state/description.js'
import type { Operator } from './operator.js'
import type { Source } from './source.js'

export interface DescribedNode {
  readonly name: string
  readonly insert: InsertNode
  readonly node: PlanNode
}

/** What an operator is and keeps, as its state's file says it. */
export function describedOperator(
  { name, insert, node }: DescribedNode,
  states: Operator['states'],
): OperatorDescription {
  const meaning = columnMeanings(node)
  const { kind, parts } = operatorMeaning(node)
  return {
    kind,
    sink: insert.table.name,
    ...(insert.line !== undefined && { line: insert.line }),
    parts,
    input: inputSignature(node),
    states: [...states].map(([state, each]) => {
      const role = state.startsWith(name) ? state.slice(name.length).replace(/^, /, '') : state
      return describedState(state, meaning(role), each, meaning)
    }),
  }
}

export function describedSource({ table, timeName }: Source): SourceDescription {
  const isTopic = table.options.get('connector')?.endsWith('kafka') ?? false
  const topic = isTopic ? (table.options.get('topic') ?? table.name) : ''
  return { table: table.name, topic, ...(timeName !== undefined && { time: timeName }) }
}

/**
 * Operators name the columns of an aggregate by its place, `a3_sum`, and those of a function
 * `f3_sum`; here the place becomes what the call means.
 */
function columnMeanings(node: PlanNode): (name: string) => string {
  const columns = inputMeaningsOf(node)
  const calls =
    node.kind === 'over'
      ? node.functions.map((call) => overFunctionMeaning(call, columns))
      : 'aggregates' in node
        ? node.aggregates.map((call) => aggregateMeaning(call, columns))
        : []
  const known = new Set(meaningsOf(node))
  return (name) => {
    if (known.has(name)) return name
    const [, place, part] = /\b[af](\d+)(_\w+)?$/.exec(name) ?? []
    const call = calls[Number(place)]
    if (place === undefined || call === undefined) return name
    return part === undefined ? name.replace(/[af]\d+$/, call) : `${call} ${part.slice(1)}`
  }
}
