import {
  type CreateView,
  didYouMean,
  lastOf,
  type NamePath,
  notSupported,
  SqlError,
} from '../sql/index.js'
import { listed } from './scope.js'
import type { TableDefinition } from './table.js'

/** A view: its query is planned anew wherever it is read. */
export interface ViewDefinition {
  readonly name: string
  readonly statement: CreateView
}

/** The tables and views that a script has declared so far. */
export class Catalogue {
  readonly #tables = new Map<string, TableDefinition>()
  readonly #views = new Map<string, ViewDefinition>()

  table(name: string): TableDefinition | undefined {
    return this.#tables.get(name)
  }

  view(name: string): ViewDefinition | undefined {
    return this.#views.get(name)
  }

  /** May this name be declared? False when it is there and IF NOT EXISTS says to leave it. */
  isFree(path: NamePath, ifNotExists: boolean): boolean {
    const { at, text } = plainName(path)
    const kind = this.#tables.has(text) ? 'table' : this.#views.has(text) ? 'view' : undefined
    if (kind === undefined) return true
    if (ifNotExists) return false
    throw new SqlError(`there is a ${kind} \`${text}\` already`, at, 'give it another name')
  }

  addTable(table: TableDefinition): void {
    this.#tables.set(table.name, table)
  }

  addView(statement: CreateView): void {
    const name = lastOf(statement.name).text
    this.#views.set(name, { name, statement })
  }

  /** The error for a name that is neither table nor view. */
  unknown(path: NamePath): SqlError {
    const { at, text } = plainName(path)
    const names = [...this.#tables.keys(), ...this.#views.keys()]
    return new SqlError(
      `there is no table \`${text}\``,
      at,
      didYouMean(text, names) ?? listed('the tables are', names) ?? 'declare it with CREATE TABLE',
    )
  }
}

/** A name without catalogue and database. */
export function plainName(path: NamePath) {
  const [first, second] = path
  if (first !== undefined && second !== undefined) {
    throw notSupported('a table of another catalogue or database', first.at, 'write its name alone')
  }
  return lastOf(path)
}
