import { type CallNode, notSupported, SqlError } from '../sql/index.js'
import { changingNode, operatorName } from './changelog.js'
import type { Expression } from './expression.js'
import { inputsOf, type PlanNode } from './node.js'
import { rewriteExpression } from './rewrite-expression.js'
import { listed, type Relation } from './scope.js'

export const currentWatermarkFunction = 'CURRENT_WATERMARK'

/**
 * CURRENT_WATERMARK(time), of a table's event time: a call with the table's name. Its value is the
 * watermark of the table when the step began in which the row came, and NULL while there was none.
 * @throws SqlError where the argument is no event time, or the rows are not those of a table.
 */
export function resolveCurrentWatermark(
  { at, arguments: nodes }: CallNode,
  values: readonly Expression[],
  { node, columns }: Relation,
): Expression {
  const [time, more] = values
  const isTime = columns.some(({ rowtime, value }) => {
    return (
      rowtime && time?.kind === 'column' && value.kind === 'field' && value.index === time.index
    )
  })
  if (time?.kind !== 'column' || more !== undefined || !isTime) {
    const times = columns.filter(({ rowtime }) => rowtime).map(({ name }) => name)
    throw new SqlError(
      `${currentWatermarkFunction} takes an event time`,
      nodes[0]?.at ?? at,
      listed('the event times are', times) ?? 'declare a WATERMARK for it',
    )
  }
  const changing = changingNode(node)
  const between = changing ?? nodeBetween(node, time.index)
  if (between !== undefined) {
    throw notSupported(
      `${currentWatermarkFunction} of ${operatorName(between)}`,
      at,
      'select it in a query below, over the table itself, and use its name here',
    )
  }
  const { name } = tableOf(node)
  const text = { kind: 'varchar', length: name.length, nullable: false } as const
  const isZoned = time.type.kind === 'timestampLtz'
  return {
    kind: 'call',
    function: currentWatermarkFunction,
    arguments: [{ kind: 'literal', value: name, type: text }],
    type: { kind: isZoned ? 'timestampLtz' : 'timestamp', precision: 3, nullable: true },
  }
}

/** Does the expression need the watermark of a table? */
export function readsWatermark(expression: Expression): boolean {
  let reads = false
  rewriteExpression(expression, (part) => {
    reads ||= part.kind === 'call' && part.function === currentWatermarkFunction
    return part
  })
  return reads
}

/** What stands between a node and the event time of its table; undefined for nothing. */
function nodeBetween(node: PlanNode, column: number): PlanNode | undefined {
  switch (node.kind) {
    case 'scan':
      return node.watermark?.column === column ? undefined : node
    case 'filter':
      return nodeBetween(node.input, column)
    case 'project': {
      const expression = node.expressions[column]
      return expression?.kind === 'column' ? nodeBetween(node.input, expression.index) : node
    }
    default:
      return node
  }
}

function tableOf(node: PlanNode): { readonly name: string } {
  if (node.kind === 'scan') return node.table
  const [input] = inputsOf(node)
  if (input === undefined) throw new Error('a chain of nodes ends with a table')
  return tableOf(input)
}
