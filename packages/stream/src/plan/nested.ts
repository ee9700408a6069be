import { didYouMean, type Name, type Span, SqlError } from '../sql/index.js'
import { castTo, commonType, isStorable, untypedNull } from './coercion.js'
import type { Expression } from './expression.js'
import type { FunctionDefinition, Parameter } from './functions/definition.js'
import { listed } from './scope.js'
import type { DataType } from './type.js'
import { holdsKind, isInteger, withNullable } from './type-family.js'
import { baseName } from './type-name.js'

/**
 * Values made of others: how they are built and what is read of them. The calls are
 *
 *     ROW(a, b)  ARRAY(a, b)  MAP(k, v, k, v)   of the type of the call
 *     FIELD(row, n)                             its field n, from 0; NULL of no row
 *     ITEM(array, n)                            its element n, from 1; NULL where there is none
 *     ITEM(map, key)                            the key's value; NULL where there is none
 */
export const nestedFunctions = ['ROW', 'ARRAY', 'MAP', 'FIELD', 'ITEM'] as const

/** Equality is defined for it: maps have no order in which they could be compared. */
export const equatable: Parameter = {
  accepts: (type) =>
    type.kind !== 'interval' && !holdsKind(type, 'map') && !holdsKind(type, 'multiset'),
  described: 'value that can be compared',
}

/** An order is defined for it. */
export const orderable: Parameter = {
  accepts: (type) =>
    equatable.accepts(type) && !holdsKind(type, 'row') && !holdsKind(type, 'array'),
  described: 'value that has an order',
}

export const collectionFunctions: readonly FunctionDefinition[] = [
  {
    name: 'CARDINALITY',
    meaning: 'how many elements an array has, or entries a map',
    parameters: [
      {
        accepts: ({ kind }) => kind === 'array' || kind === 'map',
        described: 'array or map',
      },
    ],
    result: () => ({ kind: 'int', nullable: true }),
  },
  {
    name: 'ELEMENT',
    meaning: 'the only element of an array; NULL if it has none; fails if it has more',
    parameters: [{ accepts: ({ kind }) => kind === 'array', described: 'array' }],
    result: ([type]) => (type?.kind === 'array' ? type.element : { kind: 'int', nullable: true }),
    nullable: 'always',
  },
]

/** ROW(…), ARRAY[…] or MAP[…]. */
export function construct(
  kind: 'ROW' | 'ARRAY' | 'MAP',
  items: readonly Expression[],
  at: Span,
): Expression {
  const call = (values: readonly Expression[], type: DataType): Expression => ({
    kind: 'call',
    function: kind,
    arguments: values,
    type,
  })
  if (items.length === 0) {
    throw new SqlError(`${kind} without values has no type`, at, 'give it a value')
  }
  switch (kind) {
    case 'ROW': {
      if (items.includes(untypedNull)) {
        const hint = 'give it one: CAST(NULL AS INT)'
        throw new SqlError('a NULL in this row has no type', at, hint)
      }
      const fields = items.map(({ type }, index) => ({ name: `EXPR$${index}`, type }))
      return call(items, { kind: 'row', fields, nullable: false })
    }
    case 'ARRAY': {
      const element = sharedType('the elements of this array', items, at)
      const values = items.map((item) => castTo(item, element))
      return call(values, { kind: 'array', element, nullable: false })
    }
    case 'MAP': {
      if (items.length % 2 !== 0) {
        throw new SqlError('a map has a value for each key', at, "write MAP['a', 1, 'b', 2]")
      }
      const [key, value] = [0, 1].map((odd) =>
        sharedType(
          odd === 0 ? 'the keys of this map' : 'the values of this map',
          items.filter((_, index) => index % 2 === odd),
          at,
        ),
      )
      if (key === undefined || value === undefined) throw new Error('a map has keys and values')
      const values = items.map((item, index) => castTo(item, index % 2 === 0 ? key : value))
      return call(values, { kind: 'map', key, value, nullable: false })
    }
  }
}

function sharedType(what: string, values: readonly Expression[], at: Span): DataType {
  const type = commonType(values)
  if (type !== undefined) return type
  const names = values
    .filter((value) => value !== untypedNull)
    .map(({ type: each }) => baseName(each))
  throw names.length === 0
    ? new SqlError(`${what} are all NULL`, at, 'give one of them a type: CAST(NULL AS INT)')
    : new SqlError(
        `${what} have no common type: ${[...new Set(names)].join(', ')}`,
        at,
        'CAST them to one type',
      )
}

/** `row.field`. */
export function fieldOfRow(row: Expression, name: Name): Expression {
  const { type } = row
  if (type.kind !== 'row') {
    throw new SqlError(
      `${baseName(type)} has no field \`${name.text}\``,
      name.at,
      'only a ROW has fields',
    )
  }
  const index = type.fields.findIndex((field) => field.name === name.text)
  const field = type.fields[index]
  if (field === undefined) {
    const names = type.fields.map((each) => each.name)
    throw new SqlError(
      `the row has no field \`${name.text}\``,
      name.at,
      didYouMean(name.text, names) ?? listed('its fields are', names),
    )
  }
  return {
    kind: 'call',
    function: 'FIELD',
    arguments: [row, { kind: 'literal', value: index, type: { kind: 'int', nullable: false } }],
    type: withNullable(field.type, field.type.nullable || type.nullable),
  }
}

/** `array[index]`, `map[key]`. */
export function itemOf(collection: Expression, index: Expression, at: Span): Expression {
  const { type } = collection
  if (type.kind === 'array') {
    if (!isInteger(index.type)) {
      const hint = 'elements are counted from 1'
      throw new SqlError(`an array has no element ${baseName(index.type)}`, at, hint)
    }
    if (index.kind === 'literal' && index.value !== null && Number(index.value) < 1) {
      throw new SqlError(
        `an array has no element ${index.value}`,
        at,
        'elements are counted from 1',
      )
    }
    return itemCall([collection, index], type.element)
  }
  if (type.kind === 'map') {
    if (index !== untypedNull && !isStorable(index.type, type.key)) {
      throw new SqlError(
        `the keys of the map are ${baseName(type.key)}, not ${baseName(index.type)}`,
        at,
        `use CAST(… AS ${baseName(type.key)})`,
      )
    }
    return itemCall([collection, castTo(index, type.key)], type.value)
  }
  throw new SqlError(`${baseName(type)} has no elements`, at, 'only ARRAY and MAP have')
}

function itemCall(values: readonly Expression[], type: DataType): Expression {
  return { kind: 'call', function: 'ITEM', arguments: values, type: withNullable(type, true) }
}
