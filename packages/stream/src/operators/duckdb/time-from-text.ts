import { failure } from './text.js'

/**
 * CAST from text to dates and times, as Flink reads them. DuckDB's own would also take 'epoch' and
 * 'infinity', a T between date and time, and drop a time zone.
 */

const day = '[0-9]{1,2}-[0-9]{1,2}'
const time = '[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}([.][0-9]{0,9})?'

/**
 * Year, month and day, and perhaps one space and hours, minutes and seconds. A day that its month
 * has not is the month's last.
 */
export function timestampFromText(sql: string, cast: string): string {
  const written = `rtrim(${sql}, '.')`
  const first = `TRY_CAST(regexp_extract(${sql}, '^[0-9]{4}-[0-9]{1,2}') || '-1' AS DATE)`
  const rest = `regexp_extract(${written}, '^[0-9]{4}-[0-9]{1,2}-(?:29|30|31)(.*)$', 1)`
  const lastDay = `TRY_CAST(strftime(last_day(${first}), '%Y-%m-%d') || ${rest} AS TIMESTAMP)`
  const isLate = `regexp_matches(${sql}, '^[0-9]{4}-[0-9]{1,2}-(29|30|31)')`
  return failing(
    `CASE WHEN NOT regexp_full_match(${sql}, '[0-9]{4}-${day}( ${time})?') THEN NULL
      WHEN ${isLate} THEN coalesce(TRY_CAST(${written} AS TIMESTAMP), ${lastDay})
      ELSE TRY_CAST(${written} AS TIMESTAMP) END`,
    sql,
    cast,
  )
}

/** A year, a month of one, or a day; what stands behind a space is not looked at. */
export function dateFromText(sql: string, cast: string): string {
  const written = `split_part(trim(${sql}), ' ', 1)`
  const is = (pattern: string) => `regexp_full_match(${written}, '${pattern}')`
  return failing(
    `TRY_CAST(CASE WHEN ${is(`[0-9]{1,4}-${day}`)} THEN ${written}
      WHEN ${is('[0-9]{1,4}-[0-9]{1,2}')} THEN ${written} || '-1'
      WHEN ${is('[0-9]{1,4}')} THEN ${written} || '-1-1' END AS DATE)`,
    sql,
    cast,
  )
}

/** Hours, and perhaps minutes and seconds of a day. */
export function timeFromText(sql: string, cast: string): string {
  const written = `rtrim(trim(${sql}), '.')`
  const hour = '([01]?[0-9]|2[0-3])'
  return failing(
    `CASE WHEN regexp_full_match(${written}, '${hour}') THEN TRY_CAST(${written} || ':00:00' AS TIME)
      WHEN regexp_full_match(${written}, '${hour}:[0-9]{1,2}(:[0-9]{1,2}([.][0-9]*)?)?')
      THEN TRY_CAST(${written} AS TIME) END`,
    sql,
    cast,
  )
}

/** NULL where TRY_CAST is asked for, else a failure. */
function failing(parsed: string, sql: string, cast: string): string {
  if (cast !== 'CAST') return parsed
  const message = failure(`Conversion: the text is no date or time`)
  return `CASE WHEN (${parsed}) IS NULL AND (${sql}) IS NOT NULL THEN ${message} ELSE (${parsed}) END`
}
