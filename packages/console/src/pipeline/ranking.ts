/**
 * Which column each stage stands in, and in which order, from top to bottom: the topology only,
 * so it is computed again when stages or links change, not when numbers do.
 *
 * A stage stands right of everything that feeds it (longest path), a source right before its first
 * reader. A link that skips columns passes each of them at a waypoint of its own, which takes part
 * in the ordering, so that it goes around cards instead of under them. The order within a column is
 * by the mean place of the neighbours (Sugiyama's barycentre), swept to and fro.
 *
 * Graphs should be acyclic; where one is not, the link that closes a cycle is drawn backwards and
 * takes no part in the ranking.
 */
export interface Link {
  from: string
  to: string
}

/** A place in a column: a stage, or where a long link passes by. */
export type Slot = { kind: 'stage'; id: string } | { kind: 'waypoint'; link: number }

export interface Ranking {
  /** Left to right; each column's slots from top to bottom. */
  columns: Slot[][]
  /** Known links, each once; a self-link is left out. */
  links: Link[]
  /** Per link, whether it runs against the columns (it closes a cycle). */
  backward: boolean[]
}

const sweeps = 6

/** Ranks the stages with these ids (in the order in which events meet them) and links. */
export function rankStages(ids: readonly string[], given: readonly Link[]): Ranking {
  const links = knownLinks(ids, given)
  const columnOf = assignColumns(ids, links)
  const span = (link: Link) => (columnOf.get(link.to) ?? 0) - (columnOf.get(link.from) ?? 0)
  const backward = links.map((link) => span(link) <= 0)

  const columns: Slot[][] = []
  const put = (column: number, slot: Slot) => {
    while (columns.length <= column) columns.push([])
    columns[column]?.push(slot)
  }
  for (const id of ids) put(columnOf.get(id) ?? 0, { kind: 'stage', id })
  links.forEach((link, at) => {
    const first = columnOf.get(link.from) ?? 0
    for (let step = 1; step < span(link); step++) put(first + step, { kind: 'waypoint', link: at })
  })

  const neighbours = neighboursOf(columns, links)
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const rightward = sweep % 2 === 0
    for (let step = 1; step < columns.length; step++) {
      const at = rightward ? step : columns.length - 1 - step
      orderColumn(columns, at, rightward ? at - 1 : at + 1, neighbours)
    }
  }
  return { columns, links, backward }
}

/** Names a slot; a link's waypoints in different columns are told apart by the column. */
export function slotKey(slot: Slot, column: number): string {
  return slot.kind === 'stage' ? slot.id : `link ${slot.link} at ${column}`
}

/** The slots that a link touches, from its source to its target, as keys. */
export function slotsAlong(link: number, ranking: Ranking): string[] {
  const ends = ranking.links[link]
  if (ends === undefined) return []
  if (ranking.backward[link] === true) return [ends.from, ends.to]
  const between = ranking.columns.flatMap((column, at) =>
    column
      .filter((slot) => slot.kind === 'waypoint' && slot.link === link)
      .map((slot) => slotKey(slot, at)),
  )
  return [ends.from, ...between, ends.to]
}

function knownLinks(ids: readonly string[], links: readonly Link[]): Link[] {
  const known = new Set(ids)
  const seen = new Set<string>()
  return links.filter(({ from, to }) => {
    const key = JSON.stringify([from, to])
    if (from === to || !known.has(from) || !known.has(to) || seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function assignColumns(ids: readonly string[], links: readonly Link[]): Map<string, number> {
  const outgoing = new Map<string, string[]>(ids.map((id) => [id, []]))
  const waitsFor = new Map<string, number>(ids.map((id) => [id, 0]))
  for (const { from, to } of links) {
    outgoing.get(from)?.push(to)
    waitsFor.set(to, (waitsFor.get(to) ?? 0) + 1)
  }
  const sources = ids.filter((id) => waitsFor.get(id) === 0)

  const columns = new Map<string, number>()
  const placed = new Set<string>()
  const ready = [...sources]
  while (placed.size < ids.length) {
    // Nothing is ready although something remains: a cycle, entered at its first stage.
    const id = ready.shift() ?? ids.find((candidate) => !placed.has(candidate))
    if (id === undefined) break
    if (placed.has(id)) continue
    placed.add(id)
    const column = columns.get(id) ?? 0
    columns.set(id, column)
    for (const to of outgoing.get(id) ?? []) {
      if (placed.has(to)) continue
      columns.set(to, Math.max(columns.get(to) ?? 0, column + 1))
      const left = (waitsFor.get(to) ?? 1) - 1
      waitsFor.set(to, left)
      if (left === 0) ready.push(to)
    }
  }
  for (const id of sources) {
    const readers = (outgoing.get(id) ?? []).map((to) => columns.get(to) ?? 1)
    if (readers.length > 0) columns.set(id, Math.max(0, Math.min(...readers) - 1))
  }
  return columns
}

/** Per slot, the slots it is joined to in the columns beside it. */
function neighboursOf(columns: readonly Slot[][], links: readonly Link[]): Map<string, string[]> {
  const neighbours = new Map<string, string[]>()
  const join = (one: string, other: string) => {
    neighbours.set(one, [...(neighbours.get(one) ?? []), other])
    neighbours.set(other, [...(neighbours.get(other) ?? []), one])
  }
  const passing = links.map(() => [] as string[])
  columns.forEach((column, at) => {
    for (const slot of column) {
      if (slot.kind === 'waypoint') passing[slot.link]?.push(slotKey(slot, at))
    }
  })
  links.forEach(({ from, to }, at) => {
    const path = [from, ...(passing[at] ?? []), to]
    for (let step = 1; step < path.length; step++) join(path[step - 1] ?? from, path[step] ?? to)
  })
  return neighbours
}

function orderColumn(
  columns: Slot[][],
  at: number,
  towards: number,
  neighbours: ReadonlyMap<string, string[]>,
): void {
  const column = columns[at] ?? []
  const places = new Map((columns[towards] ?? []).map((slot, i) => [slotKey(slot, towards), i]))
  const weighed = column.map((slot, place) => {
    const seen = (neighbours.get(slotKey(slot, at)) ?? []).flatMap((key) => places.get(key) ?? [])
    const mean = seen.reduce((sum, other) => sum + other, 0) / seen.length
    return { slot, weight: seen.length === 0 ? place : mean }
  })
  weighed.sort((one, other) => one.weight - other.weight)
  columns[at] = weighed.map(({ slot }) => slot)
}
