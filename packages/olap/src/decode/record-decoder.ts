import {
  type RegistryClient,
  RegistryClientError,
  SchemaTextError,
  unframe,
} from '@millrace/schema'
import { type Change, keyText } from '../change.js'
import { type Column, type ColumnValue, columnAt } from '../column.js'
import { OlapError } from '../errors.js'
import { declaredColumns, type TableSpec } from '../spec.js'
import { avroRowReader } from './avro.js'
import { readJsonRow } from './json.js'
import { keyFromText } from './key-text.js'
import type { RowReader } from './row-reader.js'

/** What the decoder needs of the table: its columns, and to make it hold more. */
export interface ColumnHolder {
  readonly columns: readonly Column[]
  ensureColumns(columns: readonly Column[]): Promise<void>
}

export interface RawRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
}

/** A schema as this table knows it: how to read it, or why its records are refused. */
type KnownSchema = { reader: RowReader; layout: Layout } | { refused: string; forGood: boolean }

/** Where the columns of a schema are in the table, for the table's columns as they were then. */
interface Layout {
  readonly columns: readonly Column[]
  readonly at: readonly number[]
}

/** One column of the table's key. */
export interface KeyColumn {
  readonly at: number
  readonly column: Column
}

/**
 * From a record's bytes to a change of the table.
 *
 * `decode` is synchronous, because it runs for each record; it answers 'unlearned' where a schema
 * or a column is new. Then `learn` fetches the schema and widens the table, once, and `decode`
 * is called again. An `OlapError` of either means that the record is to be skipped, any other
 * error of `learn` that it is to be tried again later.
 */
export class RecordDecoder {
  readonly #spec: TableSpec
  readonly #registry: RegistryClient
  readonly #table: ColumnHolder
  readonly #declared: ReadonlyMap<string, Column>
  readonly #valueSchemas = new Map<number, KnownSchema>()
  readonly #keySchemas = new Map<number, RowReader>()
  #keyLayout: { columns: readonly Column[]; key: readonly KeyColumn[] } | undefined

  constructor(spec: TableSpec, registry: RegistryClient, table: ColumnHolder) {
    this.#spec = spec
    this.#registry = registry
    this.#table = table
    const time: Column[] = spec.time ? [{ name: spec.time, type: { kind: 'TIMESTAMP' } }] : []
    const declared = [...time, ...declaredColumns(spec)]
    this.#declared = new Map(declared.map((column) => [column.name.toLowerCase(), column]))
  }

