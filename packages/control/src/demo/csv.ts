import { createHash } from 'node:crypto'
import path from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { Disk } from '@millrace/host'
import { controlErrors } from '../errors.js'
import type { Trip, TripSource } from './trip.js'

/** The columns of the City of Chicago's taxi trips that a replay reads. */
const columns = [
  'pickup_community_area',
  'dropoff_community_area',
  'trip_start_day',
  'trip_start_hour',
  'trip_start_timestamp',
  'fare',
  'trip_miles',
  'tips',
  'trip_seconds',
  'payment_type',
  'company',
] as const

/**
 * Trips of years, laid over one week: Sunday 2026-01-04 is day 1. A trip's id is its row number,
 * from 1; trips are in the order of their time, and of their rows where the times are equal.
 */
const replaySql = `
  SELECT
    trip_id::DOUBLE AS trip_id,
    pickup_community_area::INTEGER AS pickup_area,
    dropoff_community_area::INTEGER AS dropoff_area,
    (epoch_ms(TIMESTAMP '2026-01-04 00:00:00') + 1000 * (
      (trip_start_day::BIGINT - 1) * 86400
      + trip_start_hour::BIGINT * 3600
      + trip_start_timestamp::BIGINT % 3600))::DOUBLE AS started_at,
    fare::DOUBLE AS fare,
    trip_miles::DOUBLE AS miles,
    tips::DOUBLE AS tips,
    trip_seconds::INTEGER AS seconds,
    coalesce(payment_type, 'Unknown') AS payment_type,
    company
  FROM rows
  ORDER BY started_at, trip_id`

/**
 * The file as texts, by row. The dialect is given, because DuckDB's guess takes a file with a
 * short row for one of a single column; a row that does not fit goes to `reject_errors`.
 */
const rowsSql = `
  CREATE TABLE rows AS
  SELECT row_number() OVER () AS trip_id, *
  FROM read_csv($file, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"',
    store_rejects = true)`

/** What the columns that are no texts are read as. */
const numbers: Partial<Record<(typeof columns)[number], 'INTEGER' | 'BIGINT' | 'DOUBLE'>> = {
  pickup_community_area: 'INTEGER',
  dropoff_community_area: 'INTEGER',
  trip_start_day: 'BIGINT',
  trip_start_hour: 'BIGINT',
  trip_start_timestamp: 'BIGINT',
  fare: 'DOUBLE',
  trip_miles: 'DOUBLE',
  tips: 'DOUBLE',
  trip_seconds: 'INTEGER',
}

/** Columns without which a trip has no time. */
const required = ['trip_start_day', 'trip_start_hour', 'trip_start_timestamp'] as const

/** Reads a file of trips; throws TRIPS_UNREADABLE in one line. */
export async function csvTrips(disk: Disk, file: string): Promise<TripSource> {
  const unreadable = (reason: string) => controlErrors.tripsUnreadable(file, reason)
  const kind = disk.kind(file)
  if (kind === undefined) throw unreadable('there is no such file.')
  if (kind === 'directory') throw unreadable('it is a folder, not a file.')
  let bytes: Buffer
  try {
    bytes = disk.readFile(file)
  } catch (cause) {
    throw unreadable(reasonOf(cause))
  }
  if (bytes.length === 0) throw unreadable('it is empty.')
  if (bytes.includes(0)) throw unreadable('it is not a CSV file.')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    await connection.run(rowsSql, { file })
    const header = await connection.runAndReadAll('SELECT * FROM rows LIMIT 0')
    const present = new Set(header.columnNames())
    const missing = columns.filter((column) => !present.has(column))
    if (missing.length > 0) {
      throw unreadable(`it has no column ${missing.map((name) => `\`${name}\``).join(', ')}.`)
    }
    const wrong = (await wrongRow(connection)) ?? (await wrongValue(connection))
    if (wrong !== undefined) throw unreadable(wrong)
    const result = await connection.runAndReadAll(replaySql)
    const trips = result.getRowObjectsJS() as unknown as Trip[]
    if (trips.length === 0) throw unreadable('the file holds no trips.')
    return sourceOf(trips, path.basename(file), bytes)
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'ControlError') throw cause
    throw unreadable(reasonOf(cause))
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** The first row that has not as many columns as the header. */
async function wrongRow(connection: DuckDBConnection): Promise<string | undefined> {
  const result = await connection.runAndReadAll(
    'SELECT line, error_type, error_message FROM reject_errors ORDER BY line LIMIT 1',
  )
  const [found] = result.getRowObjectsJS()
  if (found === undefined) return undefined
  const counts = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(String(found.error_message))
  if (counts === null) return `line ${found.line}: ${reasonOf(found.error_message)}`
  return `line ${found.line}: it has ${counts[2]} columns, and the header has ${counts[1]}.`
}

/** The first value that is not what its column must hold. */
async function wrongValue(connection: DuckDBConnection): Promise<string | undefined> {
  const checks = Object.entries(numbers).map(([column, type]) => {
    const may = required.some((name) => name === column) ? 'true' : `${column} IS NOT NULL`
    return `SELECT trip_id, '${column}' AS name, ${column} AS value FROM rows
      WHERE ${may} AND TRY_CAST(${column} AS ${type}) IS NULL`
  })
  const result = await connection.runAndReadAll(
    `${checks.join(' UNION ALL ')} ORDER BY trip_id, name LIMIT 1`,
  )
  const [found] = result.getRowObjectsJS()
  if (found === undefined) return undefined
  const { trip_id: row, name, value } = found
  return `row ${row}: ${name}: ${value === null ? 'it is missing' : `\`${value}\` is no number`}.`
}

function sourceOf(trips: readonly Trip[], name: string, bytes: Buffer): TripSource {
  const positions = new Map(trips.map((trip, position) => [trip.trip_id, position]))
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  return {
    identity: `the ${trips.length.toLocaleString('en')} trips of ${name} (${digest})`,
    count: trips.length,
    trip(position) {
      const trip = trips[position]
      if (trip === undefined) throw new RangeError(`There is no trip ${position}.`)
      return trip
    },
    positionOf: (tripId) => positions.get(tripId),
  }
}

/** The first line of what DuckDB says, which goes on with advice for its own options. */
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause)
  const line = message.split('\n')[0] ?? message
  if (/Error when sniffing/.test(line)) return 'it cannot be read as CSV. Is a quote left open?'
  return `${line.replace(/^[\w ]*Error: /, '').replace(/\.$/, '')}.`
}
