import type { GroupAggregateNode } from '../plan/node.js'
import type { Field } from '../plan/type.js'
import type { Accumulator } from './accumulator.js'
import { signOf } from './group-accumulators.js'
import { numberField } from './numbered-groups.js'
import type { Flow } from './operator.js'

/**
 * The columns of what a grouping without a window computes in a step:
 *
 *     rows     keys, rows, partial columns of the accumulators over rows, and records where rows
 *              may be taken back
 *     arrived  the same with the number of the group behind the rows, where groups have numbers, and
 *              with what sets of seen values count
 *     partial  the same with the partial columns of all accumulators
 *     state    keys, rows, the number, accumulators
 *     both     partial, then rows, number and accumulators of the group before
 *     merged   state of the group after, was, is, aggregates before, aggregates after
 */
export interface GroupLayout {
  readonly keyCount: number
  readonly accumulators: readonly Accumulator[]
  readonly rowsFields: readonly Field[]
  readonly arrivedFields: readonly Field[]
  readonly partialFields: readonly Field[]
  /** The column of the number, the same in all that have it; undefined where groups have none. */
  readonly numberColumn: number | undefined
  /** Where, in all of these, what is of accumulators begins. */
  readonly firstColumn: number
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
  isNumbered: boolean,
): GroupLayout {
  const keyCount = node.keys.length
  const keyFields = node.fields.slice(0, keyCount)
  const number = isNumbered ? [numberField] : []
  const values = [
    ...[rowsField, ...number],
    ...accumulators.flatMap(({ columns }) => columns.map((c) => c.field)),
  ]
  const partialsOf = (some: readonly Accumulator[]) =>
    some.flatMap((each) => each.partials.map(({ field }) => nullable(field)))
  const overRows = accumulators.filter(({ over }) => over === 'rows')
  const arrived = accumulators.filter(({ over }) => over !== 'values')
  // Where rows are taken back, those of a group are not how many came.
  const records = signOf(input) === undefined ? [] : [recordsField]
  const head = [...keyFields, rowsField, ...number]
  const partialFields = [...head, ...partialsOf(accumulators), ...records]
  const stateFields = [...keyFields, ...values]
  const aggregateFields = node.fields.slice(keyCount).map(nullable)
  let next = head.length
  return {
    keyCount,
    accumulators,
    rowsFields: [...keyFields, rowsField, ...partialsOf(overRows), ...records],
    arrivedFields: [...head, ...partialsOf(arrived), ...records],
    partialFields,
    numberColumn: isNumbered ? keyCount + 1 : undefined,
    firstColumn: head.length,
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
