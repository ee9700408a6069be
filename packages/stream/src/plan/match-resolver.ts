import {
  type CallNode,
  type ColumnNode,
  type ExpressionNode,
  notSupported,
  type Span,
  SqlError,
} from '../sql/index.js'
import { childrenOf, isAggregate, resolveAggregate, resolveReduced } from './aggregate-calls.js'
import { callFunction } from './call-resolution.js'
import { castTo } from './coercion.js'
import type { AggregateCall, Expression } from './expression.js'
import { ExpressionResolver, functionName } from './expression-resolver.js'
import type { MatchReference } from './match-node.js'
import { unknownVariable } from './match-pattern.js'
import { processingTimeFunction } from './processing-time.js'
import { findColumn, type Relation } from './scope.js'
import type { DataType } from './type.js'
import { withNullable } from './type-family.js'

/** What the rows of a match are known by, and what is read of them. */
export interface MatchScope {
  readonly input: Relation
  /** In the order of the pattern. */
  readonly variables: readonly string[]
  /** Event time, where the rows are in its order. */
  readonly timeColumn?: number
  /** Grows as expressions are resolved. */
  readonly references: MatchReference[]
}

/** Aggregates that keep all values, which are not there for matches. */
const collecting: ReadonlySet<AggregateCall['function']> = new Set([
  ...(['array_agg', 'collect', 'json_arrayagg', 'json_objectagg', 'percentile'] as const),
])

type Row = Pick<Extract<MatchReference, { kind: 'row' }>, 'from' | 'offset'>

const lastRow: Row = { from: 'last', offset: 0 }

/**
 * Resolves expressions over the rows of a match: `A.price` is of the last row that is A, `price` of
 * the last row of all, FIRST and LAST say of which other row, and aggregates are over the rows of
 * one variable, or over all.
 */
export class MatchResolver extends ExpressionResolver {
  readonly #scope: MatchScope
  readonly #clause: 'DEFINE' | 'MEASURES'
  /** The row that FIRST or LAST says, while their argument is resolved. */
  #row: Row | undefined

  constructor(scope: MatchScope, clause: 'DEFINE' | 'MEASURES') {
    super(scope.input, clause)
    this.#scope = scope
    this.#clause = clause
  }

  protected override namesFor(node: ColumnNode): Relation {
    const { input, variables } = this.#scope
    const term = this.#termOf(node)
    const [first, second] = node.path
    const isColumn = input.columns.some(({ name }) => name === first?.text)
    if (first !== undefined && second !== undefined && term === undefined && !isColumn) {
      throw unknownVariable(first, variables)
    }
    return relationNamed(input, term === undefined ? undefined : variables[term])
  }

  protected override resolveColumn(node: ColumnNode): Expression {
    const { name, type, value, proctime } = findColumn(this.namesFor(node), node)
    if (proctime === true) {
      throw notSupported('processing time of a row of a match', node.at, 'use MATCH_PROCTIME()')
    }
    if (value.kind !== 'field') throw new Error('the rows of a match have their windows')
    return this.#read(node, value.index, this.#row ?? lastRow, type, name)
  }

  protected override resolveCall(node: CallNode): Expression {
    const name = functionName(node).toUpperCase()
    switch (name) {
      case 'FIRST':
      case 'LAST':
        return this.#navigated(node, name)
      case 'PREV':
      case 'NEXT':
        return this.#physical(node, name)
      case 'CLASSIFIER':
      case 'MATCH_NUMBER':
        throw notSupported(name, node.at, 'leave it out')
      case 'MATCH_ROWTIME':
        return this.#rowtime(node)
      case 'MATCH_PROCTIME':
        if (this.#clause === 'DEFINE' || node.arguments.length > 0) throw misplaced(node, name)
        return callFunction(processingTimeFunction, node.at, [])
    }
    if (!isAggregate(node)) return super.resolveCall(node)
    if (this.#row !== undefined) {
      throw new SqlError('FIRST and LAST take a value of one row', node.at, 'leave them out')
    }
    const term = this.#onlyTerm(node, node)
    const { input, variables } = this.#scope
    const rows = relationNamed(input, term === undefined ? undefined : variables[term])
    const unsupported = node.distinct ? 'DISTINCT' : node.filter && 'FILTER'
    if (unsupported !== undefined) {
      throw notSupported(`${unsupported} over the rows of a match`, node.at, 'leave it out')
    }
    const reduced = resolveReduced(node, rows)
    if (reduced !== undefined) {
      return reduced.value(reduced.parts.map((call) => this.#aggregate(call, term)))
    }
    const call = resolveAggregate(node, rows)
    if (collecting.has(call.function)) {
      throw notSupported(`${name} over the rows of a match`, node.at, 'use another aggregate')
    }
    return this.#aggregate(call, term)
  }

  /** FIRST(x, n) and LAST(x, n): of the row that many rows from the first or the last. */
  #navigated(node: CallNode, name: 'FIRST' | 'LAST'): Expression {
    const [value, offset] = this.#valueAndOffset(node, name, 0)
    if (this.#row !== undefined) {
      throw new SqlError(`${name} stands within another FIRST or LAST`, node.at, 'leave one out')
    }
    if (columnsIn(value).length === 0) {
      throw new SqlError(`${name} takes a column`, value.at, `write ${name}(A.column)`)
    }
    this.#onlyTerm(value, node)
    this.#row = { from: name === 'FIRST' ? 'first' : 'last', offset }
    const resolved = this.resolve(value)
    this.#row = undefined
    return resolved
  }

  #physical(node: CallNode, name: 'PREV' | 'NEXT'): Expression {
    const [value, offset] = this.#valueAndOffset(node, name, 1)
    if (offset === 0) return this.resolve(value)
    throw notSupported(
      name,
      node.at,
      name === 'PREV'
        ? 'use LAST(A.column, 1), which counts the rows of the match'
        : 'write the condition for the variable that comes next',
    )
  }

  #valueAndOffset(node: CallNode, name: string, otherwise: number): [ExpressionNode, number] {
    const [value, by, ...more] = node.arguments
    const offset = by === undefined ? otherwise : by.kind === 'number' ? Number(by.text) : -1
    if (value === undefined || more.length > 0 || !Number.isSafeInteger(offset) || offset < 0) {
      throw new SqlError(
        `${name} takes a value and how many rows to go, a whole number`,
        node.at,
        `write ${name}(A.column, 1)`,
      )
    }
    return [value, offset]
  }

