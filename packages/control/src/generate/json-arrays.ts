import type { SchemaNode } from '@millrace/schema/read'
import type { KeywordsNode } from './json-demands.js'
import { numbersOf } from './json-numbers.js'
import { type JsonValues, joined, type Place } from './json-values.js'
import { NoValueError } from './values.js'

/** How many items more than there must be, at most. */
const moreMax = 3
/** How often an item is made that is not to be like one before. */
const uniqueTriesMax = 30

/** A list that satisfies schemas, as far as one attempt goes. */
export function jsonArray(
  all: readonly KeywordsNode[],
  place: Place,
  values: JsonValues,
): unknown[] {
  const { random } = values.options
  const keywords = all.map(({ json }) => json)
  const contained = all.flatMap((node) => {
    const part = values.demands.part(node, 'contains')
    const { minContains } = node.json
    const count = typeof minContains === 'number' ? minContains : 1
    return part === undefined ? [] : Array.from({ length: count }, () => part)
  })
  const least = Math.max(contained.length, 0, ...numbersOf(keywords, 'minItems'))
  const described = Math.min(...all.map((node) => itemsMax(node, values)))
  const most = Math.min(described, ...numbersOf(keywords, 'maxItems'))
  if (least > most) throw new NoValueError(place.path, '`minItems`')
  const room = Math.min(most - least, values.isDeep(place) ? 0 : moreMax)
  const isUnique = keywords.some(({ uniqueItems }) => uniqueItems === true)
  const items: unknown[] = []
  const known = new Set<string>()
  const length = least + random.below(room + 1)
  for (let at = 0; at < length; at++) {
    const extra = contained[at]
    const nodes = [...itemNodes(all, at, values), ...(extra === undefined ? [] : [extra])]
    const inner = { ...place, nodes, path: joined(place.path, String(at)), depth: place.depth + 1 }
    const item = values.value(inner)
    const other = isUnique ? otherThan(known, item, () => values.value(inner)) : { item }
    if (other === undefined) {
      if (items.length >= least) break
      throw new NoValueError(place.path, '`uniqueItems`')
    }
    known.add(JSON.stringify(other.item))
    items.push(other.item)
  }
  return items
}

function otherThan(
  known: ReadonlySet<string>,
  first: unknown,
  next: () => unknown,
): { item: unknown } | undefined {
  let item = first
  for (let tries = 0; tries < uniqueTriesMax; tries++) {
    if (!known.has(JSON.stringify(item))) return { item }
    item = next()
  }
  return undefined
}

/** The schemas of an item, by its place. */
function itemNodes(
  all: readonly KeywordsNode[],
  at: number,
  { demands }: JsonValues,
): SchemaNode[] {
  return all.flatMap((node) => {
    const first = firstItems(node, demands)
    const own = first[at]
    if (own !== undefined) return [own]
    const rest = demands.part(node, restKeyword(node))
    return rest === undefined ? [] : [rest]
  })
}

/** Where a schema takes no item beyond the first ones. */
function itemsMax(node: KeywordsNode, { demands }: JsonValues): number {
  const isClosed = demands.part(node, restKeyword(node))?.json === false
  return isClosed ? firstItems(node, demands).length : Number.POSITIVE_INFINITY
}

/** Drafts before 2020-12 have the first items in `items`, and those after them in another keyword. */
function restKeyword({ json }: KeywordsNode): string {
  return Array.isArray(json.items) ? 'additionalItems' : 'items'
}

function firstItems(node: KeywordsNode, demands: JsonValues['demands']): SchemaNode[] {
  return demands.list(node, Array.isArray(node.json.items) ? 'items' : 'prefixItems')
}
