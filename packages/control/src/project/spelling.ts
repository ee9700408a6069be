/**
 * The candidate that `name` was probably meant to be, or undefined where none is near.
 * Near: at most a third of the letters added, left out, replaced or swapped with a neighbour.
 */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `Did you mean `partitions`?`, or where nothing is near, the whole list. */
export function suggestion(name: string, candidates: Iterable<string>): string | undefined {
  const known = [...candidates]
  const near = closest(name, known)
  if (near !== undefined) return `Did you mean \`${near}\`?`
  if (known.length === 0) return undefined
  return `Known: ${known.map((candidate) => `\`${candidate}\``).join(', ')}.`
}

/** Optimal string alignment: Levenshtein's distance with swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let older: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let distance = Math.min(replaced, at(previous, j) + 1, at(row, j - 1) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, at(older, j - 2) + 1)
      }
      row.push(distance)
    }
    older = previous
    previous = row
  }
  return at(previous, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
