import { notSupported, type SetOperation, type Span, SqlError } from '../sql/index.js'
import { castTo, commonType } from './coercion.js'
import { type AggregateCall, allColumns, columnAt, type Expression } from './expression.js'
import { distinctRows } from './grouping.js'
import type { FilterNode, GroupAggregateNode, PlanNode, UnionNode } from './node.js'
import { refuseUntypedNulls } from './projection.js'
import { pendingWindowOf, type Relation } from './scope.js'
import { type DataType, type Field, fieldAt } from './type.js'
import { baseName } from './type-name.js'

/**
 * UNION, INTERSECT and EXCEPT. What is distinct is a grouping by all columns: for INTERSECT and
 * EXCEPT over a union of both sides in which each row says from which it came.
 * @throws SqlError where the two do not go together.
 */
export function planSetOperation(
  { operator, all, at }: SetOperation,
  left: Relation,
  right: Relation,
): Relation {
  refuseUntypedNulls(left)
  refuseUntypedNulls(right)
  const fields = commonFields(operator, left, right, at)
  const sides = [left, right].map((side) => inTypes(side, fields))
  if (operator === 'UNION') {
    const union = unionOf(sides, fields)
    const columns = left.columns.map(({ name, rowtime }, index) => ({
      name,
      type: fieldAt(fields, index).type,
      value: { kind: 'field' as const, index },
      rowtime: rowtime && right.columns[index]?.rowtime === true,
    }))
    return all ? { node: union, columns } : distinctRows({ node: union, columns })
  }
  const groups = countedOnBothSides(sides, fields)
  const node = all ? copies(operator, groups, fields) : once(operator, groups, fields)
  const columns = left.columns.map(({ name }, index) => ({
    name,
    type: fieldAt(fields, index).type,
    value: { kind: 'field' as const, index },
    rowtime: false,
  }))
  return { node, columns }
}

function commonFields(
  operator: string,
  left: Relation,
  right: Relation,
  at: Span,
): readonly Field[] {
  for (const side of [left, right]) {
    if (pendingWindowOf(side) === undefined) continue
    throw notSupported(`${operator} of windows`, at, 'group by window_start and window_end first')
  }
  const [count, other] = [left.columns.length, right.columns.length]
  if (count !== other) {
    throw new SqlError(
      `the sides of ${operator} have ${count} and ${other} columns`,
      at,
      'select as many columns on the right as on the left',
    )
  }
  return left.columns.map((column, index): Field => {
    const opposite = right.columns[index]
    if (opposite === undefined) throw new Error('both sides have as many columns')
    const type = commonType([columnOf(column), columnOf(opposite)])
    if (type !== undefined) return { name: column.name, type }
    throw new SqlError(
      `column ${index + 1} of ${operator} is ${baseName(column.type)} on the left and ${baseName(opposite.type)} on the right`,
      at,
      'CAST one of them',
    )
  })
}

function columnOf({ name, type, value }: Relation['columns'][number]): Expression {
  if (value.kind !== 'field') throw new Error('a window was refused before')
  return { kind: 'column', index: value.index, name, type }
}

/** One side, with its columns alone, in the common types. */
function inTypes(side: Relation, fields: readonly Field[]): PlanNode {
  const expressions = side.columns.map((column, index) =>
    castTo(columnOf(column), fieldAt(fields, index).type),
  )
  return { kind: 'project', input: side.node, expressions, fields }
}

function unionOf(inputs: readonly PlanNode[], fields: readonly Field[]): UnionNode {
  return { kind: 'union', inputs, fields }
}

const bigint: DataType = { kind: 'bigint', nullable: false }

const boolean: DataType = { kind: 'boolean', nullable: false }

/** Each row that is on any side, and behind its columns how often it is on the left and on the right. */
function countedOnBothSides(
  sides: readonly PlanNode[],
  fields: readonly Field[],
): GroupAggregateNode {
  const marks: readonly Field[] = ['$left', '$right'].map((name) => ({ name, type: bigint }))
  const marked = sides.map((side, which): PlanNode => {
    const columns = allColumns(fields)
    const ones = marks.map((_, mark) => count(mark === which ? 1n : 0n))
    const all = [...fields, ...marks]
    return { kind: 'project', input: side, expressions: [...columns, ...ones], fields: all }
  })
  const aggregates = marks.map(({ name }, mark): AggregateCall => {
    const argument: Expression = { kind: 'column', index: fields.length + mark, name, type: bigint }
    return { function: 'sum', argument, distinct: false, type: bigint }
  })
  return {
    kind: 'groupAggregate',
    input: unionOf(marked, [...fields, ...marks]),
    keys: fields.map((_, index) => index),
    aggregates,
    fields: [...fields, ...marks],
  }
}

/** Rows that are on both sides (INTERSECT), or on the left and not on the right (EXCEPT). */
function once(operator: string, groups: PlanNode, fields: readonly Field[]): PlanNode {
  const [left, right] = countsOf(groups, fields)
  const conditions = [
    call('>', [left, count(0n)], boolean),
    call(operator === 'INTERSECT' ? '>' : '=', [right, count(0n)], boolean),
  ]
  const condition = call('AND', conditions, boolean)
  return { kind: 'filter', input: groups, condition, fields: groups.fields }
}

/**
 * Rows as often as they are on both sides (INTERSECT ALL), or more often on the left than on the
 * right (EXCEPT ALL): each beside the elements of a multiset that has one value so often.
 */
function copies(operator: string, groups: PlanNode, fields: readonly Field[]): PlanNode {
  const [left, right] = countsOf(groups, fields)
  const often = call(operator === 'INTERSECT' ? 'LEAST' : '-', [left, right], bigint)
  const condition = call('>', [often, count(0n)], boolean)
  const there: FilterNode = { kind: 'filter', input: groups, condition, fields: groups.fields }
  const one: Expression = { kind: 'literal', value: true, type: boolean }
  return {
    kind: 'unnest',
    input: there,
    collection: call('MAP', [one, often], { kind: 'multiset', element: boolean, nullable: false }),
    isOuter: false,
    withOrdinality: false,
    fields: [...there.fields, { name: '$copy', type: boolean }],
  }
}

function countsOf(groups: PlanNode, fields: readonly Field[]): [Expression, Expression] {
  const at = (index: number): Expression => {
    return columnAt(groups.fields, index)
  }
  return [at(fields.length), at(fields.length + 1)]
}

function count(value: bigint): Expression {
  return { kind: 'literal', value, type: bigint }
}

function call(name: string, inputs: readonly Expression[], type: DataType): Expression {
  return { kind: 'call', function: name, arguments: inputs, type }
}
