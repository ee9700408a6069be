import { type OrderItem, SqlError } from '../sql/index.js'
import { untypedNull } from './coercion.js'
import type { Expression } from './expression.js'
import { isNested } from './type-family.js'
import { baseName } from './type-name.js'

/** By which column rows are ordered, and where NULL stands among its values. */
export interface SortKey {
  readonly column: number
  readonly descending: boolean
  readonly nullsFirst: boolean
}

/** An item of ORDER BY, resolved: NULL is the least of all values where nothing else is said. */
export interface SortItem {
  readonly expression: Expression
  readonly descending: boolean
  readonly nullsFirst: boolean
}

export function sortItemOf(item: OrderItem, expression: Expression): SortItem {
  const { kind } = expression.type
  if (expression === untypedNull || kind === 'interval' || isNested(expression.type)) {
    throw new SqlError(
      expression === untypedNull ? 'NULL is no order' : `${baseName(expression.type)} is no order`,
      item.expression.at,
      'order by a column',
    )
  }
  const descending = item.direction === 'DESC'
  const nullsFirst = item.nulls === undefined ? !descending : item.nulls === 'FIRST'
  return { expression, descending, nullsFirst }
}

/** The items by the fields that hold them; what is the same in all rows orders nothing. */
export function sortKeysOf(items: readonly SortItem[], indexes: readonly number[]): SortKey[] {
  const keys: SortKey[] = []
  items.forEach(({ descending, nullsFirst }, place) => {
    const column = indexes[place]
    if (column === undefined) throw new Error('each sort item has a field')
    if (keys.some((key) => key.column === column)) return
    keys.push({ column, descending, nullsFirst })
  })
  return keys
}
