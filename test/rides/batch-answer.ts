import { DuckDBInstance } from '@duckdb/node-api'
import { tripsFile } from './trips-file.js'

/** One window of one area, the same wherever it was computed: times in UTC, numbers as text. */
export interface Window {
  pickup_area: number
  window_start: string
  window_end: string
  demand: number
  average_fare: string | null
  surge: string
}

/**
 * What the pipeline of examples/rides must come to, asked of DuckDB over the CSV itself. Written
 * in whole cents and tenths, so that no rounding is shared with what it checks: the average is
 * rounded half up, the surge grows by a tenth with each trip after the third, from 1 to 3.
 */
const batchSql = `
  WITH trips AS (
    SELECT
      pickup_community_area::INTEGER AS pickup_area,
      1767484800 + (trip_start_day - 1) * 86400 + trip_start_hour * 3600
        + trip_start_timestamp % 3600 AS second,
      round(fare * 100)::BIGINT AS cents
    FROM read_csv($file, header = true)
    WHERE pickup_community_area IS NOT NULL
  ), windows AS (
    SELECT
      pickup_area,
      second - second % 900 AS start,
      count(*) AS demand,
      (2 * sum(cents) + count(cents)) // (2 * count(cents)) AS average_cents,
      least(30, greatest(10, 10 + count(*) - 3)) AS surge_tenths
    FROM trips
    GROUP BY ALL
  )
  SELECT
    pickup_area,
    strftime(make_timestamp(start * 1000000), '%Y-%m-%dT%H:%M:%SZ') AS window_start,
    strftime(make_timestamp((start + 900) * 1000000), '%Y-%m-%dT%H:%M:%SZ') AS window_end,
    demand::INTEGER AS demand,
    (average_cents::DECIMAL(12, 0) / 100)::DECIMAL(10, 2)::VARCHAR AS average_fare,
    (surge_tenths::DECIMAL(4, 0) / 10)::DECIMAL(4, 2)::VARCHAR AS surge
  FROM windows
  ORDER BY demand DESC, start, pickup_area`

/** Every window with a trip in it, hottest first; of equal ones the earlier, then the lower area. */
export async function batchAnswer(): Promise<Window[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const result = await connection.runAndReadAll(batchSql, { file: tripsFile })
    return result.getRowObjectsJS() as unknown as Window[]
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
