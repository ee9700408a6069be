import type { MatchNode } from '../../plan/match-node.js'
import { columnsOf } from '../../plan/rewrite-expression.js'
import { filteredArgument } from '../aggregate.js'
import { columnName, type Engine } from '../duckdb/engine.js'
import { type RunningAggregate, runningAggregate } from './aggregate.js'
import type { AskedCondition } from './asked-condition.js'
import { askedIn, automatonOf, type State } from './automaton.js'
import { type Condition, compileConditions } from './condition.js'
import { RowValues } from './row-values.js'

/** What a pattern is made of, the same for all partitions. */
export interface Pattern {
  readonly node: MatchNode
  readonly start: State
  /** By place in the pattern. */
  readonly conditions: readonly Condition[]
  /** Of each reference where a row has its value: the column, or the argument of the aggregate. */
  readonly places: readonly (number | undefined)[]
  readonly aggregates: readonly (RunningAggregate | undefined)[]
  /** The aggregates that conditions read, by their place among the references. */
  readonly running: readonly number[]
  /** The references that measures read. */
  readonly measured: ReadonlySet<number>
}

/** A pattern with what is computed for it. */
export interface CompiledPattern extends Pattern {
  /** What is read of each row alone. */
  readonly values: RowValues
  /** The conditions that DuckDB computes. */
  readonly asked: readonly AskedCondition[]
  /** Those of them that may be asked in a state, with their variables. */
  askedIn(state: State): readonly { readonly term: number; readonly condition: AskedCondition }[]
}

/** `interprets` as of `compileConditions`. */
export async function compilePattern(of: {
  engine: Engine
  relation: string
  node: MatchNode
  interprets: boolean
}): Promise<CompiledPattern> {
  const { node } = of
  const values = new RowValues()
  const places = node.references.map((reference) => {
    if (reference.kind === 'row') {
      return values.placeOf(columnName(reference.column), reference.type)
    }
    const { call } = reference
    return call.argument && values.placeOf(filteredArgument(call), call.argument.type)
  })
  const conditions = await compileConditions({ ...of, values })
  const asked = conditions.flatMap((each) => (each.kind === 'asked' ? [each.asked] : []))
  const read = new Set(
    node.pattern.flatMap(({ condition }) => [...(condition ? columnsOf(condition) : [])]),
  )
  const known = new Map<State, ReturnType<CompiledPattern['askedIn']>>()
  return {
    node,
    start: automatonOf(node.pattern),
    conditions,
    places,
    aggregates: node.references.map((each) => {
      return each.kind === 'aggregate' ? runningAggregate(each.call) : undefined
    }),
    measured: new Set(node.measures.flatMap((each) => [...columnsOf(each)])),
    running: [...read].filter((place) => node.references[place]?.kind === 'aggregate'),
    values,
    asked,
    askedIn: (state) => {
      const before = known.get(state)
      if (before !== undefined) return before
      const found = [...askedIn(state)].flatMap((term) => {
        const condition = conditions[term]
        return condition?.kind === 'asked' ? [{ term, condition: condition.asked }] : []
      })
      known.set(state, found)
      return found
    },
  }
}
