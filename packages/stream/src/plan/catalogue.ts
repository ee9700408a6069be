import {
  type CreateTable,
  type CreateView,
  type DropStatement,
  didYouMean,
  lastOf,
  type Name,
  type NamePath,
  SqlError,
} from '../sql/index.js'
import { listed } from './scope.js'
import type { TableDefinition } from './table.js'

/** What a name of FROM or INTO stands for. */
export type Declared = DeclaredTable | DeclaredView

export interface DeclaredTable {
  readonly kind: 'table'
  readonly temporary: boolean
  /** All of it, whatever it is like. */
  readonly statement: CreateTable
  readonly table: TableDefinition
}

/** A view: its query is planned anew wherever it is read. */
export interface DeclaredView {
  readonly kind: 'view'
  readonly temporary: boolean
  readonly statement: CreateView
}

/** Flink's names for where a script's own tables are. */
export const defaultCatalog = 'default_catalog'
export const defaultDatabase = 'default_database'

/**
 * The tables and views that a script has declared so far, in the one database of the one catalog
 * that a script begins with. A temporary one stands before one of the same name that is not.
 */
export class Catalogue {
  readonly #lasting = new Map<string, Declared>()
  readonly #temporary = new Map<string, Declared>()
  /** Options for tables that lack them. */
  readonly defaults: Readonly<Record<string, string>>

  constructor(defaults: Readonly<Record<string, string>>) {
    this.defaults = defaults
  }

  /**
   * What the name stands for; undefined for nothing.
   * @throws SqlError where its catalog or database is not there.
   */
  find(path: NamePath): Declared | undefined {
    const { text } = this.nameOf(path)
    return this.#temporary.get(text) ?? this.#lasting.get(text)
  }

  /** The same; nothing is an error. */
  expect(path: NamePath): Declared {
    const found = this.find(path)
    if (found === undefined) throw this.unknown(path)
    return found
  }

  /** May this be declared? False when it is there and IF NOT EXISTS says to leave it. */
  isFree({ name, temporary, ifNotExists }: CreateTable | CreateView): boolean {
    const { at, text } = this.nameOf(name)
    const found = this.#of(temporary).get(text)
    if (found === undefined) return true
    if (ifNotExists) return false
    throw new SqlError(`there is a ${found.kind} \`${text}\` already`, at, 'give it another name')
  }

  declare(declared: Declared): void {
    this.#of(declared.temporary).set(lastOf(declared.statement.name).text, declared)
  }

  /** @throws SqlError where there is no such table or view. */
  drop({ name, object, temporary, ifExists }: DropStatement): void {
    const { at, text } = this.nameOf(name)
    const found = this.#of(temporary).get(text)
    const hidden = temporary ? undefined : this.#temporary.get(text)
    if (hidden?.kind === object.toLowerCase()) {
      throw new SqlError(
        `\`${text}\` is a temporary ${hidden.kind}`,
        at,
        `write DROP TEMPORARY ${object}`,
      )
    }
    if (found?.kind === object.toLowerCase()) this.#of(temporary).delete(text)
    else if (!ifExists) throw this.#noSuch(object, temporary, name, found)
  }

  /** Another name for what there is. */
  rename(declared: Declared, to: NamePath): void {
    const { at, text } = this.nameOf(to)
    const there = this.#lasting.get(text)
    if (there !== undefined) throw new SqlError(`there is a ${there.kind} \`${text}\` already`, at)
    this.#of(declared.temporary).delete(lastOf(declared.statement.name).text)
  }

  /** The names of tables and views, in their order. */
  get names(): string[] {
    return [...new Set([...this.#lasting.keys(), ...this.#temporary.keys()])].sort()
  }

  /** The error for a name that is neither table nor view. */
  unknown(path: NamePath): SqlError {
    const { at, text } = lastOf(path)
    const { names } = this
    return new SqlError(
      `there is no table \`${text}\``,
      at,
      didYouMean(text, names) ?? listed('the tables are', names) ?? 'declare it with CREATE TABLE',
    )
  }

  /** The name within the database; throws where another catalog or database is named. */
  nameOf(path: NamePath): Name {
    this.checkDatabase(path.slice(0, -1))
    return lastOf(path)
  }

  /** `database` or `catalog.database`, or nothing. */
  checkDatabase(path: readonly Name[]): void {
    const database = path.at(-1)
    const catalog = path.at(-2)
    if (path.length > 2 && path[0] !== undefined) {
      throw new SqlError(
        'a name has three parts at most',
        path[0].at,
        'write catalog.database.name',
      )
    }
    if (catalog !== undefined) this.checkCatalog(catalog)
    if (database === undefined || database.text === defaultDatabase) return
    throw new SqlError(
      `there is no database \`${database.text}\``,
      database.at,
      didYouMean(database.text, [defaultDatabase]) ?? `the database is ${defaultDatabase}`,
    )
  }

  checkCatalog({ at, text }: Name): void {
    if (text === defaultCatalog) return
    throw new SqlError(
      `there is no catalog \`${text}\``,
      at,
      didYouMean(text, [defaultCatalog]) ?? `the catalog is ${defaultCatalog}`,
    )
  }

  #of(temporary: boolean): Map<string, Declared> {
    return temporary ? this.#temporary : this.#lasting
  }

  #noSuch(
    object: string,
    temporary: boolean,
    path: NamePath,
    found: Declared | undefined,
  ): SqlError {
    const { at, text } = lastOf(path)
    const kind = object.toLowerCase()
    if (found !== undefined) {
      const hint = `write DROP ${temporary ? 'TEMPORARY ' : ''}${found.kind.toUpperCase()}`
      return new SqlError(`\`${text}\` is a ${found.kind}`, at, hint)
    }
    const names = [...this.#of(temporary)].flatMap(([name, each]) =>
      each.kind === kind ? [name] : [],
    )
    return new SqlError(
      `there is no ${temporary ? 'temporary ' : ''}${kind} \`${text}\``,
      at,
      didYouMean(text, names) ?? `write DROP ${object} IF EXISTS`,
    )
  }
}
