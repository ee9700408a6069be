/**
 * Checks of values that may take for ever, with an end: by patterns that JavaScript matches, and by
 * schemas that lead back to themselves, whose branches may each try all that is below, twice as
 * often with every step down. What took too long makes the check stricter, so that it happens a few
 * times and not with every value: texts for that pattern, or values, may go half as far.
 */
import { RefusedError } from '../codec.js'
import { SchemaTextError } from '../schema-type.js'
import {
  type Documents,
  isObject,
  type SchemaJson,
  type SchemaNode,
  valueKeywords,
} from './documents.js'
import { type Patterns, tooLong } from './pattern.js'
import { endless, within } from './time-limit.js'

export class Bounds {
  readonly #patterns: Patterns
  readonly #isRecursive: boolean
  #depthMax = Number.POSITIVE_INFINITY

  constructor(patterns: Patterns, isRecursive: boolean) {
    this.#patterns = patterns
    this.#isRecursive = isRecursive
  }

  /** What `check` says of a value. Throws a `RefusedError` where that takes too long. */
  of<T>(value: unknown, check: () => T): T {
    if (!this.#isRecursive) return this.#patterns.bounded(check)
    const depth = depthOf(value)
    if (depth > this.#depthMax) throw tooDeep()
    const found = within(check)
    if (found !== endless) return found
    if (this.#patterns.giveUp()) throw tooLong()
    this.#depthMax = Math.floor(depth / 2)
    throw tooDeep()
  }
}

function tooDeep(): RefusedError {
  return new RefusedError('its schema leads back to itself, and takes too long for a value so deep')
}

/** How many objects and lists stand in one another at the most. Throws a `RangeError`. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let deepest = 0
  for (const each of Object.values(value)) deepest = Math.max(deepest, depthOf(each))
  return deepest + 1
}

/** Whether references lead from a part of a schema to what holds it. */
export function leadsBack(documents: Documents): boolean {
  const open = new Set<SchemaJson>()
  const done = new Set<SchemaJson>()
  const visit = (node: SchemaNode): boolean => {
    const { json } = node
    if (typeof json !== 'object' || json === null || done.has(json)) return false
    if (open.has(json)) return true
    open.add(json)
    // A list of schemas is walked as what holds it.
    const referred = isObject(json) ? documents.referred(node) : undefined
    const parts = Object.entries(json).flatMap(([keyword, each]) =>
      valueKeywords.includes(keyword) ? [] : [documents.child(node, each)],
    )
    const isBack = [...parts, ...(referred === undefined ? [] : [referred])].some(visit)
    open.delete(json)
    done.add(json)
    return isBack
  }
  try {
    return visit(documents.root)
  } catch (cause) {
    // Where a dynamic reference leads is not known before there is a value.
    if (cause instanceof SchemaTextError) return true
    throw cause
  }
}
