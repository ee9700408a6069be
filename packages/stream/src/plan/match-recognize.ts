import {
  type MatchRecognize,
  type Measure,
  notSupported,
  type PatternTermNode,
  type SkipClause,
  SqlError,
} from '../sql/index.js'
import { changingNode, operatorName } from './changelog.js'
import { untypedNull } from './coercion.js'
import type { Expression } from './expression.js'
import { ExpressionResolver, functionName } from './expression-resolver.js'
import { resolveLiteral } from './literal.js'
import type { MatchNode, MatchSkip, PatternTerm } from './match-node.js'
import { checkPattern, unknownVariable } from './match-pattern.js'
import { MatchResolver, type MatchScope } from './match-resolver.js'
import { isProcessingTime, readsProcessingTime } from './processing-time.js'
import { type Relation, relationOf, type ScopeColumn } from './scope.js'
import { type SortKey, sortItemOf, sortKeysOf } from './sort-key.js'
import { type Field, fieldAt } from './type.js'

/**
 * MATCH_RECOGNIZE over the rows of a relation.
 * @throws SqlError for what Flink has not either, and for rows that are taken back.
 */
export function planMatchRecognize(node: MatchRecognize, input: Relation): Relation {
  const changing = changingNode(input.node)
  if (changing !== undefined) {
    throw notSupported(
      `MATCH_RECOGNIZE over ${operatorName(changing)}, which changes rows that it gave before,`,
      node.at,
      'look for patterns in rows that stay',
    )
  }
  const resolver = new ExpressionResolver(input, 'MATCH_RECOGNIZE')
  const partition = node.partitionBy.map((each) => columnOf(resolver.resolve(each), each.at))
  const { timeColumn, isArrival, order } = orderOf(node, input, resolver)
  checkPattern(node)
  const variables = node.pattern.map(({ variable }) => variable.text)
  const scope: MatchScope = {
    input,
    variables,
    ...(!isArrival && { timeColumn }),
    references: [],
  }
  const pattern = node.pattern.map((term) => termOf(term, node, scope))
  const measures = node.measures.map((each) => measureOf(each, scope))
  const partitionKeys = [...new Set(partition.map(({ index }) => index))]
  const fields: Field[] = [
    ...partitionKeys.map((index) => fieldAt(input.node.fields, index)),
    ...measures.map(({ type }, index) => ({ name: node.measures[index]?.name.text ?? '', type })),
  ]
  if (fields.length === 0) {
    throw new SqlError(
      'MATCH_RECOGNIZE without MEASURES and PARTITION BY gives no column',
      node.at,
      'add MEASURES',
    )
  }
  const withinMs = withinOf(node)
  const match: MatchNode = {
    kind: 'match',
    input: input.node,
    partitionKeys,
    timeColumn,
    ...(isArrival && { isArrival }),
    order,
    pattern,
    references: scope.references,
    measures,
    skip: skipOf(node.skip, node.pattern, variables),
    ...(withinMs !== undefined && { withinMs }),
    fields,
  }
  return withTimes(relationOf(match, fields), node, partitionKeys.length)
}

/** The time of a match is event time again where a measure is nothing else. */
function withTimes(relation: Relation, node: MatchRecognize, keyCount: number): Relation {
  const match = relation.node
  const columns = relation.columns.map((column, index): ScopeColumn => {
    const measure = node.measures[index - keyCount]
    const { expression: call } = measure ?? {}
    if (measure === undefined || call?.kind !== 'call') return column
    const isRowtime = functionName(call).toUpperCase() === 'MATCH_ROWTIME'
    if (isRowtime) return { ...column, rowtime: true }
    const value = match.kind === 'match' ? match.measures[index - keyCount] : undefined
    return value !== undefined && isProcessingTime(value) ? { ...column, proctime: true } : column
  })
  return { ...relation, columns }
}

function columnOf(expression: Expression, at: PatternTermNode['at']) {
  if (expression.kind === 'column') return expression
  throw new SqlError('this is no column', at, 'compute it in a query below, and name it here')
}

