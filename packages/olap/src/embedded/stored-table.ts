import type { DuckDBConnection } from '@duckdb/node-api'
import type { ChangeBatch, Positions } from '../change.js'
import { type Column, columnAt, parseType, typeText, widen } from '../column.js'
import { OlapError } from '../errors.js'
import { columnsMax, nameCharactersMax } from '../limits.js'
import type { TableSpec } from '../spec.js'
import { hiddenSchema, quoted, tableSchema } from './names.js'
import { stage } from './staging.js'

/**
 * The rows of one table and the positions they reach to.
 *
 * Algebra: the table is the fold of its changes; under upsert `apply(a ++ b) = apply(a); apply(b)`,
 * because `apply` removes every row whose key is in the batch and then inserts the batch's last
 * row of each key. So how the input is cut into batches changes nothing.
 *
 * Invariants: rows and positions change in one transaction; no two rows have one key (upsert);
 * calls do not overlap (the one follower awaits each).
 */
export class StoredTable {
  readonly name: string
  readonly source: string
  readonly #connection: DuckDBConnection
  readonly #spec: TableSpec
  #columns: readonly Column[] = []
  #positions: Map<number, number> = new Map()
  #rows = 0

  private constructor(connection: DuckDBConnection, spec: TableSpec) {
    this.name = spec.name
    this.source = `${tableSchema}.${quoted(spec.name)}`
    this.#connection = connection
    this.#spec = spec
  }

  static async open(connection: DuckDBConnection, spec: TableSpec): Promise<StoredTable> {
    const table = new StoredTable(connection, spec)
    await table.#forgetIfDeclaredAnew()
    await table.#load()
    return table
  }

  /** Empty until the first `ensureColumns`. A new array when they change. */
  get columns(): readonly Column[] {
    return this.#columns
  }

  get positions(): Positions {
    return this.#positions
  }

  get rows(): number {
    return this.#rows
  }

