import { DuckDBInstance } from '@duckdb/node-api'
import type { Random } from '@millrace/host'

export type Row = Record<string, unknown>

/** The trips that laws are tried over. */
export const table = `
  CREATE TABLE trips (
    id BIGINT, area INT, driver STRING, fare DOUBLE, tip DECIMAL(8, 2), rt TIMESTAMP(3),
    WATERMARK FOR rt AS rt - INTERVAL '2' MINUTE
  ) WITH ('connector' = 'kafka', 'format' = 'json');`

/** In time order but for up to two minutes, which the watermark allows. */
export function history(random: Random, count: number): Row[] {
  let minute = 0
  return Array.from({ length: count }, (_, id) => {
    minute += random.below(5) === 0 ? random.below(40) / 10 : 0
    const at = Date.UTC(2026, 0, 4) + Math.floor(minute * 60_000) - random.below(120_000)
    const maybe = (value: unknown) => (random.below(12) === 0 ? null : value)
    return {
      id,
      area: maybe(random.below(4)),
      driver: maybe(
        random.below(3) === 0 ? 'a driver with a long name' : `driver ${random.below(5)}`,
      ),
      fare: maybe(random.below(4000) / 100),
      tip: maybe((random.below(1000) / 100 - 2).toFixed(2)),
      rt: new Date(at).toISOString().replace('Z', ''),
    }
  })
}

/** What DuckDB answers over all rows at once, each row as text, sorted. */
export async function batchAnswer(rows: readonly Row[], sql: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(
    'CREATE TABLE trips (id BIGINT, area INT, driver VARCHAR, fare DOUBLE, tip DECIMAL(8, 2), rt TIMESTAMP)',
  )
  const literal = (value: unknown) => (value === null ? 'NULL' : `'${value}'`)
  const tuples = rows.map((row) => `(${Object.values(row).map(literal).join(', ')})`)
  if (tuples.length > 0) await connection.run(`INSERT INTO trips VALUES ${tuples.join(', ')}`)
  const reader = await connection.runAndReadAll(sql)
  const answer = reader.getRowsJson().map((values) => values.map(canonical).join(' '))
  connection.closeSync()
  instance.closeSync()
  return answer.sort()
}

/** A value as it is compared: numbers to six digits after the point. */
export function canonical(value: unknown): string {
  if (value === null) return 'NULL'
  const number = Number(value)
  return Number.isNaN(number) ? String(value).replace('T', ' ') : String(Number(number.toFixed(6)))
}
