/**
 * Arrays: the schema of all items, schemas by position, and, as with the properties of objects,
 * what is said of items that have no position of their own.
 */
import { type Comparison, found, type JsonBreak, within } from './comparison.js'
import { isObject } from './documents.js'
import { isEverything, type ObjectSide, sideOf } from './object-comparison.js'
import { compareLimits } from './scalar-comparison.js'
import type { Keywords } from './shape.js'

export function compareArrays(
  comparison: Comparison,
  older: ObjectSide,
  newer: ObjectSide,
): JsonBreak[] {
  return [
    ...compareAll(comparison, older, newer),
    ...comparePositions(comparison, older, newer),
    ...compareOthers(comparison, older, newer),
    ...compareLimits(older.keywords, newer.keywords, [
      { keyword: 'maxItems', isUpper: true },
      { keyword: 'minItems', isUpper: false },
      { keyword: 'maxContains', isUpper: true },
      { keyword: 'minContains', isUpper: false },
    ]),
    ...(newer.keywords.uniqueItems === true && older.keywords.uniqueItems !== true
      ? [found('UNIQUE_ITEMS_ADDED', 'older events may hold an item twice')]
      : []),
  ]
}

function compareAll(comparison: Comparison, older: ObjectSide, newer: ObjectSide): JsonBreak[] {
  const [was, is] = [allItems(older.keywords), allItems(newer.keywords)]
  return within(
    '[]',
    comparison.compare(
      was === undefined ? undefined : sideOf(older, was),
      is === undefined ? undefined : sideOf(newer, is),
    ),
  )
}

function comparePositions(
  comparison: Comparison,
  older: ObjectSide,
  newer: ObjectSide,
): JsonBreak[] {
  const [olds, news] = [positions(older.keywords), positions(newer.keywords)]
  const longest = Math.max(olds.length, news.length)
  return Array.from({ length: longest }, (_, i) => {
    const was = i < olds.length ? sideOf(older, olds[i]) : undefined
    const is = i < news.length ? sideOf(newer, news[i]) : undefined
    if (was && is) return within(`[${i}]`, comparison.compare(was, is))
    const gone = was !== undefined
    const rest = others(gone ? newer.keywords : older.keywords)
    if (gone && isEverything(rest)) return []
    if (!gone && isEverything(rest)) {
      if (is && isEverything(is.node.json)) return []
      const reason = 'the item is new, and the old schema let any value in at its place'
      return within(`[${i}]`, [found('ITEM_ADDED_TO_OPEN_CONTENT_MODEL', reason)])
    }
    if (isObject(rest)) {
      const breaks = gone
        ? comparison.compare(was, sideOf(newer, rest))
        : comparison.compare(sideOf(older, rest), is)
      if (breaks.length === 0) return []
      const kind = `ITEM_${gone ? 'REMOVED' : 'ADDED'}_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL`
      return within(`[${i}]`, [
        ...breaks,
        found(kind, 'what is said of other items does not fit it'),
      ])
    }
    if (!gone || was.node.json === false) return []
    const reason = 'the item is gone, and the new schema lets no others in'
    return within(`[${i}]`, [found('ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL', reason)])
  }).flat()
}

function compareOthers(comparison: Comparison, older: ObjectSide, newer: ObjectSide): JsonBreak[] {
  const isSaid = [older.keywords, newer.keywords].some((each) => {
    return positions(each).length > 0 || each.additionalItems !== undefined
  })
  if (!isSaid) return []
  const [was, is] = [others(older.keywords), others(newer.keywords)]
  if (isEverything(is) || was === false) return []
  if (is === false) {
    return [found('ADDITIONAL_ITEMS_REMOVED', 'other items are not allowed any longer')]
  }
  if (isEverything(was)) {
    return [found('ADDITIONAL_ITEMS_NARROWED', 'other items of any kind were allowed')]
  }
  return within('[]', comparison.compare(sideOf(older, was), sideOf(newer, is)))
}

/** Schemas by position: `prefixItems`, or a list of `items` before draft 2020-12. */
function positions({ prefixItems, items }: Keywords): readonly unknown[] {
  if (Array.isArray(prefixItems)) return prefixItems
  return Array.isArray(items) ? items : []
}

function allItems(keywords: Keywords): unknown {
  return positions(keywords).length === 0 ? keywords.items : undefined
}

/** The schema of items that have no position of their own. */
function others(keywords: Keywords): unknown {
  const { items, additionalItems, unevaluatedItems } = keywords
  const isPrefix = Array.isArray(keywords.prefixItems)
  return (isPrefix ? items : additionalItems) ?? unevaluatedItems ?? true
}
