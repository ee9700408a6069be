import {
  type CreateCatalog,
  type DropCatalog,
  didYouMean,
  lastOf,
  type Name,
  type NamePath,
  SqlError,
} from '../sql/index.js'
import { createdCatalog } from './catalog-options.js'
import type { ExternalCatalog } from './external-catalog.js'
import { listed } from './scope.js'

/** Flink's names for where a script's own tables are. */
export const defaultCatalog = 'default_catalog'
export const defaultDatabase = 'default_database'

/** Where a name is looked for, and where a table is. */
export interface Place {
  readonly catalog: string
  readonly database: string
}

/** Where a script's own tables are. */
export const ownPlace: Place = { catalog: defaultCatalog, database: defaultDatabase }

/**
 * The catalogs that are there, and in which of them names of fewer than three parts are looked for.
 * Each has one database.
 */
export class Catalogs {
  readonly #external: Map<string, ExternalCatalog>
  /** Those that a CREATE CATALOG brings. */
  readonly #toCreate: readonly ExternalCatalog[]
  #current: Place = ownPlace

  constructor(known: readonly ExternalCatalog[]) {
    const there = known.filter(({ createdWith }) => createdWith === undefined)
    this.#external = new Map(there.map((catalog) => [catalog.name, catalog]))
    this.#toCreate = known.filter(({ createdWith }) => createdWith !== undefined)
  }

  get current(): Place {
    return this.#current
  }

  /** In their order. */
  get names(): string[] {
    return [defaultCatalog, ...this.#external.keys()].sort()
  }

  /** Undefined for the script's own. */
  external(catalog: string): ExternalCatalog | undefined {
    return this.#external.get(catalog)
  }

  /** @throws SqlError where there is no such catalog. */
  databaseOf(catalog: Name): string {
    if (catalog.text === defaultCatalog) return defaultDatabase
    const { names } = this
    const found = this.#external.get(catalog.text)
    if (found !== undefined) return found.database
    const all = names.length === 1 ? `the catalog is ${defaultCatalog}` : undefined
    throw new SqlError(
      `there is no catalog \`${catalog.text}\``,
      catalog.at,
      didYouMean(catalog.text, names) ?? all ?? listed('the catalogs are', names),
    )
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
    const database = path.at(-1)
    const catalog = path.at(-2)
    if (path.length > 2 && path[0] !== undefined) {
      throw new SqlError(
        'a name has three parts at most',
        path[0].at,
        'write catalog.database.name',
      )
    }
    if (database === undefined) return this.#current
    const within = catalog ?? { text: this.#current.catalog, at: database.at }
    const there = this.databaseOf(within)
    if (database.text === there) return { catalog: within.text, database: there }
    const where = within.text === defaultCatalog ? '' : ` in the catalog \`${within.text}\``
    throw new SqlError(
      `there is no database \`${database.text}\`${where}`,
      database.at,
      this.#hintFor(database.text, there),
    )
  }

  /** One who forgets the database writes `catalog.table`. */
  #hintFor(database: string, there: string): string {
    const external = this.#external.get(database)
    if (external !== undefined) {
      return `\`${database}\` is a catalog: write ${database}.${external.database}.…`
    }
    return didYouMean(database, [there]) ?? `the database is ${there}`
  }

  useCatalog(name: Name): void {
    this.#current = { catalog: name.text, database: this.databaseOf(name) }
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
    const created = createdCatalog(statement)
    const { text, at } = statement.name
    if (this.names.includes(text)) {
      if (statement.ifNotExists) return
      throw new SqlError(`there is a catalog \`${text}\` already`, at, 'give it another name')
    }
    const found = this.#toCreate.find(({ name, createdWith }) => {
      return name === text && isSame(createdWith ?? {}, created.options)
    })
    if (found === undefined) {
      throw new SqlError(
        `what is in the catalog \`${text}\` is not known here`,
        at,
        this.#external.size === 0
          ? 'run the script with `millrace run`, which asks its cluster'
          : `${listed('the catalogs are', this.names)}, without any statement; \`millrace run\` asks other clusters`,
      )
    }
    this.#external.set(text, found)
  }

  drop({ name, ifExists }: DropCatalog): void {
    const { text, at } = name
    if (ifExists && !this.names.includes(text)) return
    this.databaseOf(name)
    if (text === defaultCatalog) {
      throw new SqlError(`\`${text}\` is where the script's own tables are`, at, 'leave it')
    }
    if (text === this.#current.catalog) {
      const hint = `write USE CATALOG ${defaultCatalog} before`
      throw new SqlError(`the catalog \`${text}\` is in use`, at, hint)
    }
    this.#external.delete(text)
  }
}

function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>) {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...keys].every((key) => one[key] === other[key])
}
