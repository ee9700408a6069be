import {
  type CallNode,
  type DescriptorNode,
  didYouMean,
  type ExpressionNode,
  lastOf,
  notSupported,
  SqlError,
  type TableArgumentNode,
  type TableFunction,
} from '../sql/index.js'
import { functionName } from './expression-resolver.js'
import { resolveLiteral } from './literal.js'
import {
  listed,
  type PendingWindow,
  pendingWindowOf,
  type Relation,
  type ScopeColumn,
} from './scope.js'
import type { DataType } from './type.js'
import { typeName } from './type-name.js'

const dayMs = 86_400_000

/** The arguments of TUMBLE, by place or by name. */
const parameters = ['DATA', 'TIMECOL', 'SIZE', 'OFFSET'] as const
type Parameter = (typeof parameters)[number]

/**
 * TABLE(TUMBLE(…)): the rows of its table with `window_start`, `window_end` and `window_time`.
 * Nothing is computed yet: the window waits for the grouping by it.
 */
export function planWindowFunction(
  { call, lateral, at }: TableFunction,
  planTable: (table: TableArgumentNode) => Relation,
): Relation {
  const name = functionName(call).toUpperCase()
  if (['HOP', 'CUMULATE', 'SESSION'].includes(name)) {
    throw notSupported(`the window ${name}`, call.at, 'use TUMBLE')
  }
  if (name !== 'TUMBLE') {
    throw notSupported(
      `the table function ${name}`,
      call.at,
      didYouMean(name, ['TUMBLE']) ?? 'the table function that there is is TUMBLE',
    )
  }
  if (lateral) throw notSupported('LATERAL', at, 'leave it out')
  const found = argumentsOf(call)
  const input = planTable(tableOf(call, found.get('DATA')))
  if (pendingWindowOf(input) !== undefined) {
    throw new SqlError(
      'a window of rows that have a window already',
      call.at,
      'group by window_start and window_end first',
    )
  }
  const time = timeColumnOf(call, found.get('TIMECOL'), input)
  const sizeMs = durationOf(call, found.get('SIZE'), 'size')
  const offset = found.get('OFFSET')
  const offsetMs = offset === undefined ? 0 : durationOf(call, offset, 'offset')
  if (sizeMs <= 0) {
    throw new SqlError('a window must be longer than nothing', found.get('SIZE')?.at ?? call.at)
  }
  if (Math.abs(offsetMs) >= sizeMs) {
    throw new SqlError(
      'the offset of a window must be smaller than its size',
      offset?.at ?? call.at,
      'give the part that is left after whole windows',
    )
  }
  if (time.value.kind !== 'field') throw new Error('event time is a field')
  return withWindow(input, {
    kind: 'tumble',
    timeField: time.value.index,
    timeType: time.type,
    sizeMs,
    offsetMs,
  })
}

function argumentsOf(call: CallNode): Map<Parameter, ExpressionNode> {
  const found = new Map<Parameter, ExpressionNode>()
  call.arguments.forEach((argument, index) => {
    if (argument.kind !== 'namedArgument') {
      const parameter = parameters[index]
      if (parameter === undefined) throw wrongArguments(call)
      found.set(parameter, argument)
      return
    }
    const { text, at } = argument.name
    const parameter = parameters.find((each) => each === text.toUpperCase())
    if (parameter === undefined) {
      throw new SqlError(
        `TUMBLE has no argument ${text}`,
        at,
        didYouMean(text, parameters) ?? listed('its arguments are', parameters),
      )
    }
    found.set(parameter, argument.value)
  })
  return found
}

function wrongArguments(call: CallNode): SqlError {
  return new SqlError(
    'these are not the arguments of TUMBLE',
    call.at,
    "write TUMBLE(TABLE t, DESCRIPTOR(time_column), INTERVAL '15' MINUTE)",
  )
}

function tableOf(call: CallNode, argument: ExpressionNode | undefined): TableArgumentNode {
  if (argument?.kind !== 'tableArgument') throw wrongArguments(call)
  const [partition] = argument.partitionBy
  if (partition !== undefined || argument.orderBy.length > 0) {
    throw new SqlError(
      'TUMBLE takes no PARTITION BY and no ORDER BY',
      argument.at,
      'write the keys into GROUP BY',
    )
  }
  return argument
}

function timeColumnOf(
  call: CallNode,
  argument: ExpressionNode | undefined,
  input: Relation,
): ScopeColumn {
  if (argument?.kind !== 'descriptor') throw wrongArguments(call)
  const name = timeNameOf(argument)
  const column = input.columns.find((each) => each.name === name.text)
  if (column === undefined) {
    const names = input.columns.map((each) => each.name)
    throw new SqlError(
      `there is no column \`${name.text}\``,
      name.at,
      didYouMean(name.text, names) ?? listed('the columns are', names),
    )
  }
  if (column.rowtime) return column
  const rowtime = input.columns.find((each) => each.rowtime)
  throw new SqlError(
    `\`${name.text}\` (${typeName(column.type)}) is not the event time of its table`,
    name.at,
    rowtime === undefined
      ? noEventTimeHint(input, name.text)
      : `the event time is \`${rowtime.name}\``,
  )
}

function noEventTimeHint({ node }: Relation, name: string): string {
  return node.kind === 'scan'
    ? `declare it in CREATE TABLE: WATERMARK FOR ${name} AS ${name} - INTERVAL '5' SECOND`
    : 'select the event time itself, or window_time of a window below, and use that'
}

function timeNameOf(descriptor: DescriptorNode) {
  if (descriptor.columns.length > 1) {
    throw new SqlError('a window has one time column', descriptor.at)
  }
  return lastOf(descriptor.columns)
}

function durationOf(call: CallNode, node: ExpressionNode | undefined, what: string): number {
  if (node === undefined) throw wrongArguments(call)
  const negative = node.kind === 'unary' && node.operator === '-'
  const literal = negative ? node.operand : node
  if (literal.kind !== 'interval') {
    throw new SqlError(
      `the ${what} of a window must be an INTERVAL`,
      node.at,
      "write it like INTERVAL '15' MINUTE",
    )
  }
  const { type, value } = resolveLiteral(literal)
  if (type.kind !== 'interval' || type.unit === 'month') {
    throw new SqlError(
      `the ${what} of a window cannot be counted in months or years`,
      node.at,
      "they are not all of one length; write it in days: INTERVAL '30' DAY",
    )
  }
  if (Number(value) % 1 !== 0 || Math.abs(Number(value)) > Number.MAX_SAFE_INTEGER / dayMs) {
    throw new SqlError(`the ${what} of a window is out of range`, node.at)
  }
  return negative ? -Number(value) : Number(value)
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
      rowtime: part === 'time',
    }),
  )
  return { node: input.node, columns: [...columns, ...added] }
}

/** The last instant of a window, in the kind of time that was given. */
export function windowTimeType(time: DataType): DataType {
  const kind = time.kind === 'timestampLtz' ? 'timestampLtz' : 'timestamp'
  return { kind, precision: 3, nullable: false }
}
