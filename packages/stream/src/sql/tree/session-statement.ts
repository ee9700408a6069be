import type { Span } from '../source.js'
import type { Alteration } from './alteration.js'
import type { Name, NamePath } from './name.js'
import type { InsertStatement, QueryStatement, StatementSet, TableOption } from './statement.js'

/** Statements that change or show what a script has declared, and run nothing. */
export type SessionStatement =
  | CreateCatalog
  | DropCatalog
  | CreateDatabase
  | DropDatabase
  | DropStatement
  | AlterStatement
  | ShowStatement
  | DescribeStatement
  | UseStatement
  | ShowSettingsStatement
  | ResetStatement
  | ExplainStatement

/** CREATE CATALOG [IF NOT EXISTS] name WITH (…). */
export interface CreateCatalog {
  readonly kind: 'createCatalog'
  readonly at: Span
  readonly ifNotExists: boolean
  readonly name: Name
  readonly options: readonly TableOption[]
}

/** DROP CATALOG [IF EXISTS] name. */
export interface DropCatalog {
  readonly kind: 'dropCatalog'
  readonly at: Span
  readonly ifExists: boolean
  readonly name: Name
}

/** CREATE DATABASE [IF NOT EXISTS] [catalog.]name. */
export interface CreateDatabase {
  readonly kind: 'createDatabase'
  readonly at: Span
  readonly ifNotExists: boolean
  readonly path: NamePath
}

/** DROP DATABASE [IF EXISTS] [catalog.]name [RESTRICT | CASCADE]. */
export interface DropDatabase {
  readonly kind: 'dropDatabase'
  readonly at: Span
  readonly ifExists: boolean
  readonly path: NamePath
  readonly cascade: boolean
}

/** DROP [TEMPORARY] TABLE | VIEW [IF EXISTS] name. */
export interface DropStatement {
  readonly kind: 'drop'
  readonly at: Span
  readonly object: 'TABLE' | 'VIEW'
  readonly temporary: boolean
  readonly ifExists: boolean
  readonly name: NamePath
}

/** ALTER TABLE | VIEW [IF EXISTS] name …. */
export interface AlterStatement {
  readonly kind: 'alter'
  readonly at: Span
  readonly object: 'TABLE' | 'VIEW'
  readonly ifExists: boolean
  readonly name: NamePath
  readonly change: Alteration
}

/** What SHOW lists, by the words behind it. */
export const listings = [
  ...(['CATALOGS', 'CURRENT CATALOG', 'DATABASES', 'CURRENT DATABASE', 'TABLES', 'VIEWS'] as const),
  ...(['FUNCTIONS', 'USER FUNCTIONS', 'MODULES', 'FULL MODULES', 'JARS', 'COLUMNS'] as const),
  ...(['CREATE TABLE', 'CREATE VIEW'] as const),
] as const

/** SHOW TABLES FROM db NOT LIKE 'a%'. */
export interface ShowStatement {
  readonly kind: 'show'
  readonly at: Span
  readonly what: (typeof listings)[number]
  /** The table, or where to look: behind FROM or IN, or behind CREATE TABLE. */
  readonly of?: NamePath
  readonly like?: ShowLike
}

export interface ShowLike {
  readonly negated: boolean
  readonly ignoresCase: boolean
  readonly pattern: string
}

/** DESCRIBE [EXTENDED] name. */
export interface DescribeStatement {
  readonly kind: 'describe'
  readonly at: Span
  readonly name: NamePath
}

/** USE database, or USE CATALOG name. */
export interface UseStatement {
  readonly kind: 'use'
  readonly at: Span
  readonly isCatalog: boolean
  readonly path: NamePath
}

/** SET alone. */
export interface ShowSettingsStatement {
  readonly kind: 'showSettings'
  readonly at: Span
}

/** RESET ['key']. */
export interface ResetStatement {
  readonly kind: 'reset'
  readonly at: Span
  readonly key?: string
  readonly keyAt?: Span
}

/** EXPLAIN [details] statement. */
export interface ExplainStatement {
  readonly kind: 'explain'
  readonly at: Span
  readonly details: readonly Name[]
  readonly statement: QueryStatement | InsertStatement | StatementSet
}
