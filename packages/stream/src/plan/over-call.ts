import {
  type CallNode,
  type ExpressionNode,
  type Name,
  notSupported,
  type Select,
  SqlError,
  type WindowSpecification,
} from '../sql/index.js'
import { childrenOf } from './aggregate-calls.js'
import { functionName } from './expression-resolver.js'
import { listed } from './scope.js'

/** A call with OVER, and the window that it is over, whatever name that has. */
export interface OverCall {
  readonly node: CallNode
  readonly name: string
  readonly window: WindowSpecification
}

/** The calls with OVER in what a query selects, from left to right. */
export function overCallsOf(select: Select): readonly OverCall[] {
  const found: OverCall[] = []
  const collect = (node: ExpressionNode): void => {
    if (node.kind === 'call' && node.over !== undefined) {
      const name = functionName(node).toUpperCase()
      found.push({ node, name, window: windowOf(node.over, select) })
    } else {
      childrenOf(node).forEach(collect)
    }
  }
  for (const { expression } of select.items) collect(expression)
  return found
}

/** The window as it is written, with what the window adds that it builds upon. */
function windowOf(over: WindowSpecification | Name, select: Select): WindowSpecification {
  if ('text' in over) return windowNamed(over, select)
  if (over.base === undefined) return over
  const base = windowNamed(over.base, select)
  if (over.partitionBy.length > 0 || (over.orderBy.length > 0 && base.orderBy.length > 0)) {
    throw new SqlError(
      `this window says again what \`${over.base.text}\` says`,
      over.at,
      'write the whole window here, without the name',
    )
  }
  const frame = over.frame ?? base.frame
  return {
    at: over.at,
    partitionBy: base.partitionBy,
    orderBy: over.orderBy.length > 0 ? over.orderBy : base.orderBy,
    ...(frame && { frame }),
  }
}

function windowNamed(name: Name, select: Select): WindowSpecification {
  const found = select.windows.find((each) => each.name.text === name.text)
  if (found !== undefined) {
    if (found.window.base?.text === name.text) {
      throw new SqlError('a window cannot be built upon itself', found.window.at)
    }
    return windowOf(found.window, select)
  }
  throw new SqlError(
    `there is no window \`${name.text}\``,
    name.at,
    listed(
      'the windows are',
      select.windows.map((each) => each.name.text),
    ) ?? 'declare it: WINDOW w AS (PARTITION BY … ORDER BY …)',
  )
}

const rankFunctions = new Set(['ROW_NUMBER', 'RANK', 'DENSE_RANK'])

/** ROW_NUMBER, RANK or DENSE_RANK. */
export function isRankFunction({ name }: OverCall): boolean {
  return rankFunctions.has(name)
}

/** A call of ROW_NUMBER, RANK or DENSE_RANK takes nothing but its window. */
export function checkRankCall({ node, name, window }: OverCall): void {
  if (node.arguments.length > 0 || node.distinct || node.filter !== undefined) {
    throw new SqlError(
      `${name} takes no arguments`,
      node.at,
      `write ${name}() OVER (PARTITION BY … ORDER BY …)`,
    )
  }
  if (window.orderBy.length === 0) {
    throw new SqlError(`${name} needs an order`, node.at, 'add ORDER BY to its window')
  }
  if (window.frame !== undefined) {
    throw new SqlError(`${name} takes no frame`, window.at, 'leave ROWS or RANGE out')
  }
}

/** The error for a function that is over no window here. */
export function unsupportedOver({ node, name }: OverCall): SqlError {
  return notSupported(`${name} OVER`, node.at, 'group by a window: TABLE(TUMBLE(…)) and GROUP BY')
}
