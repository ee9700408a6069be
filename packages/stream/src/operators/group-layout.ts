import type { GroupAggregateNode } from '../plan/node.js'
import type { Field } from '../plan/type.js'
import type { Accumulator } from './accumulator.js'
import { signOf } from './group-accumulators.js'
import type { Flow } from './operator.js'

/**
 * The columns of what a grouping without a window computes in a step:
 *
 *     rows     keys, rows, partial columns of the accumulators over rows, and records where rows
 *              may be taken back
 *     partial  the same with the partial columns of all accumulators
 *     state    keys, rows, accumulators
 *     both     partial, then rows and accumulators of the group before
 *     merged   state of the group after, was, is, aggregates before, aggregates after
 */
export interface GroupLayout {
  readonly keyCount: number
  readonly accumulators: readonly Accumulator[]
  readonly rowsFields: readonly Field[]
  readonly partialFields: readonly Field[]
  /** Of the partial columns: how many records came. */
  readonly recordsColumn: number
  readonly stateFields: readonly Field[]
  readonly bothFields: readonly Field[]
  readonly mergedFields: readonly Field[]
  readonly aggregateFields: readonly Field[]
  /** Where in the state the columns of each accumulator begin. */
  readonly columnsFrom: readonly number[]
}

const rowsField: Field = { name: 'rows', type: { kind: 'bigint', nullable: false } }
const recordsField: Field = { name: 'records', type: { kind: 'bigint', nullable: false } }
const wasField: Field = { name: 'was', type: { kind: 'boolean', nullable: false } }
const isField: Field = { name: 'is', type: { kind: 'boolean', nullable: false } }

export function groupLayoutOf(
  node: GroupAggregateNode,
  accumulators: readonly Accumulator[],
  input: Flow,
): GroupLayout {
  const keyCount = node.keys.length
  const keyFields = node.fields.slice(0, keyCount)
  const values = [rowsField, ...accumulators.flatMap(({ columns }) => columns.map((c) => c.field))]
  const partialsOf = (some: readonly Accumulator[]) =>
    some.flatMap((each) => each.partials.map(({ field }) => nullable(field)))
  const overRows = accumulators.filter(({ over }) => over === 'rows')
  // Where rows are taken back, those of a group are not how many came.
  const records = signOf(input) === undefined ? [] : [recordsField]
  const partialFields = [...keyFields, rowsField, ...partialsOf(accumulators), ...records]
  const stateFields = [...keyFields, ...values]
  const aggregateFields = node.fields.slice(keyCount).map(nullable)
  let next = keyCount + 1
  return {
    keyCount,
    accumulators,
    rowsFields: [...keyFields, rowsField, ...partialsOf(overRows), ...records],
    partialFields,
    recordsColumn: records.length > 0 ? partialFields.length - 1 : keyCount,
    stateFields,
    bothFields: [...partialFields, ...values.map(nullable)],
    mergedFields: [...stateFields, wasField, isField, ...aggregateFields, ...aggregateFields],
    aggregateFields,
    columnsFrom: accumulators.map(({ columns }) => {
      next += columns.length
      return next - columns.length
    }),
  }
}

function nullable({ name, type }: Field): Field {
  return { name, type: { ...type, nullable: true } }
}
