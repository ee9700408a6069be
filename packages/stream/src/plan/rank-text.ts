import type { FirstRowNode, RankNode, WindowRankNode } from './rank-node.js'
import type { SortKey } from './sort-key.js'
import type { Field } from './type.js'

/** A ranking's own lines in the text of a plan. */
export function rankTexts(node: RankNode | FirstRowNode | WindowRankNode): string[] {
  const { fields } = node.input
  const keys = node.partitionKeys.map((key) => fields[key]?.name)
  const partition = keys.length === 0 ? [] : [`    partition by [${keys.join(', ')}]`]
  if (node.kind === 'firstRow') {
    return [`first row by ${fields[node.timeColumn]?.name}`, ...partition]
  }
  const { order, range, numbered, latestFirst } = node
  const which = range === undefined ? 'all' : `${range.from} to ${range.to}`
  const within =
    node.kind === 'windowRank'
      ? ` of each window (${node.window.kind}) that ends at ${fields[node.window.timeColumn]?.name},`
      : ''
  return [
    `rank${within} ${which}${numbered ? ', numbered' : ''}${latestFirst ? ', the latest first' : ''}`,
    ...partition,
    ...(order.length === 0 ? [] : [`    order by [${sortTexts(order, fields).join(', ')}]`]),
  ]
}

/** Sort keys as written in SQL. */
export function sortTexts(order: readonly SortKey[], fields: readonly Field[]): string[] {
  return order.map(({ column, descending, nullsFirst }) => {
    const direction = descending ? ' DESC' : ''
    return `${fields[column]?.name}${direction} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`
  })
}
