import { closestName } from '../closest-name.js'
import { SqlError } from '../error.js'
import { spanning } from '../source.js'
import type { ExpressionNode } from '../tree/expression.js'
import type { Name } from '../tree/name.js'
import type {
  CommonTable,
  GroupItem,
  OrderItem,
  Query,
  QueryBody,
  Select,
  SelectItem,
  SetOperation,
  Values,
} from '../tree/query.js'
import { parseWindowSpecification } from './call.js'
import type { Cursor } from './cursor.js'
import { parseExpression } from './expression.js'
import { parseHints } from './hint.js'
import { parseTableExpressions } from './table-expression.js'

/** Does a query begin here, perhaps after opening parentheses? */
export function startsQuery(cursor: Cursor): boolean {
  let ahead = 0
  while (cursor.isSign('(', ahead)) ahead++
  return cursor.isKeywordAhead(ahead, 'SELECT', 'WITH', 'VALUES')
}

/** A query with WITH before it and ORDER BY and LIMIT after it. */
export function parseQuery(cursor: Cursor): Query {
  return cursor.nested(() => {
    const start = cursor.token.at
    const common = cursor.acceptKeyword('WITH') ? parseCommonTables(cursor) : []
    const body = parseSetOperation(cursor, 'weak')
    const orderBy = cursor.acceptKeyword('ORDER', 'BY') ? parseOrderItems(cursor) : []
    const { limit, offset } = parseLimit(cursor)
    return {
      kind: 'query',
      at: cursor.since(start),
      with: common,
      body,
      orderBy,
      ...(limit && { limit }),
      ...(offset && { offset }),
    }
  })
}

function parseCommonTables(cursor: Cursor): CommonTable[] {
  if (cursor.isKeyword('RECURSIVE')) {
    throw new SqlError(
      'WITH RECURSIVE is not part of Flink SQL',
      cursor.token.at,
      'leave RECURSIVE out, and do not refer to the query itself',
    )
  }
  return cursor.separated(() => {
    const name = cursor.expectName('the name of a common table')
    const columns = cursor.isSign('(') ? cursor.expectNameList('a column name') : []
    cursor.expectKeyword('AS')
    cursor.expectSign('(')
    const query = parseQuery(cursor)
    cursor.expectSign(')')
    return { name, columns, query }
  })
}

/** INTERSECT binds more strongly than UNION and EXCEPT. */
function parseSetOperation(cursor: Cursor, binding: 'weak' | 'strong'): QueryBody {
  const operand = () =>
    binding === 'weak' ? parseSetOperation(cursor, 'strong') : parseQueryTerm(cursor)
  let left: QueryBody = operand()
  for (;;) {
    const operator = acceptSetOperator(cursor, binding)
    if (operator === undefined) return left
    const all = cursor.acceptKeyword('ALL')
    if (!all) cursor.acceptKeyword('DISTINCT')
    const right = operand()
    left = { kind: 'setOperation', at: spanning(left.at, right.at), operator, all, left, right }
  }
}

function acceptSetOperator(
  cursor: Cursor,
  binding: 'weak' | 'strong',
): SetOperation['operator'] | undefined {
  if (binding === 'strong') return cursor.acceptKeyword('INTERSECT') ? 'INTERSECT' : undefined
  if (cursor.acceptKeyword('UNION')) return 'UNION'
  return cursor.acceptKeyword('EXCEPT') || cursor.acceptKeyword('MINUS') ? 'EXCEPT' : undefined
}

function parseQueryTerm(cursor: Cursor): QueryBody {
  if (cursor.isSign('(')) {
    cursor.take()
    const query = parseQuery(cursor)
    cursor.expectSign(')')
    return isOnlyBody(query) ? query.body : query
  }
  if (cursor.isKeyword('SELECT')) return parseSelect(cursor)
  if (cursor.isKeyword('VALUES')) return parseValues(cursor)
  throw cursor.unexpected('SELECT or VALUES')
}

/** Parentheses around a body alone say nothing that the tree does not. */
function isOnlyBody({ limit, offset, orderBy, with: common }: Query): boolean {
  return !limit && !offset && orderBy.length === 0 && common.length === 0
}

function parseValues(cursor: Cursor): Values {
  const start = cursor.expectKeyword('VALUES').at
  const rows = cursor.separated((): ExpressionNode[] => {
    const row = parseExpression(cursor)
    return row.kind === 'constructor' && row.type === 'ROW' ? [...row.items] : [row]
  })
  return { kind: 'values', at: cursor.since(start), rows }
}

