import {
  type CreateCatalog,
  type CreateDatabase,
  type DropCatalog,
  type DropDatabase,
  didYouMean,
  lastOf,
  type Name,
  type NamePath,
  SqlError,
} from '../sql/index.js'
import { wantedCatalog } from './catalog-options.js'
import type { ExternalCatalog } from './external-catalog.js'
import type { Place } from './place.js'
import { listed } from './scope.js'

/** Flink's names for where a script's own tables are. */
export const defaultCatalog = 'default_catalog'
export const defaultDatabase = 'default_database'

/** Where a script's own tables are, unless it says otherwise. */
export const ownPlace: Place = { catalog: defaultCatalog, database: defaultDatabase }

interface Catalog {
  /** The one that USE CATALOG goes to. */
  readonly database: string
  readonly databases: Set<string>
  /** Its tables are topics. */
  readonly external?: ExternalCatalog
}

/**
 * The catalogs and databases that are there, and in which of them names of fewer than three parts
 * are looked for.
 */
export class Catalogs {
  readonly #catalogs: Map<string, Catalog>
  /** Those that a CREATE CATALOG brings. */
  readonly #toCreate: readonly ExternalCatalog[]
  #current: Place = ownPlace

  constructor(known: readonly ExternalCatalog[]) {
    this.#catalogs = new Map([[defaultCatalog, catalogWith(defaultDatabase)]])
    for (const external of known) {
      if (external.createdWith !== undefined) continue
      this.#catalogs.set(external.name, catalogWith(external.database, external))
    }
    this.#toCreate = known.filter(({ createdWith }) => createdWith !== undefined)
  }

  get current(): Place {
    return this.#current
  }

  /** In their order. */
  get names(): string[] {
    return [...this.#catalogs.keys()].sort()
  }

  /** The cluster whose topics are the tables of a catalog; undefined for other catalogs. */
  external(catalog: string): ExternalCatalog | undefined {
    return this.#catalogs.get(catalog)?.external
  }

  /** In their order. @throws SqlError where there is no such catalog. */
  databasesOf(catalog: Name): string[] {
    return [...this.#expect(catalog).databases].sort()
  }

  /** Where a name is, whatever it stands for. */
  resolve(path: NamePath): Place & { readonly name: Name } {
    return { ...this.place(path.slice(0, -1)), name: lastOf(path) }
  }

  /**
   * `database` or `catalog.database`; nothing is where the script is.
   * @throws SqlError where there is no such place.
   */
  place(path: readonly Name[]): Place {
    const [first] = path
    if (path.length > 2 && first !== undefined) {
      const hint = 'write catalog.database.name'
      throw new SqlError('a name has three parts at most', first.at, hint)
    }
    const database = path.at(-1)
    if (database === undefined) return this.#current
    const place = this.#placeOf(path)
    const { databases } = this.#expect({ text: place.catalog, at: database.at })
    if (databases.has(place.database)) return place
    throw this.#unknown(database, place.catalog, [...databases].sort())
  }

  useCatalog(name: Name): void {
    this.#current = { catalog: name.text, database: this.#expect(name).database }
  }

  useDatabase(path: NamePath): void {
    this.#current = this.place(path)
  }

  /** Does something as if the script were there. */
  within<Result>(place: Place, action: () => Result): Result {
    const before = this.#current
    this.#current = place
    try {
      return action()
    } finally {
      this.#current = before
    }
  }

  /** @throws SqlError where there is one already, or nobody knows what is in it. */
  create(statement: CreateCatalog): void {
    const wanted = wantedCatalog(statement)
    const { text, at } = statement.name
    if (this.#catalogs.has(text)) {
      if (statement.ifNotExists) return
      throw new SqlError(`there is a catalog \`${text}\` already`, at, 'give it another name')
    }
    if (wanted.type === 'generic_in_memory') {
      this.#catalogs.set(text, catalogWith(wanted.database))
      return
    }
    const found = this.#toCreate.find(({ name, createdWith }) => {
      return name === text && isSame(createdWith ?? {}, wanted.options)
    })
    if (found === undefined) throw this.#notAsked(statement.name)
    this.#catalogs.set(text, catalogWith(found.database, found))
  }

