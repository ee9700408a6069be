import type { Expression } from '../../plan/expression.js'
import type { MatchNode, MatchReference } from '../../plan/match-node.js'
import { columnsOf, substitute } from '../../plan/rewrite-expression.js'
import type { Engine } from '../duckdb/engine.js'
import { AskedCondition } from './asked-condition.js'
import { type Interpreted, interpreted } from './interpreter.js'
import type { RowValues } from './row-values.js'

/**
 * How the condition of a variable is computed: of the row alone for all rows of a step at once, by
 * its place among the row's values; of other rows of the match here, where it can be; or else by
 * DuckDB, for all matches that ask it at the same time.
 */
export type Condition =
  | { readonly kind: 'none' }
  | { readonly kind: 'ofRow'; readonly place: number }
  | { readonly kind: 'interpreted'; readonly evaluate: Interpreted }
  | { readonly kind: 'asked'; readonly asked: AskedCondition }

/** `interprets`: whether anything is computed here; tests compare the two. */
export async function compileConditions(of: {
  engine: Engine
  relation: string
  node: MatchNode
  values: RowValues
  interprets: boolean
}): Promise<Condition[]> {
  const { engine, relation, node, values, interprets } = of
  const conditions: Condition[] = []
  for (const [term, { condition }] of node.pattern.entries()) {
    const ofRow = condition && overRow(condition, term, node)
    const evaluate = condition && interprets ? interpreted(condition) : undefined
    if (condition === undefined) conditions.push({ kind: 'none' })
    else if (ofRow !== undefined) conditions.push({ kind: 'ofRow', place: values.place(ofRow) })
    else if (evaluate !== undefined) conditions.push({ kind: 'interpreted', evaluate })
    else {
      const name = `${relation}_asked_${term}`
      const asked = await AskedCondition.compile(engine, name, condition, node.references)
      conditions.push({ kind: 'asked', asked })
    }
  }
  return conditions
}

/** The condition over the input, where it reads nothing but the row that is looked at. */
function overRow(condition: Expression, term: number, node: MatchNode): Expression | undefined {
  const columns = new Map<number, number>()
  for (const index of columnsOf(condition)) {
    const reference = node.references[index]
    if (reference === undefined || !isOfRow(reference, term)) return undefined
    columns.set(index, reference.column)
  }
  return substitute(condition, (index, column) => {
    return { ...column, index: columns.get(index) ?? -1 }
  })
}

function isOfRow(
  reference: MatchReference,
  term: number,
): reference is Extract<MatchReference, { kind: 'row' }> {
  if (reference.kind !== 'row' || reference.from !== 'last' || reference.offset > 0) return false
  return reference.term === undefined || reference.term === term
}
