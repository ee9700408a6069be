import type { SqlError } from '../sql/index.js'

/**
 * A cluster as a catalog: its topics are tables that no script declares. Plain data, so that it can
 * be found out in one process and planned with in another; planning itself asks nobody.
 */
export interface ExternalCatalog {
  readonly name: string
  /** Its one database. */
  readonly database: string
  /** The options of the CREATE CATALOG that makes it; absent where it is there from the beginning. */
  readonly createdWith?: Readonly<Record<string, string>>
  readonly tables: readonly ExternalTable[]
}

/** A topic: a table, or why it is none. */
export interface ExternalTable {
  readonly name: string
  /** CREATE TABLE …, in which every METADATA column is one of the system's: `*` passes over it. */
  readonly declaration?: string
  readonly refusal?: { readonly message: string; readonly hint: string }
}

/** A cluster that a script creates a catalog of, so that whoever runs it can look what is there. */
export interface CreatedCatalog {
  readonly name: string
  readonly database: string
  readonly options: Readonly<Record<string, string>>
  /** An error at the place of the statement, or of one of its options. */
  error(message: string, hint?: string, option?: string): SqlError
}

/** The database of a catalog that names none. */
export const topicsDatabase = 'topics'
