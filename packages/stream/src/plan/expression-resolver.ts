import {
  type BinaryNode,
  type CallNode,
  type CaseNode,
  type CastNode,
  type ColumnNode,
  type ExpressionNode,
  notSupported,
  type Span,
  SqlError,
} from '../sql/index.js'
import { aggregateNamed, isUnsupportedAggregate } from './aggregate-functions.js'
import { callFunction, checkCallable, requireBoolean } from './call-resolution.js'
import { castTo, commonType, isCastable, untypedNull } from './coercion.js'
import { currentWatermarkFunction, resolveCurrentWatermark } from './current-watermark.js'
import { isSameExpression } from './equality.js'
import { branchOf, type Expression } from './expression.js'
import { callOfJson, isCallOfJson } from './json-call.js'
import { resolveLiteral, resolveNumber } from './literal.js'
import { construct, fieldOfRow, itemOf } from './nested.js'
import { findColumn, findPath, type Relation, type ScopeColumn } from './scope.js'
import { withNullable } from './type-family.js'
import { baseName } from './type-name.js'
import { resolveType } from './type-resolution.js'
import { callUserFunction, type UserFunction } from './user-function.js'

/** A field that holds an expression's value. */
export interface ComputedField {
  readonly expression: Expression
  readonly column: Expression
}

/** Resolves the names and types of expressions over the rows of one relation. */
export class ExpressionResolver {
  readonly #relation: Relation
  /** Where the expression stands, for messages: `WHERE`, `SELECT`, … */
  readonly #clause: string
  #known: ReadonlyMap<ExpressionNode, Expression> = new Map()
  #computed: readonly ComputedField[] = []

  constructor(relation: Relation, clause: string) {
    this.#relation = relation
    this.#clause = clause
  }

  /** The same, knowing what some expressions stand for, and which have a field already. */
  knowing(
    values: ReadonlyMap<ExpressionNode, Expression>,
    computed: readonly ComputedField[],
  ): this {
    this.#known = new Map([...this.#known, ...values])
    this.#computed = [...this.#computed, ...computed]
    return this
  }

  /** Throws a SqlError for an unknown name or a type that does not fit. */
  resolve(node: ExpressionNode): Expression {
    const resolved = this.#known.get(node) ?? this.#resolve(node)
    if (resolved.kind === 'column') return resolved
    const computed = this.#computed.find((each) => isSameExpression(each.expression, resolved))
    return computed?.column ?? resolved
  }

