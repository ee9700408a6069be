import { isSameExpression } from './equality.js'
import { allColumns, type Expression } from './expression.js'
import type { ComputedField } from './expression-resolver.js'
import type { PlanNode } from './node.js'
import type { Field } from './type.js'

/** A node, and for some expressions over it the fields that hold their values. */
export interface WithFields {
  readonly node: PlanNode
  readonly indexes: readonly number[]
}

/** What is computed is projected below, beside all fields of the node, which stay where they are. */
export function withComputedFields(
  node: PlanNode,
  wanted: readonly { readonly expression: Expression; readonly name: string }[],
): WithFields {
  const expressions: Expression[] = allColumns(node.fields)
  const fields: Field[] = [...node.fields]
  const indexes = wanted.map(({ expression, name }) => {
    const known = expressions.findIndex((each) => isSameExpression(each, expression))
    if (known >= 0) return known
    expressions.push(expression)
    fields.push({ name, type: expression.type })
    return fields.length - 1
  })
  if (fields.length === node.fields.length) return { node, indexes }
  return { node: { kind: 'project', input: node, expressions, fields }, indexes }
}

/** The fields of a node that hold computed values of its own input. */
export function computedFieldsOf(node: PlanNode, below: PlanNode): readonly ComputedField[] {
  if (node === below || node.kind !== 'project') return []
  return node.expressions.slice(below.fields.length).map((expression, place) => {
    const index = below.fields.length + place
    const name = node.fields[index]?.name ?? ''
    return { expression, column: { kind: 'column', index, name, type: expression.type } }
  })
}
