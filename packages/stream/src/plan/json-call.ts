import {
  type CallNode,
  type ExpressionNode,
  type JsonBehaviour,
  notSupported,
  SqlError,
} from '../sql/index.js'
import { callFunction } from './call-resolution.js'
import { isStorable, untypedNull } from './coercion.js'
import type { Expression, Literal } from './expression.js'
import type { DataType } from './type.js'
import { isText } from './type-family.js'
import { baseName } from './type-name.js'
import { resolveType } from './type-resolution.js'

/**
 * Functions of JSON with what stands behind their arguments. In a plan that is constants:
 *
 *     JSON_VALUE(json, path, kind, on empty, on error)     kind: text, integer, number, boolean
 *     JSON_QUERY(json, path, wrapper, on empty, on error, kind)      kind: text, array
 *     JSON_EXISTS(json, path, on error)
 *     JSON_OBJECT(on null, key, value, …)   JSON_ARRAY(on null, value, …)
 *
 * What a default is comes behind `=`. A call without clauses has those of Flink.
 */
export function isCallOfJson(node: CallNode): boolean {
  return names.has(nameOf(node))
}

const names = new Set([
  ...['JSON_VALUE', 'JSON_QUERY', 'JSON_EXISTS', 'JSON_OBJECT', 'JSON_ARRAY', 'JSON'],
])

function nameOf(node: CallNode): string {
  return node.name.map(({ text }) => text.toUpperCase()).join('.')
}

type Resolve = (node: ExpressionNode) => Expression

export function callOfJson(node: CallNode, resolve: Resolve): Expression {
  switch (nameOf(node)) {
    case 'JSON_VALUE':
      return jsonValue(node, resolve)
    case 'JSON_QUERY':
      return jsonQuery(node, resolve)
    case 'JSON_EXISTS':
      return jsonExists(node, resolve)
    case 'JSON':
      throw new SqlError(
        'JSON(…) stands only within JSON_OBJECT and JSON_ARRAY',
        node.at,
        "write JSON_OBJECT('key' VALUE JSON(text))",
      )
    default:
      return jsonConstructor(node, resolve)
  }
}

function word(value: string): Literal {
  const type: DataType = { kind: 'char', length: Math.max(1, value.length), nullable: false }
  return { kind: 'literal', value, type }
}

function call(node: CallNode, values: readonly Expression[]): Expression {
  const spans = node.arguments.map(({ at }) => at)
  return callFunction(nameOf(node), node.at, values, spans)
}

function jsonValue(node: CallNode, resolve: Resolve): Expression {
  const values = node.arguments.map(resolve)
  const { json } = node
  if (json === undefined) return call(node, values)
  refuse(node, json.wrapper !== undefined, 'a WRAPPER of JSON_VALUE')
  const type = json.returning && resolveType(json.returning)
  const kind = type === undefined ? 'text' : scalarKinds[type.kind]
  if (json.returning !== undefined && kind === undefined) {
    throw notSupported(
      `RETURNING ${baseName(resolveType(json.returning))}`,
      json.returning.at,
      'it is STRING, INT, DOUBLE or BOOLEAN: CAST that to another type',
    )
  }
  const [onEmpty, onError] = [json.onEmpty, json.onError].map((behaviour) =>
    word(behaviourText(node, behaviour, ['NULL', 'ERROR', 'DEFAULT'], resolve, type)),
  )
  const value = call(node, [
    ...values,
    word(kind ?? 'text'),
    onEmpty ?? word('NULL'),
    onError ?? word('NULL'),
  ])
  if (type === undefined) return value
  return { kind: 'cast', input: value, type: { ...type, nullable: true }, tryCast: false }
}

const scalarKinds: Partial<Record<DataType['kind'], string>> = {
  ...{ varchar: 'text', int: 'integer', double: 'number', boolean: 'boolean' },
}