function orderOf(
  node: MatchRecognize,
  input: Relation,
  resolver: ExpressionResolver,
): { timeColumn: number; isArrival: boolean; order: readonly SortKey[] } {
  const [first, ...others] = node.orderBy
  if (first === undefined) {
    throw new SqlError(
      'MATCH_RECOGNIZE needs an order',
      node.at,
      'add ORDER BY and the column of the WATERMARK',
    )
  }
  const time = resolver.resolve(first.expression)
  const column = input.columns.find(({ value }) => {
    return time.kind === 'column' && value.kind === 'field' && value.index === time.index
  })
  const isArrival = column?.proctime === true
  const isTime = isArrival || column?.rowtime === true
  if (!isTime || time.kind !== 'column' || first.direction === 'DESC') {
    throw new SqlError(
      'MATCH_RECOGNIZE is ordered by event time or processing time first, ascending',
      first.expression.at,
      'write ORDER BY and the column of the WATERMARK, and others behind it',
    )
  }
  const items = others.map((item) => sortItemOf(item, resolver.resolve(item.expression)))
  const indexes = items.map(({ expression }, place) => {
    return columnOf(expression, others[place]?.expression.at ?? node.at).index
  })
  return { timeColumn: time.index, isArrival, order: sortKeysOf(items, indexes) }
}

function termOf(term: PatternTermNode, node: MatchRecognize, scope: MatchScope): PatternTerm {
  const { variable, from, to, reluctant } = term
  const definition = node.definitions.find((each) => each.variable.text === variable.text)
  const condition =
    definition && new MatchResolver(scope, 'DEFINE').resolveCondition(definition.condition)
  if (condition !== undefined && readsProcessingTime(condition)) {
    throw notSupported(
      'the present time in DEFINE',
      definition?.condition.at ?? node.at,
      'compare with a column of time',
    )
  }
  return {
    variable: variable.text,
    from,
    ...(to !== undefined && { to }),
    greedy: !reluctant,
    ...(condition && { condition }),
  }
}

function measureOf({ expression }: Measure, scope: MatchScope): Expression {
  const measure = new MatchResolver(scope, 'MEASURES').resolve(expression)
  if (measure === untypedNull) {
    throw new SqlError(
      'the type of this NULL is not known',
      expression.at,
      'give it one: CAST(NULL AS INT)',
    )
  }
  if (measure.type.kind !== 'interval') return measure
  throw new SqlError('a measure cannot be an interval', expression.at, 'add it to a time')
}

function skipOf(
  skip: SkipClause | undefined,
  pattern: readonly PatternTermNode[],
  variables: readonly string[],
): MatchSkip {
  if (skip === undefined) return { to: 'next row' }
  switch (skip.kind) {
    case 'TO NEXT ROW':
      return { to: 'next row' }
    case 'PAST LAST ROW':
      return { to: 'past last row' }
    default: {
      const term = variables.indexOf(skip.variable.text)
      if (term < 0) throw unknownVariable(skip.variable, variables)
      const to = skip.kind === 'TO FIRST' ? 'first' : 'last'
      const isSame = to === 'first' || pattern[0]?.to === 1
      if (term === 0 && isSame) {
        throw new SqlError(
          'the next match would begin where this one begins, without end',
          skip.at,
          'skip TO NEXT ROW, or to a later variable',
        )
      }
      return { to, term }
    }
  }
}

function withinOf({ within }: MatchRecognize): number | undefined {
  if (within === undefined) return undefined
  const literal = within.kind === 'interval' ? resolveLiteral(within) : undefined
  const type = literal?.type
  const length = Number(literal?.value ?? Number.NaN)
  const isTime = type?.kind === 'interval' && type.unit === 'millisecond'
  if (isTime && Number.isSafeInteger(length) && length > 0) return length
  throw new SqlError('WITHIN takes an interval of time', within.at, "write INTERVAL '1' HOUR")
}
