import type { Span } from '../source.js'
import type { ExpressionNode } from './expression.js'
import type { Name } from './name.js'
import type { OrderItem, TableAlias, TableExpression } from './query.js'

/** `table MATCH_RECOGNIZE (…)`: the rows of a table in which a pattern is found, a row a match. */
export interface MatchRecognize {
  readonly kind: 'matchRecognize'
  readonly at: Span
  readonly table: TableExpression
  readonly partitionBy: readonly ExpressionNode[]
  readonly orderBy: readonly OrderItem[]
  readonly measures: readonly Measure[]
  /** Absent where nothing is said. */
  readonly skip?: SkipClause
  readonly pattern: readonly PatternTermNode[]
  readonly within?: ExpressionNode
  readonly definitions: readonly PatternDefinition[]
  readonly alias?: TableAlias
}

/** `expression AS name` of MEASURES. */
export interface Measure {
  readonly expression: ExpressionNode
  readonly name: Name
}

/** AFTER MATCH SKIP …: where the search for the next match begins. */
export type SkipClause =
  | { readonly kind: 'PAST LAST ROW' | 'TO NEXT ROW'; readonly at: Span }
  | { readonly kind: 'TO FIRST' | 'TO LAST'; readonly at: Span; readonly variable: Name }

/** A variable of PATTERN and how many rows it takes; without `to` any number from `from` on. */
export interface PatternTermNode {
  readonly at: Span
  readonly variable: Name
  readonly from: number
  readonly to?: number
  /** As few rows as possible: a `?` behind the quantifier. */
  readonly reluctant: boolean
}

/** `variable AS condition` of DEFINE. */
export interface PatternDefinition {
  readonly variable: Name
  readonly condition: ExpressionNode
}