  #resolve(node: ExpressionNode): Expression {
    switch (node.kind) {
      case 'column':
        return this.#resolvePath(node)
      case 'fieldAccess':
        return fieldOfRow(this.resolve(node.operand), node.field)
      case 'element':
        return itemOf(this.resolve(node.operand), this.resolve(node.index), node.index.at)
      case 'constructor': {
        const items = node.items.map((item) => this.resolve(item))
        return construct(node.type, items, node.at)
      }
      case 'number':
      case 'string':
      case 'bytes':
      case 'boolean':
      case 'null':
      case 'temporal':
      case 'interval':
        return resolveLiteral(node)
      case 'unary': {
        if (node.operator === '-' && node.operand.kind === 'number') {
          return resolveNumber(node.operand.text, node.at, true)
        }
        const operand = this.resolve(node.operand)
        const name = node.operator === 'NOT' ? 'NOT' : 'NEGATE'
        const result = callFunction(name, node.at, [operand], [node.operand.at])
        return node.operator === '+' ? operand : result
      }
      case 'binary':
        return node.operator === 'OVERLAPS'
          ? this.#resolveOverlaps(node)
          : this.#call(node.operator, node.at, [node.left, node.right])
      case 'is':
        return this.#resolveIs(node.test, node.negated, node.at, node.operand)
      case 'between':
        return this.#resolveBetween(node)
      case 'inList':
        return this.#negated(
          node.negated,
          node.at,
          this.#call('IN', node.at, [node.operand, ...node.items]),
        )
      case 'like': {
        const escapeWith = node.escape === undefined ? [] : [node.escape]
        const like = this.#call(node.operator, node.at, [node.operand, node.pattern, ...escapeWith])
        return this.#negated(node.negated, node.at, like)
      }
      case 'case':
        return this.#resolveCase(node)
      case 'cast':
        return this.#resolveCast(node)
      case 'call':
        return this.resolveCall(node)
      default:
        throw unsupportedExpression(node)
    }
  }

  /** An expression that must be TRUE, FALSE or NULL. */
  resolveCondition(node: ExpressionNode): Expression {
    return requireBoolean(this.resolve(node), node.at, this.#clause)
  }

  /** Where a name is looked up. Overridden where that is not among what is computed over. */
  protected namesFor(_node: ColumnNode): Relation {
    return this.#relation
  }

  #resolvePath(node: ColumnNode): Expression {
    const { fields } = findPath(this.namesFor(node), node)
    const path = node.path.slice(0, node.path.length - fields.length)
    return fields.reduce(fieldOfRow, this.resolveColumn({ ...node, path }))
  }

  /** The name of a column. Overridden where only some columns can be seen. */
  protected resolveColumn(node: ColumnNode): Expression {
    return fieldReference(findColumn(this.namesFor(node), node), node)
  }

  /** A call that is no special form. Overridden where aggregates are allowed. */
  protected resolveCall(node: CallNode): Expression {
    const name = functionName(node)
    if (node.over !== undefined) {
      throw new SqlError(
        `OVER cannot stand in ${this.#clause}`,
        node.at,
        'select it in a query below, and use its name here',
      )
    }
    if (node.declared !== undefined) {
      refuseAggregateSyntax(node, name)
      const values = node.arguments.map((each) => this.resolveArgument(each))
      // What is declared is what the planner declared.
      return callUserFunction(node.declared as UserFunction, node, values)
    }
    if (aggregateNamed(name) !== undefined) {
      const hint = this.#clause === 'WHERE' ? 'use HAVING for conditions on aggregates' : undefined
      throw new SqlError(
        `the aggregate ${name.toUpperCase()} cannot stand in ${this.#clause}`,
        node.at,
        hint ?? 'aggregates belong in SELECT and HAVING of a query with GROUP BY',
      )
    }
    if (isUnsupportedAggregate(name)) {
      throw notSupported(
        `the aggregate ${name.toUpperCase()}`,
        node.at,
        'use COUNT, SUM, MIN, MAX or AVG',
      )
    }
    refuseAggregateSyntax(node, name)
    checkCallable(name, node.at)
    if (name.toUpperCase() === currentWatermarkFunction) return this.currentWatermark(node)
    if (isCallOfJson(node)) {
      return callOfJson(node, (each) => this.resolveArgument(each))
    }
    return this.#call(name, node.at, node.arguments)
  }

  /** Overridden where columns are no longer those of the rows that came. */
  protected currentWatermark(node: CallNode): Expression {
    if (this.#clause === 'ON') {
      throw notSupported(
        `${currentWatermarkFunction} in ON`,
        node.at,
        'select it in a query below, and use its name here',
      )
    }
    const values = node.arguments.map((each) => this.resolveArgument(each))
    return resolveCurrentWatermark(node, values, this.#relation)
  }

  #call(name: string, at: Span, nodes: readonly ExpressionNode[]): Expression {
    // A loop, for a long chain of operators is deep, and takes a frame less of the stack for each.
    const values: Expression[] = []
    for (const node of nodes) values.push(this.resolveArgument(node))
    return callFunction(
      name,
      at,
      values,
      nodes.map((node) => node.at),
      nodes,
    )
  }

  protected resolveArgument(node: ExpressionNode): Expression {
    if (node.kind === 'timeUnit') {
      const type = { kind: 'char', length: node.unit.length, nullable: false } as const
      return { kind: 'literal', value: node.unit, type }
    }
    if (node.kind === 'star') {
      throw new SqlError('* is no argument of this function', node.at, 'name a column')
    }
    return this.resolve(node)
  }

  #negated(negated: boolean, at: Span, value: Expression): Expression {
    return negated ? callFunction('NOT', at, [value]) : value
  }

  #resolveIs(test: string, negated: boolean, at: Span, operandNode: ExpressionNode): Expression {
    const operand = this.resolve(operandNode)
    if (test.startsWith('JSON')) {
      return this.#negated(negated, at, callFunction(`IS ${test}`, at, [operand], [operandNode.at]))
    }
    // UNKNOWN is the NULL of booleans.
    if (test === 'UNKNOWN') requireBoolean(operand, operandNode.at, 'IS UNKNOWN')
    const name = `IS ${negated ? 'NOT ' : ''}${test === 'UNKNOWN' ? 'NULL' : test}`
    return callFunction(name, at, [operand], [operandNode.at])
  }

  /** Each side has two times, or a time and how long after it the other is. */
  #resolveOverlaps({ left, right, at }: BinaryNode): Expression {
    const times = [left, right].flatMap((side) => {
      const [from, to] = side.kind === 'constructor' ? side.items : []
      if (side.kind !== 'constructor' || from === undefined || to === undefined) {
        throw new SqlError(
          'OVERLAPS stands between two pairs of times',
          side.at,
          'write (start, end)',
        )
      }
      const [start, end] = [this.resolve(from), this.resolve(to)]
      if (end.type.kind !== 'interval') return [start, end]
      return [start, callFunction('+', to.at, [start, end], [from.at, to.at])]
    })
    return callFunction('OVERLAPS', at, times)
  }

  #resolveBetween(node: Extract<ExpressionNode, { kind: 'between' }>): Expression {
    const inOrder = this.#call('BETWEEN', node.at, [node.operand, node.low, node.high])
    const between = node.symmetric
      ? callFunction('OR', node.at, [
          inOrder,
          this.#call('BETWEEN', node.at, [node.operand, node.high, node.low]),
        ])
      : inOrder
    return this.#negated(node.negated, node.at, between)
  }

  #resolveCase(node: CaseNode): Expression {
    const operand = node.operand
    const branches = node.branches.map(({ when, result }) => ({
      when:
        operand === undefined
          ? requireBoolean(this.resolve(when), when.at, 'WHEN')
          : this.#call('=', when.at, [operand, when]),
      result: this.resolve(result),
    }))
    const otherwise = node.otherwise === undefined ? untypedNull : this.resolve(node.otherwise)
    const results = [...branches.map(({ result }) => result), otherwise]
    const type = commonType(results)
    if (type === undefined) throw noCommonType('the results of this CASE', node.at, results)
    return {
      kind: 'case',
      branches: branches.map(({ when, result }) => branchOf(when, castTo(result, type))),
      otherwise: castTo(otherwise, type),
      type,
    }
  }

  #resolveCast(node: CastNode): Expression {
    const type = resolveType(node.type)
    const operand = this.resolve(node.operand)
    if (operand === untypedNull) return castTo(operand, type)
    if (!isCastable(operand.type, type)) {
      const numeric = operand.type.kind === 'bigint' || operand.type.kind === 'int'
      throw new SqlError(
        `${baseName(operand.type)} cannot be cast to ${baseName(type)}`,
        node.at,
        numeric && type.kind.startsWith('timestamp')
          ? 'use TO_TIMESTAMP_LTZ(value, 3) for milliseconds, or TO_TIMESTAMP_LTZ(value, 0) for seconds'
          : undefined,
      )
    }
    const nullable = operand.type.nullable || node.tryCast
    return {
      kind: 'cast',
      input: operand,
      type: withNullable(type, nullable),
      tryCast: node.tryCast,
    }
  }
}

