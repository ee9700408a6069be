import type { Expression, Kind } from './expression.js'

/**
 * Generated queries as trees. They are neither the parser's nor the planner's: a tree is written out
 * as SQL of Flink's and as SQL of DuckDB's (`query-text.ts`), and can be made smaller (`shrink.ts`).
 */

export interface Column {
  readonly name: string
  readonly type: Kind
}

export interface Table {
  readonly name: string
  readonly columns: readonly Column[]
  /** `upsert`: rows and deletions by the first column; `changes`: every change of its rows. */
  readonly changelog: 'append' | 'upsert' | 'changes'
  /** Of a table that only gains rows: the column of its event time, and how far behind it the watermark is. */
  readonly time?: { readonly column: string; readonly delayMs: number }
}

export type Query =
  | { readonly kind: 'scan'; readonly table: Table }
  | { readonly kind: 'filter'; readonly input: Query; readonly condition: Expression }
  | {
      readonly kind: 'project'
      readonly input: Query
      readonly items: readonly Item[]
      /** A query of its own, and not part of the one above. */
      readonly sealed: boolean
    }
  | { readonly kind: 'distinct'; readonly input: Query }
  | GroupQuery
  | {
      readonly kind: 'join'
      readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL'
      readonly left: Query
      readonly right: Query
      readonly equal: readonly (readonly [Expression, Expression])[]
      readonly condition?: Expression
      /** Written as a comma and WHERE; inner joins alone. */
      readonly comma: boolean
    }
  | {
      readonly kind: 'membership'
      readonly negated: boolean
      readonly form: 'IN' | 'EXISTS'
      readonly input: Query
      readonly of: Query
      /** Of the input, and of the others. */
      readonly equal: readonly (readonly [Expression, Expression])[]
      /** Over both; EXISTS alone. */
      readonly condition?: Expression
    }
  | {
      readonly kind: 'scalar'
      readonly input: Query
      readonly column: string
      readonly operator: '<' | '>=' | '='
      readonly of: Query
      readonly aggregate: 'MIN' | 'MAX'
      readonly ofColumn: string
    }
  | {
      readonly kind: 'set'
      readonly operator: `${'UNION' | 'INTERSECT' | 'EXCEPT'}${'' | ' ALL'}`
      readonly left: Query
      readonly right: Query
      /** Columns of the left and of the right, pairwise, and their names above. */
      readonly columns: readonly (readonly [string, string, string])[]
    }
  | {
      readonly kind: 'top'
      readonly input: Query
      readonly partition: readonly string[]
      readonly order: readonly Order[]
      readonly from: number
      readonly to: number
      /** The name of the number; absent where it is not selected. */
      readonly number?: string
      /** The rows have windows, which the partition tells apart: columns of their starts and ends. */
      readonly window?: readonly [string, string]
    }
  | {
      readonly kind: 'limit'
      readonly input: Query
      readonly order: readonly Order[]
      readonly limit: number
      readonly offset: number
    }
  | {
      readonly kind: 'deduplicate'
      readonly input: Query
      readonly partition: readonly string[]
      readonly keep: 'first' | 'last'
    }
  | {
      readonly kind: 'over'
      readonly input: Query
      readonly partition: readonly string[]
      readonly frame:
        | { readonly unit: 'ROWS'; readonly preceding?: number }
        | { readonly unit: 'RANGE'; readonly precedingMs?: number }
      readonly functions: readonly (Aggregate & { readonly name: string })[]
    }
  | {
      readonly kind: 'window'
      readonly input: Query
      readonly window: Window
      readonly start: string
      readonly end: string
      readonly time: string
    }
  | {
      readonly kind: 'windowGroup'
      readonly input: Query
      readonly window: Window | Session
      readonly start: string
      readonly end: string
      readonly time: string
      readonly group: Grouping
    }
  | {
      readonly kind: 'windowJoin'
      readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL'
      /** Of the same windows. */
      readonly left: Query
      readonly right: Query
      readonly leftWindow: readonly [string, string]
      readonly rightWindow: readonly [string, string]
      readonly equal: readonly (readonly [Expression, Expression])[]
      readonly condition?: Expression
    }
  | {
      readonly kind: 'intervalJoin'
      readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL'
      readonly left: Query
      readonly right: Query
      readonly equal: readonly (readonly [Expression, Expression])[]
      /** The left's time less the right's, both included. */
      readonly lowerMs: number
      readonly upperMs: number
      readonly condition?: Expression
    }
  | {
      readonly kind: 'temporalJoin'
      readonly type: 'INNER' | 'LEFT'
      readonly left: Query
      /** Versions: the last row of each key. */
      readonly right: Query
      readonly equal: readonly (readonly [string, string])[]
    }
  | {
      readonly kind: 'unnest'
      readonly input: Query
      readonly column: string
      readonly isOuter: boolean
      readonly element: string
    }

