import { notSupported, SqlError, type WindowSpecification } from '../sql/index.js'
import { resolveAggregate } from './aggregate-calls.js'
import { aggregateNamed, isJsonAggregate } from './aggregate-functions.js'
import { changingNode, operatorName } from './changelog.js'
import { castTo, commonType, untypedNull } from './coercion.js'
import { withComputedFields } from './computed-fields.js'
import type { Expression } from './expression.js'
import type { ExpressionResolver } from './expression-resolver.js'
import { resolveLiteral } from './literal.js'
import type { PlanNode } from './node.js'
import { checkRankCall, isRankFunction, type OverCall, unsupportedOver } from './over-call.js'
import type { OverFrame, OverFunction, OverNode } from './over-node.js'
import { isProcessingTime } from './processing-time.js'
import type { RankNode } from './rank-node.js'
import type { Relation } from './scope.js'
import type { DataType, Field } from './type.js'
import { withNullable } from './type-family.js'

const bigint: DataType = { kind: 'bigint', nullable: false }

/**
 * Functions of the rows before each row, in the order of event time or in that in which rows come
 * (processing time), as more fields of the relation.
 * As in Flink all of them are over one window, which ends with the row itself.
 */
export function planOverFunctions(
  calls: readonly OverCall[],
  relation: Relation,
  resolver: ExpressionResolver,
): { node: OverNode; values: readonly Expression[] } {
  const [first] = calls
  if (first === undefined) throw new Error('there is a function')
  const windows = calls.map((call) => windowOf(call, resolver, relation))
  const functions = calls.map((call, index) => {
    return functionOf(call, relation, resolver, windows[index]?.isArrival === true)
  })
  const [window] = windows
  if (window === undefined) throw new Error('each function has a window')
  windows.forEach((each, index) => {
    if (JSON.stringify(partsOf(each)) === JSON.stringify(partsOf(window))) return
    throw notSupported(
      'OVER with several windows in one query',
      calls[index]?.node.at ?? first.node.at,
      'give all of them the same PARTITION BY, ORDER BY and frame, or write a query for each',
    )
  })
  refuseChanges(relation.node, first)
  const frame = frameOf(calls, functions, window.frame)
  refuseUnboundedDistinct(frame, calls, functions)
  // All rows before, or a number of them, are the same whatever the clock says.
  const isTimed = !window.isArrival || (frame.unit === 'range' && frame.preceding !== undefined)
  const { node: input, indexes } = withComputedFields(relation.node, [
    ...window.partition.map((expression) => ({ expression, name: '$partition' })),
    ...(isTimed ? [{ expression: window.time, name: '$time' }] : []),
  ])
  const keys = indexes.slice(0, window.partition.length)
  const timeColumn = indexes[window.partition.length]
  const fields = functions.map(({ function: name, type }, index): Field => {
    return { name: `$${name}${index}`, type }
  })
  const node: OverNode = {
    kind: 'over',
    input,
    partitionKeys: [...new Set(keys)],
    ...(timeColumn !== undefined && { timeColumn }),
    ...(window.isArrival && { isArrival: true }),
    frame: isTimed ? frame : { ...frame, unit: 'rows' },
    functions,
    fields: [...input.fields, ...fields],
  }
  const values = fields.map((field, index): Expression => {
    return { kind: 'column', index: input.fields.length + index, ...field }
  })
  return { node, values }
}

/**
 * ROW_NUMBER() by event time, which numbers rows for good as the watermark reaches them, or in the
 * order in which they come.
 */
export function numberedForGood(rank: RankNode): OverNode | undefined {
  const { input, partitionKeys, order, byTime, latestFirst, fields } = rank
  const [time] = order
  const isByTime = byTime && time !== undefined && !time.descending
  const isArrival = time === undefined && !latestFirst
  if ((!isByTime && !isArrival) || changingNode(input) !== undefined) return undefined
  return {
    kind: 'over',
    input,
    partitionKeys,
    ...(time === undefined ? { isArrival: true } : { timeColumn: time.column }),
    frame: { unit: 'rows' },
    functions: [{ function: 'row_number', type: bigint }],
    fields,
  }
}

