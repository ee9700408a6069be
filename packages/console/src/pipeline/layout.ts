/**
 * From a ranking to rectangles and curves, in CSS pixels.
 *
 * `rightward` is for wide pages: columns side by side, cards as wide as the page allows. `downward`
 * is for narrow ones: one card a row, in the order in which an event meets them, links that skip
 * cards in a gutter at the left.
 */
import { placeDownwards, placeInOrder } from './placement.js'
import { type Ranking, slotKey, slotsAlong } from './ranking.js'

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

export interface Layout {
  width: number
  height: number
  /** By stage id. */
  boxes: Map<string, Box>
  /** An SVG path per link of the ranking, from its source's edge to its target's. */
  paths: string[]
}

export interface Sizes {
  /** What the page gives; a layout that needs more is scrolled. */
  width: number
  cardHeight: number
}

const cardWidthMin = 178
const cardWidthMax = 300
const columnGapMin = 36
const columnGapMax = 96
const rowGap = 18
const waypointHeight = 10
const downwardRowGap = 26
const gutterMax = 44
const alignments = 12
/**
 * With a column of more cards than this, the page scrolls: columns are then stacked from the top
 * instead of around the middle, so that the start of the flow is seen without scrolling.
 */
const centredCardsMax = 8

/** Columns from left to right. */
export function layoutRightward(ranking: Ranking, sizes: Sizes): Layout {
  const { columns } = ranking
  const gaps = Math.max(1, columns.length - 1)
  const cardWidth = clamp(
    (sizes.width - gaps * columnGapMin * 1.5) / Math.max(1, columns.length),
    cardWidthMin,
    cardWidthMax,
  )
  const gap = clamp((sizes.width - columns.length * cardWidth) / gaps, columnGapMin, columnGapMax)
  const needed = columns.length * cardWidth + (columns.length - 1) * gap
  const left = Math.max(0, (sizes.width - needed) / 2)

  const centres = alignColumns(ranking, sizes.cardHeight)
  const boxes = new Map<string, Box>()
  const places = new Map<string, Box>()
  let height = 0
  columns.forEach((column, at) => {
    for (const slot of column) {
      const key = slotKey(slot, at)
      const slotHeight = slot.kind === 'stage' ? sizes.cardHeight : 0
      const y = (centres.get(key) ?? 0) - slotHeight / 2
      const box = { x: left + at * (cardWidth + gap), y, width: cardWidth, height: slotHeight }
      places.set(key, box)
      if (slot.kind === 'stage') boxes.set(slot.id, box)
      height = Math.max(height, y + slotHeight)
    }
  })
  const paths = ranking.links.map((_, link) => rightwardPath(slotsAlong(link, ranking), places))
  return { width: Math.max(sizes.width, needed), height, boxes, paths }
}

/** One card a row. */
export function layoutDownward(ranking: Ranking, sizes: Sizes): Layout {
  const order = ranking.columns.flatMap((column) =>
    column.flatMap((slot) => (slot.kind === 'stage' ? [slot.id] : [])),
  )
  const rows = new Map(order.map((id, row) => [id, row]))
  const leaps = ranking.links.map(({ from, to }) => (rows.get(to) ?? 0) - (rows.get(from) ?? 0))
  const gutter = leaps.some((leap) => leap !== 1) ? gutterMax : 0
  const boxes = new Map<string, Box>()
  order.forEach((id, row) => {
    boxes.set(id, {
      x: gutter,
      y: row * (sizes.cardHeight + downwardRowGap),
      width: sizes.width - gutter,
      height: sizes.cardHeight,
    })
  })
  const paths = ranking.links.map((link, at) => {
    const from = boxes.get(link.from)
    const to = boxes.get(link.to)
    if (from === undefined || to === undefined) return ''
    const leap = leaps[at] ?? 1
    if (leap === 1) {
      const x = from.x + from.width / 2
      return `M${round(x)} ${round(from.y + from.height)}V${round(to.y)}`
    }
    const start = from.y + from.height * 0.65
    const end = to.y + to.height * 0.35
    const bulge = round(gutter - Math.min(gutter - 6, 14 + 6 * Math.abs(leap)))
    return `M${gutter} ${round(start)}C${bulge} ${round(start)} ${bulge} ${round(end)} ${gutter} ${round(end)}`
  })
  const height = order.length * (sizes.cardHeight + downwardRowGap) - downwardRowGap
  return { width: sizes.width, height: Math.max(0, height), boxes, paths }
}

