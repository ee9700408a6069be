import { anyNull, argument, type FunctionRule, type FunctionRules, named } from './rule.js'

/** Elements are equal where neither is distinct from the other: NULL is an element like any. */
const contains = (list: string, value: string) =>
  `len(list_filter(${list}, lambda each: each IS NOT DISTINCT FROM ${value})) > 0`

/** NULL where an argument is. */
const ofAll =
  (rule: (...sql: string[]) => string): FunctionRule =>
  (inputs) =>
    `CASE WHEN ${anyNull(inputs)} THEN NULL ELSE ${rule(...inputs.map(({ sql }) => sql))} END`

/** NULL where the first argument is. */
const ofFirst =
  (rule: (list: string, value: string) => string): FunctionRule =>
  (inputs) => {
    const [list, value] = [argument(inputs, 0).sql, argument(inputs, 1).sql]
    return `CASE WHEN (${list}) IS NULL THEN NULL ELSE ${rule(list, value)} END`
  }

/** Where each element is found first, and what else is asked of it. */
const firsts = (list: string, condition = 'TRUE') =>
  `list_filter(${list}, lambda one, place: NOT (${contains(`(${list})[1:place - 1]`, 'one')}) AND (${condition}))`

const distinct = ofAll((list = '') => firsts(list))
const union = ofAll((left = '', right = '') => firsts(`list_concat(${left}, ${right})`))
const except = ofAll((left = '', right = '') => firsts(left, `NOT (${contains(right, 'one')})`))
const intersect = ofAll((left = '', right = '') => firsts(left, contains(right, 'one')))
const concat = ofAll((...lists) =>
  lists.reduce((before, list) => `list_concat(${before}, ${list})`),
)

/** Both ends count from the end where they are negative, and are within the array where they are before it. */
const slice = ofAll((list = '', from = '', to?: string) => {
  const place = (at: string) =>
    `greatest(1, CASE WHEN ${at} < 0 THEN len(${list}) + ${at} + 1 ELSE ${at} END)`
  const end = to === undefined ? `len(${list})` : place(to)
  return `CASE WHEN ${place(from)} > ${end} THEN [] ELSE (${list})[${place(from)}:${end}] END`
})

/** DuckDB takes the order as a constant. */
const sort = ofAll((list = '', ascending = 'TRUE', nullsFirst = ascending) => {
  const sorted = (order: string, nulls: string) =>
    `list_sort(${list}, '${order}', 'NULLS ${nulls}')`
  return `CASE WHEN ${ascending}
    THEN CASE WHEN ${nullsFirst} THEN ${sorted('ASC', 'FIRST')} ELSE ${sorted('ASC', 'LAST')} END
    ELSE CASE WHEN ${nullsFirst} THEN ${sorted('DESC', 'FIRST')} ELSE ${sorted('DESC', 'LAST')} END END`
})

const join = ofAll((list = '', separator = '', missing?: string) => {
  const texts =
    missing === undefined
      ? `list_filter(${list}, lambda each: each IS NOT NULL)`
      : `list_transform(${list}, lambda each: coalesce(each, ${missing}))`
  const joined = `list_reduce(${texts}, lambda before, each: before || ${separator} || each)`
  return `CASE WHEN len(${texts}) = 0 THEN '' ELSE ${joined} END`
})

export const arrayFunctions: FunctionRules = [
  ['ARRAY_CONTAINS', ofFirst(contains)],
  ['ARRAY_POSITION', ofAll((list, value) => `coalesce(list_position(${list}, ${value}), 0)`)],
  [
    'ARRAY_REMOVE',
    ofFirst((list, value) => `list_filter(${list}, lambda each: each IS DISTINCT FROM ${value})`),
  ],
  ['ARRAY_APPEND', ofFirst((list, value) => `list_append(${list}, ${value})`)],
  ['ARRAY_PREPEND', ofFirst((list, value) => `list_prepend(${value}, ${list})`)],
  ['ARRAY_DISTINCT', distinct],
  ['ARRAY_REVERSE', named('list_reverse')],
  ['ARRAY_SLICE', slice],
  ['ARRAY_SORT', sort],
  ['ARRAY_MAX', named('list_max')],
  ['ARRAY_MIN', named('list_min')],
  ['ARRAY_JOIN', join],
  ['ARRAY_UNION', union],
  ['ARRAY_EXCEPT', except],
  ['ARRAY_INTERSECT', intersect],
  ['ARRAY_CONCAT', concat],
]
