import { createHash } from 'node:crypto'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
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
  WITH rows AS (
    SELECT row_number() OVER () AS trip_id, *
    FROM read_csv($file, header = true, all_varchar = true)
  )
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
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const header = await connection.runAndReadAll(
      'SELECT * FROM read_csv($file, header = true, all_varchar = true) LIMIT 0',
      { file },
    )
    const present = new Set(header.columnNames())
    const missing = columns.filter((column) => !present.has(column))
    if (missing.length > 0) {
      throw unreadable(`it has no column ${missing.map((name) => `\`${name}\``).join(', ')}.`)
    }
    const result = await connection.runAndReadAll(replaySql, { file })
    const trips = result.getRowObjectsJS() as unknown as Trip[]
    return sourceOf(trips, path.basename(file), bytes)
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'ControlError') throw cause
    throw unreadable(reasonOf(cause))
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

function sourceOf(trips: readonly Trip[], name: string, bytes: Buffer): TripSource {
  const positions = new Map(trips.map((trip, position) => [trip.trip_id, position]))
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  return {
    identity: `the ${trips.length} trips of ${name} (${digest})`,
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
  return `${line.replace(/^[\w ]*Error: /, '').replace(/\.$/, '')}.`
}
