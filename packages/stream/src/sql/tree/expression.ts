import { type Span, spanning } from '../source.js'
import type { DeclaredFunction } from './function-statement.js'
import type { Name, NamePath } from './name.js'
import type { OrderItem, Query, TableExpression } from './query.js'
import type { TypeNode } from './type.js'

/** An expression as written: immutable, with the part of the script that it stands for. */
export type ExpressionNode =
  | ColumnNode
  | StarNode
  | LiteralNode
  | UnaryNode
  | BinaryNode
  | IsNode
  | BetweenNode
  | InListNode
  | InQueryNode
  | LikeNode
  | ExistsNode
  | SubqueryNode
  | CaseNode
  | CastNode
  | CallNode
  | NamedArgumentNode
  | TimeUnitNode
  | ConstructorNode
  | ElementNode
  | FieldAccessNode
  | TableArgumentNode
  | DescriptorNode

/** `area`, `t.area`, `t.row_column.field`. */
export interface ColumnNode {
  readonly kind: 'column'
  readonly at: Span
  readonly path: NamePath
}

/** `*` or `t.*`. */
export interface StarNode {
  readonly kind: 'star'
  readonly at: Span
  readonly qualifier: readonly Name[]
}

export type LiteralNode =
  /** As written: `1`, `1.50`, `2e3`. */
  | { readonly kind: 'number'; readonly at: Span; readonly text: string }
  | { readonly kind: 'string'; readonly at: Span; readonly value: string }
  /** X'0aff': hexadecimal digits. */
  | { readonly kind: 'bytes'; readonly at: Span; readonly hex: string }
  /** TRUE, FALSE, and UNKNOWN as null. */
  | { readonly kind: 'boolean'; readonly at: Span; readonly value: boolean | null }
  | { readonly kind: 'null'; readonly at: Span }
  /** DATE '…', TIME '…', TIMESTAMP '…'. */
  | {
      readonly kind: 'temporal'
      readonly at: Span
      readonly type: 'DATE' | 'TIME' | 'TIMESTAMP'
      readonly value: string
    }
  | IntervalNode

/** INTERVAL '1 12' DAY TO HOUR. */
export interface IntervalNode {
  readonly kind: 'interval'
  readonly at: Span
  readonly negative: boolean
  readonly value: string
  readonly from: TimeUnit
  readonly to?: TimeUnit
}

export type TimeUnit =
  | ('YEAR' | 'QUARTER' | 'MONTH' | 'WEEK' | 'DAY' | 'HOUR' | 'MINUTE' | 'SECOND')
  | ('MILLISECOND' | 'MICROSECOND' | 'NANOSECOND')
  | ('EPOCH' | 'DOW' | 'ISODOW' | 'DOY' | 'ISOYEAR' | 'DECADE' | 'CENTURY' | 'MILLENNIUM')

export interface UnaryNode {
  readonly kind: 'unary'
  readonly at: Span
  readonly operator: '-' | '+' | 'NOT'
  readonly operand: ExpressionNode
}

export interface BinaryNode {
  readonly kind: 'binary'
  readonly at: Span
  /** `!=` is written `<>` here. */
  readonly operator: BinaryOperator
  readonly left: ExpressionNode
  readonly right: ExpressionNode
}