  drop({ name, ifExists }: DropCatalog): void {
    const { text, at } = name
    if (ifExists && !this.#catalogs.has(text)) return
    this.#expect(name)
    if (text === defaultCatalog) {
      throw new SqlError(`\`${text}\` is where the script's own tables are`, at, 'leave it')
    }
    if (text === this.#current.catalog) {
      const hint = `write USE CATALOG ${defaultCatalog} before`
      throw new SqlError(`the catalog \`${text}\` is in use`, at, hint)
    }
    this.#catalogs.delete(text)
  }

  createDatabase({ path, ifNotExists }: CreateDatabase): void {
    const { catalog, database } = this.#placeOf(path)
    const { at } = lastOf(path)
    const { databases, external } = this.#expect({ text: catalog, at: path[0]?.at ?? at })
    if (databases.has(database)) {
      if (ifNotExists) return
      throw new SqlError(`there is a database \`${database}\` already`, at, 'give it another name')
    }
    if (external !== undefined) throw isOneDatabase(catalog, external, at)
    databases.add(database)
  }

  /**
   * The place that is there no more; undefined where it was not.
   * @throws SqlError where it is in use, or `isEmpty` says that something is left in it.
   */
  dropDatabase(statement: DropDatabase, isEmpty: (place: Place) => boolean): Place | undefined {
    const { path, ifExists, cascade } = statement
    const { at } = lastOf(path)
    const wanted = this.#placeOf(path)
    const { databases, database, external } = this.#expect({ text: wanted.catalog, at })
    if (ifExists && !databases.has(wanted.database)) return undefined
    const place = this.place(path)
    const named = `the database \`${place.database}\``
    if (external !== undefined) throw isOneDatabase(place.catalog, external, at)
    if (place.catalog === this.#current.catalog && place.database === this.#current.database) {
      throw new SqlError(`${named} is in use`, at, `write USE ${database} before`)
    }
    if (place.database === database) {
      const hint = 'leave it'
      throw new SqlError(`${named} is where USE CATALOG ${place.catalog} goes`, at, hint)
    }
    if (!cascade && !isEmpty(place)) {
      throw new SqlError(`${named} is not empty`, at, 'write CASCADE to drop what is in it')
    }
    databases.delete(place.database)
    return place
  }

  #expect(catalog: Name): Catalog {
    const found = this.#catalogs.get(catalog.text)
    if (found !== undefined) return found
    const { names } = this
    const only = names.length === 1 ? `the catalog is ${names[0]}` : undefined
    throw new SqlError(
      `there is no catalog \`${catalog.text}\``,
      catalog.at,
      didYouMean(catalog.text, names) ?? only ?? listed('the catalogs are', names),
    )
  }

  /** Whether it is there or not; the catalog has to be. */
  #placeOf(path: readonly Name[]): Place {
    const [first, second, third] = path
    if (first === undefined) return this.#current
    if (third !== undefined) {
      throw new SqlError('a database has two parts at most', first.at, 'write catalog.database')
    }
    if (second === undefined) return { catalog: this.#current.catalog, database: first.text }
    this.#expect(first)
    return { catalog: first.text, database: second.text }
  }

  #unknown({ text, at }: Name, catalog: string, databases: readonly string[]): SqlError {
    const where = catalog === defaultCatalog ? '' : ` in the catalog \`${catalog}\``
    return new SqlError(
      `there is no database \`${text}\`${where}`,
      at,
      this.#forgottenDatabase(text) ?? databaseHint(text, databases),
    )
  }

  /** One who forgets the database writes `catalog.table`. */
  #forgottenDatabase(text: string): string | undefined {
    const catalog = this.#catalogs.get(text)
    return catalog && `\`${text}\` is a catalog: write ${text}.${catalog.database}.…`
  }

  #notAsked({ text, at }: Name): SqlError {
    const clusters = this.names.filter((name) => this.external(name) !== undefined)
    const hint =
      clusters.length === 0
        ? 'run the script with `millrace run`, which asks its cluster'
        : `${listed('there is', clusters)}, without any statement; \`millrace run\` asks others`
    return new SqlError(`what is in the catalog \`${text}\` is not known here`, at, hint)
  }
}

function catalogWith(database: string, external?: ExternalCatalog): Catalog {
  return { database, databases: new Set([database]), ...(external && { external }) }
}

function databaseHint(text: string, databases: readonly string[]): string | undefined {
  const only = databases.length === 1 ? `the database is ${databases[0]}` : undefined
  return didYouMean(text, databases) ?? only ?? listed('the databases are', databases)
}

function isOneDatabase(catalog: string, { database }: ExternalCatalog, at: Name['at']): SqlError {
  const what = `the catalog \`${catalog}\` is a cluster, with the database ${database} and no other`
  return new SqlError(what, at, `create one in ${defaultCatalog}`)
}

function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>) {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...keys].every((key) => one[key] === other[key])
}