interface Window {
  readonly partition: readonly Expression[]
  readonly time: Expression
  /** The time is that of the step in which a row comes. */
  readonly isArrival: boolean
  readonly frame: OverFrame | undefined
}

function partsOf({ partition, time, frame }: Window) {
  return [[...partition, time].map((each) => ({ ...each, type: undefined })), frame]
}

function windowOf(
  { node, name, window }: OverCall,
  resolver: ExpressionResolver,
  relation: Relation,
): Window {
  const [order, another] = window.orderBy
  const time = order === undefined ? undefined : resolver.resolve(order.expression)
  const column = relation.columns.find(({ value }) => {
    return time?.kind === 'column' && value.kind === 'field' && value.index === time.index
  })
  const isArrival = column?.proctime === true || (time !== undefined && isProcessingTime(time))
  const isTime = isArrival || column?.rowtime === true
  if (time === undefined || !isTime || another !== undefined || order?.direction !== 'ASC') {
    if (name === 'RANK' || name === 'DENSE_RANK') {
      throw notSupported(
        `${name} in another order than that of event time`,
        order?.expression.at ?? node.at,
        'Flink has it neither: number the rows by ROW_NUMBER(), with a WHERE on the number above',
      )
    }
    throw notSupported(
      'OVER in another order than that of event time or processing time, ascending,',
      order?.expression.at ?? node.at,
      'order by the column of the WATERMARK alone, or number rows by ROW_NUMBER() and WHERE rn <= 10 above',
    )
  }
  return {
    partition: window.partitionBy.map((each) => resolver.resolve(each)),
    time,
    isArrival,
    frame: writtenFrame(window),
  }
}

function writtenFrame({ frame, at }: WindowSpecification): OverFrame | undefined {
  if (frame === undefined) return undefined
  const { from, to } = frame
  if (to !== undefined && to.kind !== 'currentRow') {
    throw notSupported('OVER with a frame that ends behind its row', at, 'end it with CURRENT ROW')
  }
  const unit = frame.unit === 'ROWS' ? 'rows' : 'range'
  switch (from.kind) {
    case 'unboundedPreceding':
      return { unit }
    case 'currentRow':
      return { unit, preceding: 0 }
    case 'preceding': {
      const literal = from.offset.kind === 'interval' || from.offset.kind === 'number'
      const value = literal ? resolveLiteral(from.offset) : undefined
      const isInterval = value?.type.kind === 'interval' && value.type.unit !== 'month'
      const preceding = Number(value?.value ?? Number.NaN)
      const isNumber = value?.type.kind === 'int' || value?.type.kind === 'bigint'
      const fits = unit === 'range' ? isInterval : isNumber
      if (fits && Number.isSafeInteger(preceding) && preceding >= 0) return { unit, preceding }
      throw new SqlError(
        unit === 'range' ? 'RANGE takes an interval of time' : 'ROWS takes a whole number',
        from.offset.at,
        unit === 'range'
          ? "write RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW"
          : 'write ROWS BETWEEN 10 PRECEDING AND CURRENT ROW',
      )
    }
    default:
      throw notSupported('OVER with a frame behind its row', at, 'begin it with PRECEDING')
  }
}

/** LAG looks back as far as it says; what numbers rows counts all of them. */
function frameOf(
  calls: readonly OverCall[],
  functions: readonly OverFunction[],
  written: OverFrame | undefined,
): OverFrame {
  const offsets = functions.flatMap((each) => (each.function === 'lag' ? [each.offset] : []))
  if (offsets.length === 0) return written ?? { unit: 'range' }
  if (offsets.length < functions.length || written !== undefined) {
    throw notSupported(
      'LAG beside other functions, or with a frame,',
      calls[0]?.window.at as WindowSpecification['at'],
      'write a query for each',
    )
  }
  return { unit: 'rows', preceding: Math.max(...offsets) }
}

