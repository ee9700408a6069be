import { fieldAt } from '../plan/type.js'
import type { WindowTableNode } from '../plan/window-node.js'
import { columnName } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { duckdbTypeName } from './duckdb/types.js'
import { alignedSql } from './duckdb/windows.js'
import type { Flow } from './operator.js'
import { latePlaceOf, over } from './stateless.js'

/**
 * Each row once for every window that it is in. It keeps no state, and takes rows that change as it
 * takes others: a row that is taken back is in the same windows as when it came. No window of a row
 * ends before the row's own time, so the watermark of the input holds for `window_time` too.
 */
export function windowTableFlow(node: WindowTableNode, input: Flow): Flow {
  const { window, fields } = node
  const count = node.input.fields.length
  const columns = Array.from({ length: count }, (_, index) => columnName(index))
  const time = columnName(window.timeColumn)
  const kind = input.changelog === 'append' ? '' : ', k'
  const ends = `SELECT *, unnest(${endsSql(node)}) AS until FROM (SELECT *, epoch_us(${time}) AS micros FROM (${input.sql}) WHERE ${time} IS NOT NULL)`
  const end = 'make_timestamp(until)'
  const start =
    window.kind === 'cumulate'
      ? alignedSql('(until - 1)', window.sizeMs, window.offsetMs)
      : `(${end} - to_milliseconds(${window.sizeMs}))`
  const added = [start, end, `(${end} - to_milliseconds(1))`].map(
    (sql, index) => `CAST(${sql} AS ${duckdbTypeName(fieldAt(fields, count + index).type)})`,
  )
  const late = latePlaceOf(input)
  return over(input, `SELECT ${aliased([...columns, ...added])}${kind}${late} FROM (${ends})`)
}

/** The ends of the windows that the time `micros` is in, as a list in microseconds. */
function endsSql({ window }: WindowTableNode): string {
  const { sizeMs, offsetMs } = window
  const micros = (milliseconds: number) => `${BigInt(milliseconds) * 1000n}::BIGINT`
  const startOf = (everyMs: number) => `epoch_us(${alignedSql('micros', everyMs, offsetMs)})`
  switch (window.kind) {
    case 'tumble':
      return `[${startOf(sizeMs)} + ${micros(sizeMs)}]`
    case 'hop': {
      const first = `${startOf(window.slideMs)} + ${micros(window.slideMs)}`
      const last = `${startOf(window.slideMs)} + ${micros(sizeMs)}`
      return `generate_series(${first}, ${last}, ${micros(window.slideMs)})`
    }
    case 'cumulate': {
      const first = `${startOf(window.stepMs)} + ${micros(window.stepMs)}`
      const last = `${startOf(sizeMs)} + ${micros(sizeMs)}`
      return `generate_series(${first}, ${last}, ${micros(window.stepMs)})`
    }
  }
}
