import type { Span } from '../source.js'
import type { CallNode, ExpressionNode, WindowSpecification } from './expression.js'
import type { Hint } from './hint.js'
import type { MatchRecognize } from './match-recognize.js'
import type { Name, NamePath } from './name.js'

/** A whole query: WITH …, its body, ORDER BY and LIMIT. */
export interface Query {
  readonly kind: 'query'
  readonly at: Span
  readonly with: readonly CommonTable[]
  readonly body: QueryBody
  readonly orderBy: readonly OrderItem[]
  readonly limit?: ExpressionNode
  readonly offset?: ExpressionNode
}

export type QueryBody = Select | SetOperation | Values | Query

/** `name (columns) AS (query)` of a WITH clause. */
export interface CommonTable {
  readonly name: Name
  readonly columns: readonly Name[]
  readonly query: Query
}

export interface OrderItem {
  readonly expression: ExpressionNode
  readonly direction: 'ASC' | 'DESC'
  readonly nulls?: 'FIRST' | 'LAST'
}

export interface Select {
  readonly kind: 'select'
  readonly at: Span
  readonly distinct: boolean
  readonly hints: readonly Hint[]
  readonly items: readonly SelectItem[]
  readonly from?: TableExpression
  readonly where?: ExpressionNode
  readonly groupBy?: readonly GroupItem[]
  readonly having?: ExpressionNode
  readonly windows: readonly { readonly name: Name; readonly window: WindowSpecification }[]
  readonly qualify?: ExpressionNode
}

export interface SelectItem {
  readonly expression: ExpressionNode
  readonly alias?: Name
}

export type GroupItem =
  | { readonly kind: 'expression'; readonly at: Span; readonly expression: ExpressionNode }
  | { readonly kind: 'tuple'; readonly at: Span; readonly items: readonly GroupItem[] }
  | {
      readonly kind: 'GROUPING SETS' | 'CUBE' | 'ROLLUP'
      readonly at: Span
      readonly items: readonly GroupItem[]
    }

export interface SetOperation {
  readonly kind: 'setOperation'
  readonly at: Span
  readonly operator: 'UNION' | 'INTERSECT' | 'EXCEPT'
  readonly all: boolean
  readonly left: QueryBody
  readonly right: QueryBody
}

/** VALUES (…), (…). */
export interface Values {
  readonly kind: 'values'
  readonly at: Span
  readonly rows: readonly (readonly ExpressionNode[])[]
}

/** What may stand in FROM. */
export type TableExpression =
  | TableName
  | DerivedTable
  | TableFunction
  | Unnest
  | Join
  | MatchRecognize

/** The name given to a table, and perhaps to its columns. */
export interface TableAlias {
  readonly name: Name
  readonly columns: readonly Name[]
}

export interface TableName {
  readonly kind: 'tableName'
  readonly at: Span
  readonly path: NamePath
  readonly hints: readonly Hint[]
  /** FOR SYSTEM_TIME AS OF …. */
  readonly asOf?: ExpressionNode
  readonly alias?: TableAlias
}

/** A query in parentheses. */
export interface DerivedTable {
  readonly kind: 'derivedTable'
  readonly at: Span
  readonly query: Query
  readonly lateral: boolean
  readonly alias?: TableAlias
}

/** TABLE(f(…)). */
export interface TableFunction {
  readonly kind: 'tableFunction'
  readonly at: Span
  readonly call: CallNode
  readonly lateral: boolean
  readonly alias?: TableAlias
}

export interface Unnest {
  readonly kind: 'unnest'
  readonly at: Span
  readonly expression: ExpressionNode
  readonly ordinality: boolean
  readonly alias?: TableAlias
}

export interface Join {
  readonly kind: 'join'
  readonly at: Span
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS'
  readonly natural: boolean
  readonly left: TableExpression
  readonly right: TableExpression
  readonly on?: ExpressionNode
  readonly using?: readonly Name[]
}
