import {
  type CallNode,
  type ColumnNode,
  type ExpressionNode,
  type GroupItem,
  type Name,
  notSupported,
  type Select,
  SqlError,
} from '../sql/index.js'
import { functionName } from './expression-resolver.js'
import { rewriteCalls } from './rewrite-calls.js'
import {
  findColumn,
  type PendingSessions,
  pendingWindowOf,
  type Relation,
  type ScopeColumn,
  type WindowPart,
} from './scope.js'
import { WindowArguments } from './window-arguments.js'
import { alignedWindows, pendingSessions, withWindow } from './window-function.js'

/**
 * Flink's older windows: TUMBLE, HOP and SESSION among the keys of GROUP BY, with TUMBLE_START and
 * its like for the window's parts. Such a query is one over rows with windows, grouped by
 * `window_start` and `window_end`: it is written anew as that. The same query where it has none.
 * @throws SqlError for a window that is not one of the rows' time, or a part of another one.
 */
export function withGroupWindow(
  select: Select,
  rows: Relation,
): { readonly select: Select; readonly rows: Relation } {
  const items = select.groupBy ?? []
  const found = items.flatMap((item) => {
    const call = item.kind === 'expression' ? windowCallIn(item.expression) : undefined
    return call === undefined ? [] : [{ item, ...call }]
  })
  const [window, another] = found
  if (window === undefined) {
    refuseWithin(items)
    return { select, rows }
  }
  if (another !== undefined) {
    throw new SqlError('a grouping has one window', another.item.at, 'leave one of them out')
  }
  if (pendingWindowOf(rows) !== undefined) {
    const hint = 'group by window_start and window_end first'
    throw new SqlError('a window of rows that have a window already', window.item.at, hint)
  }
  const keys = items.filter((item) => item !== window.item)
  const windowed = withWindowOf(window, rows, keys)
  const columnOf = (part: WindowPart, node: ExpressionNode): ColumnNode => {
    const column = windowed.columns.find(({ value }) => {
      return value.kind === 'window' && value.part === part
    })
    const path: Name[] = [{ text: column?.name ?? '', at: node.at }]
    return { kind: 'column', at: node.at, path }
  }
  const parted = (call: CallNode): ExpressionNode => {
    const part = partCallIn(call)
    return part === undefined ? call : columnOf(matching(part, call, window, rows), call)
  }
  const rewritten = (node: ExpressionNode) => rewriteCalls(node, parted, 'this query')
  const bounds = (['start', 'end'] as const).map((part): GroupItem => {
    const { at } = window.item
    return { kind: 'expression', at, expression: columnOf(part, window.call) }
  })
  return {
    rows: windowed,
    select: {
      ...select,
      items: select.items.map(({ expression, alias }, index) => {
        const isPart = expression.kind === 'call' && partCallIn(expression) !== undefined
        const name = isPart ? { text: `EXPR$${index}`, at: expression.at } : undefined
        const named = alias ?? name
        return { expression: rewritten(expression), ...(named && { alias: named }) }
      }),
      groupBy: [...keys, ...bounds],
      ...(select.having && { having: rewritten(select.having) }),
    },
  }
}

type GroupWindowName = 'TUMBLE' | 'HOP' | 'SESSION'

interface WindowCall {
  readonly call: CallNode
  readonly name: GroupWindowName
}

function windowCallIn(node: ExpressionNode): WindowCall | undefined {
  if (node.kind !== 'call') return undefined
  const name = functionName(node).toUpperCase()
  return name === 'TUMBLE' || name === 'HOP' || name === 'SESSION'
    ? { call: node, name }
    : undefined
}

interface PartCall {
  readonly name: GroupWindowName
  readonly part: WindowPart | 'proctime'
}

function partCallIn(call: CallNode): PartCall | undefined {
  const written = /^(TUMBLE|HOP|SESSION)_(START|END|ROWTIME|PROCTIME)$/i.exec(functionName(call))
  if (written === null) return undefined
  const [, name = '', part = ''] = written
  const parts = { START: 'start', END: 'end', ROWTIME: 'time', PROCTIME: 'proctime' } as const
  return {
    name: name.toUpperCase() as GroupWindowName,
    part: parts[part.toUpperCase() as keyof typeof parts],
  }
}

