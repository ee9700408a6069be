import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { type CaseText, duckdbTable, type TableText } from './case-text.js'
import { duckdbType } from './expression.js'
import type { Change, Row, Step } from './random-case.js'

/** Before every time, and behind every time, that a case has. */
const [never, ended] = ["TIMESTAMP '1900-01-01'", "TIMESTAMP '9000-01-01'"]

/** What DuckDB answers over all rows that count after a step. One for many cases. */
export class BatchWorld {
  private readonly instance: DuckDBInstance
  private readonly connection: DuckDBConnection

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.instance = instance
    this.connection = connection
  }

  static async create(): Promise<BatchWorld> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
    const connection = await instance.connect()
    await connection.run("SET TimeZone = 'UTC'")
    return new BatchWorld(instance, connection)
  }

  close(): void {
    this.connection.closeSync()
    this.instance.closeSync()
  }

  async load({ tables, steps }: CaseText): Promise<void> {
    for (const table of tables) {
      await this.connection.run(duckdbTable(table))
      const rows = standingRows(table, steps)
      if (rows.length === 0) continue
      const tuples = rows.map(({ row, seq, from, until }) => {
        const values = table.columns.map(({ name, type }) => literal(row[name], type))
        return `(${[...values, seq, from, until].join(', ')})`
      })
      await this.connection.run(`INSERT INTO ${table.name}_all VALUES ${tuples.join(', ')}`)
    }
  }

  /** The rows of the answer after a step, each as text, sorted; after the end of all where it is the end. */
  async answer(
    { tables, sink, recompute }: CaseText,
    step: number,
    watermarkMs: ReadonlyMap<string, number> | 'end',
  ): Promise<string[]> {
    let sql = recompute
    for (const { name } of tables) {
      await this.connection.run(
        `CREATE OR REPLACE VIEW ${name} AS SELECT * EXCLUDE (_from, _until) FROM ${name}_all WHERE _from <= ${step} AND _until > ${step}`,
      )
      const ms = watermarkMs === 'end' ? ended : watermarkText(watermarkMs.get(name))
      sql = sql.replaceAll(`{{${name}}}`, ms)
    }
    const names = sink.map(({ name }) => name).join(', ')
    const reader = await this.connection.runAndReadAll(`SELECT ${names} FROM (${sql})`)
    return reader
      .getRowsJson()
      .map((row) => row.map(canonical).join(' '))
      .sort()
  }
}

function watermarkText(ms: number | undefined): string {
  if (ms === undefined) return never
  return `TIMESTAMP '${new Date(ms).toISOString().slice(0, -1)}'`
}

interface StandingRow {
  readonly row: Row
  readonly seq: number
  readonly from: number
  until: number
}

const forEver = 1_000_000

/** The rows that a table ever had, with the steps from which and until which they count. */
function standingRows({ name, changelog, columns }: TableText, steps: readonly Step[]) {
  const rows: StandingRow[] = []
  const key = columns[0]?.name ?? ''
  const isSame = (change: Change) => (each: StandingRow) => {
    if (each.until !== forEver) return false
    if (changelog === 'upsert') return each.row[key] === change.row[key]
    return JSON.stringify(each.row) === JSON.stringify(change.row)
  }
  let seq = 0
  for (const [step, { changes }] of steps.entries()) {
    for (const change of changes) {
      if (change.table !== name) continue
      seq++
      const goes = change.kind === '-U' || change.kind === '-D'
      if (goes || changelog === 'upsert') {
        const gone = rows.find(isSame(change))
        if (gone !== undefined) gone.until = step
      }
      if (!goes) rows.push({ row: change.row, seq, from: step, until: forEver })
    }
  }
  return rows
}

function literal(value: unknown, type: string): string {
  if (value === null || value === undefined) return 'NULL'
  const text = Array.isArray(value) || typeof value === 'object' ? JSON.stringify(value) : null
  if (text !== null) return `CAST('${text}' AS JSON)::${duckdbType(type)}`
  return `CAST('${String(value).replace('Z', '')}' AS ${duckdbType(type)})`
}

/** A value as it is compared: numbers to six digits after the point, times in one way. */
export function canonical(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  if (Array.isArray(value)) return `[${value.map(canonical).join(' ')}]`
  if (typeof value === 'object') return `{${Object.values(value).map(canonical).join(' ')}}`
  const text = String(value)
  if (/^\d{4}-\d\d-\d\d[ T]\d\d:/.test(text)) {
    return new Date(`${text.replace(' ', 'T').replace('Z', '')}Z`).toISOString()
  }
  if (typeof value === 'boolean') return text
  if (text === '' || Number.isNaN(Number(text))) return `'${text}'`
  return String(Number(Number(text).toFixed(6)))
}
