import type { ExpressionNode, JsonBehaviour, JsonClauses } from '../tree/expression.js'
import type { Name } from '../tree/name.js'
import type { Cursor } from './cursor.js'
import { parseExpression } from './expression.js'
import { parseType } from './type.js'

/** Functions of JSON whose arguments may have clauses behind them. */
export function isJsonCall(upper: string): boolean {
  return isQuery(upper) || isObject(upper) || upper === 'JSON_ARRAY' || upper === 'JSON_ARRAYAGG'
}

function isQuery(upper: string): boolean {
  return upper === 'JSON_VALUE' || upper === 'JSON_QUERY' || upper === 'JSON_EXISTS'
}

function isObject(upper: string): boolean {
  return upper === 'JSON_OBJECT' || upper === 'JSON_OBJECTAGG'
}

/** The parentheses of such a call: arguments, of objects key and value in turn, and clauses. */
export function parseJsonCall(cursor: Cursor, upper: string, name: Name): ExpressionNode {
  cursor.expectSign('(')
  const distinct = cursor.acceptKeyword('DISTINCT')
  let operands: ExpressionNode[] = []
  if (!cursor.isSign(')') && clauseOnNull(cursor) === undefined) {
    operands = cursor
      .separated(() => (isObject(upper) ? parseMember(cursor) : [parseExpression(cursor)]))
      .flat()
  }
  const clauses = isQuery(upper) ? parseQueryClauses(cursor) : parseNullClause(cursor)
  cursor.expectSign(')')
  const json = Object.keys(clauses).length === 0 ? {} : { json: clauses }
  const at = cursor.since(name.at)
  return { kind: 'call', at, name: [name], arguments: operands, distinct, ...json }
}

/** `KEY k VALUE v`, `k VALUE v`, `k : v`. */
function parseMember(cursor: Cursor): ExpressionNode[] {
  cursor.acceptKeyword('KEY')
  const key = parseExpression(cursor)
  if (!cursor.acceptSign(':')) cursor.expectKeyword('VALUE')
  return [key, parseExpression(cursor)]
}

function clauseOnNull(cursor: Cursor): 'NULL' | 'ABSENT' | undefined {
  if (cursor.isKeyword('NULL', 'ON', 'NULL')) return 'NULL'
  return cursor.isKeyword('ABSENT', 'ON', 'NULL') ? 'ABSENT' : undefined
}

function parseNullClause(cursor: Cursor): JsonClauses {
  const onNull = clauseOnNull(cursor)
  if (onNull === undefined) return {}
  cursor.expectKeyword(onNull, 'ON', 'NULL')
  return { onNull }
}

function parseQueryClauses(cursor: Cursor): JsonClauses {
  const returning = cursor.acceptKeyword('RETURNING') ? parseType(cursor) : undefined
  const wrapper = parseWrapper(cursor)
  let behaviours: Pick<JsonClauses, 'onEmpty' | 'onError'> = {}
  for (;;) {
    const behaviour = parseBehaviour(cursor)
    if (behaviour === undefined) break
    cursor.expectKeyword('ON')
    const isEmpty = cursor.acceptKeyword('EMPTY')
    if (!isEmpty) cursor.expectKeyword('ERROR')
    behaviours = { ...behaviours, [isEmpty ? 'onEmpty' : 'onError']: behaviour }
  }
  return { ...(returning && { returning }), ...(wrapper && { wrapper }), ...behaviours }
}

function parseWrapper(cursor: Cursor): JsonClauses['wrapper'] {
  if (cursor.acceptKeyword('WITHOUT')) {
    cursor.acceptKeyword('ARRAY')
    cursor.expectKeyword('WRAPPER')
    return 'WITHOUT'
  }
  if (!cursor.acceptKeyword('WITH')) return undefined
  const isConditional = cursor.acceptKeyword('CONDITIONAL')
  if (!isConditional) cursor.acceptKeyword('UNCONDITIONAL')
  cursor.acceptKeyword('ARRAY')
  cursor.expectKeyword('WRAPPER')
  return isConditional ? 'CONDITIONAL' : 'UNCONDITIONAL'
}

function parseBehaviour(cursor: Cursor): JsonBehaviour | undefined {
  if (cursor.acceptKeyword('DEFAULT')) return { kind: 'DEFAULT', value: parseExpression(cursor) }
  for (const kind of ['EMPTY ARRAY', 'EMPTY OBJECT'] as const) {
    if (cursor.acceptKeyword(...kind.split(' '))) return { kind }
  }
  const words = ['NULL', 'ERROR', 'TRUE', 'FALSE', 'UNKNOWN'] as const
  const kind = words.find((word) => cursor.acceptKeyword(word))
  return kind && { kind }
}