/** The part that a call asks for, of the very window that is grouped by. */
function matching(
  { name, part }: PartCall,
  call: CallNode,
  window: WindowCall,
  rows: Relation,
): WindowPart {
  const isSame =
    name === window.name && meaningOf(name, call, rows) === meaningOf(name, window.call, rows)
  if (!isSame) {
    throw new SqlError(
      `${functionName(call).toUpperCase()} is not of the window that GROUP BY names`,
      call.at,
      `give it the arguments of ${window.name} in GROUP BY`,
    )
  }
  const isClock = timeOf(call, rows).proctime === true
  if (part === 'proctime') {
    throw notSupported(`${name}_PROCTIME`, call.at, 'write PROCTIME() in the SELECT above')
  }
  if (part === 'time' && isClock) {
    throw new SqlError(
      `a window of processing time has no ${name}_ROWTIME`,
      call.at,
      `use ${name}_END`,
    )
  }
  return part
}

/** The window's time and lengths, as one text. */
function meaningOf(name: GroupWindowName, call: CallNode, rows: Relation): string {
  const { value } = timeOf(call, rows)
  const given = argumentsOf(name, call)
  const lengths = name === 'SESSION' ? given.length('GAP') : alignedWindows(name, given)
  return JSON.stringify([value, lengths])
}

/** Its arguments, as those of the function in FROM, whose first is a table. */
function argumentsOf(name: GroupWindowName, call: CallNode): WindowArguments {
  const [time] = call.arguments
  const count = name === 'HOP' ? 3 : 2
  if (time === undefined || call.arguments.length !== count) {
    const lengths = { TUMBLE: 'size', HOP: 'slide, size', SESSION: 'gap' }
    throw new SqlError(
      `these are not the arguments of ${name} in GROUP BY`,
      call.at,
      `write ${name}(time_column, ${lengths[name]})`,
    )
  }
  return new WindowArguments(name, { ...call, arguments: [time, ...call.arguments] })
}

function timeOf(call: CallNode, rows: Relation): ScopeColumn {
  const [time] = call.arguments
  const column = time?.kind === 'column' ? findColumn(rows, time) : undefined
  if (column?.rowtime || column?.proctime) return column
  const rowtime = rows.columns.find((each) => each.rowtime)
  throw new SqlError(
    'the first argument of a window is the event time of its table, or processing time',
    time?.at ?? call.at,
    rowtime === undefined
      ? "declare it in CREATE TABLE: WATERMARK FOR ts AS ts - INTERVAL '5' SECOND"
      : `the event time is \`${rowtime.name}\``,
  )
}

function withWindowOf(
  { name, call }: WindowCall,
  rows: Relation,
  keys: readonly GroupItem[],
): Relation {
  const time = timeOf(call, rows)
  const given = argumentsOf(name, call)
  if (name !== 'SESSION') return withWindow(rows, alignedWindows(name, given), time)
  return withWindow(rows, pendingSessions(given, rows, time, partitionOf(keys, rows)), time)
}

/** Sessions are of the rows that are equal in all other keys. */
function partitionOf(keys: readonly GroupItem[], rows: Relation): PendingSessions['partition'] {
  return keys.map((item) => {
    const { expression = undefined } = item.kind === 'expression' ? item : {}
    const column = expression?.kind === 'column' ? findColumn(rows, expression) : undefined
    if (column?.value.kind === 'field') return { name: column.name, field: column.value.index }
    throw notSupported(
      'SESSION in GROUP BY beside a key that is no column',
      item.at,
      'compute the key in a query below',
    )
  })
}

/** As in Flink, a window stands in no grouping set. */
function refuseWithin(items: readonly GroupItem[]): void {
  for (const item of items) {
    if (item.kind === 'expression') continue
    for (const each of item.items) {
      const call = each.kind === 'expression' ? windowCallIn(each.expression) : undefined
      if (call !== undefined) {
        throw notSupported(
          `${call.name} within grouping sets`,
          each.at,
          `write FROM TABLE(${call.name}(…)) and GROUP BY window_start, window_end beside the sets`,
        )
      }
    }
    refuseWithin(item.items)
  }
}