function parseSelect(cursor: Cursor): Select {
  const start = cursor.expectKeyword('SELECT').at
  const hints = parseHints(cursor)
  const distinct = cursor.acceptKeyword('DISTINCT')
  if (!distinct) cursor.acceptKeyword('ALL')
  const items = cursor.separated(() => parseSelectItem(cursor))
  const from = cursor.acceptKeyword('FROM') ? parseTableExpressions(cursor) : undefined
  const where = cursor.acceptKeyword('WHERE') ? parseExpression(cursor) : undefined
  const groupBy = cursor.acceptKeyword('GROUP', 'BY')
    ? cursor.separated(() => parseGroupItem(cursor))
    : undefined
  const having = cursor.acceptKeyword('HAVING') ? parseExpression(cursor) : undefined
  const windows = cursor.acceptKeyword('WINDOW') ? parseWindows(cursor) : []
  const qualify = cursor.acceptKeyword('QUALIFY') ? parseExpression(cursor) : undefined
  return {
    kind: 'select',
    at: cursor.since(start),
    distinct,
    hints,
    items,
    ...(from && { from }),
    ...(where && { where }),
    ...(groupBy && { groupBy }),
    ...(having && { having }),
    windows,
    ...(qualify && { qualify }),
  }
}

function parseSelectItem(cursor: Cursor): SelectItem {
  if (cursor.isKeyword('FROM')) throw cursor.unexpected('a column or an expression')
  const expression = parseExpression(cursor)
  const alias = parseAlias(cursor)
  // Behind a name there is no other one, so that this was to be the word FROM.
  if (alias !== undefined && cursor.isName() && closestName(alias.text, ['FROM']) !== undefined) {
    throw new SqlError(`expected FROM, found '${alias.text}'`, alias.at, 'did you mean `FROM`?')
  }
  return { expression, ...(alias && { alias }) }
}

/** `AS name`, or a name on its own. */
export function parseAlias(cursor: Cursor): Name | undefined {
  if (cursor.acceptKeyword('AS')) return cursor.expectName('a name after AS')
  return cursor.isName() ? cursor.expectName('a name') : undefined
}

function parseWindows(cursor: Cursor): Select['windows'] {
  return cursor.separated(() => {
    const name = cursor.expectName('the name of a window')
    cursor.expectKeyword('AS')
    return { name, window: parseWindowSpecification(cursor) }
  })
}

function parseGroupItem(cursor: Cursor): GroupItem {
  return cursor.nested(() => {
    const start = cursor.token.at
    const sets = (['CUBE', 'ROLLUP'] as const).find((word) => cursor.isKeyword(word))
    if (sets !== undefined) {
      cursor.take()
      return { kind: sets, items: parseGroupItems(cursor), at: cursor.since(start) }
    }
    if (cursor.acceptKeyword('GROUPING', 'SETS')) {
      return { kind: 'GROUPING SETS', items: parseGroupItems(cursor), at: cursor.since(start) }
    }
    if (cursor.isSign('(') && cursor.isSign(')', 1)) {
      return { kind: 'tuple', items: parseGroupItems(cursor), at: cursor.since(start) }
    }
    const expression = parseExpression(cursor)
    if (expression.kind === 'constructor' && expression.type === 'ROW') {
      const items = expression.items.map(
        (item): GroupItem => ({ kind: 'expression', at: item.at, expression: item }),
      )
      return { kind: 'tuple', at: expression.at, items }
    }
    return { kind: 'expression', at: expression.at, expression }
  })
}

function parseGroupItems(cursor: Cursor): GroupItem[] {
  cursor.expectSign('(')
  const items = cursor.isSign(')') ? [] : cursor.separated(() => parseGroupItem(cursor))
  cursor.expectSign(')')
  return items
}

/** The items after ORDER BY. */
export function parseOrderItems(cursor: Cursor): OrderItem[] {
  return cursor.separated(() => {
    const expression = parseExpression(cursor)
    const descending = cursor.acceptKeyword('DESC')
    if (!descending) cursor.acceptKeyword('ASC')
    const direction = descending ? 'DESC' : 'ASC'
    if (!cursor.acceptKeyword('NULLS')) return { expression, direction }
    if (cursor.acceptKeyword('FIRST')) return { expression, direction, nulls: 'FIRST' }
    cursor.expectKeyword('LAST')
    return { expression, direction, nulls: 'LAST' }
  })
}

/** LIMIT n, OFFSET n ROWS and FETCH FIRST n ROWS ONLY, in any order. */
function parseLimit(cursor: Cursor): { limit?: ExpressionNode; offset?: ExpressionNode } {
  let limit: ExpressionNode | undefined
  let offset: ExpressionNode | undefined
  for (;;) {
    if (limit === undefined && cursor.acceptKeyword('LIMIT')) {
      if (!cursor.acceptKeyword('ALL')) limit = parseExpression(cursor)
    } else if (offset === undefined && cursor.acceptKeyword('OFFSET')) {
      offset = parseExpression(cursor)
      if (!cursor.acceptKeyword('ROWS')) cursor.acceptKeyword('ROW')
    } else if (limit === undefined && cursor.acceptKeyword('FETCH')) {
      if (!cursor.acceptKeyword('FIRST')) cursor.expectKeyword('NEXT')
      limit = parseExpression(cursor)
      if (!cursor.acceptKeyword('ROWS')) cursor.expectKeyword('ROW')
      cursor.expectKeyword('ONLY')
    } else return { ...(limit && { limit }), ...(offset && { offset }) }
  }
}