function jsonQuery(node: CallNode, resolve: Resolve): Expression {
  const values = node.arguments.map(resolve)
  const { json } = node
  if (json === undefined) return call(node, values)
  const type = json.returning && resolveType(json.returning)
  const isArray = type?.kind === 'array' && type.element.kind === 'varchar'
  if (json.returning !== undefined && type?.kind !== 'varchar' && !isArray) {
    throw notSupported(
      `RETURNING ${baseName(resolveType(json.returning))}`,
      json.returning.at,
      'it is STRING or ARRAY<STRING>',
    )
  }
  const allowed = ['NULL', 'ERROR', 'EMPTY ARRAY', 'EMPTY OBJECT'] as const
  const [onEmpty, onError] = [json.onEmpty, json.onError].map((behaviour) =>
    word(behaviourText(node, behaviour, allowed, resolve)),
  )
  const value = call(node, [
    ...values,
    word(json.wrapper ?? 'WITHOUT'),
    onEmpty ?? word('NULL'),
    onError ?? word('NULL'),
    ...(isArray ? [word('array')] : []),
  ])
  if (type?.kind !== 'varchar') return value
  return { kind: 'cast', input: value, type: { ...type, nullable: true }, tryCast: false }
}

function jsonExists(node: CallNode, resolve: Resolve): Expression {
  const values = node.arguments.map(resolve)
  const { json } = node
  if (json === undefined) return call(node, values)
  const isOther = json.returning ?? json.wrapper ?? json.onEmpty
  refuse(node, isOther !== undefined, 'a clause of JSON_EXISTS that is not ON ERROR')
  const allowed = ['TRUE', 'FALSE', 'UNKNOWN', 'ERROR'] as const
  return call(node, [...values, word(behaviourText(node, json.onError, allowed, resolve))])
}

function refuse(node: CallNode, isThere: boolean, what: string): void {
  if (isThere) throw new SqlError(`${what} has no meaning`, node.at, 'leave it out')
}

function behaviourText(
  node: CallNode,
  behaviour: JsonBehaviour | undefined,
  allowed: readonly JsonBehaviour['kind'][],
  resolve: Resolve,
  type?: DataType,
): string {
  if (behaviour === undefined) return 'NULL'
  if (!allowed.includes(behaviour.kind)) {
    throw new SqlError(
      `${behaviour.kind} is not what ${nameOf(node)} can give then`,
      node.at,
      `it is ${allowed.join(', ')}`,
    )
  }
  if (behaviour.kind !== 'DEFAULT') return behaviour.kind
  const value = resolve(behaviour.value)
  if (value.kind !== 'literal') {
    throw notSupported('a DEFAULT that is no constant', behaviour.value.at, 'use COALESCE')
  }
  if (type !== undefined && value !== untypedNull && !isStorable(value.type, type)) {
    throw new SqlError(
      `the DEFAULT is ${baseName(value.type)}, and what is returned ${baseName(type)}`,
      behaviour.value.at,
      `write a value of ${baseName(type)}`,
    )
  }
  return value.value === null ? 'NULL' : `=${String(value.value)}`
}

function jsonConstructor(node: CallNode, resolve: Resolve): Expression {
  const isObject = nameOf(node) === 'JSON_OBJECT'
  const values = node.arguments.map((argument, index) => {
    if (isObject && index % 2 === 0) return keyOf(resolve(argument), argument)
    if (argument.kind === 'call' && nameOf(argument) === 'JSON') {
      return callFunction('JSON', argument.at, argument.arguments.map(resolve))
    }
    const value = resolve(argument)
    if (value !== untypedNull) return value
    throw new SqlError('a NULL in JSON has no type', argument.at, 'write CAST(NULL AS STRING)')
  })
  const onNull = node.json?.onNull ?? (isObject ? 'NULL' : 'ABSENT')
  const spans = [node.at, ...node.arguments.map(({ at }) => at)]
  return callFunction(nameOf(node), node.at, [word(onNull), ...values], spans)
}

function keyOf(value: Expression, node: ExpressionNode): Expression {
  if (value.kind === 'literal' && isText(value.type) && value.value !== null) return value
  throw notSupported('a key of JSON_OBJECT that is no constant text', node.at, "write 'key'")
}