  /**
   * Makes the table hold these columns: creates it, adds what is new, widens what must be wider.
   * Throws an `OlapError` (`column_conflict`), and changes nothing, when a type does not fit.
   */
  async ensureColumns(wanted: readonly Column[]): Promise<void> {
    const steps: string[] = []
    const next = [...this.#columns]
    for (const column of wanted) {
      const at = columnAt(next, column.name)
      const stored = next[at]
      if (!stored) {
        checkName(column.name)
        next.push(column)
        steps.push(`ADD COLUMN ${columnText(column)}`)
        continue
      }
      const type = widen(column.name, stored.type, column.type)
      if (type === stored.type) continue
      next[at] = { name: stored.name, type }
      steps.push(`ALTER COLUMN ${quoted(stored.name)} SET DATA TYPE ${typeText(type)}`)
    }
    if (steps.length === 0) return
    if (next.length > columnsMax) {
      throw new OlapError(
        'column_conflict',
        `it would have ${next.length} columns; ${columnsMax} is the most.`,
      )
    }
    await this.#inTransaction(async () => {
      if (this.#columns.length === 0) {
        await this.#connection.run(
          `CREATE TABLE ${this.source} (${next.map(columnText).join(', ')})`,
        )
      } else {
        for (const step of steps) await this.#connection.run(`ALTER TABLE ${this.source} ${step}`)
      }
    })
    this.#columns = next
  }

  /** Applies the changes and notes the positions, both or neither; when it resolves it is on disk. */
  async apply(batch: ChangeBatch, positions: Positions): Promise<void> {
    const rows = await this.#inTransaction(async () => {
      const grown = batch.size > 0 ? await this.#applyRows(batch) : 0
      await this.#writePositions(positions)
      return this.#rows + grown
    })
    this.#rows = rows
    this.#positions = new Map([...this.#positions, ...positions])
  }

  /** Drops the rows and goes back to the start of the topic. The columns stay. */
  async clear(): Promise<void> {
    await this.#inTransaction(async () => {
      if (this.#columns.length > 0) await this.#connection.run(`DELETE FROM ${this.source}`)
      await this.#connection.run(`DELETE FROM ${hiddenSchema}.positions WHERE table_name = $1`, [
        this.name,
      ])
    })
    this.#rows = 0
    this.#positions = new Map()
  }

  close(): void {
    this.#connection.closeSync()
  }

  /** Rows more (or, negative, less) than before. */
  async #applyRows(batch: ChangeBatch): Promise<number> {
    const staging = await stage(this.#connection, this.name, this.#columns, batch.changes())
    const names = this.#columns.map((column) => quoted(column.name)).join(', ')
    let removed = 0
    if (this.#spec.upsert) {
      const same = this.#spec.key.map((name) => `kept.${quoted(name)} = staged.${quoted(name)}`)
      const deleted = await this.#connection.run(
        `DELETE FROM ${this.source} AS kept USING ${staging} AS staged WHERE ${same.join(' AND ')}`,
      )
      removed = deleted.rowsChanged
    }
    const inserted = await this.#connection.run(
      `INSERT INTO ${this.source} (${names}) SELECT ${names} FROM ${staging} WHERE NOT "staged removal"`,
    )
    return inserted.rowsChanged - removed
  }

  async #writePositions(positions: Positions): Promise<void> {
    if (positions.size === 0) return
    const partitions = [...positions.keys()].join(', ')
    const rows = [...positions].map(([partition, offset]) => `($1, ${partition}, ${offset})`)
    await this.#connection.run(
      `DELETE FROM ${hiddenSchema}.positions WHERE table_name = $1 AND partition IN (${partitions})`,
      [this.name],
    )
    await this.#connection.run(`INSERT INTO ${hiddenSchema}.positions VALUES ${rows.join(', ')}`, [
      this.name,
    ])
  }

  async #forgetIfDeclaredAnew(): Promise<void> {
    const { topic, key, upsert } = this.#spec
    const declaration = JSON.stringify({ topic, key, upsert })
    const before = await this.#connection.runAndReadAll(
      `SELECT declaration FROM ${hiddenSchema}.declarations WHERE table_name = $1`,
      [this.name],
    )
    if (before.getRowsJson()[0]?.[0] === declaration) return
    await this.#inTransaction(async () => {
      await this.#connection.run(`DROP TABLE IF EXISTS ${this.source}`)
      for (const hidden of ['positions', 'declarations']) {
        await this.#connection.run(`DELETE FROM ${hiddenSchema}.${hidden} WHERE table_name = $1`, [
          this.name,
        ])
      }
      await this.#connection.run(`INSERT INTO ${hiddenSchema}.declarations VALUES ($1, $2)`, [
        this.name,
        declaration,
      ])
    })
  }

  async #load(): Promise<void> {
    const columns = await this.#connection.runAndReadAll(
      `SELECT column_name, data_type FROM duckdb_columns()
       WHERE database_name || '.' || schema_name = $1 AND table_name = $2 ORDER BY column_index`,
      [tableSchema, this.name],
    )
    this.#columns = columns.getRowsJson().map(([name, type]) => {
      const parsed = parseType(String(type))
      if (!parsed)
        throw new OlapError('store_unavailable', `column ${name} of ${this.name} is ${type}.`)
      return { name: String(name), type: parsed }
    })
    const positions = await this.#connection.runAndReadAll(
      `SELECT partition, next_offset FROM ${hiddenSchema}.positions WHERE table_name = $1`,
      [this.name],
    )
    for (const [partition, offset] of positions.getRowsJson()) {
      this.#positions.set(Number(partition), Number(offset))
    }
    if (this.#columns.length > 0) {
      const count = await this.#connection.runAndReadAll(`SELECT count(*) FROM ${this.source}`)
      this.#rows = Number(count.getRowsJson()[0]?.[0])
    }
  }

  async #inTransaction<T>(action: () => Promise<T>): Promise<T> {
    await this.#connection.run('BEGIN')
    try {
      const result = await action()
      await this.#connection.run('COMMIT')
      return result
    } catch (error) {
      await this.#connection.run('ROLLBACK').catch(() => {})
      throw error
    }
  }
}

function columnText(column: Column): string {
  return `${quoted(column.name)} ${typeText(column.type)}`
}

function checkName(name: string): void {
  if (name.length > 0 && name.length <= nameCharactersMax) return
  throw new OlapError(
    'column_conflict',
    `a column's name has 1 to ${nameCharactersMax} characters.`,
  )
}
