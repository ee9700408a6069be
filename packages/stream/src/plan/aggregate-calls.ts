import { type CallNode, type ExpressionNode, notSupported, SqlError } from '../sql/index.js'
import { aggregateNamed, aggregateType, isJsonAggregate } from './aggregate-functions.js'
import { castTo, untypedNull } from './coercion.js'
import type { AggregateCall, Expression } from './expression.js'
import { ExpressionResolver, functionName } from './expression-resolver.js'
import { jsonElement, jsonMember } from './json-aggregate.js'
import { percentagesOf } from './percentile.js'
import { reducedAggregateNamed, reducedParts, reducedValue } from './reduced-aggregate.js'
import type { Relation } from './scope.js'
import { baseName } from './type-name.js'

/** Is there an aggregate in the expression? */
export function holdsAggregate(node: ExpressionNode): boolean {
  return isAggregate(node) || childrenOf(node).some(holdsAggregate)
}

/** Is there a call with OVER in the expression? */
export function holdsOver(node: ExpressionNode): boolean {
  return (node.kind === 'call' && node.over !== undefined) || childrenOf(node).some(holdsOver)
}

/** The outermost aggregates of an expression, from left to right. */
export function aggregatesOf(node: ExpressionNode): readonly CallNode[] {
  const found: CallNode[] = []
  const collect = (each: ExpressionNode): void => {
    if (isAggregate(each)) found.push(each)
    else childrenOf(each).forEach(collect)
  }
  collect(node)
  return found
}

/** Is the expression itself an aggregate? */
export function isAggregate(node: ExpressionNode): node is CallNode {
  if (node.kind !== 'call' || node.over !== undefined) return false
  const name = functionName(node)
  return aggregateNamed(name) !== undefined || reducedAggregateNamed(name) !== undefined
}

/** The expressions that an expression is made of; queries within it are none. */
export function childrenOf(node: ExpressionNode): readonly ExpressionNode[] {
  switch (node.kind) {
    case 'unary':
    case 'is':
    case 'cast':
    case 'fieldAccess':
    case 'inQuery':
      return [node.operand]
    case 'binary':
      return [node.left, node.right]
    case 'between':
      return [node.operand, node.low, node.high]
    case 'inList':
      return [node.operand, ...node.items]
    case 'like':
      return [node.operand, node.pattern, ...(node.escape ? [node.escape] : [])]
    case 'element':
      return [node.operand, node.index]
    case 'case':
      return [
        ...(node.operand ? [node.operand] : []),
        ...node.branches.flatMap(({ when, result }) => [when, result]),
        ...(node.otherwise ? [node.otherwise] : []),
      ]
    case 'call':
      return [...node.arguments, ...windowExpressions(node)]
    case 'constructor':
      return node.items
    default:
      return []
  }
}

/** What a window in place says; one of the clause WINDOW is looked at there. */
function windowExpressions({ over }: CallNode): readonly ExpressionNode[] {
  if (over === undefined || 'text' in over) return []
  return [...over.partitionBy, ...over.orderBy.map(({ expression }) => expression)]
}

/** The aggregates over the rows of `input` that the value of one is computed of: itself, or others. */
export function resolveAggregateParts(node: CallNode, input: Relation): readonly AggregateCall[] {
  const reduced = resolveReduced(node, input)
  return reduced === undefined ? [resolveAggregate(node, input)] : reduced.parts
}

/** An aggregate that is computed of others, if it is one: of which, and how. */
export function resolveReduced(
  node: CallNode,
  input: Relation,
):
  | { parts: readonly AggregateCall[]; value: (parts: readonly Expression[]) => Expression }
  | undefined {
  const name = reducedAggregateNamed(functionName(node))
  if (name === undefined) return undefined
  const [argumentNode, ...more] = node.arguments
  if (argumentNode === undefined || more.length > 0) throw wrongArguments(node, name)
  const argument = new ExpressionResolver(input, `the argument of ${name}`).resolve(argumentNode)
  const filter =
    node.filter === undefined
      ? undefined
      : new ExpressionResolver(input, 'FILTER').resolveCondition(node.filter)
  const { parts, type } = reducedParts(name, node, argument, filter)
  return { parts, value: (values) => reducedValue(name, node.at, values, type) }
}

