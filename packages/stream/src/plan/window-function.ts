import {
  didYouMean,
  notSupported,
  type Span,
  SqlError,
  type TableArgumentNode,
  type TableFunction,
} from '../sql/index.js'
import { functionName } from './expression-resolver.js'
import type { AlignedWindows, WindowTableNode } from './node.js'
import {
  type PendingWindow,
  pendingWindowOf,
  type Relation,
  type ScopeColumn,
  type WindowPart,
} from './scope.js'
import type { DataType } from './type.js'
import {
  WindowArguments,
  type WindowFunctionName,
  windowFunctionNamed,
  windowFunctionNames,
} from './window-arguments.js'

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
  if (time.value.kind !== 'field') throw new Error('event time is a field')
  const windows =
    name === 'SESSION'
      ? { kind: 'session' as const, gapMs: given.length('GAP'), partition: given.partition(input) }
      : alignedWindows(name, given)
  return withWindow(input, {
    windows,
    timeField: time.value.index,
    timeType: time.type,
    ...(time.proctime === true && { isProcessingTime: true }),
  })
}

function alignedWindows(
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
function withWindow(input: Relation, window: PendingWindow): Relation {
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

/** The last instant of a window, in the kind of time that was given. */
function windowTimeType(time: DataType): DataType {
  const kind = time.kind === 'timestampLtz' ? 'timestampLtz' : 'timestamp'
  return { kind, precision: 3, nullable: false }
}

/**
 * The relation with the columns of its window as fields, each row once for every window that it is
 * in. The same relation where no window waits.
 * @throws SqlError for sessions, which only a grouping gives.
 */
export function withAssignedWindows(relation: Relation, at: Span): Relation {
  const window = pendingWindowOf(relation)
  if (window === undefined) return relation
  const { windows, timeField: timeColumn, timeType } = window
  if (window.isProcessingTime) {
    throw notSupported(
      'a window of processing time without a grouping by it',
      at,
      'group by window_start, window_end',
    )
  }
  if (windows.kind === 'session') {
    throw notSupported('SESSION without a grouping by it', at, 'group by window_start, window_end')
  }
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
    return { ...column, value: { kind: 'field', index, window: { part, windows, timeType } } }
  })
  return { node, columns }
}

/** In the order of their fields in a node. */
export const windowParts: readonly WindowPart[] = ['start', 'end', 'time']

export function windowType(part: WindowPart, time: DataType): DataType {
  return part === 'time'
    ? windowTimeType(time)
    : { kind: 'timestamp', precision: 3, nullable: false }
}
