import type { Session, Window } from './query.js'

/** Windows in Flink's words, and as columns that DuckDB computes. */

export function secondsText(ms: number): string {
  return String(ms / 1000)
}

function interval(ms: number): string {
  return `INTERVAL '${secondsText(ms)}' SECOND`
}

/** The window function over a table or view, as a table. */
export function flinkWindowText(window: Window | Session, table: string, time: string): string {
  const of = `DESCRIPTOR(${time})`
  switch (window.kind) {
    case 'TUMBLE': {
      const offset = window.offsetMs === 0 ? '' : `, ${interval(window.offsetMs)}`
      return `TABLE(TUMBLE(TABLE ${table}, ${of}, ${interval(window.sizeMs)}${offset}))`
    }
    case 'HOP':
      return `TABLE(HOP(TABLE ${table}, ${of}, ${interval(window.slideMs)}, ${interval(window.sizeMs)}))`
    case 'CUMULATE':
      return `TABLE(CUMULATE(TABLE ${table}, ${of}, ${interval(window.stepMs)}, ${interval(window.sizeMs)}))`
    case 'SESSION': {
      const by =
        window.partition.length === 0 ? '' : ` PARTITION BY (${window.partition.join(', ')})`
      return `TABLE(SESSION(TABLE ${table}${by}, ${of}, ${interval(window.gapMs)}))`
    }
  }
}

/** The rows of a query, once for each of their windows, with its start, end and last instant. */
export function duckdbWindowsText(
  names: { window: Window | Session; start: string; end: string; time: string },
  rows: string,
  time: string,
): string {
  const { window } = names
  if (window.kind === 'SESSION') return sessionsText(names, window, rows, time)
  const ms = `epoch_ms(${time})`
  const [ends, start] = endsOf(window, ms)
  return `SELECT *, ${duckdbTimeText(start)} AS ${names.start}, ${duckdbTimeText('_e')} AS ${names.end}, ${duckdbTimeText('_e - 1')} AS ${names.time}
    FROM (SELECT *, unnest(${ends}) AS _e FROM (${rows}))`
}

/** The ends of the windows that a time is in, and the start of the one that ends at `_e`. */
function endsOf(window: Window, ms: string): [ends: string, start: string] {
  switch (window.kind) {
    case 'TUMBLE': {
      const { sizeMs, offsetMs } = window
      return [
        `[((${ms} - ${offsetMs}) // ${sizeMs} + 1) * ${sizeMs} + ${offsetMs}]`,
        `_e - ${sizeMs}`,
      ]
    }
    case 'HOP': {
      const { slideMs, sizeMs } = window
      const last = `(${ms} // ${slideMs}) * ${slideMs} + ${sizeMs}`
      const first = `(${ms} // ${slideMs} + 1) * ${slideMs}`
      return [`generate_series(${first}, ${last}, ${slideMs})`, `_e - ${sizeMs}`]
    }
    case 'CUMULATE': {
      const { stepMs, sizeMs } = window
      const first = `(${ms} // ${stepMs} + 1) * ${stepMs}`
      const last = `(${ms} // ${sizeMs} + 1) * ${sizeMs}`
      return [
        `generate_series(${first}, ${last}, ${stepMs})`,
        `((_e - 1) // ${sizeMs}) * ${sizeMs}`,
      ]
    }
  }
}

/** Rows no further apart than the gap are of one session. */
function sessionsText(
  names: { start: string; end: string; time: string },
  { gapMs, partition }: Session,
  rows: string,
  time: string,
): string {
  const by = partition.length === 0 ? '' : `PARTITION BY ${partition.join(', ')} `
  const within = `PARTITION BY ${[...partition, '_session'].join(', ')}`
  const gap = `INTERVAL ${gapMs} MILLISECOND`
  const end = `max(${time}) OVER (${within}) + ${gap}`
  return `SELECT *, min(${time}) OVER (${within}) AS ${names.start}, ${end} AS ${names.end}, ${end} - INTERVAL 1 MILLISECOND AS ${names.time}
    FROM (SELECT *, sum(_first) OVER (${by}ORDER BY ${time}) AS _session
      FROM (SELECT *, CASE WHEN ${time} - lag(${time}) OVER (${by}ORDER BY ${time}) <= ${gap} THEN 0 ELSE 1 END AS _first FROM (${rows})))`
}

/** A time from its milliseconds. */
export function duckdbTimeText(ms: string): string {
  return `make_timestamp((${ms}) * 1000)`
}
