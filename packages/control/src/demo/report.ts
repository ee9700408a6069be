import { askQuery, askWhenFilled } from '../api/query.js'

/** One of the ten hottest windows. Times are ISO 8601 in UTC. */
export interface HotWindow {
  pickup_area: number
  window_start: string
  window_end: string
  demand: number
  average_fare: number | null
  surge: number
}

/** What a demo ends with. */
export interface DemoReport {
  source: string
  sent: number
  accepted: number
  refused: number
  /** Why, for each of the refused, as far as they are few. */
  refusals: { tripId: string; reason: string }[]
  /** Rows of the table: an area and a window each. */
  windows: number
  hottest: HotWindow[]
  seconds: number
}

/** Windows with the same demand come in the order of their time, then of their area. */
export const hottestSql = `SELECT pickup_area, window_start, window_end, demand, average_fare, surge
FROM area_surge
ORDER BY demand DESC, window_start, pickup_area
LIMIT 10`

/** Asks the SQL door at `url` for the ten hottest windows, and how many there are in all. */
export async function askHottest(url: string): Promise<{ hottest: HotWindow[]; windows: number }> {
  const answer = await askWhenFilled(url, hottestSql)
  if (answer === undefined) return { hottest: [], windows: 0 }
  const names = answer.columns.map((column) => column.name)
  const hottest = answer.rows.map((row) => {
    const cell = (name: string) => row[names.indexOf(name)]
    const fare = cell('average_fare')
    return {
      pickup_area: Number(cell('pickup_area')),
      window_start: isoTime(cell('window_start')),
      window_end: isoTime(cell('window_end')),
      demand: Number(cell('demand')),
      average_fare: fare === null ? null : Number(fare),
      surge: Number(cell('surge')),
    }
  })
  const count = await askQuery(url, 'SELECT count(*) FROM area_surge')
  return { hottest, windows: Number(count.rows[0]?.[0] ?? 0) }
}

function isoTime(value: unknown): string {
  if (typeof value === 'number') return new Date(value).toISOString()
  const text = String(value)
    .replace(' ', 'T')
    .replace(/(Z|[+-]00(:?00)?)$/, '')
  return new Date(`${text}Z`).toISOString()
}
