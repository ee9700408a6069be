/**
 * Places things along a line, in their given order, each as near as possible to where it wants to
 * be, with a minimum distance between neighbours: least squares under an order, solved exactly by
 * pooling adjacent violators in one pass.
 *
 * @param wanted   where each thing would like its centre
 * @param distance distance[i]: least distance of the centres of things i and i + 1
 */
export function placeInOrder(wanted: readonly number[], distance: readonly number[]): number[] {
  // Subtracting the distances that must lie before each thing leaves a plain order constraint.
  let before = 0
  const offsets = wanted.map((_, at) => {
    if (at > 0) before += distance[at - 1] ?? 0
    return before
  })
  const pools: { mean: number; size: number }[] = []
  wanted.forEach((place, at) => {
    let pool = { mean: place - (offsets[at] ?? 0), size: 1 }
    let last = pools.at(-1)
    while (last !== undefined && last.mean > pool.mean) {
      const size = last.size + pool.size
      pool = { mean: (last.mean * last.size + pool.mean * pool.size) / size, size }
      pools.pop()
      last = pools.at(-1)
    }
    pools.push(pool)
  })
  return pools
    .flatMap(({ mean, size }) => new Array<number>(size).fill(mean))
    .map((mean, at) => mean + (offsets[at] ?? 0))
}

/** The same, where things may only move down: the first stands exactly where it wants to. */
export function placeDownwards(wanted: readonly number[], distance: readonly number[]): number[] {
  const places: number[] = []
  for (const [at, place] of wanted.entries()) {
    const last = places.at(-1)
    places.push(last === undefined ? place : Math.max(place, last + (distance[at - 1] ?? 0)))
  }
  return places
}
