/** Strings and numbers: a limit may be moved outwards or taken away, not the other way. */
import { found, type JsonBreak } from './comparison.js'
import type { Keywords, Shape } from './shape.js'

/** A keyword that sets a limit, and which way is outwards. */
export interface Limit {
  readonly keyword: string
  readonly isUpper: boolean
}

export function compareStrings(before: Keywords, after: Keywords): JsonBreak[] {
  const breaks = compareLimits(before, after, [
    { keyword: 'maxLength', isUpper: true },
    { keyword: 'minLength', isUpper: false },
  ])
  if (after.pattern !== undefined && before.pattern !== after.pattern) {
    const isNew = before.pattern === undefined
    const reason = `older events need not match ${JSON.stringify(after.pattern)}`
    breaks.push(found(isNew ? 'PATTERN_ADDED' : 'PATTERN_CHANGED', reason))
  }
  return breaks
}

type NumberShape = Shape & { isInteger: boolean; keywords: Keywords }

export function compareNumbers(before: NumberShape, after: NumberShape): JsonBreak[] {
  const breaks = compareLimits(limitsOf(before.keywords), limitsOf(after.keywords), [
    { keyword: 'maximum', isUpper: true },
    { keyword: 'minimum', isUpper: false },
    { keyword: 'exclusiveMaximum', isUpper: true },
    { keyword: 'exclusiveMinimum', isUpper: false },
  ])
  breaks.push(...compareMultiples(before.keywords.multipleOf, after.keywords.multipleOf))
  if (!before.isInteger && after.isInteger) {
    breaks.push(found('TYPE_NARROWED', 'number became integer; older events may hold fractions'))
  }
  return breaks
}

function compareMultiples(before: unknown, after: unknown): JsonBreak[] {
  if (typeof after !== 'number' || before === after) return []
  if (typeof before !== 'number') {
    return [found('MULTIPLE_OF_ADDED', `older events need not be multiples of ${after}`)]
  }
  if (isMultiple(before, after)) return []
  const kind = isMultiple(after, before) ? 'MULTIPLE_OF_EXPANDED' : 'MULTIPLE_OF_CHANGED'
  return [found(kind, `multiples of ${before} need not be multiples of ${after}`)]
}

/** With decimals as they are written: 0.3 is a multiple of 0.1. */
function isMultiple(a: number, b: number): boolean {
  const ratio = a / b
  return Math.abs(ratio - Math.round(ratio)) < 1e-9
}

/** What breaks of some limits; names of breaks are made of the keywords. */
export function compareLimits(
  before: Keywords,
  after: Keywords,
  limits: readonly Limit[],
): JsonBreak[] {
  return limits.flatMap(({ keyword, isUpper }) => {
    const [was, is] = [before[keyword], after[keyword]]
    if (typeof is !== 'number' || was === is) return []
    const name = keyword.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
    if (typeof was !== 'number') {
      return [found(`${name}_ADDED`, `${keyword} ${is} is new; older events may be beyond it`)]
    }
    if (isUpper ? is > was : is < was) return []
    const moved = isUpper ? 'DECREASED' : 'INCREASED'
    return [
      found(`${name}_${moved}`, `${keyword} ${was} became ${is}; older events may be beyond it`),
    ]
  })
}

/** As from draft 6 on: in draft 4 an exclusive limit is a flag beside the other one. */
function limitsOf(keywords: Keywords): Keywords {
  const { exclusiveMaximum, exclusiveMinimum, maximum, minimum, ...rest } = keywords
  return {
    ...rest,
    ...(exclusiveMaximum === true ? { exclusiveMaximum: maximum } : { exclusiveMaximum, maximum }),
    ...(exclusiveMinimum === true ? { exclusiveMinimum: minimum } : { exclusiveMinimum, minimum }),
  }
}
