import { type CallNode, SqlError } from '../sql/index.js'
import { callFunction } from './call-resolution.js'
import { castTo, untypedNull } from './coercion.js'
import type { Expression, Literal } from './expression.js'
import { isText } from './type-family.js'
import { baseName } from './type-name.js'

type OnNull = 'NULL' | 'ABSENT'

/** What a row adds to JSON_ARRAYAGG, as JSON; NULL for nothing. */
export function jsonElement(value: Expression, onNull: OnNull, { at }: CallNode): Expression {
  const json = callFunction('JSON_STRING', at, [value])
  return onNull === 'ABSENT' ? json : callFunction('COALESCE', at, [json, text('null')])
}

/**
 * What a row adds to JSON_OBJECTAGG, as `"key":value`; NULL for nothing. A key that is NULL is
 * `null`, which is no key: the aggregate fails over it.
 */
export function jsonMember(
  key: Expression,
  value: Expression,
  onNull: OnNull,
  node: CallNode,
): Expression {
  const { at } = node
  if (key === untypedNull || !isText(key.type)) {
    throw new SqlError(
      key === untypedNull
        ? 'a key of JSON_OBJECTAGG is not NULL'
        : `a key of JSON_OBJECTAGG is a text, not ${baseName(key.type)}`,
      node.arguments[0]?.at ?? at,
      'CAST it to STRING',
    )
  }
  const typed = value === untypedNull ? castTo(value, { kind: 'int', nullable: true }) : value
  const name = jsonElement(key, 'NULL', node)
  const named = callFunction('||', at, [name, text(':')])
  return callFunction('||', at, [named, jsonElement(typed, onNull, node)])
}

function text(value: string): Literal {
  return { kind: 'literal', value, type: { kind: 'char', length: value.length, nullable: false } }
}
