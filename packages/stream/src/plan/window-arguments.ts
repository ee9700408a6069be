import {
  type CallNode,
  didYouMean,
  type ExpressionNode,
  lastOf,
  SqlError,
  type TableArgumentNode,
} from '../sql/index.js'
import { resolveLiteral } from './literal.js'
import {
  findColumn,
  listed,
  type PendingSessions,
  type Relation,
  type ScopeColumn,
} from './scope.js'
import { typeName } from './type-name.js'

/** Times are counted in microseconds: a longer one would not be counted exactly. */
const durationMsMax = Math.floor(Number.MAX_SAFE_INTEGER / 1000)

/** The arguments of each window function, in their order; OFFSET may be left out. */
const parametersOf = {
  TUMBLE: ['DATA', 'TIMECOL', 'SIZE', 'OFFSET'],
  HOP: ['DATA', 'TIMECOL', 'SLIDE', 'SIZE', 'OFFSET'],
  CUMULATE: ['DATA', 'TIMECOL', 'STEP', 'SIZE', 'OFFSET'],
  SESSION: ['DATA', 'TIMECOL', 'GAP'],
} as const

export type WindowFunctionName = keyof typeof parametersOf
type Parameter = (typeof parametersOf)[WindowFunctionName][number]

/** How each is written, for who wrote it otherwise. */
const examples: Record<WindowFunctionName, string> = {
  TUMBLE: "TUMBLE(TABLE t, DESCRIPTOR(time_column), INTERVAL '15' MINUTE)",
  HOP: "HOP(TABLE t, DESCRIPTOR(time_column), INTERVAL '5' MINUTE, INTERVAL '15' MINUTE)",
  CUMULATE: "CUMULATE(TABLE t, DESCRIPTOR(time_column), INTERVAL '5' MINUTE, INTERVAL '1' HOUR)",
  SESSION: "SESSION(TABLE t PARTITION BY key, DESCRIPTOR(time_column), INTERVAL '5' MINUTE)",
}

export const windowFunctionNames: readonly string[] = Object.keys(parametersOf)

/** The window function of that name, in capitals. */
export function windowFunctionNamed(name: string): WindowFunctionName | undefined {
  return Object.hasOwn(parametersOf, name) ? (name as WindowFunctionName) : undefined
}

/** What a window function was called with, by place or by name, checked as it is asked for. */
export class WindowArguments {
  readonly #name: WindowFunctionName
  readonly #call: CallNode
  readonly #found = new Map<Parameter, ExpressionNode>()

  /** @throws SqlError for an argument that the function does not have. */
  constructor(name: WindowFunctionName, call: CallNode) {
    this.#name = name
    this.#call = call
    const parameters: readonly Parameter[] = parametersOf[name]
    call.arguments.forEach((argument, index) => {
      if (argument.kind !== 'namedArgument') {
        const parameter = parameters[index]
        if (parameter === undefined) throw this.#wrong()
        this.#found.set(parameter, argument)
        return
      }
      const { text, at } = argument.name
      const parameter = parameters.find((each) => each === text.toUpperCase())
      if (parameter === undefined) {
        throw new SqlError(
          `${name} has no argument ${text}`,
          at,
          didYouMean(text, parameters) ?? listed('its arguments are', parameters),
        )
      }
      this.#found.set(parameter, argument.value)
    })
  }

  table(): TableArgumentNode {
    const argument = this.#found.get('DATA')
    if (argument?.kind !== 'tableArgument') throw this.#wrong()
    const isPartitioned = this.#name !== 'SESSION' && argument.partitionBy.length > 0
    if (this.#name === 'SESSION' && argument.orderBy.length > 0) {
      throw new SqlError('SESSION takes no ORDER BY', argument.at, 'leave it out')
    }
    if (isPartitioned || argument.orderBy.length > 0) {
      throw new SqlError(
        `${this.#name} takes no PARTITION BY and no ORDER BY`,
        argument.at,
        'write the keys into GROUP BY',
      )
    }
    return argument
  }

