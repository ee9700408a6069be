/**
 * How many of the rows can each have a column of their own that fits: a maximum matching of a
 * bipartite graph, by augmenting paths (Kuhn's algorithm).
 */
export function maximumMatching(fits: readonly (readonly boolean[])[]): number {
  const rowOf = new Map<number, number>()

  const augment = (row: number, seen: Set<number>): boolean => {
    for (const [column, isFit] of (fits[row] ?? []).entries()) {
      if (!isFit || seen.has(column)) continue
      seen.add(column)
      const holder = rowOf.get(column)
      if (holder === undefined || augment(holder, seen)) {
        rowOf.set(column, row)
        return true
      }
    }
    return false
  }

  return fits.filter((_, row) => augment(row, new Set())).length
}
