import {
  type ColumnNode,
  type ExpressionNode,
  notSupported,
  type Select,
  type Span,
  SqlError,
} from '../sql/index.js'
import { holdsAggregate } from './aggregate-calls.js'
import { changingNode, operatorName } from './changelog.js'
import { isSameExpression } from './equality.js'
import type { Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import { groupingSetsOf } from './grouping-sets.js'
import {
  findPath,
  type PendingSessions,
  type PendingWindow,
  pendingWindowOf,
  type Relation,
  type ScopeColumn,
  type WindowPart,
  windowPartOf,
} from './scope.js'

/** A key of GROUP BY: as an expression over the input, and where a column of it is meant. */
export interface GroupKey {
  readonly expression: Expression
  readonly name: string
  readonly relation?: string
}

/** What GROUP BY says, window columns apart. */
export interface Grouping {
  readonly window: PendingWindow | undefined
  readonly keys: readonly GroupKey[]
  /** Places in `keys`; absent where all of them are one grouping. */
  readonly sets?: readonly (readonly number[])[]
}

/** @throws SqlError for what is no key, and for rows with windows that are grouped without them. */
export function resolveGrouping(select: Select, input: Relation): Grouping {
  const resolver = new ExpressionResolver(input, 'GROUP BY')
  const parts = new Set<WindowPart>()
  const keys: GroupKey[] = []
  const at = select.groupBy?.[0]?.at ?? select.at
  const written = groupingSetsOf(select.groupBy ?? [], at)
  const items = written.nodes.map((node) => {
    return { node, column: node.kind === 'column' ? groupColumn(node, input, select) : undefined }
  })
  const window = pendingWindowOf(input) ?? assignedWindowIn(input, items)
  const meanings = items.map(({ node, column }): WindowPart | number => {
    const part = column && windowPartOf(column, window)
    if (part !== undefined) {
      parts.add(part)
      return part
    }
    const key = keyOf(node, column, resolver)
    const known = keys.findIndex(({ expression }) => isSameExpression(expression, key.expression))
    return known >= 0 ? known : keys.push(key) - 1
  })
  const sets = keySetsOf(written.sets, meanings, parts, at)
  const grouping = { window, keys, ...(sets.length > 1 && { sets }) }
  if (window === undefined) return grouping
  const absent = partitionOf(window).find(({ field }) => {
    return sets.some((set) => !set.includes(placeOfField(keys, field)))
  })
  if (parts.size === 0) throw ungrouped(select)
  refuseChanges(input, window, at)
  for (const part of ['start', 'end'] as const) {
    if (parts.has(part)) continue
    const { name } = columnOfPart(input, part) ?? { name: `window_${part}` }
    throw notSupported(`a grouping by only a part of the window`, at, `add ${name} to GROUP BY`)
  }
  if (absent !== undefined) {
    const { name } = absent
    throw notSupported(
      `a grouping of sessions without \`${name}\`, by which they are partitioned,`,
      at,
      `add ${name} to GROUP BY`,
    )
  }
  return grouping
}

/** The keys of each grouping set, by their places. The window must be the same in all of them. */
function keySetsOf(
  sets: readonly (readonly number[])[],
  meanings: readonly (WindowPart | number)[],
  parts: ReadonlySet<WindowPart>,
  at: Span,
): readonly (readonly number[])[] {
  // A set that is there twice is told twice, as in Flink: which it is, is a key.
  return sets.map((set) => {
    const each = new Set(set.map((node) => meanings[node]))
    const ofWindow = [...each].filter((meaning) => typeof meaning === 'string')
    if (ofWindow.length < parts.size) {
      throw notSupported(
        'a window in only some of the grouping sets',
        at,
        'write window_start and window_end beside them: GROUP BY window_start, window_end, ROLLUP (a)',
      )
    }
    return [...each].filter((meaning) => typeof meaning === 'number').sort((a, b) => a - b)
  })
}

/** The window that the rows have already, where all of it is grouped by and nothing is taken back. */
function assignedWindowIn(
  input: Relation,
  items: readonly { readonly column: ScopeColumn | undefined }[],
): PendingWindow | undefined {
  if (changingNode(input.node) !== undefined) return undefined
  const values = items.flatMap(({ column }) => {
    const assigned = column?.value.kind === 'field' ? column.value.window : undefined
    return column?.value.kind === 'field' && assigned && !assigned.isProcessingTime
      ? [{ field: column.value.index, ...assigned }]
      : []
  })
  const end = values.find(({ part }) => part === 'end')
  const start = values.find(({ part, windows }) => part === 'start' && windows === end?.windows)
  if (end === undefined || start === undefined) return undefined
  const { windows, field: timeField, timeType } = end
  return { windows, timeField, timeType, isEnd: true }
}

export function partitionOf({ windows }: PendingWindow): PendingSessions['partition'] {
  return windows.kind === 'session' ? windows.partition : []
}

/** The key that is this field of the input; -1 for none. */
export function placeOfField(keys: readonly GroupKey[], field: number): number {
  return keys.findIndex(({ expression }) => {
    return expression.kind === 'column' && expression.index === field
  })
}

export function columnOfPart(input: Relation, part: WindowPart): ScopeColumn | undefined {
  return input.columns.find(({ value }) => value.kind === 'window' && value.part === part)
}

/** A session that lost a row, or one by the clock, would be another; of other windows rows may go. */
function refuseChanges(
  input: Relation,
  { windows, isProcessingTime }: PendingWindow,
  at: Span,
): void {
  const changing = changingNode(input.node)
  if (changing === undefined || (windows.kind !== 'session' && !isProcessingTime)) return
  const kind = isProcessingTime ? 'a window of processing time' : 'SESSION'
  throw notSupported(
    `${kind} over ${operatorName(changing)}, which changes rows that it gave before,`,
    at,
    'use TUMBLE, HOP or CUMULATE of event time, or group by the window first',
  )
}

function ungrouped(select: Select): SqlError {
  const aggregate = select.items.find(({ expression }) => holdsAggregate(expression))
  const at = select.groupBy?.[0]?.at ?? aggregate?.expression.at ?? select.at
  return notSupported(
    'a grouping of windowed rows without their window',
    at,
    'add window_start and window_end to GROUP BY',
  )
}

/** The column that a key is; undefined where it is a field of one. */
function groupColumn(node: ColumnNode, input: Relation, select: Select): ScopeColumn | undefined {
  const [name, second] = node.path
  const known = input.columns.some((column) => column.name === name?.text)
  const alias = select.items.find((item) => item.alias?.text === name?.text)
  if (!known && alias !== undefined && second === undefined) {
    throw new SqlError(
      `GROUP BY cannot see the name \`${name?.text}\` that SELECT gives`,
      node.at,
      'write the expression itself into GROUP BY, or select it in a query below',
    )
  }
  const { column, fields } = findPath(input, node)
  return fields.length === 0 ? column : undefined
}

function keyOf(
  node: ExpressionNode,
  column: ScopeColumn | undefined,
  resolver: ExpressionResolver,
): GroupKey {
  const expression = resolver.resolve(node)
  if (expression.kind === 'literal') {
    throw new SqlError(
      'a constant in GROUP BY is no position of SELECT',
      node.at,
      'write the expression itself into GROUP BY',
    )
  }
  const { name, relation } = column ?? {}
  return { expression, name: name ?? '$key', ...(relation !== undefined && { relation }) }
}
