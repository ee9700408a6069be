import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { Host } from '@millrace/host'
import { OlapError } from '../errors.js'
import { duckdbMemoryMiB, duckdbSpillMiB } from '../limits.js'
import type { TableSpec } from '../spec.js'
import { database, hiddenSchema } from './names.js'
import { StoredTable } from './stored-table.js'

/**
 * The tables of one process, in one DuckDB file of one folder.
 *
 * Invariants: one process at a time has it open (DuckDB locks the file); a table's rows and the
 * positions they reach to are only ever changed in one transaction.
 */
export class TableStore {
  /** For whoever answers queries; tables are reached as their `source`. */
  readonly instance: DuckDBInstance
  readonly #admin: DuckDBConnection

  private constructor(instance: DuckDBInstance, admin: DuckDBConnection) {
    this.instance = instance
    this.#admin = admin
  }

  /** Makes the folder and the file when they are not there. */
  static async open(o: { host: Host; directory: string }): Promise<TableStore> {
    o.host.disk.makeDirectory(o.directory)
    try {
      const instance = await DuckDBInstance.create(join(o.directory, `${database}.duckdb`), {
        memory_limit: `${duckdbMemoryMiB}MiB`,
        max_temp_directory_size: `${duckdbSpillMiB}MiB`,
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
      })
      const admin = await instance.connect()
      await admin.run(`CREATE SCHEMA IF NOT EXISTS ${hiddenSchema}`)
      await admin.run(
        `CREATE TABLE IF NOT EXISTS ${hiddenSchema}.positions (table_name VARCHAR, partition INTEGER, next_offset BIGINT)`,
      )
      await admin.run(
        `CREATE TABLE IF NOT EXISTS ${hiddenSchema}.declarations (table_name VARCHAR, declaration VARCHAR)`,
      )
      return new TableStore(instance, admin)
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      throw new OlapError('store_unavailable', `${o.directory}: ${detail}`, { cause: error })
    }
  }

  /**
   * The table as the last commit left it; empty when it is new.
   * A table whose topic, key or upsert is declared otherwise than before is emptied: its rows and
   * positions mean something else now, and the topic has them all.
   */
  async table(spec: TableSpec): Promise<StoredTable> {
    return StoredTable.open(await this.instance.connect(), spec)
  }

  /** Tables must be closed before. */
  close(): void {
    this.#admin.closeSync()
    this.instance.closeSync()
  }
}
