import { type Join, lastOf, notSupported, SqlError, type Unnest } from '../sql/index.js'
import type { Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import type { FilterNode, UnnestNode } from './node.js'
import type { Relation, ScopeColumn } from './scope.js'
import type { DataType, Field } from './type.js'
import { withNullable } from './type-family.js'
import { baseName } from './type-name.js'

/**
 * `left CROSS JOIN UNNEST(collection)`: each row of the left beside each element of its collection.
 * A LEFT JOIN keeps rows whose collection has none. Event time stays what it is.
 * @throws SqlError for what is no collection, or a join that a collection has not.
 */
export function planUnnest(join: Join, unnest: Unnest, left: Relation): Relation {
  const isOuter = join.type === 'LEFT'
  if (join.type === 'RIGHT' || join.type === 'FULL' || join.natural || join.using !== undefined) {
    throw notSupported(
      'this join with UNNEST',
      join.right.at,
      'write CROSS JOIN UNNEST(…), or LEFT JOIN UNNEST(…) ON TRUE',
    )
  }
  return withCondition(unnested(unnest, left, isOuter), join)
}

/**
 * The elements of a collection beside each row of the left, all of which the collection may read.
 * @throws SqlError for what is no collection.
 */
export function unnested(unnest: Unnest, left: Relation, isOuter: boolean): Relation {
  const collection = new ExpressionResolver(left, 'UNNEST').resolve(unnest.expression)
  const elements = elementFields(collection.type, unnest)
  const added: Field[] = unnest.ordinality
    ? [...elements, { name: 'ORDINALITY', type: { kind: 'int', nullable: false } }]
    : [...elements]
  const names = unnest.alias?.columns ?? []
  if (names.length > 0 && names.length !== added.length) {
    throw new SqlError(
      `\`${unnest.alias?.name.text}\` names ${names.length} columns, but its elements have ${added.length}`,
      lastOf(names).at,
      'name each column once',
    )
  }
  const given = added.map(
    ({ name, type }, index): Field => ({
      name: names[index]?.text ?? name,
      type: isOuter ? withNullable(type, true) : type,
    }),
  )
  const node: UnnestNode = {
    kind: 'unnest',
    input: left.node,
    collection,
    isOuter,
    withOrdinality: unnest.ordinality,
    fields: [...left.node.fields, ...given],
  }
  const columns = given.map(
    ({ name, type }, index): ScopeColumn => ({
      name,
      ...(unnest.alias && { relation: unnest.alias.name.text }),
      type,
      value: { kind: 'field', index: left.node.fields.length + index },
      rowtime: false,
    }),
  )
  return { node, columns: [...left.columns, ...columns] }
}

/** ON is TRUE, or a filter of an inner join. */
function withCondition(relation: Relation, join: Join): Relation {
  if (join.on === undefined) return relation
  const condition = new ExpressionResolver(relation, 'ON').resolveCondition(join.on)
  if (isTrue(condition)) return relation
  if (join.type === 'LEFT') {
    throw notSupported('LEFT JOIN UNNEST with a condition', join.on.at, 'write ON TRUE')
  }
  const { node } = relation
  const filter: FilterNode = { kind: 'filter', input: node, condition, fields: node.fields }
  return { ...relation, node: filter }
}

function isTrue(condition: Expression): boolean {
  return condition.kind === 'literal' && condition.value === true
}

/** The columns of an element: the fields of a row, key and value of a map's entry. */
function elementFields(type: DataType, unnest: Unnest): readonly Field[] {
  switch (type.kind) {
    case 'array':
    case 'multiset': {
      const { element } = type
      if (element.kind !== 'row') return [{ name: 'EXPR$0', type: element }]
      return element.fields.map((field) => ({
        ...field,
        type: withNullable(field.type, field.type.nullable || element.nullable),
      }))
    }
    case 'map':
      return [
        { name: 'KEY', type: type.key },
        { name: 'VALUE', type: type.value },
      ]
    default:
      throw new SqlError(
        `UNNEST takes an ARRAY, MAP or MULTISET, not ${baseName(type)}`,
        unnest.expression.at,
      )
  }
}