export interface GroupQuery {
  readonly kind: 'group'
  readonly input: Query
  readonly group: Grouping
}

export interface Grouping {
  readonly keys: readonly Item[]
  /** Places in `keys`; absent for a plain GROUP BY. */
  readonly sets?: readonly (readonly number[])[]
  readonly aggregates: readonly (Aggregate & { readonly name: string })[]
  /** Over the names of keys and aggregates. */
  readonly having?: Expression
}

export interface Item {
  readonly name: string
  readonly value: Expression
}

export type AggregateFunction =
  | 'COUNT'
  | 'SUM'
  | 'AVG'
  | 'MIN'
  | 'MAX'
  | 'FIRST_VALUE'
  | 'LAST_VALUE'
  | 'LISTAGG'
  | 'COLLECT'
  | 'PERCENTILE'
  | 'ROW_NUMBER'
  | 'LAG'

export interface Aggregate {
  readonly function: AggregateFunction
  /** Absent for COUNT(*) and ROW_NUMBER(). */
  readonly argument?: Expression
  readonly distinct?: boolean
  readonly filter?: Expression
}

export interface Order {
  readonly column: string
  readonly descending: boolean
  readonly nulls?: 'FIRST' | 'LAST'
}

export type Window =
  | { readonly kind: 'TUMBLE'; readonly sizeMs: number; readonly offsetMs: number }
  | { readonly kind: 'HOP'; readonly slideMs: number; readonly sizeMs: number }
  | { readonly kind: 'CUMULATE'; readonly stepMs: number; readonly sizeMs: number }

export interface Session {
  readonly kind: 'SESSION'
  readonly gapMs: number
  /** Columns of the input, each of which is a key of the grouping too. */
  readonly partition: readonly string[]
}

/** The queries right below, in their order. */
export function inputsOfQuery(query: Query): readonly Query[] {
  switch (query.kind) {
    case 'scan':
      return []
    case 'join':
    case 'set':
    case 'windowJoin':
    case 'intervalJoin':
    case 'temporalJoin':
      return [query.left, query.right]
    case 'membership':
    case 'scalar':
      return [query.input, query.of]
    default:
      return [query.input]
  }
}

export function withInputsOfQuery(query: Query, inputs: readonly Query[]): Query {
  const [first, second] = inputs
  switch (query.kind) {
    case 'scan':
      return query
    case 'join':
    case 'set':
    case 'windowJoin':
    case 'intervalJoin':
    case 'temporalJoin':
      return { ...query, left: first ?? query.left, right: second ?? query.right }
    case 'membership':
    case 'scalar':
      return { ...query, input: first ?? query.input, of: second ?? query.of }
    default:
      return { ...query, input: first ?? query.input }
  }
}

/** Every query of the tree, the whole one first. */
export function queriesIn(query: Query): Query[] {
  return [query, ...inputsOfQuery(query).flatMap(queriesIn)]
}

export function tablesOf(query: Query): Table[] {
  const byName = new Map<string, Table>()
  for (const each of queriesIn(query)) {
    if (each.kind === 'scan') byName.set(each.table.name, each.table)
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
