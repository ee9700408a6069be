import type { Span } from '../sql/index.js'
import { callFunction } from './call-resolution.js'
import { castTo, commonType } from './coercion.js'
import { allColumns, branchOf, columnAt, type Expression } from './expression.js'
import type { PlanNode, ProjectNode } from './node.js'
import type { Relation, ScopeColumn } from './scope.js'
import { withNullable } from './type-family.js'

/**
 * A full join by columns that both sides have, over the columns of both: each of these is the one
 * of the side that is there.
 */
export function withCoalescedColumns(
  node: PlanNode,
  columns: readonly ScopeColumn[],
  leftCount: number,
  shared: readonly string[],
  at: Span,
): Relation {
  const expressions: Expression[] = allColumns(node.fields)
  const fields = [...node.fields]
  const given = columns.flatMap((column, place): ScopeColumn[] => {
    const which = shared.indexOf(column.name)
    if (which < 0) {
      const inner = column.shared === undefined ? {} : { shared: shared.length + column.shared }
      return [{ ...column, ...inner }]
    }
    if (place >= leftCount) return []
    const other = columns.slice(leftCount).find(({ name }) => name === column.name)
    const value = coalesced(
      [column, other].map((each) => referenceTo(node, each)),
      at,
    )
    expressions.push(value)
    fields.push({ name: column.name, type: value.type })
    const index = fields.length - 1
    return [{ ...column, type: value.type, value: { kind: 'field', index }, shared: which }]
  })
  const project: ProjectNode = { kind: 'project', input: node, expressions, fields }
  return { node: project, columns: given }
}

function coalesced([one, other]: readonly Expression[], at: Span): Expression {
  const type = one && other && commonType([one, other])
  if (one === undefined || other === undefined || type === undefined) {
    throw new Error('the columns were compared before')
  }
  const isThere = callFunction('IS NOT NULL', at, [one])
  return {
    kind: 'case',
    branches: [branchOf(isThere, castTo(one, type))],
    otherwise: castTo(other, type),
    type: withNullable(type, true),
  }
}

function referenceTo(node: PlanNode, column: ScopeColumn | undefined): Expression {
  if (column?.value.kind !== 'field') throw new Error('windows were assigned before')
  return columnAt(node.fields, column.value.index)
}
