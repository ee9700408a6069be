import type { Expression } from './expression.js'
import type { KeyPair } from './join-condition.js'
import type { JoinNode, JoinType, PlanNode } from './node.js'
import { moveColumns } from './rewrite-expression.js'
import type { Field } from './type.js'
import { withNullable } from './type-family.js'

const markField: Field = { name: '$matched', type: { kind: 'boolean', nullable: false } }

/** The fields of a join: nullable those of a side that may be NULL for want of a match. */
export function fieldsOfJoin(left: PlanNode, right: PlanNode, type: JoinType): readonly Field[] {
  if (type === 'semi' || type === 'anti') return left.fields
  if (type === 'mark') return [...left.fields, markField]
  const padded = (fields: readonly Field[], isPadded: boolean) =>
    fields.map((field) => (isPadded ? { ...field, type: withNullable(field.type, true) } : field))
  return [
    ...padded(left.fields, type === 'right' || type === 'full'),
    ...padded(right.fields, type === 'left' || type === 'full'),
  ]
}

/**
 * Keys that are computed are projected below the join, beside all other fields. Where nothing has
 * to be equal, a constant is: every row of one side meets every row of the other.
 */
export function joinNode(
  type: JoinType,
  left: PlanNode,
  right: PlanNode,
  pairs: readonly KeyPair[],
  condition: Expression | undefined,
): JoinNode {
  if (pairs.length === 0) {
    return joinNode(type, left, right, [{ left: constant, right: constant }], condition)
  }
  const ofLeft = withKeys(
    left,
    pairs.map((pair) => pair.left),
  )
  const ofRight = withKeys(
    right,
    pairs.map((pair) => pair.right),
  )
  const added = ofLeft.node.fields.length - left.fields.length
  return {
    kind: 'join',
    type,
    left: ofLeft.node,
    right: ofRight.node,
    leftKeys: ofLeft.keys,
    rightKeys: ofRight.keys,
    ...(condition !== undefined && {
      condition: moveColumns(condition, (index) =>
        index < left.fields.length ? index : index + added,
      ),
    }),
    fields: fieldsOfJoin(ofLeft.node, ofRight.node, type),
  }
}

const constant: Expression = {
  kind: 'literal',
  value: 0,
  type: { kind: 'tinyint', nullable: false },
}

function withKeys(
  node: PlanNode,
  keys: readonly Expression[],
): { node: PlanNode; keys: readonly number[] } {
  const expressions = node.fields.map(
    ({ name, type }, index): Expression => ({ kind: 'column', index, name, type }),
  )
  const fields = [...node.fields]
  const places = keys.map((key) => {
    if (key.kind === 'column') return key.index
    expressions.push(key)
    fields.push({ name: '$key', type: key.type })
    return fields.length - 1
  })
  if (fields.length === node.fields.length) return { node, keys: places }
  return { node: { kind: 'project', input: node, expressions, fields }, keys: places }
}
