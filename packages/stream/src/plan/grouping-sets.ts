import {
  type ExpressionNode,
  type GroupItem,
  notSupported,
  type Span,
  SqlError,
} from '../sql/index.js'
import { groupingSetsMax } from './limits.js'

/** What GROUP BY says: each set is a grouping of its own. More than one only with GROUPING SETS, CUBE and ROLLUP. */
export interface GroupingSets {
  /** In the order in which they were written; each of one set at least. */
  readonly nodes: readonly ExpressionNode[]
  /** Places in `nodes`. */
  readonly sets: readonly (readonly number[])[]
}

/**
 * The sets of a GROUP BY: the items of the list are multiplied, those of GROUPING SETS are put
 * one after another; ROLLUP stands for its beginnings, CUBE for its subsets.
 * @throws SqlError where there are too many.
 */
export function groupingSetsOf(items: readonly GroupItem[], at: Span): GroupingSets {
  const nodes: ExpressionNode[] = []
  const place = (node: ExpressionNode): number => nodes.push(node) - 1
  const sets = productOf(
    items.map((item) => setsOf(item, place)),
    at,
  )
  return { nodes, sets }
}

type Sets = readonly (readonly number[])[]

function setsOf(item: GroupItem, place: (node: ExpressionNode) => number): Sets {
  switch (item.kind) {
    case 'expression':
      return [[place(item.expression)]]
    case 'tuple':
      return productOf(
        item.items.map((each) => setsOf(each, place)),
        item.at,
      )
    case 'GROUPING SETS':
      return item.items.flatMap((each) => setsOf(each, place))
    case 'ROLLUP': {
      const parts = partsOf(item.items, place)
      return [...parts.keys(), parts.length].reverse().map((count) => parts.slice(0, count).flat())
    }
    case 'CUBE': {
      const parts = partsOf(item.items, place)
      if (2 ** parts.length > groupingSetsMax) throw tooMany(item.at)
      let sets: Sets = [[]]
      for (const part of parts) sets = [...sets.map((set) => [...set, ...part]), ...sets]
      return sets
    }
  }
}

/** What CUBE and ROLLUP take together or leave out together. */
function partsOf(items: readonly GroupItem[], place: (node: ExpressionNode) => number): Sets {
  return items.map((item) => {
    const [only, another] = setsOf(item, place)
    if (only === undefined || another !== undefined) {
      throw notSupported('grouping sets within CUBE and ROLLUP', item.at, 'write the sets out')
    }
    return only
  })
}

function productOf(factors: readonly Sets[], at: Span): Sets {
  return factors.reduce<Sets>(
    (sets, factor) => {
      if (sets.length * factor.length > groupingSetsMax) throw tooMany(at)
      return sets.flatMap((set) => factor.map((each) => [...set, ...each]))
    },
    [[]],
  )
}

function tooMany(at: Span): SqlError {
  return new SqlError(
    `more than ${groupingSetsMax} groupings in one GROUP BY`,
    at,
    'name those that are needed: GROUPING SETS ((a, b), (a), ())',
  )
}