export type BinaryOperator =
  | ('OR' | 'AND' | '=' | '<>' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%' | '||')
  | ('IS DISTINCT FROM' | 'IS NOT DISTINCT FROM' | 'OVERLAPS')

/** `x IS [NOT] NULL`, and so on. */
export interface IsNode {
  readonly kind: 'is'
  readonly at: Span
  readonly operand: ExpressionNode
  readonly negated: boolean
  readonly test: 'NULL' | 'TRUE' | 'FALSE' | 'UNKNOWN' | JsonTest
}

/** JSON alone is JSON VALUE. */
export type JsonTest = 'JSON' | 'JSON OBJECT' | 'JSON ARRAY' | 'JSON SCALAR'

export interface BetweenNode {
  readonly kind: 'between'
  readonly at: Span
  readonly operand: ExpressionNode
  readonly negated: boolean
  readonly symmetric: boolean
  readonly low: ExpressionNode
  readonly high: ExpressionNode
}

export interface InListNode {
  readonly kind: 'inList'
  readonly at: Span
  readonly operand: ExpressionNode
  readonly negated: boolean
  readonly items: readonly ExpressionNode[]
}

export interface InQueryNode {
  readonly kind: 'inQuery'
  readonly at: Span
  readonly operand: ExpressionNode
  readonly negated: boolean
  readonly query: Query
}

export interface LikeNode {
  readonly kind: 'like'
  readonly at: Span
  readonly operator: 'LIKE' | 'SIMILAR TO'
  readonly operand: ExpressionNode
  readonly negated: boolean
  readonly pattern: ExpressionNode
  readonly escape?: ExpressionNode
}

export interface ExistsNode {
  readonly kind: 'exists'
  readonly at: Span
  readonly query: Query
}

/** A query in parentheses where a value is wanted. */
export interface SubqueryNode {
  readonly kind: 'subquery'
  readonly at: Span
  readonly query: Query
}

export interface CaseNode {
  readonly kind: 'case'
  readonly at: Span
  /** CASE operand WHEN value …; absent where each WHEN is a condition. */
  readonly operand?: ExpressionNode
  readonly branches: readonly { readonly when: ExpressionNode; readonly result: ExpressionNode }[]
  readonly otherwise?: ExpressionNode
}

export interface CastNode {
  readonly kind: 'cast'
  readonly at: Span
  readonly operand: ExpressionNode
  readonly type: TypeNode
  readonly tryCast: boolean
}

/**
 * A function or aggregate. Special forms are calls too: EXTRACT(unit FROM x) has the unit first;
 * FLOOR(x TO unit) and CEIL have it second; TRIM(side c FROM x) is TRIM(x, c) with the side in the
 * name (TRIM, TRIM LEADING, TRIM TRAILING); POSITION(a IN b) is POSITION(a, b);
 * JSON_OBJECT(k VALUE v, …) has keys and values in turn.
 */
export interface CallNode {
  readonly kind: 'call'
  readonly at: Span
  readonly name: NamePath
  readonly arguments: readonly ExpressionNode[]
  readonly distinct: boolean
  /** IGNORE NULLS or RESPECT NULLS, within the parentheses or behind them. */
  readonly nulls?: 'IGNORE' | 'RESPECT'
  readonly filter?: ExpressionNode
  readonly withinGroup?: readonly OrderItem[]
  readonly over?: WindowSpecification | Name
  /** What is said behind the arguments of a function of JSON. */
  readonly json?: JsonClauses
  /** Of the script's own, put there before the statement is planned. */
  readonly declared?: DeclaredFunction
}

/** `RETURNING INT WITH WRAPPER NULL ON EMPTY ERROR ON ERROR`, `ABSENT ON NULL`. */
export interface JsonClauses {
  readonly returning?: TypeNode
  readonly wrapper?: 'WITHOUT' | 'CONDITIONAL' | 'UNCONDITIONAL'
  readonly onEmpty?: JsonBehaviour
  readonly onError?: JsonBehaviour
  readonly onNull?: 'NULL' | 'ABSENT'
}

export type JsonBehaviour =
  | { readonly kind: 'NULL' | 'ERROR' | 'EMPTY ARRAY' | 'EMPTY OBJECT' }
  | { readonly kind: 'TRUE' | 'FALSE' | 'UNKNOWN' }
  | { readonly kind: 'DEFAULT'; readonly value: ExpressionNode }

/** OVER (…), or a window of the WINDOW clause. */
export interface WindowSpecification {
  readonly at: Span
  readonly base?: Name
  readonly partitionBy: readonly ExpressionNode[]
  readonly orderBy: readonly OrderItem[]
  readonly frame?: {
    readonly unit: 'ROWS' | 'RANGE'
    readonly from: FrameBound
    readonly to?: FrameBound
  }
}

export type FrameBound =
  | { readonly kind: 'unboundedPreceding' | 'currentRow' | 'unboundedFollowing' }
  | { readonly kind: 'preceding' | 'following'; readonly offset: ExpressionNode }

/** `SIZE => INTERVAL '1' HOUR`. */
export interface NamedArgumentNode {
  readonly kind: 'namedArgument'
  readonly at: Span
  readonly name: Name
  readonly value: ExpressionNode
}

/** The unit in TIMESTAMPDIFF(MINUTE, …) and its like. */
export interface TimeUnitNode {
  readonly kind: 'timeUnit'
  readonly at: Span
  readonly unit: TimeUnit
}

/** ROW(…), a row in parentheses, ARRAY[…], MAP[…]. */
export interface ConstructorNode {
  readonly kind: 'constructor'
  readonly at: Span
  readonly type: 'ROW' | 'ARRAY' | 'MAP'
  readonly items: readonly ExpressionNode[]
}

/** `items[1]`, `labels['k']`. */
export interface ElementNode {
  readonly kind: 'element'
  readonly at: Span
  readonly operand: ExpressionNode
  readonly index: ExpressionNode
}

/** `(row_value).field`, `f(x).field`. */
export interface FieldAccessNode {
  readonly kind: 'fieldAccess'
  readonly at: Span
  readonly operand: ExpressionNode
  readonly field: Name
}

/** `TABLE t [PARTITION BY a] [ORDER BY b]` as an argument of a table function. */
export interface TableArgumentNode {
  readonly kind: 'tableArgument'
  readonly at: Span
  readonly table: TableExpression
  readonly partitionBy: readonly ExpressionNode[]
  readonly orderBy: readonly OrderItem[]
}

/** DESCRIPTOR(a, b). */
export interface DescriptorNode {
  readonly kind: 'descriptor'
  readonly at: Span
  readonly columns: readonly Name[]
}

/** A call of a function by its plain name. */
export function callOf(at: Span, name: Name, ...operands: readonly ExpressionNode[]): CallNode {
  return { kind: 'call', at, name: [name], arguments: operands, distinct: false }
}

/** `left operator right`. */
export function binaryOf(
  operator: BinaryOperator,
  left: ExpressionNode,
  right: ExpressionNode,
): BinaryNode {
  return { kind: 'binary', at: spanning(left.at, right.at), operator, left, right }
}
