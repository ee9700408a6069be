import type { DuckDBConnection } from '@duckdb/node-api'
import { QueryError } from '../errors.js'
import type { Relation } from '../relation.js'

/** The database that queries live in. It holds nothing but a view for each relation. */
export const visibleDatabase = 'visible'

export interface VisibleTable {
  name: string
  columns: { name: string; type: string }[]
}

/**
 * Keeps the views in step with the relations.
 *
 * Invariant: after `refresh`, there is a view for each relation whose columns are known, with
 * exactly these columns, and no other. Views name their columns one by one, so that a column added
 * to the table meanwhile does not break a query that runs.
 */
export class RelationViews {
  readonly #connection: DuckDBConnection
  readonly #relations: () => readonly Relation[]
  /** The relation's shape when its view was made, by name. */
  readonly #made = new Map<string, string>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(connection: DuckDBConnection, relations: () => readonly Relation[]) {
    this.#connection = connection
    this.#relations = relations
  }

  /** All relations as they are now, those without columns too. One refresh runs at a time. */
  refresh(): Promise<VisibleTable[]> {
    const refreshed = this.#last.then(() => this.#refresh())
    this.#last = refreshed.catch(() => {})
    return refreshed
  }

  async #refresh(): Promise<VisibleTable[]> {
    const tables: VisibleTable[] = []
    const wanted = new Map<string, { shape: string; statement: string }>()
    for (const relation of this.#relations()) {
      const columns = await relation.columns()
      tables.push({ name: relation.name, columns })
      if (columns.length === 0) continue
      const shape = JSON.stringify([relation.source, columns])
      wanted.set(relation.name, { shape, statement: viewStatement(relation, columns) })
    }
    for (const name of this.#made.keys()) {
      if (wanted.has(name)) continue
      await this.#connection.run(`DROP VIEW IF EXISTS ${viewName(name)}`)
      this.#made.delete(name)
    }
    for (const [name, { shape, statement }] of wanted) {
      if (this.#made.get(name) === shape) continue
      try {
        await this.#connection.run(statement)
      } catch (cause) {
        throw new QueryError('internal', `The table ${name} cannot be read.`, { cause })
      }
      this.#made.set(name, shape)
    }
    return tables
  }
}

function viewStatement(relation: Relation, columns: VisibleTable['columns']): string {
  const names = columns.map(({ name }) => quoted(name)).join(', ')
  return `CREATE OR REPLACE VIEW ${viewName(relation.name)} AS SELECT ${names} FROM ${relation.source}`
}

function viewName(name: string): string {
  return `${visibleDatabase}.main.${quoted(name)}`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