  decode(record: RawRecord): Change | 'unlearned' | 'nothing' {
    if (record.value === null) return this.#removal(record.key)
    const framed = unframe(record.value)
    if (!framed) return this.#jsonChange(record.value)
    const known = this.#valueSchemas.get(framed.id)
    if (!known) return 'unlearned'
    if ('refused' in known) throw new OlapError('bad_record', known.refused)
    if (known.layout.columns !== this.#table.columns)
      known.layout = this.#layoutOf(known.reader.columns)
    return this.#set(known.layout, known.reader.read(framed.payload))
  }

  async learn(record: RawRecord): Promise<void> {
    const { key, value } = record
    if (value === null) {
      const framed = key && unframe(key)
      if (framed) this.#keySchemas.set(framed.id, await this.#learnKeySchema(framed.id))
      return
    }
    const framed = unframe(value)
    if (framed) this.#valueSchemas.set(framed.id, await this.#learnSchema(framed.id))
    else await this.#table.ensureColumns(this.#checkedJson(value).columns)
  }

  /**
   * Learns the topic's newest schema before its first record, so that a table that holds nothing
   * yet has its columns. Nothing where the registry knows none, or is away.
   */
  async foresee(): Promise<void> {
    try {
      const newest = await this.#registry.latest(`${this.#spec.topic}-value`)
      if (newest === undefined || this.#valueSchemas.has(newest.id)) return
      this.#valueSchemas.set(newest.id, await this.#learnSchema(newest.id))
    } catch (error) {
      if (!(error instanceof RegistryClientError)) throw error
    }
  }

  /** An id that the registry did not know is asked for again, but once a fetch, not once a record. */
  startFetch(): void {
    for (const [id, known] of this.#valueSchemas) {
      if ('refused' in known && !known.forGood) this.#valueSchemas.delete(id)
    }
  }

  async #learnSchema(id: number): Promise<KnownSchema> {
    try {
      const reader = avroRowReader(await this.#registry.byId(id))
      for (const name of this.#spec.upsert ? this.#spec.key : []) {
        if (columnAt(reader.columns, name) < 0) {
          const refused = `schema ${id} has no field ${name}, which is in the table's key`
          return { refused, forGood: true }
        }
      }
      await this.#table.ensureColumns(reader.columns)
      return { reader, layout: this.#layoutOf(reader.columns) }
    } catch (error) {
      if (error instanceof OlapError || error instanceof SchemaTextError) {
        return { refused: `schema ${id}: ${error.message}`, forGood: true }
      }
      if (error instanceof RegistryClientError && !error.retriable) {
        return { refused: `schema ${id}: ${error.message}`, forGood: false }
      }
      throw error
    }
  }

  async #learnKeySchema(id: number): Promise<RowReader> {
    try {
      return avroRowReader(await this.#registry.byId(id), this.#onlyKey())
    } catch (error) {
      if (error instanceof RegistryClientError && error.retriable) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw new OlapError('bad_record', `its key's schema ${id}: ${reason}`, { cause: error })
    }
  }

  #readJson(value: Buffer) {
    const columns = this.#table.columns
    return readJsonRow(
      value,
      (field) =>
        (columns[columnAt(columns, field)] ?? this.#declared.get(field.toLowerCase()))?.type,
    )
  }

  /** A record without a key must not leave its columns behind. */
  #checkedJson(value: Buffer) {
    const row = this.#readJson(value)
    for (const name of this.#spec.upsert ? this.#spec.key : []) {
      const at = columnAt(row.columns, name)
      if (at < 0 || row.values[at] === null) throw keyless(name)
    }
    return row
  }

  #jsonChange(value: Buffer): Change | 'unlearned' {
    const { columns, values } = this.#readJson(value)
    const layout = this.#layoutOf(columns)
    return layout.at.includes(-1) ? 'unlearned' : this.#set(layout, values)
  }

  #set(layout: Layout, values: readonly ColumnValue[]): Change {
    const row: ColumnValue[] = new Array(layout.columns.length).fill(null)
    layout.at.forEach((at, i) => {
      row[at] = values[i] ?? null
    })
    return { kind: 'set', key: this.#spec.upsert ? this.#keyOf(row) : undefined, row }
  }

  #removal(key: Buffer | null): Change | 'unlearned' | 'nothing' {
    const columns = this.#table.columns
    if (!this.#spec.upsert || columns.length === 0) return 'nothing'
    if (key === null) throw new OlapError('bad_record', 'it has neither key nor value')
    const row: ColumnValue[] = new Array(columns.length).fill(null)
    const framed = unframe(key)
    if (!framed) {
      for (const { at, value } of keyFromText(key, this.#keyColumns())) row[at] = value
    } else {
      const reader = this.#keySchemas.get(framed.id)
      if (!reader) return 'unlearned'
      const layout = this.#layoutOf(reader.columns)
      reader.read(framed.payload).forEach((value, i) => {
        const at = layout.at[i] as number
        if (at >= 0) row[at] = value
      })
    }
    return { kind: 'remove', key: this.#keyOf(row), row }
  }

  /** The key's one column, when it has one. */
  #onlyKey(): string | undefined {
    return this.#spec.key.length === 1 ? this.#spec.key[0] : undefined
  }

  #keyColumns(): readonly KeyColumn[] {
    const columns = this.#table.columns
    if (this.#keyLayout?.columns === columns) return this.#keyLayout.key
    const key = this.#spec.key.map((name) => {
      const at = columnAt(columns, name)
      const column = columns[at]
      if (!column) throw keyless(name)
      return { at, column }
    })
    this.#keyLayout = { columns, key }
    return key
  }

  #keyOf(row: readonly ColumnValue[]): string {
    return keyText(
      this.#keyColumns().map(({ at, column }) => {
        const value = row[at]
        if (value === null || value === undefined) throw keyless(column.name)
        return value
      }),
    )
  }

  #layoutOf(columns: readonly Column[]): Layout {
    const table = this.#table.columns
    return { columns: table, at: columns.map(({ name }) => columnAt(table, name)) }
  }
}

function keyless(column: string): OlapError {
  return new OlapError('bad_record', `it has no ${column}, which is in the table's key`)
}