  /** The event time of the last row. */
  #rowtime(node: CallNode): Expression {
    const { input, timeColumn } = this.#scope
    const [column, ...more] = node.arguments
    if (timeColumn === undefined) {
      throw new SqlError(
        'rows that are ordered by processing time have no MATCH_ROWTIME',
        node.at,
        'order them by event time, or use MATCH_PROCTIME()',
      )
    }
    const field = input.node.fields[timeColumn]
    const named = column?.kind === 'column' ? findColumn(input, column) : undefined
    const isTime = named?.value.kind === 'field' && named.value.index === timeColumn
    if (this.#clause === 'DEFINE' || more.length > 0 || field === undefined) {
      throw misplaced(node, 'MATCH_ROWTIME')
    }
    if (column !== undefined && !isTime) {
      throw new SqlError(
        'MATCH_ROWTIME takes the column of event time that the rows are ordered by',
        column.at,
        'leave it out',
      )
    }
    // A row without a time is a failure: the last has one.
    const type = withNullable(field.type, column !== undefined && field.type.nullable)
    const time = this.#add({ kind: 'row', ...lastRow, column: timeColumn, type }, field.name)
    if (column !== undefined) return time
    return castTo(time, { kind: 'timestamp', precision: 3, nullable: false })
  }

  #aggregate(call: AggregateCall, term: number | undefined): Expression {
    const type = withNullable(call.type, call.type.nullable || call.function !== 'count')
    return this.#add(
      { kind: 'aggregate', ...(term !== undefined && { term }), call: { ...call, type }, type },
      call.function,
    )
  }

  /** A row that a variable has for sure is there; of others there may be none. */
  #read(node: ColumnNode, column: number, row: Row, type: DataType, name: string): Expression {
    const term = this.#termOf(node)
    const isThere = term === undefined && row.offset === 0
    return this.#add(
      {
        kind: 'row',
        ...(term !== undefined && { term }),
        ...row,
        column,
        type: withNullable(type, type.nullable || !isThere),
      },
      name,
    )
  }

  #add(reference: MatchReference, name: string): Expression {
    const { references } = this.#scope
    const text = JSON.stringify(reference, bigintAsText)
    const known = references.findIndex((each) => JSON.stringify(each, bigintAsText) === text)
    const index = known >= 0 ? known : references.push(reference) - 1
    return { kind: 'column', index, name, type: reference.type }
  }

  /** The variable that a name begins with, by its place. */
  #termOf({ path }: ColumnNode): number | undefined {
    const [first, second] = path
    if (second === undefined) return undefined
    const term = this.#scope.variables.indexOf(first?.text ?? '')
    return term < 0 ? undefined : term
  }

  /** The one variable whose columns an expression reads; undefined for all rows. */
  #onlyTerm(node: ExpressionNode, { at }: { at: Span }): number | undefined {
    const terms = new Set(columnsIn(node).map((column) => this.#termOf(column)))
    if (terms.size > 1) {
      throw new SqlError(
        'this reads the rows of several variables at once',
        at,
        'take all of its columns of one variable',
      )
    }
    const [term] = terms
    return term
  }
}

/** The columns under the name of a variable. */
function relationNamed(input: Relation, variable: string | undefined): Relation {
  const columns = input.columns.map(({ relation: _, ...column }) => {
    return variable === undefined ? column : { ...column, relation: variable }
  })
  return { node: input.node, columns }
}

function columnsIn(node: ExpressionNode): ColumnNode[] {
  if (node.kind === 'column') return [node]
  const filter = node.kind === 'call' && node.filter !== undefined ? [node.filter] : []
  return [...childrenOf(node), ...filter].flatMap(columnsIn)
}

function misplaced(node: CallNode, name: string): SqlError {
  return new SqlError(
    `${name} stands in MEASURES, without arguments`,
    node.at,
    `write MEASURES ${name}() AS match_time`,
  )
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}
