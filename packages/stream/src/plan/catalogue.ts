import {
  type CreateTable,
  type CreateView,
  type DropCatalog,
  type DropDatabase,
  type DropStatement,
  didYouMean,
  lastOf,
  type NamePath,
  SqlError,
} from '../sql/index.js'
import { Catalogs, defaultCatalog, ownPlace } from './catalogs.js'
import { isTopicTable } from './connector.js'
import type { ExternalCatalog } from './external-catalog.js'
import { declareExternalTable } from './external-table.js'
import type { Place } from './place.js'
import { listed } from './scope.js'
import type { TableDefinition } from './table.js'

/** What a name of FROM or INTO stands for. */
export type Declared = DeclaredTable | DeclaredView

export interface DeclaredTable extends Where {
  readonly kind: 'table'
  /** All of it, whatever it is like. */
  readonly statement: CreateTable
  readonly table: TableDefinition
}

/** A view: its query is planned anew wherever it is read. */
export interface DeclaredView extends Where {
  readonly kind: 'view'
  readonly statement: CreateView
  /** Where the names in its query are looked for. */
  readonly within: Place
}

interface Where {
  readonly temporary: boolean
  readonly place: Place
  /** A topic of a catalog, which no statement declares or drops. */
  readonly external?: true
}

/**
 * The tables and views that a script has declared so far, and those of the catalogs that are there
 * without it. A temporary one stands before one of the same name that is not.
 */
export class Catalogue {
  readonly catalogs: Catalogs
  readonly #lasting = new Map<string, Declared>()
  readonly #temporary = new Map<string, Declared>()
  readonly #topics = new Map<string, DeclaredTable>()
  /** Options for tables that lack them. */
  readonly defaults: Readonly<Record<string, string>>

  constructor(
    defaults: Readonly<Record<string, string>>,
    catalogs: readonly ExternalCatalog[] = [],
  ) {
    this.defaults = defaults
    this.catalogs = new Catalogs(catalogs)
  }

  /**
   * What the name stands for; undefined for nothing.
   * @throws SqlError where its catalog or database is not there, or its topic is no table.
   */
  find(path: NamePath): Declared | undefined {
    const { name, ...place } = this.catalogs.resolve(path)
    const key = keyOf(place, name.text)
    return this.#temporary.get(key) ?? this.#lasting.get(key) ?? this.#topic(path, place)
  }

  /** The same; nothing is an error. */
  expect(path: NamePath): Declared {
    const found = this.find(path)
    if (found === undefined) throw this.unknown(path)
    return found
  }

  /** May this be declared? False when it is there and IF NOT EXISTS says to leave it. */
  isFree(statement: CreateTable | CreateView): boolean {
    const { name: path, temporary, ifNotExists, kind } = statement
    const { name, ...place } = this.catalogs.resolve(path)
    const { at, text } = name
    if (!temporary && this.catalogs.external(place.catalog) !== undefined) {
      const object = kind === 'createTable' ? 'TABLE' : 'VIEW'
      throw new SqlError(
        `the tables of the catalog \`${place.catalog}\` are its topics, and no others`,
        at,
        `write CREATE TEMPORARY ${object}, or ${defaultCatalog}.${ownPlace.database}.${text}`,
      )
    }
    const found = this.#of(temporary).get(keyOf(place, text))
    if (found === undefined) return true
    if (ifNotExists) return false
    if (kind === 'createView' && statement.replaces && found.kind === 'view') return true
    throw new SqlError(`there is a ${found.kind} \`${text}\` already`, at, 'give it another name')
  }

  /** Where the names of a statement of CREATE are: of itself, and of what it reads. */
  placesOf({ name }: CreateTable | CreateView): { readonly place: Place; readonly within: Place } {
    return { place: this.catalogs.place(name.slice(0, -1)), within: this.catalogs.current }
  }

  declare(declared: Declared): void {
    const { place, statement, temporary } = declared
    const key = keyOf(place, lastOf(statement.name).text)
    this.#of(temporary).set(key, declared.kind === 'view' ? declared : placed(declared))
  }