/** The vertical centre of each slot: as level as possible with what it is joined to. */
function alignColumns(ranking: Ranking, cardHeight: number): Map<string, number> {
  const keys = ranking.columns.map((column, at) => column.map((slot) => slotKey(slot, at)))
  const distances = ranking.columns.map((column) => {
    const heights = column.map((slot) => (slot.kind === 'stage' ? cardHeight : waypointHeight))
    return heights.slice(1).map((next, at) => ((heights[at] ?? 0) + next) / 2 + rowGap)
  })
  const joined = new Map<string, string[]>()
  const feeding = new Map<string, string[]>()
  ranking.links.forEach((_, link) => {
    const path = slotsAlong(link, ranking)
    for (let step = 1; step < path.length; step++) {
      const [one, other] = [path[step - 1] ?? '', path[step] ?? '']
      joined.set(one, [...(joined.get(one) ?? []), other])
      joined.set(other, [...(joined.get(other) ?? []), one])
      feeding.set(other, [...(feeding.get(other) ?? []), one])
    }
  })

  const tall = ranking.columns.some((column) => column.length > centredCardsMax)
  const place = tall ? placeDownwards : placeInOrder
  const centres = new Map<string, number>()
  keys.forEach((column, at) => {
    const stacked = place(new Array<number>(column.length).fill(0), distances[at] ?? [])
    for (const [index, key] of column.entries()) centres.set(key, stacked[index] ?? 0)
  })
  const level = tall ? leastCentre : meanCentre
  const align = (at: number, neighbours: ReadonlyMap<string, string[]>) => {
    const column = keys[at] ?? []
    const wanted = column.map((key) => level(neighbours.get(key), centres) ?? centres.get(key) ?? 0)
    const placed = place(wanted, distances[at] ?? [])
    for (const [index, key] of column.entries()) centres.set(key, placed[index] ?? 0)
  }
  for (let round = 0; round < alignments; round++) {
    const indexes = round % 2 === 0 ? keys.keys() : [...keys.keys()].reverse()
    for (const at of indexes) align(at, joined)
  }
  // Last, each looks only at what feeds it, so that chains become straight lines.
  for (const at of keys.keys()) align(at, feeding)

  let top = Number.POSITIVE_INFINITY
  ranking.columns.forEach((column, at) => {
    for (const slot of column) {
      const half = slot.kind === 'stage' ? cardHeight / 2 : 0
      top = Math.min(top, (centres.get(slotKey(slot, at)) ?? 0) - half)
    }
  })
  for (const [key, centre] of centres) centres.set(key, centre - top)
  return centres
}

function meanCentre(
  keys: readonly string[] | undefined,
  centres: ReadonlyMap<string, number>,
): number | undefined {
  if (keys === undefined || keys.length === 0) return undefined
  return keys.reduce((sum, key) => sum + (centres.get(key) ?? 0), 0) / keys.length
}

function leastCentre(
  keys: readonly string[] | undefined,
  centres: ReadonlyMap<string, number>,
): number | undefined {
  if (keys === undefined || keys.length === 0) return undefined
  return Math.min(...keys.map((key) => centres.get(key) ?? 0))
}

function rightwardPath(keys: readonly string[], places: ReadonlyMap<string, Box>): string {
  let path = ''
  let last: Box | undefined
  for (const key of keys) {
    const box = places.get(key)
    if (box === undefined) continue
    const y = round(box.y + box.height / 2)
    if (last !== undefined) {
      const x1 = round(last.x + last.width)
      const y1 = round(last.y + last.height / 2)
      const x2 = round(box.x)
      // A link that closes a cycle swings out on both sides instead of cutting through cards.
      const pull = x2 > x1 ? (x2 - x1) / 2 : 60
      if (path === '') path = `M${x1} ${y1}`
      path += `C${round(x1 + pull)} ${y1} ${round(x2 - pull)} ${y} ${x2} ${y}`
      if (box.height === 0) path += `H${round(box.x + box.width)}`
    }
    last = box
  }
  return path
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