  /** What PARTITION BY says: columns of the table. */
  partition(input: Relation): PendingSessions['partition'] {
    return this.table().partitionBy.map((node) => {
      if (node.kind !== 'column') {
        throw new SqlError(
          'PARTITION BY of a window names columns',
          node.at,
          'compute it in a query below: TABLE (SELECT …)',
        )
      }
      const { name, value } = findColumn(input, node)
      if (value.kind !== 'field') throw new Error('a window over a window was refused')
      return { name, field: value.index }
    })
  }

  /** The column that DESCRIPTOR names: the event time of the table, or processing time. */
  timeColumn(input: Relation): ScopeColumn {
    const argument = this.#found.get('TIMECOL')
    if (argument?.kind !== 'descriptor') throw this.#wrong()
    if (argument.columns.length > 1) {
      throw new SqlError('a window has one time column', argument.at)
    }
    const name = lastOf(argument.columns)
    const column = input.columns.find((each) => each.name === name.text)
    if (column === undefined) {
      const names = input.columns.map((each) => each.name)
      throw new SqlError(
        `there is no column \`${name.text}\``,
        name.at,
        didYouMean(name.text, names) ?? listed('the columns are', names),
      )
    }
    if (column.rowtime || column.proctime === true) return column
    const rowtime = input.columns.find((each) => each.rowtime)
    throw new SqlError(
      `\`${name.text}\` (${typeName(column.type)}) is not the event time of its table`,
      name.at,
      rowtime === undefined
        ? noEventTimeHint(input, name.text)
        : `the event time is \`${rowtime.name}\``,
    )
  }

  /** A duration longer than nothing. */
  length(parameter: Exclude<Parameter, 'DATA' | 'TIMECOL' | 'OFFSET'>): number {
    const node = this.#found.get(parameter)
    const what = parameter.toLowerCase()
    const lengthMs = this.#duration(node, what)
    if (lengthMs > 0) return lengthMs
    const longer =
      parameter === 'SIZE'
        ? 'a window must be longer than nothing'
        : `the ${what} of a window must be longer than nothing`
    throw new SqlError(longer, node?.at ?? this.#call.at)
  }

  /** A duration that the size is a multiple of. */
  part(parameter: 'SLIDE' | 'STEP', sizeMs: number): number {
    const lengthMs = this.length(parameter)
    if (sizeMs % lengthMs === 0) return lengthMs
    throw new SqlError(
      `the size of a ${this.#name} window must be a multiple of its ${parameter.toLowerCase()}`,
      this.#found.get(parameter)?.at ?? this.#call.at,
      sizeMs < lengthMs
        ? `${this.#name} has the ${parameter.toLowerCase()} before the size`
        : `the size is ${sizeMs} ms, the ${parameter.toLowerCase()} ${lengthMs} ms`,
    )
  }

  /** Shorter than the window; 0 where it is left out. */
  offset(sizeMs: number): number {
    const node = this.#found.get('OFFSET')
    if (node === undefined) return 0
    const offsetMs = this.#duration(node, 'offset')
    if (Math.abs(offsetMs) < sizeMs) return offsetMs
    throw new SqlError(
      'the offset of a window must be smaller than its size',
      node.at,
      'give the part that is left after whole windows',
    )
  }

  #duration(node: ExpressionNode | undefined, what: string): number {
    if (node === undefined) throw this.#wrong()
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
    if (Number(value) % 1 !== 0 || Math.abs(Number(value)) > durationMsMax) {
      throw new SqlError(`the ${what} of a window is out of range`, node.at)
    }
    return negative ? -Number(value) : Number(value)
  }

  #wrong(): SqlError {
    return new SqlError(
      `these are not the arguments of ${this.#name}`,
      this.#call.at,
      `write ${examples[this.#name]}`,
    )
  }
}

function noEventTimeHint({ node }: Relation, name: string): string {
  return node.kind === 'scan'
    ? `declare it in CREATE TABLE: WATERMARK FOR ${name} AS ${name} - INTERVAL '5' SECOND`
    : 'select the event time itself, or window_time of a window below, and use that'
}
