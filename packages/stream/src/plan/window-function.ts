import {
  didYouMean,
  notSupported,
  type Span,
  SqlError,
  type TableArgumentNode,
  type TableFunction,
} from '../sql/index.js'
import type { Expression } from './expression.js'
import { functionName } from './expression-resolver.js'
import { processingTimeFunction } from './processing-time.js'
import {
  type AssignedWindow,
  type PendingSessions,
  type PendingWindow,
  pendingWindowOf,
  type Relation,
  type ScopeColumn,
} from './scope.js'
import { withSessions } from './session-table.js'
import type { DataType } from './type.js'
import {
  WindowArguments,
  type WindowFunctionName,
  windowFunctionNamed,
  windowFunctionNames,
} from './window-arguments.js'
import { windowParts, windowTimeType, windowType } from './window-columns.js'
import type { AlignedWindows, WindowTableNode } from './window-node.js'

/**
 * TABLE(TUMBLE(…)), HOP, CUMULATE and SESSION: the rows of their table with `window_start`,
 * `window_end` and `window_time`. Nothing is computed yet: the window waits for the grouping by it,
 * or for whoever reads its columns (`withAssignedWindows`).
 */
export function planWindowFunction(
  { call, lateral, at }: TableFunction,
  planTable: (table: TableArgumentNode) => Relation,
): Relation {
  const written = functionName(call).toUpperCase()
  const name = windowFunctionNamed(written)
  if (name === undefined) {
    throw notSupported(
      `the table function ${written}`,
      call.at,
      didYouMean(written, windowFunctionNames) ??
        `the table functions that there are: ${windowFunctionNames.join(', ')}`,
    )
  }
  if (lateral) throw notSupported('LATERAL', at, 'leave it out')
  const given = new WindowArguments(name, call)
  const input = planTable(given.table())
  if (pendingWindowOf(input) !== undefined) {
    throw new SqlError(
      'a window of rows that have a window already',
      call.at,
      'group by window_start and window_end first',
    )
  }
  const time = given.timeColumn(input)
  if (name !== 'SESSION') return withWindow(input, alignedWindows(name, given), time)
  return withWindow(input, pendingSessions(given, input, time, given.partition(input)), time)
}

/** Sessions by some columns of rows, in the order of a time. */
export function pendingSessions(
  given: WindowArguments,
  input: Relation,
  time: ScopeColumn,
  partition: PendingSessions['partition'],
): PendingSessions {
  const timeField = fieldOf(time)
  const fields = [...new Set(partition.map(({ field }) => field))]
  const of = { node: input.node, timeField, partition: fields }
  return { kind: 'session', gapMs: given.length('GAP'), partition, of }
}

function fieldOf({ value }: ScopeColumn): number {
  if (value.kind !== 'field') throw new Error('event time is a field')
  return value.index
}

/** The windows that a function's arguments say. */
export function alignedWindows(
  name: Exclude<WindowFunctionName, 'SESSION'>,
  given: WindowArguments,
): AlignedWindows {
  const sizeMs = given.length('SIZE')
  const offsetMs = given.offset(sizeMs)
  switch (name) {
    case 'TUMBLE':
      return { kind: 'tumble', sizeMs, offsetMs }
    case 'HOP':
      return { kind: 'hop', sizeMs, slideMs: given.part('SLIDE', sizeMs), offsetMs }
    case 'CUMULATE':
      return { kind: 'cumulate', sizeMs, stepMs: given.part('STEP', sizeMs), offsetMs }
  }
}

/** The rows of `input` with the three columns of a window. Its own time column is event time no more. */
export function withWindow(
  input: Relation,
  windows: PendingWindow['windows'],
  time: ScopeColumn,
): Relation {
  const window: PendingWindow = {
    windows,
    timeField: fieldOf(time),
    timeType: time.type,
    ...(time.proctime === true && { isProcessingTime: true }),
  }
  const columns = input.columns.map((column) => ({ ...column, rowtime: false }))
  const taken = columns.find(({ name }) => /^window_(start|end|time)$/.test(name))
  const start: DataType = { kind: 'timestamp', precision: 3, nullable: false }
  const relation = columns[0]?.relation
  const added = (['start', 'end', 'time'] as const).map(
    (part): ScopeColumn => ({
      // A window above another window hides the columns of the one below, as Flink numbers them.
      name: taken === undefined ? `window_${part}` : `window_${part}0`,
      ...(relation !== undefined && { relation }),
      type: part === 'time' ? windowTimeType(window.timeType) : start,
      value: { kind: 'window', part, window },
      rowtime: part === 'time' && window.isProcessingTime !== true,
    }),
  )
  return { node: input.node, columns: [...columns, ...added] }
}

/**
 * The relation with the columns of its window as fields, each row once for every window that it is
 * in. The same relation where no window waits. Of processing time `window_time` is that of whoever
 * reads it, as in Flink.
 */
export function withAssignedWindows(relation: Relation, at: Span): Relation {
  const window = pendingWindowOf(relation)
  if (window === undefined) return relation
  const { windows, timeType, isProcessingTime } = window
  if (windows.kind === 'session') {
    const withColumns = withSessions(relation, { ...window, windows }, at)
    return isProcessingTime ? withTimeOfReading(withColumns) : withColumns
  }
  const assigned = withAligned(
    relation,
    { windows, timeType, ...(isProcessingTime && { isProcessingTime }) },
    window.timeField,
  )
  return isProcessingTime ? withTimeOfReading(assigned) : assigned
}

function withAligned(
  relation: Relation,
  window: Omit<AssignedWindow, 'part'>,
  timeColumn: number,
): Relation {
  const { windows, timeType } = window
  const { node: input } = relation
  const fields = [
    ...input.fields,
    ...windowParts.map((part) => ({ name: `window_${part}`, type: windowType(part, timeType) })),
  ]
  const node: WindowTableNode = {
    kind: 'windowTable',
    input,
    window: { ...windows, timeColumn },
    fields,
  }
  const columns = relation.columns.map((column): ScopeColumn => {
    if (column.value.kind !== 'window') return column
    const { part } = column.value
    const index = input.fields.length + windowParts.indexOf(part)
    return { ...column, value: { kind: 'field', index, window: { ...window, part } } }
  })
  return { node, columns }
}

/** The window's last column, of rows that have their windows, as the time of the step. */
function withTimeOfReading({ node, columns }: Relation): Relation {
  const time = node.fields.length - 1
  const expressions = node.fields.map(({ name, type }, index): Expression => {
    if (index !== time) return { kind: 'column', index, name, type }
    return { kind: 'call', function: processingTimeFunction, arguments: [], type }
  })
  return {
    node: { kind: 'project', input: node, expressions, fields: node.fields },
    columns: columns.map((column): ScopeColumn => {
      const isTime = column.value.kind === 'field' && column.value.index === time
      return isTime ? { ...column, proctime: true } : column
    }),
  }
}

/** The same for sessions alone, which other rows than those that are left would be of. */
export function withAssignedSessions(relation: Relation, at: Span): Relation {
  const window = pendingWindowOf(relation)
  return window?.windows.kind === 'session' ? withAssignedWindows(relation, at) : relation
}