/** An aggregate over the rows of `input`. */
export function resolveAggregate(node: CallNode, input: Relation): AggregateCall {
  const written = functionName(node).toUpperCase()
  const name = aggregateNamed(written)
  if (name === undefined) throw new Error(`${written} is no aggregate`)
  const rows = new ExpressionResolver(input, `the argument of ${written}`)
  const filter =
    node.filter === undefined
      ? undefined
      : new ExpressionResolver(input, 'FILTER').resolveCondition(node.filter)
  const common = { function: name, ...(filter && { filter }) }
  if (node.withinGroup !== undefined) {
    throw new SqlError(`${written} takes no WITHIN GROUP`, node.at, 'leave it out')
  }
  const [argumentNode, ...more] = node.arguments
  const percentages = name === 'percentile' ? percentagesOf(node) : undefined
  const takesTwo = ['listagg', 'json_objectagg', 'percentile'].includes(name)
  if (argumentNode === undefined || (more.length > 0 && !(takesTwo && more.length === 1))) {
    throw wrongArguments(node, written)
  }
  if (argumentNode.kind === 'star') {
    if (name !== 'count' || node.distinct || argumentNode.qualifier.length > 0) {
      throw wrongArguments(node, written)
    }
    return { ...common, distinct: false, type: { kind: 'bigint', nullable: false } }
  }
  const [argument, second] = [argumentNode, ...more].map((each) => {
    const isWritten = each !== argumentNode && name !== 'json_objectagg'
    return isWritten ? untypedNull : rows.resolve(each)
  })
  if (argument === undefined) throw wrongArguments(node, written)
  const type =
    argument === untypedNull ? undefined : aggregateType(name, argument.type, filter !== undefined)
  if (type === undefined) {
    throw new SqlError(
      argument === untypedNull
        ? `${written} of NULL has no type`
        : `${written} is not defined for ${baseName(argument.type)}`,
      argumentNode.at,
      name === 'sum' || name === 'avg' ? 'CAST it to a number' : 'CAST it to another type',
    )
  }
  // What is never NULL is counted like rows.
  const countsRows = name === 'count' && !node.distinct && !argument.type.nullable
  if (countsRows) return { ...common, distinct: false, type }
  // The smallest of distinct values is the smallest of all.
  const distinct = node.distinct && name !== 'min' && name !== 'max'
  if (isJsonAggregate(name)) {
    const onNull = node.json?.onNull
    const json =
      name === 'json_arrayagg'
        ? jsonElement(argument, onNull ?? 'ABSENT', node)
        : jsonMember(argument, second ?? argument, onNull ?? 'NULL', node)
    return { ...common, argument: json, distinct, type }
  }
  if (name === 'array_agg' && node.nulls !== 'IGNORE') {
    return { ...common, argument, distinct, keepsNull: true, type }
  }
  if (percentages !== undefined) {
    const { shares, type: given } = percentages
    const value = castTo(argument, { kind: 'double', nullable: argument.type.nullable })
    return { ...common, argument: value, distinct, shares, type: given }
  }
  if (name === 'listagg') {
    return { ...common, argument, distinct, separator: separatorOf(more[0]), type }
  }
  return { ...common, argument, distinct, type }
}

/** The second argument of LISTAGG, which must be written as a text. */
function separatorOf(node: ExpressionNode | undefined): string {
  if (node === undefined) return ','
  if (node.kind === 'string') return node.value
  throw new SqlError('the separator of LISTAGG is a text as written', node.at, "write ', '")
}

function wrongArguments(node: CallNode, name: string): SqlError {
  if (name === 'COUNT' && node.arguments.length > 1) {
    return notSupported('COUNT of several columns', node.at, 'count one of them')
  }
  const hint = name === 'COUNT' ? 'write COUNT(*) or COUNT(column)' : `write ${name}(column)`
  return new SqlError(`${name} takes one argument`, node.at, hint)
}
