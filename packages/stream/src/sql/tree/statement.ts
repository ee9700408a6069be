import type { Span } from '../source.js'
import type { ExpressionNode } from './expression.js'
import type { FunctionStatement } from './function-statement.js'
import type { Hint } from './hint.js'
import type { LikeClause } from './like-clause.js'
import type { Name, NamePath } from './name.js'
import type { Query } from './query.js'
import type { SessionStatement } from './session-statement.js'
import type { TypeNode } from './type.js'

/** One statement of a script. */
export type Statement =
  | CreateTable
  | CreateView
  | InsertStatement
  | StatementSet
  | SetStatement
  | QueryStatement
  | SessionStatement
  | FunctionStatement

export interface CreateTable {
  readonly kind: 'createTable'
  readonly at: Span
  readonly temporary: boolean
  readonly ifNotExists: boolean
  readonly name: NamePath
  readonly columns: readonly ColumnDefinition[]
  readonly watermarks: readonly WatermarkDefinition[]
  readonly primaryKeys: readonly PrimaryKeyDefinition[]
  readonly comment?: string
  readonly partitionedBy: readonly Name[]
  readonly options: readonly TableOption[]
  readonly like?: LikeClause
  /** AS SELECT …: its columns come behind those that are declared, and its rows into the table. */
  readonly query?: Query
  /** Of AS SELECT: its columns in another order, instead of definitions. */
  readonly order?: readonly Name[]
}

export type ColumnDefinition = PhysicalColumn | ComputedColumn | MetadataColumn

export interface PhysicalColumn {
  readonly kind: 'physical'
  readonly at: Span
  readonly name: Name
  readonly type: TypeNode
  readonly comment?: string
}

/** `name AS expression`. */
export interface ComputedColumn {
  readonly kind: 'computed'
  readonly at: Span
  readonly name: Name
  readonly expression: ExpressionNode
  readonly comment?: string
}

/** `name TYPE METADATA [FROM 'key'] [VIRTUAL]`. */
export interface MetadataColumn {
  readonly kind: 'metadata'
  readonly at: Span
  readonly name: Name
  readonly type: TypeNode
  readonly key?: string
  readonly virtual: boolean
  /** `*` passes over it: of tables that no script declares, and those that are like them. */
  readonly hidden?: true
  readonly comment?: string
}

export interface WatermarkDefinition {
  readonly at: Span
  readonly column: NamePath
  readonly expression: ExpressionNode
}

export interface PrimaryKeyDefinition {
  readonly at: Span
  /** Behind CONSTRAINT. */
  readonly name?: Name
  readonly columns: readonly Name[]
  /** False for NOT ENFORCED, the only form that Flink takes. */
  readonly enforced: boolean
}

/** `'key' = 'value'`, with the place of each. */
export interface TableOption {
  readonly key: string
  readonly keyAt: Span
  readonly value: string
  readonly valueAt: Span
}

export interface CreateView {
  readonly kind: 'createView'
  readonly at: Span
  /** OR REPLACE: in place of a view of this name. */
  readonly replaces?: true
  readonly temporary: boolean
  readonly ifNotExists: boolean
  readonly name: NamePath
  readonly columns: readonly Name[]
  readonly query: Query
}

export interface InsertStatement {
  readonly kind: 'insert'
  readonly at: Span
  readonly overwrite: boolean
  readonly table: NamePath
  readonly hints: readonly Hint[]
  /** Empty: all columns of the table that are stored. */
  readonly columns: readonly Name[]
  readonly query: Query
}

/** EXECUTE STATEMENT SET BEGIN … END. */
export interface StatementSet {
  readonly kind: 'statementSet'
  readonly at: Span
  readonly inserts: readonly InsertStatement[]
}

/** SET 'key' = 'value'. */
export interface SetStatement {
  readonly kind: 'set'
  readonly at: Span
  readonly key: string
  readonly keyAt: Span
  readonly value: string
  readonly valueAt: Span
}

/** A query on its own, whose rows a SQL client would show. */
export interface QueryStatement {
  readonly kind: 'queryStatement'
  readonly at: Span
  readonly query: Query
}