/** A function's name as written, `a.b` for one of a catalogue. */
export function functionName(node: CallNode): string {
  return node.name.map(({ text }) => text).join('.')
}

/** The value of a column, where it is a field already. */
export function fieldReference(column: ScopeColumn, node: ColumnNode): Expression {
  const { name, type, value } = column
  if (value.kind === 'window') {
    throw notSupported(
      `using \`${name}\` before the window is grouped`,
      node.at,
      'group by window_start and window_end, and compute with them above the grouping',
    )
  }
  return { kind: 'column', index: value.index, name, type }
}

function refuseAggregateSyntax(node: CallNode, name: string): void {
  const part =
    (node.distinct && 'DISTINCT') ||
    (node.filter !== undefined && 'FILTER') ||
    (node.withinGroup !== undefined && 'WITHIN GROUP')
  if (part === false) return
  throw new SqlError(
    `${part} belongs to aggregates, and ${name.toUpperCase()} is none`,
    node.at,
    'leave it out',
  )
}

/** The error for values that Flink has no common type for. */
export function noCommonType(what: string, at: Span, values: readonly Expression[]): SqlError {
  const types = values.filter((value) => value !== untypedNull).map(({ type }) => baseName(type))
  if (types.length === 0) {
    return new SqlError(`${what} are all NULL`, at, 'give one of them a type: CAST(NULL AS INT)')
  }
  const shown = [...new Set(types)].join(', ')
  return new SqlError(`${what} have no common type: ${shown}`, at, 'CAST them to one type')
}

function unsupportedExpression(node: ExpressionNode): SqlError {
  switch (node.kind) {
    case 'inQuery':
      return notSupported(
        'IN with a query, but in WHERE, HAVING and SELECT,',
        node.at,
        'write it into WHERE',
      )
    case 'exists':
      return notSupported(
        'EXISTS, but in WHERE, HAVING and SELECT,',
        node.at,
        'write it into WHERE',
      )
    case 'subquery':
      return notSupported(
        'a query as a value, but in WHERE, HAVING and SELECT,',
        node.at,
        'write the query into FROM',
      )
    case 'namedArgument':
      return notSupported('named arguments of functions', node.at, 'give them in their order')
    case 'star':
      return new SqlError('* is no value', node.at, 'it stands alone in SELECT, or in COUNT(*)')
    default:
      return new SqlError('this is no value', node.at, 'it is an argument of table functions')
  }
}