  /** @throws SqlError where there is no such table or view. */
  drop({ name, object, temporary, ifExists }: DropStatement): void {
    const { name: last, ...place } = this.catalogs.resolve(name)
    const { at, text } = last
    const key = keyOf(place, text)
    const found = this.#of(temporary).get(key)
    const hidden = temporary ? undefined : this.#temporary.get(key)
    if (hidden?.kind === object.toLowerCase()) {
      throw new SqlError(
        `\`${text}\` is a temporary ${hidden.kind}`,
        at,
        `write DROP TEMPORARY ${object}`,
      )
    }
    if (!temporary) refuseChange(this.#topic(name, place), name)
    if (found?.kind === object.toLowerCase()) this.#of(temporary).delete(key)
    else if (!ifExists) throw this.#noSuch(object, temporary, name, found)
  }

  /** With what is in it, where CASCADE says so. */
  dropDatabase(statement: DropDatabase): void {
    const isEmpty = (place: Place) => this.namesIn(place).length === 0
    const place = this.catalogs.dropDatabase(statement, isEmpty)
    if (place !== undefined) this.#forget(place)
  }

  /** With what is in it. */
  dropCatalog(statement: DropCatalog): void {
    this.catalogs.drop(statement)
    this.#forget({ catalog: statement.name.text })
  }

  #forget({ catalog, database }: { catalog: string; database?: string }): void {
    for (const declared of [this.#lasting, this.#temporary, this.#topics]) {
      for (const [key, { place }] of declared) {
        const isThere = database === undefined || place.database === database
        if (place.catalog === catalog && isThere) declared.delete(key)
      }
    }
  }

  /** Another name for what there is. */
  rename(declared: Declared, to: NamePath): void {
    const { at, text } = lastOf(to)
    const { place, statement, temporary } = declared
    const there = this.#lasting.get(keyOf(place, text))
    if (there !== undefined) throw new SqlError(`there is a ${there.kind} \`${text}\` already`, at)
    this.#of(temporary).delete(keyOf(place, lastOf(statement.name).text))
  }

  /** The names of the tables and views of a place, in their order. */
  namesIn(place: Place): string[] {
    const start = keyOf(place, '')
    const declared = [...this.#lasting.keys(), ...this.#temporary.keys()]
      .filter((key) => key.startsWith(start))
      .map((key) => key.slice(start.length))
    const topics = (this.catalogs.external(place.catalog)?.tables ?? [])
      .filter(({ refusal }) => refusal === undefined)
      .map(({ name }) => name)
    return [...new Set([...declared, ...topics])].sort()
  }

  /** The names of the views among them. */
  viewsIn(place: Place): string[] {
    return this.namesIn(place).filter((name) => {
      const key = keyOf(place, name)
      return (this.#temporary.get(key) ?? this.#lasting.get(key))?.kind === 'view'
    })
  }

  /** The error for a name that is neither table nor view. */
  unknown(path: NamePath): SqlError {
    const { name, ...place } = this.catalogs.resolve(path)
    const { at, text } = name
    const names = this.namesIn(place)
    const isCluster = this.catalogs.external(place.catalog) !== undefined
    const where = isCluster ? ` in the catalog \`${place.catalog}\`` : ''
    const none = isCluster ? 'none of its topics has a schema' : 'declare it with CREATE TABLE'
    return new SqlError(
      `there is no table \`${text}\`${where}`,
      at,
      (path.length === 1 ? this.#elsewhere(text) : undefined) ??
        didYouMean(text, names) ??
        listed('the tables are', names) ??
        none,
    )
  }

  /** A topic of this name in one of the clusters. */
  #elsewhere(text: string): string | undefined {
    const found = this.catalogs.names.flatMap((catalog) => {
      const external = this.catalogs.external(catalog)
      const isThere = external?.tables.some(({ name }) => name === text) ?? false
      return external !== undefined && isThere ? [`${catalog}.${external.database}.${text}`] : []
    })
    return found[0] === undefined ? undefined : `did you mean \`${found[0]}\`?`
  }

  /** Is planned once, where it is met first. */
  #topic(path: NamePath, place: Place): DeclaredTable | undefined {
    const name = lastOf(path)
    const key = keyOf(place, name.text)
    const known = this.#topics.get(key)
    if (known !== undefined) return known
    const catalog = this.catalogs.external(place.catalog)
    const found = catalog?.tables.find((each) => each.name === name.text)
    if (found === undefined) return undefined
    const declared = placed({
      ...declareExternalTable(found, name, this.defaults),
      ...{ kind: 'table', temporary: false, place, external: true },
    })
    this.#topics.set(key, declared)
    return declared
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
    const names = [...this.#of(temporary).values()].flatMap(({ kind: each, statement }) =>
      each === kind ? [lastOf(statement.name).text] : [],
    )
    return new SqlError(
      `there is no ${temporary ? 'temporary ' : ''}${kind} \`${text}\``,
      at,
      didYouMean(text, names) ?? `write DROP ${object} IF EXISTS`,
    )
  }
}

/** @throws SqlError where the table is a topic of a catalog. */
export function refuseChange(found: Declared | undefined, path: NamePath): void {
  if (found?.external !== true) return
  const { at, text } = lastOf(path)
  throw new SqlError(
    `\`${text}\` is a topic of the catalog \`${found.place.catalog}\`, which a script does not change`,
    at,
    'declare a table of your own: CREATE TABLE … LIKE it',
  )
}

/**
 * A table that is not among the script's own is known by its whole name, so that tables of two
 * catalogs are told apart; its topic has the last part.
 */
function placed(declared: DeclaredTable): DeclaredTable {
  const { place, statement, table } = declared
  if (place.catalog === ownPlace.catalog && place.database === ownPlace.database) return declared
  const { text } = lastOf(statement.name)
  const name = `${place.catalog}.${place.database}.${text}`
  const isNamed = !isTopicTable(table) || table.options.has('topic')
  const options = isNamed ? table.options : new Map([...table.options, ['topic', text]])
  return { ...declared, table: { ...table, name, options } }
}

function keyOf({ catalog, database }: Place, name: string): string {
  return JSON.stringify([catalog, database]) + name
}
