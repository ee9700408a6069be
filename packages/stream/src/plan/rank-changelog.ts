import type { PlanNode } from './node.js'
import type { FirstRowNode, RankNode, WindowRankNode } from './rank-node.js'

/** What a ranking makes of its input's changelog, and what tells its rows apart. */

/**
 * Does a row that was given out ever leave, though its input only adds rows? Only in the order in
 * which rows come does it not: then whoever is in stays in.
 */
export function changesRanks({ order, latestFirst }: RankNode): boolean {
  return order.length > 0 || latestFirst
}

/** What a reader of an error knows the ranking as. */
export function rankName(node: RankNode | FirstRowNode | WindowRankNode): string {
  if (node.kind === 'firstRow') return 'the first row of each partition'
  if (node.kind === 'windowRank') return 'Top-N of a window'
  const { partitionKeys, order, range } = node
  if (range?.from === 1 && range.to === 1 && partitionKeys.length > 0) {
    return 'ROW_NUMBER() … = 1'
  }
  if (partitionKeys.length > 0 || node.numbered) return 'Top-N by ROW_NUMBER()'
  return order.length > 0 ? 'ORDER BY … LIMIT' : 'LIMIT'
}

/**
 * Where the number is read, the partition and the number tell rows apart: what takes a number is
 * given out as the row after what had it. Else a row goes and another comes, each by its own keys.
 */
export function uniqueKeysOfRank(
  node: RankNode | WindowRankNode,
  read: ReadonlySet<number>,
  ofInput: readonly (readonly number[])[],
): readonly (readonly number[])[] {
  const number = node.input.fields.length
  if (node.numbered && read.has(number)) return [[...node.partitionKeys, number]]
  if (!isOneRow(node)) return ofInput
  return node.partitionKeys.length > 0 ? [node.partitionKeys] : [[], ...ofInput]
}

/** Is there one row of each partition at most? */
function isOneRow({ range }: RankNode | WindowRankNode): boolean {
  return range !== undefined && range.from === range.to
}

/** The topmost ranking that no condition bounds; undefined for none. */
export function unboundedRankIn(
  node: PlanNode,
  inputsOf: (node: PlanNode) => readonly PlanNode[],
): RankNode | undefined {
  if (node.kind === 'rank' && node.range === undefined) return node
  for (const input of inputsOf(node)) {
    const found = unboundedRankIn(input, inputsOf)
    if (found !== undefined) return found
  }
  return undefined
}