function functionOf(
  call: OverCall,
  relation: Relation,
  resolver: ExpressionResolver,
  isArrival: boolean,
): OverFunction {
  const { node, name } = call
  if (isRankFunction(call)) {
    checkRankCall(call)
    if (name === 'ROW_NUMBER') return { function: 'row_number', type: bigint }
    if (isArrival) {
      throw notSupported(`${name} OVER by processing time`, node.at, 'use ROW_NUMBER')
    }
    // In Flink both count the rows up to the time of the row, those of the same time included.
    return { function: 'count', distinct: false, type: bigint }
  }
  if (name === 'LAG') return lagOf(call, resolver)
  if (name === 'LEAD') {
    throw notSupported(
      'LEAD',
      node.at,
      'use LAG in the other direction, as in Flink: a stream has no end',
    )
  }
  if (name === 'FIRST_VALUE' || name === 'LAST_VALUE') return firstOrLast(call, resolver)
  const aggregate = aggregateNamed(name)
  if (aggregate === undefined || isJsonAggregate(aggregate)) throw unsupportedOver(call)
  const { over: _, ...withoutOver } = node
  return resolveAggregate(withoutOver, relation)
}

function firstOrLast({ node, name }: OverCall, resolver: ExpressionResolver): OverFunction {
  const [value, ...more] = node.arguments
  if (value === undefined || more.length > 0 || node.distinct) {
    throw new SqlError(`${name} takes one argument`, node.at, `write ${name}(column)`)
  }
  const argument = typed(resolver.resolve(value), node)
  const filter = node.filter === undefined ? undefined : resolver.resolveCondition(node.filter)
  const nullable = argument.type.nullable || filter !== undefined
  return {
    function: name === 'FIRST_VALUE' ? 'first_value' : 'last_value',
    argument,
    ...(filter && { filter }),
    type: withNullable(argument.type, nullable),
  }
}

function lagOf({ node, name }: OverCall, resolver: ExpressionResolver): OverFunction {
  const [value, by, otherwiseNode, ...more] = node.arguments
  if (value === undefined || more.length > 0 || node.distinct || node.filter !== undefined) {
    throw new SqlError(`these are not the arguments of ${name}`, node.at, 'write LAG(column, 1, 0)')
  }
  const argument = typed(resolver.resolve(value), node)
  const offset = by === undefined ? 1 : by.kind === 'number' ? Number(by.text) : Number.NaN
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new SqlError(`${name} looks back by a whole number`, by?.at ?? node.at, 'write it as one')
  }
  const written = otherwiseNode && resolver.resolve(otherwiseNode)
  const type = written === undefined ? argument.type : commonType([argument, written])
  if (type === undefined) {
    throw new SqlError(
      `the value and the default of ${name} have no common type`,
      node.at,
      'CAST one',
    )
  }
  const nullable = written === undefined || written.type.nullable || argument.type.nullable
  return {
    function: 'lag',
    argument: castTo(argument, type),
    offset,
    ...(written && { otherwise: castTo(written, withNullable(type, written.type.nullable)) }),
    type: withNullable(type, nullable),
  }
}

function typed(expression: Expression, { at }: OverCall['node']): Expression {
  if (expression !== untypedNull) return expression
  throw new SqlError('the type of this NULL is not known', at, 'give it one: CAST(NULL AS INT)')
}

function refuseChanges(node: PlanNode, { node: call }: OverCall): void {
  const changing = changingNode(node)
  if (changing === undefined) return
  throw notSupported(
    `OVER of ${operatorName(changing)}, which changes rows that it gave before,`,
    call.at,
    'compute it over rows that stay',
  )
}

function refuseUnboundedDistinct(
  { preceding }: OverFrame,
  calls: readonly OverCall[],
  functions: readonly OverFunction[],
): void {
  if (preceding !== undefined) return
  const place = functions.findIndex((each) => 'distinct' in each && each.distinct)
  const call = calls[place]
  if (call === undefined) return
  throw notSupported(
    'DISTINCT OVER all rows before',
    call.node.at,
    "bound it: RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW",
  )
}
